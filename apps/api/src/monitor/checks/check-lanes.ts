/** How many checks may run. All of it bounds open sockets, none of it work: a check mostly waits. */
export interface LaneLimits {
  /** Checks that started a short while ago. */
  readonly start: number;
  /** Checks that take longer than `patienceMs`, and those of endpoints that timed out before. */
  readonly wait: number;
  /** Checks at one host and port, in both lanes together. */
  readonly perHost: number;
  /** After that long a check moves over to the waiting ones, where there is room. */
  readonly patienceMs: number;
}

export const DEFAULT_LANES: LaneLimits = { start: 32, wait: 96, perHost: 4, patienceMs: 100 };

export interface Ticket {
  readonly host: string;
  /** The last check timed out: it queues with its like and never takes a place from the others. */
  readonly isSlow: boolean;
  /** Goes before all that are not. */
  readonly isUrgent: boolean;
  /** Called once when there is a place; call what it gets when the check is over. */
  readonly admit: (place: Place) => void;
}

export interface Place {
  /** Moves over to the waiting lane if that has room; says whether it did. */
  yieldStart(): boolean;
  leave(): void;
}

/**
 * Bounded, fair admission of checks. Two lanes keep endpoints that answer nothing from holding up those that do:
 * whoever waits longer than a moment gives its place at the start away.
 */
export class CheckLanes {
  readonly #queues = {
    urgent: new Set<Ticket>(),
    usual: new Set<Ticket>(),
    slowUrgent: new Set<Ticket>(),
    slow: new Set<Ticket>(),
  };
  readonly #perHost = new Map<string, number>();
  /**
   * Tickets whose host has all its places taken, kept out of the queues so that nobody walks past them again and again.
   */
  readonly #parked = new Map<string, Set<Ticket>>();
  #starting = 0;
  #waiting = 0;

  constructor(private readonly limits: LaneLimits) {}

  /** Checks under way. */
  get size(): number {
    return this.#starting + this.#waiting;
  }

  /** Queues it and admits it, now or later; the function given back withdraws it where it was not admitted yet. */
  enter(ticket: Ticket): () => void {
    this.#queueOf(ticket).add(ticket);
    this.#pump();
    return () => {
      this.#queueOf(ticket).delete(ticket);
      this.#parked.get(ticket.host)?.delete(ticket);
    };
  }

  #pump(): void {
    while (this.#starting < this.limits.start) {
      const ticket = this.#next(this.#queues.urgent) ?? this.#next(this.#queues.usual);
      if (ticket === null) break;
      this.#admit(ticket, 'start');
    }
    while (this.#waiting < this.limits.wait) {
      const ticket = this.#next(this.#queues.slowUrgent) ?? this.#next(this.#queues.slow);
      if (ticket === null) break;
      this.#admit(ticket, 'wait');
    }
  }

  #next(queue: Set<Ticket>): Ticket | null {
    for (const ticket of queue) {
      queue.delete(ticket);
      if ((this.#perHost.get(ticket.host) ?? 0) < this.limits.perHost) return ticket;
      const parked = this.#parked.get(ticket.host) ?? new Set();
      this.#parked.set(ticket.host, parked.add(ticket));
    }
    return null;
  }

  #admit(ticket: Ticket, lane: 'start' | 'wait'): void {
    let current: 'start' | 'wait' | 'left' = lane;
    this.#count(lane, 1);
    this.#perHost.set(ticket.host, (this.#perHost.get(ticket.host) ?? 0) + 1);
    ticket.admit({
      yieldStart: () => {
        if (current !== 'start' || this.#waiting >= this.limits.wait) return false;
        current = 'wait';
        this.#count('start', -1);
        this.#count('wait', 1);
        this.#pump();
        return true;
      },
      leave: () => {
        if (current === 'left') return;
        this.#count(current, -1);
        current = 'left';
        this.#leaveHost(ticket.host);
        this.#pump();
      },
    });
  }

  #leaveHost(host: string): void {
    const left = (this.#perHost.get(host) ?? 1) - 1;
    if (left > 0) this.#perHost.set(host, left);
    else this.#perHost.delete(host);
    const parked = this.#parked.get(host);
    this.#parked.delete(host);
    for (const ticket of parked ?? []) this.#queueOf(ticket).add(ticket);
  }

  #count(lane: 'start' | 'wait', by: number): void {
    if (lane === 'start') this.#starting += by;
    else this.#waiting += by;
  }

  #queueOf(ticket: Ticket): Set<Ticket> {
    if (ticket.isSlow) return ticket.isUrgent ? this.#queues.slowUrgent : this.#queues.slow;
    return ticket.isUrgent ? this.#queues.urgent : this.#queues.usual;
  }
}
