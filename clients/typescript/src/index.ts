/** The client of a Brokerwire gateway. Begin with connect(). */
export type { CallOptions } from "./channel.js";
export { Client, connect, type FillFilter, type ListOptions, type OrderFilter, type PositionFilter } from "./client.js";
export type { Code } from "./codes.js";
export { decimal, type Decimal, type DecimalLike, type Money } from "./decimals.js";
export * from "./enums.js";
export {
  BrokerwireError,
  ConflictError,
  DeadlineExceededError,
  InternalError,
  InvalidRequestError,
  NotFoundError,
  OverloadedError,
  PermissionDeniedError,
  PreconditionError,
  SessionClosedError,
  StreamGapError,
  UnauthenticatedError,
  UnavailableError,
  UnsupportedError,
  type FieldViolation,
  type Kind,
  type Reason,
  type Sent,
} from "./errors.js";
export type { Event } from "./gen/brokerwire/v1/events_pb.js";
export type {
  Control,
  Disconnected,
  EventItem,
  Goodbye,
  Item,
  Opened,
  Reset,
  SnapshotItem,
  SourceGap,
} from "./items.js";
export { List } from "./pages.js";
export type {
  Cancellation,
  Fill,
  Order,
  OrderEvent,
  Position,
  PositionEvent,
  Replacement,
  SubmittedOrder,
} from "./records.js";
export type {
  InstrumentRequest,
  LegRequest,
  OrderKey,
  OrderRequest,
  ReplaceRequest,
  StopLossRequest,
} from "./requests.js";
export type { Methods } from "./service.js";
export { OrderSession, type Pending } from "./session.js";
export { Stream, type WaitOptions } from "./stream.js";
export type { EventStreamOptions, OrderStreamOptions, PositionStreamOptions, StreamOptions } from "./streams.js";
export { canonicalText, Signer, type Signable } from "./signing.js";
export { DEFAULT_ADDRESS, DEFAULT_TIMEOUT, type ConnectOptions, type TlsOptions } from "./target.js";
export { FileTokenStore, type TokenStore } from "./tokens.js";
export type { OrderWaitOptions } from "./wait.js";
