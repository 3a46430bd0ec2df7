/** Values on their way to somebody who takes one at a time. */
export interface Paced {
  readonly send: (value: unknown) => void;
  /** Drops what waits. */
  readonly end: () => void;
}

/**
 * Hands a value on at once, and after it at most one in `everyMs` milliseconds: the last of those
 * that came in the meantime.
 */
export function paced(everyMs: number, hand: (value: unknown) => void): Paced {
  let pause: NodeJS.Timeout | undefined;
  let waiting: { readonly value: unknown } | undefined;

  function next(value: unknown): void {
    hand(value);
    pause = setTimeout(() => {
      pause = undefined;
      const last = waiting;
      waiting = undefined;
      if (last !== undefined) next(last.value);
    }, everyMs);
  }

  return {
    send(value) {
      if (pause === undefined) next(value);
      else waiting = { value };
    },
    end() {
      clearTimeout(pause);
      waiting = undefined;
    },
  };
}
