import assert from "node:assert/strict";
import { test } from "node:test";

import { Metadata, status } from "@grpc/grpc-js";

import { Side } from "../src/enums.js";
import * as errors from "../src/errors.js";
import { AccountStatus } from "../src/gen/brokerwire/v1/accounts_pb.js";
import { AccountService } from "../src/gen/brokerwire/v1/account_service_pb.js";
import { order, serve, type Gateway } from "./gateway.js";

const DRAFT = { symbol: "AAPL", side: Side.BUY, quantity: "1", clientOrderId: "c-1" };

test("the only open account is meant, and looked up once", async (t) => {
  const meant: string[] = [];
  let lookups = 0;
  const gateway: Gateway = {
    listAccounts: (_, answer) => {
      lookups += 1;
      answer(null, { accounts: [{ accountId: "old", status: AccountStatus.CLOSED }, { accountId: "only" }] });
    },
    submitOrder: (call, answer) => {
      meant.push(call.request.order?.accountId ?? "");
      answer(null, { order: order("c-1") });
    },
  };
  const client = await serve(t, gateway, { account: "" });
  await Promise.all([client.submit(DRAFT), client.submit(DRAFT)]);
  await client.submit({ ...DRAFT, account: "other" });
  assert.deepEqual([meant.sort(), lookups], [["only", "only", "other"], 1]);
});

test("an account that cannot be told is an error that names the order", async (t) => {
  const answers = [
    { accounts: [] },
    { accounts: [{ accountId: "a" }, { accountId: "b" }] },
    { accounts: [{ accountId: "a" }], unreachable: ["alpaca"] },
  ];
  const gateway: Gateway = {
    listAccounts: (_, answer) => {
      answer(null, answers.shift() ?? {});
    },
  };
  const client = await serve(t, gateway, { account: "" });
  for (const [type, reason] of [
    [errors.NotFoundError, "ACCOUNT_NOT_FOUND"],
    [errors.InvalidRequestError, "FIELD_REQUIRED"],
    [errors.UnavailableError, ""],
  ] as const) {
    await assert.rejects(client.submit(DRAFT), (error) => {
      assert.ok(error instanceof type);
      assert.deepEqual([error.reason, error.clientOrderId, error.sent], [reason, "c-1", "no"]);
      return true;
    });
  }
});

test("every error of an order names it, even one found before anything is sent", async (t) => {
  const client = await serve(t, {});
  for (const submit of [{ ...DRAFT, clientOrderId: "", quantity: "1e5" }, { quantity: "+1" }]) {
    await assert.rejects(client.submit(submit), (error) => {
      assert.ok(error instanceof errors.InvalidRequestError);
      assert.match(error.clientOrderId, /^[0-9a-f-]{36}$/);
      return true;
    });
  }
});

test("a call has the client's deadline unless it has its own", async (t) => {
  const gateway: Gateway = { submitOrder: () => undefined };
  const client = await serve(t, gateway, { timeout: 50 });
  for (const options of [{}, { timeout: 20 }]) {
    await assert.rejects(client.submit(DRAFT, options), (error) => {
      assert.ok(error instanceof errors.DeadlineExceededError);
      assert.deepEqual([error.clientOrderId, error.sent], ["c-1", "unknown"]);
      return true;
    });
  }
});

test("an aborted call says whether it may have been sent", async (t) => {
  const abort = new AbortController();
  const gateway: Gateway = {
    submitOrder: () => {
      abort.abort(new Error("changed my mind"));
    },
  };
  const client = await serve(t, gateway);
  for (const sent of ["unknown", "no"]) {
    await assert.rejects(client.submit(DRAFT, { signal: abort.signal }), (error) => {
      assert.ok(error instanceof errors.UnavailableError);
      assert.deepEqual([error.code, error.sent, error.clientOrderId], ["CANCELLED", sent, "c-1"]);
      assert.equal(error.cause, abort.signal.reason);
      return true;
    });
  }
});

test("reads are tried again while the gateway is away, mutations never", async (t) => {
  const calls = { submit: 0, get: 0 };
  const away = { code: status.UNAVAILABLE, details: "away", metadata: new Metadata() };
  const gateway: Gateway = {
    submitOrder: (_, answer) => {
      calls.submit += 1;
      answer(away);
    },
    getOrder: (_, answer) => {
      calls.get += 1;
      answer(calls.get < 4 ? away : null, { order: order("c-1") });
    },
  };
  const client = await serve(t, gateway);
  await assert.rejects(client.submit(DRAFT), errors.UnavailableError);
  assert.equal((await client.getOrder({ clientOrderId: "c-1" })).clientOrderId, "c-1");
  assert.deepEqual(calls, { submit: 1, get: 4 });
});

test("the token goes with every call", async (t) => {
  const seen: unknown[] = [];
  const gateway: Gateway = {
    listAccounts: (call, answer) => {
      seen.push(...call.metadata.get("authorization"));
      answer(null, {});
    },
  };
  const client = await serve(t, gateway, { token: "secret" });
  await client.service(AccountService).listAccounts({});
  assert.deepEqual(seen, ["Bearer secret"]);
});

test("a closed client says so", async (t) => {
  const client = await serve(t, {});
  client.close();
  await assert.rejects(client.submit(DRAFT), { code: "CANCELLED", sent: "no", clientOrderId: "c-1" });
});
