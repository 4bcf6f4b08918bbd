export const FIRST_DELAY = 100;
export const LONGEST_DELAY = 2_000;

/** Doubles from 0.1 s to 2 s; half of it by chance, so that clients do not come back all at once. */
export class Backoff {
  #next = FIRST_DELAY;

  /** A connection has proved itself. */
  reset(): void {
    this.#next = FIRST_DELAY;
  }

  /** The milliseconds to wait. */
  delay(): number {
    const longest = this.#next;
    this.#next = Math.min(longest * 2, LONGEST_DELAY);
    return jittered(longest);
  }
}

/** Between half of a time and all of it. */
export function jittered(duration: number): number {
  return (duration / 2) * (1 + Math.random());
}
