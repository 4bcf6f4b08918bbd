import assert from "node:assert/strict";
import { test } from "node:test";

import { Channel } from "../src/channel.js";
import { OrderService, type StreamOrdersResponse } from "../src/gen/brokerwire/v1/order_service_pb.js";
import { targetOf } from "../src/target.js";
import { events, serve, until } from "./gateway.js";

test("the next message is read when this one has been passed on, and the end comes last", async (t) => {
  const client = await serve(t, {
    streamOrders: (call) => {
      for (let sequence = 1; sequence <= 5; sequence += 1) call.write(events("t", sequence));
      call.end();
    },
  });
  const channel = new Channel(targetOf({ address: client.address }), {}, 1000);
  t.after(() => {
    channel.close();
  });
  const got: (number | "end")[] = [];
  let more: (() => void) | undefined;
  channel.open(
    OrderService.method.streamOrders,
    {},
    {
      message: (message: StreamOrdersResponse, next) => {
        got.push(message.items.length);
        more = next;
      },
      end: () => got.push("end"),
    },
  );
  for (let count = 1; count <= 5; count += 1) {
    await until(() => got.length >= count);
    await new Promise((resolve) => setTimeout(resolve, 30)); // for what must not come
    assert.equal(got.filter((one) => one !== "end").length, count);
    more?.();
  }
  await until(() => got.includes("end"));
  assert.deepEqual(got, [1, 1, 1, 1, 1, "end"]);
});
