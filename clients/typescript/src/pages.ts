/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string;
  readonly unreachable: readonly string[];
}

/** A list that is read page by page, as its items are needed. Each pass over it begins anew; an error ends the pass. */
export class List<T> implements AsyncIterable<T> {
  /** Accounts that could not be read in the latest pass so far: what is in them is missing, which does not mean none. */
  unreachable: readonly string[] = [];

  readonly #fetch: (token: string) => Promise<Page<T>>;

  /** @internal */
  constructor(fetch: (token: string) => Promise<Page<T>>) {
    this.#fetch = fetch;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    this.unreachable = [];
    let token = "";
    do {
      const page = await this.#fetch(token);
      this.unreachable = [...new Set([...this.unreachable, ...page.unreachable])];
      yield* page.items;
      token = page.next;
    } while (token);
  }

  /** Reads all pages. */
  async toArray(): Promise<T[]> {
    const all: T[] = [];
    for await (const item of this) all.push(item);
    return all;
  }
}
