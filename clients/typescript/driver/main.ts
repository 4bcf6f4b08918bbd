// Carries out the steps of the cross-language suite with this client: JSON lines in, one JSON line out for each.
// tests/clients/README.md says what the steps are.
import { createInterface } from "node:readline";

import { ActionOutcome, connect, enumName, Signer, type Client, type OrderKey, type OrderSession } from "brokerwire";

import { failure, orderObject, positionObject, type Json } from "./report.js";
import { orderRequest, replaceRequest, type Draft, type Text } from "./requests.js";
import { Streams, type StreamStep } from "./streams.js";
import { timeEvents, timeSubmits } from "./timing.js";

/** A line of input: what to do, and the arguments of all steps together. */
interface Step extends Draft, Text, StreamStep {
  do: string;
  address: string;
  bearer?: string;
  ca?: string;
  certificate?: string;
  certificate_key?: string;
  signing_key?: string;
  key_id?: string;
  account: string;
  order_id?: string;
  expected_version?: number;
  page_size?: number;
  open_only?: boolean;
  oldest_first?: boolean;
  orders: Draft[];
  count: number;
}

const streams = new Streams();
let current: Client | undefined;
let session: OrderSession | undefined;

function client(): Client {
  if (!current) throw new Error("not connected");
  return current;
}

function opened(): OrderSession {
  if (!session) throw new Error("no session is open");
  return session;
}

const STEPS: Record<string, (step: Step) => Json | Promise<Json>> = {
  connect: ({ address, account, timeout = 10, bearer, ca, certificate, certificate_key, signing_key, key_id = "" }) => {
    const tls = { ...(ca && { ca }), ...(certificate && certificate_key && { certificate, key: certificate_key }) };
    current = connect({
      address,
      account,
      timeout: timeout * 1000,
      tls: ca ? tls : false,
      ...(bearer && { token: bearer }),
      ...(signing_key && { signer: Signer.fromFile(signing_key, key_id) }),
    });
    return {};
  },
  submit: async (step) => orderObject(await client().submit(orderRequest(step))),
  wait: async (step) => {
    const order = await client().getOrder(keyOf(step));
    return orderObject(await client().wait(order, { timeout: (step.timeout ?? 20) * 1000 }));
  },
  get_order: async (step) => orderObject(await client().getOrder(keyOf(step))),
  replace: async (step) => {
    const { outcome, order } = await client().replace(keyOf(step), replaceRequest(step));
    return { outcome: enumName(ActionOutcome, outcome), order: orderObject(order) };
  },
  cancel: async (step) => {
    const { outcome, order } = await client().cancel(keyOf(step));
    return { outcome: enumName(ActionOutcome, outcome), order: orderObject(order) };
  },
  list_orders: async ({ page_size = 0, open_only = false, oldest_first = false }) => {
    const filter = { pageSize: page_size, openOnly: open_only, oldestFirst: oldest_first };
    return { orders: (await client().orders(filter).toArray()).map(orderObject) };
  },
  list_positions: async () => ({ positions: (await client().positions().toArray()).map(positionObject) }),
  open_stream: (step) => streams.open(client(), step),
  read_stream: (step) => streams.read(step),
  close_stream: (step) => streams.close(step),
  open_session: () => {
    session = client().session();
    return {};
  },
  session_submit: async ({ orders }) => {
    const pending = orders.map((draft) => opened().submit(orderRequest(draft)));
    const results: Json[] = [];
    for (const one of pending) results.push(await answer(async () => orderObject(await one)));
    return { results };
  },
  close_session: async () => {
    await opened().close();
    return {};
  },
  time_submits: (step) => timeSubmits(client(), orderRequest(step), step.count),
  time_events: ({ stream, count }) => timeEvents(streams.named(stream), count),
};

function keyOf({ order_id = "", client_order_id = "" }: Step): OrderKey {
  return { orderId: order_id, clientOrderId: client_order_id };
}

/** What a step came to: its result, or the client's error. */
async function answer(run: () => Json | Promise<Json>): Promise<Json> {
  try {
    return { ok: await run() };
  } catch (error) {
    return { error: failure(error) };
  }
}

async function carryOut(line: string): Promise<Json> {
  return answer(() => {
    const step = JSON.parse(line) as Step;
    const run = STEPS[step.do];
    if (!run) throw new Error(`no such step: ${step.do}`);
    return run(step);
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await carryOut(line))}\n`);
}
process.exit(); // streams may be open
