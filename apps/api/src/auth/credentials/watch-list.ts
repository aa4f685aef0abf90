/** A member's place in a list; null: at an end, or not in one. */
interface Place<T> {
  readonly member: T;
  before: Place<T> | null;
  after: Place<T> | null;
}

/**
 * Those who are told of something, for members that come and go with every request. A Set would serve as well, but a
 * Set that is added to and deleted from is made anew again and again, and V8 keeps alive what each table that it left
 * behind last held, up to the next full collection: with it every request outlived its end, and CPU time for a request
 * doubled.
 */
export class WatchList<T> {
  #first: Place<T> | null = null;

  /** Gives the function that takes the member out again; a second call does nothing. */
  add(member: T): () => void {
    const place: Place<T> = { member, before: null, after: this.#first };
    if (this.#first !== null) this.#first.before = place;
    this.#first = place;
    return () => this.#remove(place);
  }

  /** Those that are in it now, the newest first. */
  members(): T[] {
    const all: T[] = [];
    for (let place = this.#first; place !== null; place = place.after) all.push(place.member);
    return all;
  }

  removeWhere(isToGo: (member: T) => boolean): void {
    for (let place = this.#first; place !== null;) {
      const { after } = place;
      if (isToGo(place.member)) this.#remove(place);
      place = after;
    }
  }

  #remove(place: Place<T>): void {
    if (place.before === null && this.#first !== place) return;
    if (place.before === null) this.#first = place.after;
    else place.before.after = place.after;
    if (place.after !== null) place.after.before = place.before;
    // A place that is left alone keeps nobody else alive.
    place.before = place.after = null;
  }
}
