import type { Channel, OpenCall, Tap } from "./channel.js";
import type { Item } from "./items.js";
import { Machine, type Batch, type Rules } from "./machine.js";
import { fromStatus, type Status } from "./status.js";
import type { TokenStore } from "./tokens.js";

/** How many messages are read before the consumer asks for them. */
const READ_AHEAD = 2;
/** What a consumer that was away gets to be handed what has arrived meanwhile. */
const GRACE = 200;
/** The longest time that a timer takes. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** One kind of stream: its rules, how to open a connection of it, and how to read its messages. */
export interface Spec<E, S, M = unknown> {
  readonly rules: Rules<E>;
  open(channel: Channel, token: string, tap: Tap<M>): OpenCall;
  read(message: M): Batch<E, S>;
}

/** What a stream needs of its client. */
export interface Home {
  readonly channel: Channel;
  /** Makes a channel that nothing else uses. */
  dial(): Channel;
  /** The stream is closed. */
  left(): void;
}

/** How to wait for one item. */
export interface WaitOptions {
  /** Gives the wait up: it fails with the signal's reason, and nothing is lost. */
  signal?: AbortSignal | undefined;
}

/** A message of a connection, or its end. */
type Arrival<M> = { readonly message: M } | { readonly status: Status };

/** One connection of a stream. */
class Connection<M> implements Tap<M> {
  readonly arrived: Arrival<M>[] = [];
  lastSign = performance.now();
  /** When a consumer that found nothing gives the connection up. */
  verdict: number | undefined;
  call: OpenCall | undefined;

  #more: (() => void) | undefined;
  readonly #wake: () => void;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  message(message: M, more: () => void): void {
    this.#put({ message });
    if (this.arrived.length < READ_AHEAD) more();
    else this.#more = more;
  }

  end(status: Status): void {
    this.#put({ status });
  }

  #put(arrival: Arrival<M>): void {
    this.lastSign = performance.now();
    this.verdict = undefined;
    this.arrived.push(arrival);
    this.#wake();
  }

  take(): Arrival<M> | undefined {
    const arrival = this.arrived.shift();
    const more = this.#more;
    this.#more = undefined;
    more?.();
    return arrival;
  }
}

/**
 * A stream that connects again and resumes by itself: every event once, in order, or a reset that says it was impossible.
 *
 * Leaving a `for await` loop by `break` or `return` closes it; after an error of a loop, another one goes on where that was,
 * if the stream can go on. It ends with `close()`, with the signal that it was made with, and with its client.
 */
export class Stream<E, S, M = unknown> {
  readonly #machine: Machine<E, S>;
  readonly #spec: Spec<E, S, M>;
  readonly #home: Home;
  readonly #store: TokenStore | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #sleepers = new Set<() => void>();
  readonly #end = () => {
    this.close();
  };

  #connection: Connection<M> | undefined;
  #private: Channel | undefined;
  #notBefore = 0;
  #loaded = false;
  #busy = false;
  #saved = "";
  #closed = false;
  #broken: { readonly error: unknown } | undefined;

  /** @internal */
  constructor(home: Home, spec: Spec<E, S, M>, store?: TokenStore, signal?: AbortSignal) {
    this.#home = home;
    this.#spec = spec;
    this.#machine = new Machine(spec.rules);
    this.#store = store;
    this.#signal = signal;
    if (signal?.aborted) this.close();
    else signal?.addEventListener("abort", this.#end);
  }

  /** Where another stream could go on. It moves when all items received have been taken and more are asked for. */
  get token(): string {
    return this.#saved;
  }

  /** Events, snapshots and what the stream says about itself, in order. */
  items(): AsyncIterableIterator<Item<E, S>> {
    return this.#iterate(() => this.nextItem());
  }

  /**
   * Events alone. StreamGapError means that events were lost to this reader: read what you need anew, then begin another
   * loop, which goes on after it.
   */
  events(): AsyncIterableIterator<E> {
    return this.#iterate(() => this.nextEvent());
  }

  #iterate<T>(next: () => Promise<T | undefined>): AsyncIterableIterator<T> {
    const iterator: AsyncIterableIterator<T> = {
      next: async () => {
        const value = await next();
        return value === undefined ? { done: true, value: undefined } : { done: false, value };
      },
      return: () => {
        this.close();
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** Waits for one item. undefined: the stream is closed. Any error but the signal's is the end of the stream. */
  async nextItem({ signal }: WaitOptions = {}): Promise<Item<E, S> | undefined> {
    for (;;) {
      signal?.throwIfAborted();
      const item = this.#machine.take();
      if (item) return item;
      if (this.#broken) throw this.#broken.error;
      if (this.#closed) return undefined;
      const wait = this.#step();
      if (wait > 0) await this.#sleep(wait, signal);
    }
  }

  /** Waits for one event, as events() does. */
  async nextEvent(options?: WaitOptions): Promise<E | undefined> {
    for (;;) {
      const item = await this.nextItem(options);
      if (item?.kind === "event") return item.event;
      if (item?.kind === "reset") throw this.#machine.gap(item);
      if (!item) return undefined;
    }
  }

  /** Ends the stream at once. Whoever waits for an item gets undefined. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#signal?.removeEventListener("abort", this.#end);
    this.#hangUp();
    this.#home.left();
    this.#wake();
  }

  /** Does the next thing there is to do. Returns for how long there is nothing else, in milliseconds. */
  #step(): number {
    if (this.#busy) return Infinity;
    if (this.#machine.token !== this.#saved) {
      this.#commit();
      return 0;
    }
    if (!this.#connection) return this.#connect();
    const arrival = this.#connection.take();
    if (!arrival) return this.#listen(this.#connection);
    if ("status" in arrival) this.#over(arrival.status);
    else this.#feed(arrival.message);
    return 0;
  }

  /** Keeps the token: all that was received has been processed, or its consumer would not ask for more. */
  #commit(): void {
    const token = this.#machine.token;
    const store = this.#store;
    if (!store) {
      this.#saved = token;
      return;
    }
    this.#work(async () => {
      await store.save(token);
      this.#saved = token;
    });
  }

  #connect(): number {
    if (!this.#loaded) {
      this.#load();
      return 0;
    }
    const rest = this.#notBefore - performance.now();
    if (rest > 0) return rest;
    this.#machine.connecting();
    const connection = new Connection<M>(() => {
      this.#wake();
    });
    this.#connection = connection;
    try {
      connection.call = this.#spec.open(this.#private ?? this.#home.channel, this.#machine.token, connection);
    } catch (error) {
      this.#break(error); // the request cannot be sent at all
    }
    return 0;
  }

  #load(): void {
    this.#loaded = true;
    const store = this.#store;
    if (!store) return;
    this.#work(async () => {
      this.#saved = this.#machine.token = await store.load();
    });
  }

  /** Runs what takes time; its error is the end of the stream. */
  #work(run: () => Promise<void>): void {
    this.#busy = true;
    const done = () => {
      this.#busy = false;
      this.#wake();
    };
    run().then(done, (error: unknown) => {
      this.#break(error);
      done();
    });
  }

  /** The time that the connection may stay silent from now on. If it was silent for too long, it is left. */
  #listen(connection: Connection<M>): number {
    const now = performance.now();
    const left = connection.lastSign + this.#machine.silence() - now;
    if (left > 0) return left;
    connection.verdict ??= now + GRACE; // the consumer was away, the connection need not have been
    if (now < connection.verdict) return connection.verdict - now;
    this.#hangUp();
    this.#private = this.#home.dial(); // the channel may be dead without knowing, and others share it
    this.#notBefore = now + this.#machine.muted();
    return 0;
  }

  #feed(message: M): void {
    try {
      this.#machine.feed(this.#spec.read(message));
    } catch (error) {
      this.#break(error); // going on would leave a gap
    }
  }

  #over(status: Status): void {
    this.#connection = undefined;
    const wait = status.code === 0 ? this.#machine.ended() : this.#failed(status);
    this.#notBefore = performance.now() + wait;
  }

  #failed(status: Status): number {
    const facts = { mutation: false, clientOrderId: "", address: this.#home.channel.address, cause: status };
    const error = fromStatus(status, facts);
    const wait = this.#machine.failed(error);
    if (wait === undefined) this.#break(error);
    return wait ?? 0;
  }

  #break(error: unknown): void {
    this.#broken ??= { error };
    this.close();
  }

  #hangUp(): void {
    this.#connection?.call?.cancel();
    this.#connection = undefined;
    this.#private?.close();
    this.#private = undefined;
  }

  #wake(): void {
    for (const wake of [...this.#sleepers]) wake();
  }

  /** Waits until something may have happened. */
  #sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(milliseconds, LONGEST_TIMER));
      signal?.addEventListener("abort", wake);
      this.#sleepers.add(wake);
    });
  }
}
