import { Backoff, jittered } from "./backoff.js";
import type { Code } from "./codes.js";
import { makeError, type BrokerwireError, type Reason } from "./errors.js";
import { StreamMode, StreamResetCause, type StreamControl } from "./gen/brokerwire/v1/streams_pb.js";
import { enumName } from "./enums.js";
import { readControl, UNSAID_RESET, type Goodbye, type Item, type Opened, type Reset } from "./items.js";

const DEFAULT_HEARTBEAT = 15_000;
/** How many heartbeats may be missing before the connection is given up. */
const PATIENCE = 2.5;
/** The limit for the first message, which the gateway sends at once. */
const OPENING = 10_000;

const TRANSIENT: ReadonlySet<Code> = new Set<Code>([
  "UNAVAILABLE",
  "INTERNAL",
  "CANCELLED",
  "UNKNOWN",
  "DEADLINE_EXCEEDED",
]);

// A stream that has been open goes on after these as well.
const RETRIED: ReadonlySet<Reason> = new Set<Reason>(["SLOW_CONSUMER", "STREAM_LIMIT", "GATEWAY_OVERLOADED"]);

/** One message of a connection, whatever its stream. */
export interface Batch<E, S> {
  readonly items: readonly WireItem<E, S>[];
  readonly token: string;
}

/** One item of a batch; "unknown" is of a kind that is newer than this package. */
export type WireItem<E, S> =
  | { readonly kind: "event"; readonly event: E }
  | { readonly kind: "snapshot"; readonly value: S }
  | { readonly kind: "control"; readonly control: StreamControl }
  | { readonly kind: "unknown" };

/** What the kinds of streams differ in. */
export interface Rules<E> {
  readonly name: string;
  /** What an event's sequence counts within: the account, perhaps with a symbol. */
  place(event: E): string;
  sequence(event: E): bigint;
  /** Whether events of one sequence may come twice with news: states valued anew. */
  readonly repeats: boolean;
}

/**
 * A resumable stream free of any I/O: batches and failures in, items and decisions out. It is the state of one stream over
 * all its connections. Times are in milliseconds.
 */
export class Machine<E, S> {
  /** Where to resume once all that is ready has been taken. */
  token = "";

  readonly #rules: Rules<E>;
  readonly #backoff = new Backoff();
  readonly #seen = new Map<string, bigint>();
  #ready: Item<E, S>[] = [];
  #taken = 0;
  #heartbeat = DEFAULT_HEARTBEAT;
  #opened = false;
  #goodbye: Goodbye | undefined;
  #connections = 0;
  #batches = 0;
  #beganSnapshot = false;

  constructor(rules: Rules<E>) {
    this.#rules = rules;
  }

  /** Takes the next item that was received, if there is one. */
  take(): Item<E, S> | undefined {
    const item = this.#ready[this.#taken];
    if (item === undefined) return undefined;
    this.#taken += 1;
    if (this.#taken === this.#ready.length) {
      this.#ready = [];
      this.#taken = 0;
    }
    return item;
  }

  /** Begins the next connection. */
  connecting(): void {
    this.#opened = false;
    this.#goodbye = undefined;
    this.#batches = 0;
  }

  /** The time without any message after which the connection is dead, whatever the transport says. */
  silence(): number {
    return this.#opened ? this.#heartbeat * PATIENCE : OPENING;
  }

  /** Takes one message of the connection. */
  feed(batch: Batch<E, S>): void {
    this.#batches += 1;
    for (const item of batch.items) {
      if (item.kind === "control") this.#control(item.control);
      else if (item.kind === "event") this.#event(item.event);
      else if (item.kind === "snapshot") {
        this.#beginSnapshot();
        this.#ready.push(item);
      }
    }
    if (batch.token) this.token = batch.token;
    if (this.#batches > 1) this.#backoff.reset(); // a gateway that falls after its first message has not come back
  }

  #event(event: E): void {
    const place = this.#rules.place(event);
    const sequence = this.#rules.sequence(event);
    const last = this.#seen.get(place) ?? 0n;
    if (sequence < last || (sequence === last && !this.#rules.repeats)) return;
    this.#seen.set(place, sequence);
    this.#ready.push({ kind: "event", event });
  }

  #control(message: StreamControl): void {
    const control = readControl(message);
    if (!control) return;
    if (control.kind === "opened") {
      this.#open(control);
      return;
    }
    if (control.kind === "reset") this.#startOver();
    else if (control.kind === "snapshotEnd") this.#beginSnapshot();
    else if (control.kind === "goodbye") this.#goodbye = control;
    this.#ready.push(control);
  }

  #open(opened: Opened): void {
    // In a resumed stream, a snapshot that was cut goes on.
    if (opened.mode !== StreamMode.RESUMED) this.#beganSnapshot = false;
    if (this.#connections > 0 && !this.token) {
      this.#startOver();
      this.#ready.push(UNSAID_RESET);
    }
    this.#connections += 1;
    this.#opened = true;
    if (opened.heartbeat > 0) this.#heartbeat = opened.heartbeat;
    this.#ready.push(opened);
  }

  #startOver(): void {
    this.#seen.clear();
    this.#beganSnapshot = false;
  }

  #beginSnapshot(): void {
    if (this.#beganSnapshot) return;
    this.#beganSnapshot = true;
    this.#ready.push({ kind: "snapshotBegin" });
  }

  /** The connection was silent for too long. Returns the time to wait before the next. */
  muted(): number {
    return this.#lost(makeError("the stream went silent", { code: "UNAVAILABLE" }));
  }

  /** The gateway ended the connection with OK. Returns the time to wait before the next. */
  ended(): number {
    if (!this.#goodbye) return this.#lost(makeError("the stream ended without a goodbye", { code: "UNAVAILABLE" }));
    const after = this.#goodbye.reconnectAfter;
    return after > 0 ? jittered(2 * after) : this.#backoff.delay();
  }

  /** The connection failed. Returns the time to wait before the next; undefined if another would not help. */
  failed(error: BrokerwireError): number | undefined {
    const transient = TRANSIENT.has(error.code) && error.reason !== "SEQUENCE_NOT_YET_AVAILABLE";
    const again = transient || (RETRIED.has(error.reason) && this.#connections > 0);
    return again ? this.#lost(error) : undefined;
  }

  #lost(error: BrokerwireError): number {
    const retryIn = Math.max(this.#backoff.delay(), error.retryAfter ?? 0);
    this.#ready.push({ kind: "disconnected", error, retryIn });
    return retryIn;
  }

  /** The error for a reader of events alone, to whom a reset means that events were lost. */
  gap(reset: Reset): BrokerwireError {
    const cause = enumName(StreamResetCause, reset.cause);
    return makeError(
      `${this.#rules.name} could not go on where it was (${cause}): read what you need anew; the stream goes on, and ` +
        "items() would have delivered a snapshot",
      { code: "OUT_OF_RANGE", reason: "RESUME_TOKEN_EXPIRED" },
    );
  }
}
