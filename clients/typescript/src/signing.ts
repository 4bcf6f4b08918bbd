import { createPrivateKey, sign, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";

import { create, type DescField, type DescMessage, type Message } from "@bufbuild/protobuf";
import { reflect, type ReflectMap, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import { timestampFromMs, TimestampSchema, type Timestamp } from "@bufbuild/protobuf/wkt";

import type { Decimal } from "./gen/brokerwire/v1/decimal_pb.js";
import {
  ReplaceOrderRequestSchema,
  type OrderSessionRequest,
  type ReplaceOrderRequest,
  type SubmitOrderRequest,
} from "./gen/brokerwire/v1/order_service_pb.js";
import { OrderRequestSchema, OrderSignatureSchema, type OrderRequest } from "./gen/brokerwire/v1/orders_pb.js";
import {
  ClosePositionRequestSchema,
  ClosePositionsRequestSchema,
  type ClosePositionRequest,
  type ClosePositionsRequest,
} from "./gen/brokerwire/v1/position_service_pb.js";

const HEADER = "brokerwire-signature-v1";
const LIFETIME = 20_000;

/** The messages that carry a signature. */
export type Signable = OrderRequest | ReplaceOrderRequest | ClosePositionRequest | ClosePositionsRequest;

const SCHEMAS = new Map<string, DescMessage>(
  [OrderRequestSchema, ReplaceOrderRequestSchema, ClosePositionRequestSchema, ClosePositionsRequestSchema].map(
    (schema) => [schema.typeName, schema],
  ),
);

/** Signs orders, replaces and closings, for accounts that take signed orders only. It never shows its key. */
export class Signer {
  readonly keyId: string;
  readonly #key: KeyObject;

  /** `key` is an Ed25519 key, `keyId` the name that the gateway gave its public half. A signature is good for 20 s. */
  constructor(key: KeyObject, keyId: string) {
    if (key.asymmetricKeyType !== "ed25519" || key.type !== "private") {
      throw new TypeError("a signing key is a private Ed25519 key");
    }
    this.#key = key;
    this.keyId = keyId;
  }

  /** Signs with the private key in a PEM file (PKCS #8, not encrypted). */
  static fromFile(path: string, keyId: string): Signer {
    return new Signer(createPrivateKey(readFileSync(path)), keyId);
  }

  /**
   * Puts a signature into a request that is complete otherwise, in place of an earlier one. Requests that are never signed
   * are left as they are. The client does this by itself; call it for messages that are sent in another way.
   */
  sign(request: Message, now: Timestamp = timestampFromMs(Date.now())): void {
    if (request.$typeName === "brokerwire.v1.SubmitOrderRequest") {
      const { order } = request as SubmitOrderRequest;
      if (order) this.sign(order, now);
    } else if (request.$typeName === "brokerwire.v1.OrderSessionRequest") {
      for (const { command } of (request as OrderSessionRequest).commands)
        if (command.value) this.sign(command.value, now);
    } else if (SCHEMAS.has(request.$typeName)) {
      const signable = request as Signable;
      const expireTime = create(TimestampSchema, { seconds: now.seconds + BigInt(LIFETIME / 1000), nanos: now.nanos });
      signable.signature = create(OrderSignatureSchema, { keyId: this.keyId, expireTime });
      signable.signature.signature = new Uint8Array(sign(null, Buffer.from(canonicalText(signable)), this.#key));
    }
  }
}

/** What is signed of a request, as OrderSignature defines it. Fields that are not known are not in it. */
export function canonicalText(request: Signable): string {
  const schema = SCHEMAS.get(request.$typeName);
  if (!schema) throw new TypeError(`${request.$typeName} is never signed`);
  const lines = [HEADER, schema.name, ...linesOf(reflect(schema, request), "")];
  return lines.map((line) => `${line}\n`).join("");
}

function* linesOf(message: ReflectMessage, path: string): Generator<string> {
  const inOrder = [...message.desc.fields].sort((a, b) => a.number - b.number);
  for (const field of inOrder) {
    if (!message.isSet(field) || (field.parent === OrderSignatureSchema && field.name === "signature")) continue;
    const name = path + field.name;
    const value: unknown = message.get(field);
    if (field.fieldKind === "map") {
      yield* entriesOf(value as ReflectMap, name);
    } else if (field.fieldKind === "list") {
      let index = 0;
      for (const element of value as Iterable<unknown>) yield* valueOf(field, element, `${name}[${index++}]`);
    } else {
      yield* valueOf(field, value, name);
    }
  }
}

function* entriesOf(entries: ReflectMap, path: string): Generator<string> {
  const sorted = [...entries].map(([key, value]) => [String(key), String(value)] as const);
  sorted.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const [index, [key, value]] of sorted.entries()) {
    yield `${path}[${index}].key=${escaped(key)}`;
    yield `${path}[${index}].value=${escaped(value)}`;
  }
}

function* valueOf(field: DescField, value: unknown, path: string): Generator<string> {
  if (field.message) {
    const message = value as ReflectMessage;
    if (field.message.typeName === "brokerwire.v1.Decimal") {
      yield `${path}=${escaped((message.message as Decimal).value)}`;
    } else if (field.message.typeName === TimestampSchema.typeName) {
      const { seconds, nanos } = message.message as Timestamp;
      yield `${path}=${seconds * 1_000_000_000n + BigInt(nanos)}`;
    } else {
      const lines = [...linesOf(message, `${path}.`)];
      yield* lines.length > 0 ? lines : [`${path}=`];
    }
  } else if (field.enum) {
    yield `${path}=${field.enum.value[value as number]?.name ?? String(value)}`;
  } else {
    yield `${path}=${escaped(String(value))}`;
  }
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
