import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { status } from "@grpc/grpc-js";

import type { Client } from "../src/client.js";
import { InternalError, PermissionDeniedError, StreamGapError } from "../src/errors.js";
import type { OrderEvent } from "../src/records.js";
import type { Stream } from "../src/stream.js";
import { FileTokenStore, type TokenStore } from "../src/tokens.js";
import { events, opened, serve, until, type Batch } from "./gateway.js";

/** A token store that notes what was saved. */
class Memory implements TokenStore {
  readonly saved: string[] = [];

  constructor(readonly token = "") {}

  load(): string {
    return this.token;
  }

  save(token: string): void {
    this.saved.push(token);
  }
}

interface Script {
  client: Client;
  /** The tokens that connections began with. */
  asked: string[];
  /** Connections that are open. */
  open: Set<number>;
}

/** A gateway that serves its nth connection with the nth batches, and says nothing more. */
async function script(t: TestContext, ...connections: Batch[][]): Promise<Script> {
  const asked: string[] = [];
  const open = new Set<number>();
  const client = await serve(t, {
    streamOrders: (call) => {
      const number = asked.push(call.request.options?.resumeToken ?? "");
      open.add(number);
      call.on("cancelled", () => open.delete(number));
      for (const batch of connections[number - 1] ?? []) call.write(batch);
    },
  });
  return { client, asked, open };
}

async function nextSequence(stream: Stream<OrderEvent, unknown>): Promise<number> {
  const event = await stream.nextEvent();
  assert.ok(event, "the stream is closed");
  return Number(event.sequence);
}

test("a token is kept only when all before it was processed", async (t) => {
  const { client } = await script(t, [opened(), events("t2", 1, 2), events("t3", 3)]);
  const tokenStore = new Memory();
  const stream = client.streamOrders({ tokenStore });
  for (const sequence of [1, 2]) {
    assert.equal(await nextSequence(stream), sequence);
    assert.deepEqual([tokenStore.saved, stream.token], [[], ""]);
  }
  assert.equal(await nextSequence(stream), 3);
  assert.deepEqual([tokenStore.saved, stream.token], [["t2"], "t2"]);
});

test("a stream begins with the token that was kept", async (t) => {
  const { client, asked } = await script(t, [opened(), events("t8", 8)]);
  await nextSequence(client.streamOrders({ tokenStore: new Memory("t7") }));
  assert.deepEqual(asked, ["t7"]);
});

test("a token that cannot be kept, or read, ends the stream", async (t) => {
  const { client, open } = await script(t, [opened(), events("t1", 1)]);
  const fails = () => Promise.reject(new Error("disk full"));
  const stream = client.streamOrders({ tokenStore: { load: () => "", save: fails } });
  await nextSequence(stream);
  for (let i = 0; i < 2; i += 1) await assert.rejects(stream.nextItem(), /disk full/);
  await until(() => open.size === 0);
  const unread = client.streamOrders({ tokenStore: { load: fails, save: () => undefined } });
  await assert.rejects(unread.nextItem(), /disk full/);
});

test("giving up a wait loses nothing", async (t) => {
  let more: (() => void) | undefined;
  let connections = 0;
  const client = await serve(t, {
    streamOrders: (call) => {
      connections += 1;
      call.write(opened());
      more = () => call.write(events("t1", 1));
    },
  });
  const stream = client.streamOrders();
  assert.equal((await stream.nextItem())?.kind, "opened");
  const impatient = new AbortController();
  const wait = stream.nextItem({ signal: impatient.signal });
  impatient.abort(new Error("enough"));
  await assert.rejects(wait, /enough/);
  more?.();
  assert.equal(await nextSequence(stream), 1);
  assert.equal(connections, 1);
});

test("closing ends waits at once, and leaves no call behind", async (t) => {
  const { client, open } = await script(t, [opened()]);
  const stream = client.streamOrders();
  await stream.nextItem();
  const waits = [stream.nextItem(), stream.nextEvent()];
  stream.close();
  assert.deepEqual(await Promise.all(waits), [undefined, undefined]);
  for await (const item of stream.items()) assert.fail(item.kind);
  await until(() => open.size === 0);
});

test("a signal closes a stream, and so do leaving its loop and closing its client", async (t) => {
  const { client, open } = await script(t, [opened()], [opened()], [opened()]);
  const end = new AbortController();
  const aborted = client.streamOrders({ signal: end.signal });
  for await (const item of aborted.items()) if (item.kind === "opened") end.abort();
  await until(() => open.size === 0);

  const left = client.streamOrders();
  for await (const item of left.items()) if (item.kind === "opened") break;
  assert.equal(await left.nextItem(), undefined);
  await until(() => open.size === 0);

  const orphan = client.streamOrders();
  await orphan.nextItem();
  client.close();
  assert.equal(await orphan.nextItem(), undefined);
  assert.throws(() => client.streamOrders(), /closed/);
});

test("a silent connection is left for a new one on a channel of its own", async (t) => {
  const { client, asked, open } = await script(t, [opened(40), events("t1", 1)], [opened(), events("t2", 2)]);
  const stream = client.streamOrders();
  assert.equal(await nextSequence(stream), 1);
  const kinds: string[] = [];
  for await (const item of stream.items()) {
    kinds.push(item.kind);
    if (item.kind === "event") break;
  }
  assert.deepEqual(kinds, ["disconnected", "opened", "event"]);
  assert.deepEqual(asked, ["", "t1"]);
  await until(() => open.size === 0);
});

test("messages that came while the consumer was away count", async (t) => {
  const { client, asked } = await script(t, [opened(20), events("t1", 1), events("t2", 2)]);
  const stream = client.streamOrders();
  await stream.nextItem();
  await new Promise((resolve) => setTimeout(resolve, 200)); // far longer than the watchdog waits
  assert.deepEqual([await nextSequence(stream), await nextSequence(stream)], [1, 2]);
  assert.equal(asked.length, 1);
});

test("an error that will not pass ends the stream", async (t) => {
  let calls = 0;
  const client = await serve(t, {
    streamOrders: (call) => {
      calls += 1;
      call.emit("error", { code: status.PERMISSION_DENIED, details: "not yours" });
    },
  });
  const stream = client.streamOrders();
  for (let i = 0; i < 2; i += 1) await assert.rejects(stream.nextItem(), PermissionDeniedError);
  assert.equal(calls, 1);
});

test("a batch that the contract does not allow ends the stream", async (t) => {
  const bad = events("t2", 2);
  const item = bad.items?.[0]?.item;
  if (item?.case === "event") Object.assign(item.value, { order: { filledQuantity: { value: "1e5" } } });
  const { client } = await script(t, [opened(), events("t1", 1), bad]);
  const stream = client.streamOrders();
  await nextSequence(stream);
  await assert.rejects(stream.nextItem(), InternalError);
  assert.equal(stream.token, "t1");
});

test("events alone say once that something was lost, and another loop goes on", async (t) => {
  const reset: Batch = { items: [{ item: { case: "control", value: { control: { case: "reset", value: {} } } } }] };
  const { client } = await script(t, [opened(), reset, events("t5", 5)]);
  const stream = client.streamOrders();
  await assert.rejects(async () => {
    for await (const event of stream.events()) assert.fail(String(event.sequence));
  }, StreamGapError);
  for await (const event of stream.events()) {
    assert.equal(event.sequence, 5n);
    break;
  }
});

test("a file keeps a token over lives", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "tokens-"));
  t.after(() => rm(folder, { recursive: true }));
  const store = new FileTokenStore(join(folder, "new", "orders.token"));
  assert.equal(await store.load(), "");
  for (const token of ["one", "two"]) {
    await store.save(token);
    assert.equal(await store.load(), token);
  }
  assert.deepEqual(await readdir(join(folder, "new")), ["orders.token"]);
});
