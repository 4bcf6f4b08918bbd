import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack, durationMs, type Any } from "@bufbuild/protobuf/wkt";

import { codeOf, type Code } from "./codes.js";
import { makeError, type BrokerwireError, type Facts, type FieldViolation, type Reason, type Sent } from "./errors.js";
import { ErrorReason, Sent as WireSent, type CommandError } from "./gen/brokerwire/v1/errors_pb.js";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "./gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "./gen/google/rpc/status_pb.js";

const DOMAIN = "brokerwire.dev";

// Without the gateway's word: these codes are given before a call reaches the method, the others need not be.
const REFUSED_UNSEEN: ReadonlySet<Code> = new Set<Code>([
  "INVALID_ARGUMENT",
  "NOT_FOUND",
  "UNIMPLEMENTED",
  "UNAUTHENTICATED",
  "PERMISSION_DENIED",
]);

/** How a call ended, as gRPC says it. */
export interface Status {
  readonly code: number;
  readonly details: string;
  readonly metadata: { get(key: string): (string | Buffer)[] };
}

/** What a call was about. */
export interface CallFacts {
  /** Whether it may have changed something. */
  mutation: boolean;
  clientOrderId: string;
  /** Where the gateway was meant to be. */
  address: string;
  cause?: unknown;
}

interface Details {
  fromGateway: boolean;
  reason: Reason;
  metadata: Record<string, string>;
  violations: FieldViolation[];
  retryAfter: number | undefined;
}

/** The error for a call that failed. */
export function fromStatus(status: Status, call: CallFacts): BrokerwireError {
  const code = codeOf(status.code);
  const { fromGateway, ...details } = readDetails(status);
  const unreached = !fromGateway && code === "UNAVAILABLE";
  const message = unreached ? `cannot reach the gateway at ${call.address}: ${status.details}` : status.details;
  const facts: Facts = {
    ...details,
    code,
    sent: call.mutation ? sentOf(code, details.metadata, fromGateway) : "no",
    clientOrderId: call.clientOrderId || (details.metadata.client_order_id ?? ""),
    cause: call.cause,
  };
  return makeError(message, facts);
}

function sentOf(code: Code, metadata: Record<string, string>, fromGateway: boolean): Sent {
  if (fromGateway) return (metadata.sent ?? "NO") === "NO" ? "no" : "unknown";
  return REFUSED_UNSEEN.has(code) ? "no" : "unknown";
}

function readDetails(status: Status): Details {
  const found: Details = { fromGateway: false, reason: "", metadata: {}, violations: [], retryAfter: undefined };
  const [bytes] = status.metadata.get("grpc-status-details-bin");
  if (!(bytes instanceof Uint8Array)) return found;
  try {
    for (const detail of fromBinary(StatusSchema, bytes).details) readDetail(detail, found);
  } catch {
    // The code counts nevertheless.
  }
  return found;
}

function readDetail(detail: Any, found: Details): void {
  const info = anyUnpack(detail, ErrorInfoSchema);
  if (info) {
    found.fromGateway = info.domain === DOMAIN;
    found.reason = info.reason;
    found.metadata = info.metadata;
  }
  for (const { field, description } of anyUnpack(detail, BadRequestSchema)?.fieldViolations ?? []) {
    found.violations.push({ field, description });
  }
  const delay = anyUnpack(detail, RetryInfoSchema)?.retryDelay;
  if (delay) found.retryAfter = durationMs(delay);
}

/** The error for one command of a batch. */
export function fromCommandError(error: CommandError, clientOrderId: string): BrokerwireError {
  const seconds = Number(error.metadata.retry_after ?? NaN);
  return makeError(error.message, {
    code: codeOf(error.code),
    reason: reasonName(error.reason),
    metadata: error.metadata,
    violations: error.field ? [{ field: error.field, description: error.message }] : [],
    retryAfter: Number.isFinite(seconds) ? seconds * 1000 : undefined,
    sent: error.sent === WireSent.NO ? "no" : "unknown",
    clientOrderId,
  });
}

function reasonName(reason: ErrorReason): Reason {
  const names: Record<number, string> = ErrorReason;
  return reason === ErrorReason.UNSPECIFIED ? "" : (names[reason] ?? `REASON_${reason}`);
}
