// How a domain says what it brings, and the list that builds them. A domain knows no other: it states what it needs,
// and the list gives it the services of those before it.

/**
 * Work that repeats while the server runs, once at a time. Where it fails, the log says so and the next turn tries
 * again.
 */
export interface RepeatedWork {
  readonly everyMs: number;
  /** What it does, for the log: "forgetting old events". */
  readonly what: string;
  readonly run: () => Promise<unknown>;
}

/** Something that runs between start and stop. */
export interface Runnable {
  /** Called once, after everything before it in the list has started. */
  readonly start?: () => Promise<void> | void;
  /** Called once, after everything behind it in the list has stopped; also where its own start failed. */
  readonly stop?: () => Promise<void> | void;
}

/** What a domain brings once it is built. `Http` is what its routes register at. */
export interface DomainParts<Http = never> extends Runnable {
  /** By name, for the domains behind it in the list and for the app. */
  readonly services: object;
  /** Instances for the GraphQL schema. */
  readonly resolvers?: readonly object[];
  readonly housekeeping?: readonly RepeatedWork[];
  /** Registers the routes outside of GraphQL. */
  readonly routes?: (http: Http) => Promise<void>;
}

export interface Domain<Needs, Parts extends DomainParts> {
  /** Its tables. Migrations are listed in database/migrations, because they have one order. */
  readonly entities?: readonly (new () => object)[];
  /** Builds everything and runs nothing. */
  readonly create: (needs: Needs) => Parts;
}

/**
 * Domains in the order in which they are built and started. The compiler refuses one that stands before what it needs.
 */
export class DomainList<Given extends object, Http, Services extends object = Given> {
  private constructor(private readonly domains: readonly Domain<never, DomainParts<Http>>[]) {}

  /** The empty list. `Given` is what every domain may use. */
  static over<Given extends object, Http>(): DomainList<Given, Http> {
    return new DomainList([]);
  }

  /** The list with one more domain at its end. */
  with<Parts extends DomainParts<Http>>(
    domain: Domain<Services, Parts>,
  ): DomainList<Given, Http, Services & Parts['services']> {
    return new DomainList([...this.domains, domain]);
  }

  /** Every table of every domain. */
  get entities(): readonly (new () => object)[] {
    return this.domains.flatMap(({ entities = [] }) => entities);
  }

  /** Builds the domains. What stands in `replaced` is used in place of the service of that name, for tests. */
  create(
    given: Given,
    replaced: Partial<Services> = {},
  ): { readonly services: Services; readonly parts: readonly DomainParts<Http>[] } {
    let services: object = { ...given, ...replaced };
    const parts: DomainParts<Http>[] = [];
    for (const domain of this.domains) {
      const built = domain.create(services as never);
      const twice = Object.keys(built.services).find((name) => name in services && !(name in replaced));
      if (twice !== undefined) throw new Error(`two domains bring a service with the name ${twice}`);
      services = { ...services, ...built.services, ...replaced };
      parts.push(built);
    }
    return { services: services as Services, parts };
  }
}
