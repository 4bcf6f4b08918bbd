import type { TestContext } from "node:test";

import { create, fromBinary, toBinary, type DescMethod, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import {
  Server,
  ServerCredentials,
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type ServiceDefinition,
} from "@grpc/grpc-js";

import { connect, type Client } from "../src/client.js";
import { AccountService, type ListAccountsResponseSchema } from "../src/gen/brokerwire/v1/account_service_pb.js";
import {
  OrderService,
  type GetOrderRequest,
  type OrderSessionRequest,
  type OrderSessionResponseSchema,
  type StreamOrdersRequest,
  type StreamOrdersResponseSchema,
  type SubmitOrderRequest,
  type SubmitOrderResponseSchema,
} from "../src/gen/brokerwire/v1/order_service_pb.js";
import { StreamMode } from "../src/gen/brokerwire/v1/streams_pb.js";
import type { ConnectOptions } from "../src/target.js";

export type Batch = MessageInitShape<typeof StreamOrdersResponseSchema>;

/** A server that does as it is told. */
export interface Gateway {
  submitOrder?: handleUnaryCall<SubmitOrderRequest, MessageInitShape<typeof SubmitOrderResponseSchema>>;
  getOrder?: handleUnaryCall<GetOrderRequest, object>;
  listAccounts?: handleUnaryCall<object, MessageInitShape<typeof ListAccountsResponseSchema>>;
  streamOrders?: handleServerStreamingCall<StreamOrdersRequest, Batch>;
  orderSession?: handleBidiStreamingCall<OrderSessionRequest, MessageInitShape<typeof OrderSessionResponseSchema>>;
}

const METHODS = [...OrderService.methods, ...AccountService.methods];

/** Runs it, and gives a client of it, for the length of a test. */
export async function serve(t: TestContext, gateway: Gateway, options: ConnectOptions = {}): Promise<Client> {
  const server = new Server();
  const methods = METHODS.filter((method) => method.localName in gateway);
  const definition: ServiceDefinition = Object.fromEntries(methods.map((method) => [method.localName, wire(method)]));
  if (methods.length > 0) server.addService(definition, { ...gateway });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  const client = connect({ address: `127.0.0.1:${port}`, account: "a", ...options });
  t.after(() => {
    client.close();
    server.forceShutdown();
  });
  return client;
}

function wire(method: DescMethod): ServiceDefinition[string] {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream: method.methodKind === "bidi_streaming",
    responseStream: method.methodKind !== "unary",
    requestSerialize: (message: Record<string, unknown>) =>
      Buffer.from(toBinary(method.input, create(method.input, message))),
    requestDeserialize: (bytes) => fromBinary(method.input, bytes),
    responseSerialize: (message: Record<string, unknown>) =>
      Buffer.from(toBinary(method.output, create(method.output, message))),
    responseDeserialize: (bytes) => fromBinary(method.output, bytes),
  };
}

export function opened(heartbeat = 60_000): Batch {
  const value = { mode: StreamMode.RESUMED, heartbeatInterval: durationFromMs(heartbeat) };
  return { items: [{ item: { case: "control", value: { control: { case: "opened", value } } } }] };
}

export function order(clientOrderId: string) {
  return { orderId: "o", accountId: "a", clientOrderId, version: 1n, filledQuantity: { value: "0" } };
}

export function events(resumeToken: string, ...sequences: number[]): Batch {
  const items = sequences.map((sequence) => ({
    item: {
      case: "event" as const,
      value: { accountId: "a", sequence: BigInt(sequence), order: order("c") },
    },
  }));
  return { items, resumeToken };
}

/** Waits until something is so. */
export async function until(so: () => boolean): Promise<void> {
  while (!so()) await new Promise((resolve) => setTimeout(resolve, 5));
}
