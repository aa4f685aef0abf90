/** The time of day of this process, which a test may set; timers and the monotonic clock go on as they are. */
export interface TimeOfDay {
  set(byMs: number): void;
  restore(): void;
}

export function takeTimeOfDay(): TimeOfDay {
  const Real = globalThis.Date;
  let offMs = 0;
  class SetDate extends Real {
    constructor(...given: unknown[]) {
      if (given.length === 0) super(Real.now() + offMs);
      else super(...(given as [number]));
    }

    static override now(): number {
      return Real.now() + offMs;
    }

    static override [Symbol.hasInstance](value: unknown): boolean {
      return Object.prototype.toString.call(value) === '[object Date]';
    }
  }
  globalThis.Date = SetDate as DateConstructor;
  return {
    set: (byMs) => {
      offMs += byMs;
    },
    restore: () => {
      globalThis.Date = Real;
    },
  };
}
