import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";

import { create, fromBinary, type DescMessage } from "@bufbuild/protobuf";
import { timestampFromMs, type Timestamp } from "@bufbuild/protobuf/wkt";

import {
  CancelOrderRequestSchema,
  OrderSessionRequestSchema,
  ReplaceOrderRequestSchema,
  SubmitOrderRequestSchema,
} from "../src/gen/brokerwire/v1/order_service_pb.js";
import { OrderRequestSchema } from "../src/gen/brokerwire/v1/orders_pb.js";
import {
  ClosePositionRequestSchema,
  ClosePositionsRequestSchema,
} from "../src/gen/brokerwire/v1/position_service_pb.js";
import { canonicalText, Signer, type Signable } from "../src/signing.js";

interface Vectors {
  seed: string;
  key_id: string;
  now: string;
  vectors: { about: string; message: string; request: string; text: string; signature: string }[];
}

/** The vectors that the clients of all languages share; tests run in clients/typescript. */
const shared = JSON.parse(readFileSync("../../tests/vectors/signatures.json", "utf8")) as Vectors;
const PKCS8 = "302e020100300506032b657004220420";
const der = Buffer.from(PKCS8 + shared.seed, "hex");
const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
const signer = new Signer(key, shared.key_id);
const nanos = BigInt(shared.now);
const now: Timestamp = {
  ...timestampFromMs(0),
  seconds: nanos / 1_000_000_000n,
  nanos: Number(nanos % 1_000_000_000n),
};
const SCHEMAS: Record<string, DescMessage> = {
  OrderRequest: OrderRequestSchema,
  ReplaceOrderRequest: ReplaceOrderRequestSchema,
  ClosePositionRequest: ClosePositionRequestSchema,
  ClosePositionsRequest: ClosePositionsRequestSchema,
};

test("there are vectors", () => {
  assert.ok(shared.vectors.length >= 10);
});

for (const vector of shared.vectors) {
  test(`a request has the text and signature of its vector: ${vector.about}`, () => {
    const schema = SCHEMAS[vector.message];
    assert.ok(schema);
    const request = fromBinary(schema, Buffer.from(vector.request, "base64")) as Signable;
    signer.sign(request, now);
    assert.equal(canonicalText(request), vector.text);
    assert.equal(Buffer.from(request.signature?.signature ?? []).toString("hex"), vector.signature);
  });
}

test("a submit is signed in its order, a session's commands each, and a cancel not at all", () => {
  const submit = create(SubmitOrderRequestSchema, { order: {} });
  const cancel = create(CancelOrderRequestSchema, { accountId: "a" });
  const session = create(OrderSessionRequestSchema, {
    commands: [
      { command: { case: "submit", value: {} } },
      { command: { case: "replace", value: {} } },
      { command: { case: "cancel", value: {} } },
    ],
  });
  for (const request of [submit, cancel, session]) signer.sign(request);
  assert.equal(submit.order?.signature?.signature.length, 64);
  assert.deepEqual(cancel, create(CancelOrderRequestSchema, { accountId: "a" }));
  const signed = session.commands.map(({ command }) => "signature" in (command.value ?? {}));
  assert.deepEqual(signed, [true, true, false]);
});

test("a signer reads a key file, refuses another kind of key, and shows none", () => {
  const file = join(mkdtempSync(join(tmpdir(), "brokerwire-")), "key.pem");
  writeFileSync(file, key.export({ type: "pkcs8", format: "pem" }));
  const read = Signer.fromFile(file, "sk_1");
  assert.equal(inspect(read), "Signer { keyId: 'sk_1' }");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  assert.throws(() => new Signer(privateKey, "sk_1"), /Ed25519/);
});
