import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import type { Client } from "../src/client.js";
import { DeadlineExceededError } from "../src/errors.js";
import { StreamMode } from "../src/gen/brokerwire/v1/streams_pb.js";
import { List } from "../src/pages.js";
import type { Order } from "../src/records.js";
import type { StreamOrdersRequest } from "../src/gen/brokerwire/v1/order_service_pb.js";
import { order, serve, until, type Batch } from "./gateway.js";

function state(version: bigint, terminal: boolean, orderId = "o") {
  return { ...order("c-1"), orderId, version, terminal, sequence: 5n, createTime: { seconds: 7n, nanos: 123456789 } };
}

const OPENED: Batch = {
  items: [{ item: { case: "control", value: { control: { case: "opened", value: { mode: StreamMode.SNAPSHOT } } } } }],
};
const END: Batch = {
  items: [{ item: { case: "control", value: { control: { case: "snapshotEnd", value: {} } } } }],
};

function snapshot(version: bigint, terminal: boolean, orderId?: string): Batch {
  return { items: [{ item: { case: "snapshot", value: state(version, terminal, orderId) } }] };
}

interface Watched {
  client: Client;
  requests: StreamOrdersRequest[];
  open: { count: number };
  first: Order;
}

/** A gateway whose stream says this, and where reading the order gives version 9, over. */
async function watched(t: TestContext, ...batches: Batch[]): Promise<Watched> {
  const requests: StreamOrdersRequest[] = [];
  const open = { count: 0 };
  let reads = 0;
  const client = await serve(t, {
    getOrder: (_, answer) => {
      reads += 1;
      answer(null, { order: reads === 1 ? state(3n, false) : state(9n, true) });
    },
    streamOrders: (call) => {
      requests.push(call.request);
      open.count += 1;
      call.on("cancelled", () => (open.count -= 1));
      for (const batch of [OPENED, ...batches]) call.write(batch);
    },
  });
  return { client, requests, open, first: await client.getOrder({ orderId: "o" }) };
}

test("a wait ends with the state that is over, and not with older or other ones", async (t) => {
  const { client, requests, open, first } = await watched(
    t,
    snapshot(2n, true),
    snapshot(8n, true, "another"),
    snapshot(4n, true),
  );
  assert.equal((await client.wait(first)).version, 4n);
  const [request] = requests;
  assert.deepEqual([request?.clientOrderIds, request?.accountIds], [["c-1"], ["a"]]);
  assert.equal(request?.options?.includeTerminalSinceTime?.nanos, 123456789);
  assert.equal(request.options.minSequences[0]?.sequence, 5n);
  await until(() => open.count === 0);
});

test("an order that the snapshot lacks is read once", async (t) => {
  const { client, first } = await watched(t, END);
  assert.equal((await client.wait(first)).version, 9n);
});

test("a wait ends where the caller wants it", async (t) => {
  const { client, first } = await watched(t, snapshot(4n, false));
  assert.equal((await client.wait(first, { until: (one) => one.version > 3n })).version, 4n);
  assert.equal(await client.wait(first, { until: () => true }), first);
});

test("when the time is up, the error has the last known order, and the stream is closed", async (t) => {
  const { client, open, first } = await watched(t, snapshot(4n, false));
  await assert.rejects(client.wait(first, { timeout: 100 }), (error) => {
    assert.ok(error instanceof DeadlineExceededError);
    assert.deepEqual([error.order?.version, error.clientOrderId, error.sent], [4n, "c-1", "no"]);
    return true;
  });
  await until(() => open.count === 0);
});

test("a wait can be given up", async (t) => {
  const { client, open, first } = await watched(t, snapshot(4n, false));
  const enough = new Error("enough");
  await assert.rejects(client.wait(first, { signal: AbortSignal.abort(enough) }), enough);
  await until(() => open.count === 0);
});

test("a list reads its pages as they are needed, anew in each pass, and tells what it could not read", async () => {
  const asked: string[] = [];
  const list = new List((token) => {
    asked.push(token);
    const page = { items: [1, 2], next: token === "" ? "p2" : "", unreachable: ["x"] };
    return Promise.resolve(page);
  });
  for await (const item of list) if (item === 2) break;
  assert.deepEqual(asked, [""]);
  assert.deepEqual(await list.toArray(), [1, 2, 1, 2]);
  assert.deepEqual([asked, list.unreachable], [["", "", "p2"], ["x"]]);
});
