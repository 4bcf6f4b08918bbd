import type { DescMessage, DescMethodServerStreaming, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromDate, type Timestamp } from "@bufbuild/protobuf/wkt";

import { EventService, type StreamEventsItem } from "./gen/brokerwire/v1/event_service_pb.js";
import type { Event, EventType } from "./gen/brokerwire/v1/events_pb.js";
import { OrderService, type StreamOrdersItem } from "./gen/brokerwire/v1/order_service_pb.js";
import { PositionService, type StreamPositionsItem } from "./gen/brokerwire/v1/position_service_pb.js";
import { OnGap, type StreamControl, type StreamOptionsSchema } from "./gen/brokerwire/v1/streams_pb.js";
import type { Rules, WireItem } from "./machine.js";
import {
  readOrder,
  readOrderEvent,
  readPosition,
  readPositionEvent,
  type Order,
  type OrderEvent,
  type Position,
  type PositionEvent,
} from "./records.js";
import type { Spec } from "./stream.js";
import type { TokenStore } from "./tokens.js";

/** How a stream starts. All are optional: a snapshot, then live. */
export interface StreamOptions {
  /** false: only what happens from now on; of stream events, otherwise from the oldest entry on. */
  snapshot?: boolean;
  /**
   * The longest silence in milliseconds, 1000 to 60000; 15000 if absent. After 2.5 times as long without any message the
   * stream connects anew.
   */
  heartbeat?: number;
  /** When a token cannot be honoured: start over with a snapshot (default), or fail with StreamGapError. */
  onGap?: "resnapshot" | "fail";
  /** By account: the snapshot reflects at least these sequences. */
  minSequences?: Readonly<Record<string, bigint>>;
  /** Where to go on after a restart of the program. */
  tokenStore?: TokenStore;
  /** The client's own if absent; all, if it has none. */
  account?: string;
  /** Aborting closes the stream. */
  signal?: AbortSignal;
}

/** Which orders a stream is about. All conditions must hold; one that is absent holds always. */
export interface OrderStreamOptions extends StreamOptions {
  symbols?: readonly string[];
  clientOrderIds?: readonly string[];
  /** Only events with a fill; the snapshot is then empty. */
  fillsOnly?: boolean;
  /** The snapshot also has orders that ended at or after this time. */
  terminalSince?: Date | Timestamp;
}

/** Which positions a stream is about. */
export interface PositionStreamOptions extends StreamOptions {
  symbols?: readonly string[];
  /** Also changes of price alone, at most one per position and second. */
  priceChanges?: boolean;
}

/** Which entries of the journal a stream has. */
export interface EventStreamOptions extends StreamOptions {
  types?: readonly EventType[];
  /** By account: begin after these sequences. */
  after?: Readonly<Record<string, bigint>>;
}

/** An item of a stream's messages. */
type ItemOf<O extends DescMessage> = MessageShape<O> extends { items: (infer T)[] } ? T : never;

/** Puts a kind of stream together. */
function spec<I extends DescMessage, O extends DescMessage, E, S>(
  method: DescMethodServerStreaming<I, O>,
  rules: Rules<E>,
  request: (token: string) => MessageInitShape<I>,
  read: (item: ItemOf<O>) => WireItem<E, S>,
): Spec<E, S> {
  return {
    rules,
    open: (channel, token, tap) => channel.open(method, request(token), tap),
    read: (message) => {
      const { items, resumeToken } = message as { items: ItemOf<O>[]; resumeToken: string };
      return { items: items.map(read), token: resumeToken };
    },
  };
}

/** The stream of orders. */
export function orderSpec(options: OrderStreamOptions, accountIds: string[]): Spec<OrderEvent, Order> {
  const { symbols = [], clientOrderIds = [], fillsOnly = false, terminalSince } = options;
  const since = terminalSince instanceof Date ? timestampFromDate(terminalSince) : terminalSince;
  const filters = { accountIds, symbols: [...symbols], clientOrderIds: [...clientOrderIds], fillsOnly };
  const rules: Rules<OrderEvent> = {
    name: "streamOrders",
    place: (event) => event.accountId,
    sequence: (event) => event.sequence,
    repeats: false,
  };
  const request = (token: string) => ({
    options: { ...start(options, token), includeTerminalSinceTime: since },
    ...filters,
  });
  return spec(OrderService.method.streamOrders, rules, request, readOrderItem);
}

function readOrderItem({ item }: StreamOrdersItem): WireItem<OrderEvent, Order> {
  if (item.case === "event") return { kind: "event", event: readOrderEvent(item.value) };
  if (item.case === "snapshot") return { kind: "snapshot", value: readOrder(item.value) };
  return otherItem(item);
}

/** The stream of positions. */
export function positionSpec(options: PositionStreamOptions, accountIds: string[]): Spec<PositionEvent, Position> {
  const filters = {
    accountIds,
    symbols: [...(options.symbols ?? [])],
    includePriceChanges: options.priceChanges ?? false,
  };
  const rules: Rules<PositionEvent> = {
    name: "streamPositions",
    place: (event) => `${event.accountId}\n${event.position.symbol}`,
    sequence: (event) => event.sequence,
    repeats: true,
  };
  const request = (token: string) => ({ options: start(options, token), ...filters });
  return spec(PositionService.method.streamPositions, rules, request, readPositionItem);
}

function readPositionItem({ item }: StreamPositionsItem): WireItem<PositionEvent, Position> {
  if (item.case === "event") return { kind: "event", event: readPositionEvent(item.value) };
  if (item.case === "snapshot") return { kind: "snapshot", value: readPosition(item.value) };
  return otherItem(item);
}

/** The stream of journal entries, which has no snapshot. */
export function eventSpec(options: EventStreamOptions, accountIds: string[]): Spec<Event, never> {
  const filters = { accountIds, types: [...(options.types ?? [])], afterSequences: sequences(options.after) };
  const rules: Rules<Event> = {
    name: "streamEvents",
    place: (event) => event.accountId,
    sequence: (event) => event.sequence,
    repeats: false,
  };
  const request = (token: string) => ({ options: start(options, token), ...filters });
  return spec(EventService.method.streamEvents, rules, request, readEventItem);
}

function readEventItem({ item }: StreamEventsItem): WireItem<Event, never> {
  return item.case === "event" ? { kind: "event", event: item.value } : otherItem(item);
}

function otherItem(
  item: { case: "control"; value: StreamControl } | { case: undefined; value?: undefined },
): WireItem<never, never> {
  return item.case === "control" ? { kind: "control", control: item.value } : { kind: "unknown" };
}

function start(options: StreamOptions, resumeToken: string): MessageInitShape<typeof StreamOptionsSchema> {
  return {
    resumeToken,
    skipSnapshot: options.snapshot === false,
    heartbeatInterval: options.heartbeat === undefined ? undefined : durationFromMs(options.heartbeat),
    onGap: options.onGap === "fail" ? OnGap.FAIL : OnGap.RESNAPSHOT,
    minSequences: sequences(options.minSequences),
  };
}

function sequences(byAccount: Readonly<Record<string, bigint>> = {}): { accountId: string; sequence: bigint }[] {
  return Object.entries(byAccount).map(([accountId, sequence]) => ({ accountId, sequence }));
}
