import type { Client, OrderRequest } from "brokerwire";

import type { Json } from "./report.js";
import type { AnyStream } from "./streams.js";

/** Submits an order so many times, one after another, and tells how long each call took. */
export async function timeSubmits(client: Client, request: OrderRequest, count: number): Promise<Json> {
  const nanoseconds: number[] = [];
  for (let done = 0; done < count; done += 1) {
    const begun = process.hrtime.bigint();
    await client.submit(request);
    nanoseconds.push(since(begun));
  }
  return { nanoseconds };
}

/** Reads so many events of a stream, and tells how long it took from the first to the last. */
export async function timeEvents(stream: AnyStream, count: number): Promise<Json> {
  const events = stream.events(); // without `for await`, which would close the stream
  let begun = 0n;
  for (let read = 0; read < count; read += 1) {
    if ((await events.next()).done) throw new Error(`the stream ended after ${read} of ${count} events`);
    if (read === 0) begun = process.hrtime.bigint();
  }
  return { nanoseconds: since(begun) };
}

function since(begun: bigint): number {
  return Number(process.hrtime.bigint() - begun);
}
