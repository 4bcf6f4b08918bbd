import type { Code } from "./codes.js";
import type { ErrorReason } from "./gen/brokerwire/v1/errors_pb.js";
import type { Order } from "./records.js";

/** Why a call failed: the name of an ErrorReason without its prefix. New ones may appear; "" without a gateway's word. */
export type Reason = keyof typeof ErrorReason | "" | (string & {});

/**
 * Whether anything may have reached the broker. "no": proven that nothing did, it is safe to try again. "unknown": look
 * the order up, or submit the same again under the same clientOrderId.
 */
export type Sent = "no" | "unknown";

/** What a caller can do about an error; each has a class of its own. */
export type Kind =
  | "InvalidRequest"
  | "NotFound"
  | "Conflict"
  | "Precondition"
  | "Unsupported"
  | "Unauthenticated"
  | "PermissionDenied"
  | "Overloaded"
  | "Unavailable"
  | "SessionClosed"
  | "DeadlineExceeded"
  | "StreamGap"
  | "Internal";

/** What is wrong with one field of a request. */
export interface FieldViolation {
  /** The path within the request: "order.limit_price". */
  readonly field: string;
  readonly description: string;
}

/** What an error knows, its message aside. */
export interface Facts {
  code: Code;
  reason?: Reason;
  metadata?: Record<string, string>;
  violations?: readonly FieldViolation[];
  retryAfter?: number | undefined;
  sent?: Sent;
  clientOrderId?: string;
  cause?: unknown;
}

/** The root of all errors of this package. Decide by `reason`, by `kind` or by class, never by `message`. */
export class BrokerwireError extends Error {
  readonly kind: Kind;
  readonly code: Code;
  readonly reason: Reason;
  /** The reason's keys, as errors.proto documents them. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];
  /** Milliseconds to wait before trying again, where the gateway says so. */
  readonly retryAfter: number | undefined;
  readonly sent: Sent;
  /** The idempotency key of the order concerned; "" where there is none. */
  clientOrderId: string;

  /** @internal */
  constructor(message: string, facts: Facts, kind: Kind) {
    super(textOf(message, facts), facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = `${kind}Error`;
    this.kind = kind;
    this.code = facts.code;
    this.reason = facts.reason ?? "";
    this.metadata = facts.metadata ?? {};
    this.violations = facts.violations ?? [];
    this.retryAfter = facts.retryAfter;
    this.sent = facts.sent ?? "no";
    this.clientOrderId = facts.clientOrderId ?? "";
  }
}

/** Mend the request; `violations` names the fields. */
export class InvalidRequestError extends BrokerwireError {}
/** There is no such account, order, position or instrument. */
export class NotFoundError extends BrokerwireError {}
/** Something else came first. Nothing was changed: read, then decide. */
export class ConflictError extends BrokerwireError {}
/** Right request, wrong moment. */
export class PreconditionError extends BrokerwireError {}
/** This broker, or this gateway, cannot do it at all. */
export class UnsupportedError extends BrokerwireError {}
/** The token is missing, wrong or expired. */
export class UnauthenticatedError extends BrokerwireError {}
/** The token is good and does not allow this. */
export class PermissionDeniedError extends UnauthenticatedError {}
/** Slow down, then try again after `retryAfter`. */
export class OverloadedError extends BrokerwireError {}
/** The gateway, or the broker behind it, is away; or the call was aborted (code CANCELLED). */
export class UnavailableError extends BrokerwireError {}
/** The order session ended before the command had a result. */
export class SessionClosedError extends UnavailableError {}
/** No answer in time. A mutation goes on nevertheless: see `sent`. */
export class DeadlineExceededError extends BrokerwireError {
  /** After Client.wait: the last known state of the order. */
  order: Order | undefined;
}
/** Events were lost to this reader. Read a snapshot, then go on. */
export class StreamGapError extends BrokerwireError {}
/** A fault of the gateway, to be reported with `metadata.error_id`. */
export class InternalError extends BrokerwireError {}

const CLASSES = {
  InvalidRequest: InvalidRequestError,
  NotFound: NotFoundError,
  Conflict: ConflictError,
  Precondition: PreconditionError,
  Unsupported: UnsupportedError,
  Unauthenticated: UnauthenticatedError,
  PermissionDenied: PermissionDeniedError,
  Overloaded: OverloadedError,
  Unavailable: UnavailableError,
  SessionClosed: SessionClosedError,
  DeadlineExceeded: DeadlineExceededError,
  StreamGap: StreamGapError,
  Internal: InternalError,
} as const satisfies Record<Kind, typeof BrokerwireError>;

const KIND_BY_CODE: Partial<Record<Code, Kind>> = {
  INVALID_ARGUMENT: "InvalidRequest",
  OUT_OF_RANGE: "InvalidRequest",
  NOT_FOUND: "NotFound",
  ALREADY_EXISTS: "Conflict",
  ABORTED: "Conflict",
  FAILED_PRECONDITION: "Precondition",
  UNIMPLEMENTED: "Unsupported",
  UNAUTHENTICATED: "Unauthenticated",
  PERMISSION_DENIED: "PermissionDenied",
  RESOURCE_EXHAUSTED: "Overloaded",
  UNAVAILABLE: "Unavailable",
  CANCELLED: "Unavailable",
  DEADLINE_EXCEEDED: "DeadlineExceeded",
};

// Both are OUT_OF_RANGE, and a caller does different things about them.
const KIND_BY_REASON = new Map<Reason, Kind>([
  ["RESUME_TOKEN_EXPIRED", "StreamGap"],
  ["SEQUENCE_NOT_YET_AVAILABLE", "Unavailable"],
]);

/** Makes an error of the class that fits its reason, else its code. */
export function makeError(message: string, facts: Facts): BrokerwireError {
  const kind = KIND_BY_REASON.get(facts.reason ?? "") ?? KIND_BY_CODE[facts.code] ?? "Internal";
  return new CLASSES[kind](message, facts, kind);
}

/** The session ended before a command had a result. */
export function sessionClosed(message: string, sent: Sent, clientOrderId: string): SessionClosedError {
  return new SessionClosedError(message, { code: "UNAVAILABLE", sent, clientOrderId }, "SessionClosed");
}

/** The time to wait for an order is up. */
export function waitedTooLong(message: string, order: Order): DeadlineExceededError {
  const facts: Facts = { code: "DEADLINE_EXCEEDED", clientOrderId: order.clientOrderId };
  const error = new DeadlineExceededError(message, facts, "DeadlineExceeded");
  error.order = order;
  return error;
}

/** The error that the gateway would have given, before anything is sent. */
export function invalid(field: string, problem: string, reason: Reason): BrokerwireError {
  const violations = [{ field, description: problem }];
  return makeError(`${field} ${problem}`, { code: "INVALID_ARGUMENT", reason, metadata: { field }, violations });
}

/** An answer that the contract does not allow. */
export function unreadable(problem: string, facts: Partial<Facts> = {}): BrokerwireError {
  return makeError(problem, { ...facts, code: "INTERNAL" });
}

/** Runs something about an order; its errors name the order. */
export async function concerning<T>(clientOrderId: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof BrokerwireError) error.clientOrderId ||= clientOrderId;
    throw error;
  }
}

function textOf(message: string, facts: Facts): string {
  let text = `${message} [${facts.reason || facts.code}]`;
  for (const { field, description } of facts.violations ?? []) {
    if (!message.includes(description)) text += `; ${field}: ${description}`;
  }
  if (facts.sent === "unknown" && facts.clientOrderId) {
    text += `; it may have been sent: look up client_order_id ${facts.clientOrderId}`;
  }
  return text;
}
