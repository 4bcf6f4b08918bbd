import { EventType, type Client, type StreamOptions, type TokenStore, type WaitOptions } from "brokerwire";

import { eventObject, itemObject, type AnyEvent, type AnyItem, type Json } from "./report.js";
import { present, value } from "./requests.js";

/** The arguments of the steps about streams. */
export interface StreamStep {
  stream: string;
  kind: string;
  store?: string;
  token?: string;
  heartbeat?: number;
  on_gap?: "fail";
  fills_only?: boolean;
  types?: string[];
  until: { kind: string; count?: number; sequence?: number };
  timeout?: number;
  events_only?: boolean;
}

/** A stream of any kind. */
export interface AnyStream {
  events(): AsyncIterableIterator<AnyEvent>;
  nextItem(options: WaitOptions): Promise<AnyItem | undefined>;
  nextEvent(options: WaitOptions): Promise<AnyEvent | undefined>;
  close(): void;
}

/** A token store that outlives its stream. */
class Store implements TokenStore {
  token = "";

  load(): string {
    return this.token;
  }

  save(token: string): void {
    this.token = token;
  }
}

/** The streams that the driver has open, by name. */
export class Streams {
  readonly #streams = new Map<string, AnyStream>();
  readonly #stores = new Map<string, Store>();

  open(client: Client, step: StreamStep): Json {
    const name = step.store ?? step.stream;
    const store = this.#stores.get(name) ?? new Store();
    this.#stores.set(name, store);
    store.token = step.token ?? store.token;
    const heartbeat = step.heartbeat === undefined ? undefined : step.heartbeat * 1000;
    const options = present({ heartbeat, onGap: step.on_gap, tokenStore: store });
    this.#streams.set(step.stream, opened(client, step, options));
    return {};
  }

  async read({ stream: name, until, timeout = 30, events_only = false }: StreamStep): Promise<Json> {
    const stream = this.named(name);
    const signal = AbortSignal.timeout(timeout * 1000);
    const items: Json[] = [];
    let left = until.count ?? 1;
    while (left > 0) {
      const item = await next(stream, signal, events_only);
      if (!item) return { items, timed_out: true };
      items.push(item);
      const sequence = typeof item.sequence === "number" ? item.sequence : 0;
      if (item.kind === until.kind && sequence >= (until.sequence ?? 0)) left -= 1;
    }
    return { items, timed_out: false };
  }

  close({ stream }: StreamStep): Json {
    this.named(stream).close();
    return {};
  }

  named(name: string): AnyStream {
    const stream = this.#streams.get(name);
    if (!stream) throw new Error(`no such stream: ${name}`);
    return stream;
  }
}

function opened(client: Client, step: StreamStep, options: StreamOptions): AnyStream {
  switch (step.kind) {
    case "orders":
      return client.streamOrders({ ...options, fillsOnly: step.fills_only ?? false });
    case "positions":
      return client.streamPositions(options);
    case "events": {
      const types = (step.types ?? []).map((name) => value(EventType, name) ?? EventType.UNSPECIFIED);
      return client.streamEvents({ ...options, types });
    }
    default:
      throw new Error(`no such stream: ${step.kind}`);
  }
}

/** The next item; undefined if the stream is closed or the time is up. */
async function next(stream: AnyStream, signal: AbortSignal, eventsOnly: boolean): Promise<Json | undefined> {
  try {
    if (eventsOnly) {
      const event = await stream.nextEvent({ signal });
      return event && { kind: "event", ...eventObject(event) };
    }
    const item = await stream.nextItem({ signal });
    return item && itemObject(item);
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  }
}
