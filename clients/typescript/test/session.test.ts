import assert from "node:assert/strict";
import { test } from "node:test";

import { status } from "@grpc/grpc-js";

import { Side } from "../src/enums.js";
import { InvalidRequestError, SessionClosedError } from "../src/errors.js";
import type { OrderCommand } from "../src/gen/brokerwire/v1/order_service_pb.js";
import { order, serve, type Gateway } from "./gateway.js";

const DRAFT = { symbol: "AAPL", side: Side.BUY, quantity: "1" };

function done({ commandId, command }: OrderCommand) {
  const id = command.case === "submit" ? command.value.clientOrderId : "";
  return { commandId, result: { case: "submit" as const, value: { order: order(id) } } };
}

test("results find their commands in whatever order they come, at most 1000 in a message", async (t) => {
  const count = 2500;
  const sizes: number[] = [];
  const commands: OrderCommand[] = [];
  const gateway: Gateway = {
    orderSession: (call) => {
      call.on("data", (request: { commands: OrderCommand[] }) => {
        sizes.push(request.commands.length);
        commands.push(...request.commands);
        if (commands.length < count) return;
        for (const command of [...commands].reverse()) call.write({ results: [done(command)] });
      });
      call.on("end", () => {
        call.end();
      });
    },
  };
  const session = (await serve(t, gateway)).session();
  const pending = Array.from({ length: count }, (_, i) => session.submit({ ...DRAFT, clientOrderId: `c${i}` }));
  await session.close();
  const orders = await Promise.all(pending);
  assert.deepEqual(
    orders.map((one) => one.clientOrderId),
    pending.map((one) => one.clientOrderId),
  );
  assert.deepEqual(sizes, [1000, 1000, 500]);
  assert.equal(commands[0]?.commandId, 1n);
});

test("a command without a result may have been sent; one after the end was not", async (t) => {
  const gateway: Gateway = {
    orderSession: (call) => {
      call.once("data", () => call.emit("error", { code: status.UNAVAILABLE, details: "gone" }));
    },
  };
  const session = (await serve(t, gateway)).session();
  for (const sent of ["unknown", "no"]) {
    const pending = session.submit({ ...DRAFT, clientOrderId: "c-1" });
    await assert.rejects(pending, (error) => {
      assert.ok(error instanceof SessionClosedError);
      assert.deepEqual([error.code, error.sent, error.clientOrderId], ["UNAVAILABLE", sent, "c-1"]);
      return true;
    });
  }
  await session.close();
});

test("a failure that nobody awaits does not end the program", async (t) => {
  const gateway: Gateway = {
    orderSession: (call) => {
      call.once("data", () => call.emit("error", { code: status.UNAVAILABLE, details: "gone" }));
    },
  };
  const session = (await serve(t, gateway)).session();
  void session.submit(DRAFT);
  await session.close();
  await new Promise((resolve) => setImmediate(resolve));
});

test("after a goodbye results come and no command goes", async (t) => {
  const commands: OrderCommand[] = [];
  let answer: (() => void) | undefined;
  const gateway: Gateway = {
    orderSession: (call) => {
      call.on("data", (request: { commands: OrderCommand[] }) => {
        commands.push(...request.commands);
        call.write({ control: { control: { case: "goodbye", value: { reason: "shutting down" } } } });
      });
      answer = () => call.write({ results: commands.map(done) });
    },
  };
  const session = (await serve(t, gateway)).session();
  const under = session.submit(DRAFT);
  let refused: unknown;
  while (refused === undefined) {
    // A command is taken until the goodbye has arrived.
    session.submit(DRAFT).catch((error: unknown) => (refused = error));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.ok(refused instanceof SessionClosedError);
  assert.match(refused.message, /shutting down/);
  answer?.();
  assert.equal((await under).clientOrderId, under.clientOrderId);
  session.abort();
});

test("an order that cannot be is refused alone", async (t) => {
  const gateway: Gateway = {
    orderSession: (call) => {
      call.on("data", ({ commands }: { commands: OrderCommand[] }) => call.write({ results: commands.map(done) }));
      call.on("end", () => {
        call.end();
      });
    },
  };
  const session = (await serve(t, gateway)).session();
  const bad = session.submit({ ...DRAFT, quantity: "1e5" });
  const good = session.submit(DRAFT);
  await assert.rejects(bad, (error) => {
    assert.ok(error instanceof InvalidRequestError);
    assert.equal(error.clientOrderId, bad.clientOrderId);
    return true;
  });
  assert.equal((await good).clientOrderId, good.clientOrderId);
  await session.close();
});

test("commands mean the only account, found out once, and fail alone where there is none", async (t) => {
  const meant: string[] = [];
  let accounts: { accountId: string }[] = [];
  const gateway: Gateway = {
    listAccounts: (_, answer) => {
      answer(null, { accounts });
    },
    orderSession: (call) => {
      call.on("data", ({ commands }: { commands: OrderCommand[] }) => {
        for (const { command } of commands) if (command.case === "submit") meant.push(command.value.accountId);
        call.write({ results: commands.map(done) });
      });
      call.on("end", () => {
        call.end();
      });
    },
  };
  const session = (await serve(t, gateway, { account: "" })).session();
  const named = session.submit({ ...DRAFT, account: "named" });
  await assert.rejects(session.submit(DRAFT), { reason: "ACCOUNT_NOT_FOUND", sent: "no" });
  await named;
  accounts = [{ accountId: "only" }];
  await Promise.all([session.submit(DRAFT), session.submit(DRAFT)]);
  assert.deepEqual(meant, ["named", "only", "only"]);
  await session.close();
});

test("closing waits for results that are due, until its time is up", async (t) => {
  const session = (await serve(t, { orderSession: () => undefined })).session();
  const pending = session.submit({ ...DRAFT, clientOrderId: "c-1" });
  await session.close({ timeout: 50 });
  await assert.rejects(pending, { kind: "SessionClosed", sent: "unknown", clientOrderId: "c-1" });
});
