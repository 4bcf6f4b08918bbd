import { durationMs } from "@bufbuild/protobuf/wkt";

import type { BrokerwireError } from "./errors.js";
import type { AccountSync } from "./gen/brokerwire/v1/read_info_pb.js";
import type { SourceGapPhase, StreamControl, StreamMode } from "./gen/brokerwire/v1/streams_pb.js";
import { StreamResetCause } from "./gen/brokerwire/v1/streams_pb.js";
import { when } from "./records.js";

/** What a stream delivers: a union for a `switch (item.kind)`. E is the event, S the state that a snapshot is of. */
export type Item<E, S> = EventItem<E> | SnapshotItem<S> | Control;

/** Something happened. */
export interface EventItem<E> {
  readonly kind: "event";
  readonly event: E;
}

/** The state of one thing, between snapshotBegin and snapshotEnd. */
export interface SnapshotItem<S> {
  readonly kind: "snapshot";
  readonly value: S;
}

/** What a stream says about itself. Durations are in milliseconds. */
export type Control =
  | Opened
  /** A snapshot follows. Collect it beside what you hold; an earlier one that was cut off is void. */
  | { readonly kind: "snapshotBegin" }
  /** The snapshot is complete. Swap what you hold for it now. */
  | { readonly kind: "snapshotEnd"; readonly itemCount: bigint }
  /** Nothing happened; so fresh is the gateway's picture. */
  | { readonly kind: "heartbeat"; readonly accounts: readonly AccountSync[] }
  /** Everything so far has been delivered; live from here on. */
  | { readonly kind: "caughtUp" }
  /** This reader is slow. Nothing is lost; caughtUp ends it. */
  | { readonly kind: "fellBehind"; readonly pendingCount: bigint }
  | SourceGap
  | Reset
  /** This reader is close to its limit. */
  | { readonly kind: "slowWarning"; readonly queuedCount: bigint; readonly limitCount: bigint }
  | Goodbye
  | Disconnected;

/** A connection of the stream is up, the first or a later one. */
export interface Opened {
  readonly kind: "opened";
  readonly streamId: string;
  readonly journalEpoch: string;
  readonly mode: StreamMode;
  readonly heartbeat: number;
  readonly accounts: readonly AccountSync[];
  readonly unreachable: readonly string[];
}

/** The feed from a broker had a gap, which is opened, reconciled or unrecoverable. */
export interface SourceGap {
  readonly kind: "sourceGap";
  readonly accountId: string;
  readonly phase: SourceGapPhase;
  readonly from: Date | undefined;
  readonly to: Date | undefined;
  readonly recoveredEventCount: bigint;
  readonly detail: string;
}

/**
 * The stream starts over. Discard what you hold, a snapshot follows. An unspecified cause means that the connection broke
 * before the stream had a token to resume by.
 */
export interface Reset {
  readonly kind: "reset";
  readonly cause: StreamResetCause;
}

/** The gateway ended the connection in good order; the stream connects again by itself. */
export interface Goodbye {
  readonly kind: "goodbye";
  readonly reason: string;
  /** 0: the gateway did not say. */
  readonly reconnectAfter: number;
}

/** The connection is gone; the stream connects again by itself. */
export interface Disconnected {
  readonly kind: "disconnected";
  readonly error: BrokerwireError;
  readonly retryIn: number;
}

/** The reset that no gateway said. */
export const UNSAID_RESET: Reset = { kind: "reset", cause: StreamResetCause.UNSPECIFIED };

/** Reads a control message; undefined for one of a kind that this package does not know. */
export function readControl({ control }: StreamControl): Control | undefined {
  switch (control.case) {
    case "opened": {
      const { streamId, journalEpoch, mode, heartbeatInterval, accounts, unreachable } = control.value;
      const heartbeat = heartbeatInterval ? durationMs(heartbeatInterval) : 0;
      return { kind: "opened", streamId, journalEpoch, mode, heartbeat, accounts, unreachable };
    }
    case "snapshotEnd":
      return { kind: "snapshotEnd", itemCount: control.value.itemCount };
    case "heartbeat":
      return { kind: "heartbeat", accounts: control.value.accounts };
    case "caughtUp":
      return { kind: "caughtUp" };
    case "fellBehind":
      return { kind: "fellBehind", pendingCount: control.value.pendingCount };
    case "sourceGap": {
      const { accountId, phase, fromTime, toTime, recoveredEventCount, detail } = control.value;
      return {
        kind: "sourceGap",
        accountId,
        phase,
        from: when(fromTime),
        to: when(toTime),
        recoveredEventCount,
        detail,
      };
    }
    case "reset":
      return { kind: "reset", cause: control.value.cause };
    case "slowWarning":
      return {
        kind: "slowWarning",
        queuedCount: control.value.queuedCount,
        limitCount: control.value.limitCount,
      };
    case "goodbye": {
      const { reason, reconnectAfter } = control.value;
      return { kind: "goodbye", reason, reconnectAfter: reconnectAfter ? durationMs(reconnectAfter) : 0 };
    }
    case undefined:
      return undefined;
  }
}
