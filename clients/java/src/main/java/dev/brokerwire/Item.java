package dev.brokerwire;

import dev.brokerwire.v1.AccountSync;
import dev.brokerwire.v1.SourceGapPhase;
import dev.brokerwire.v1.StreamMode;
import dev.brokerwire.v1.StreamOpened;
import dev.brokerwire.v1.StreamReset;
import dev.brokerwire.v1.StreamResetCause;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What a stream delivers: an {@link Event}, or one of the records here. */
public sealed interface Item
        permits Event,
                Item.Snapshot,
                Item.SnapshotBegin,
                Item.SnapshotEnd,
                Item.Opened,
                Item.Heartbeat,
                Item.CaughtUp,
                Item.FellBehind,
                Item.SourceGap,
                Item.Reset,
                Item.SlowWarning,
                Item.Goodbye,
                Item.Disconnected {

    /** The state of one thing, an Order or a Position, between SnapshotBegin and SnapshotEnd. */
    record Snapshot<T>(T value) implements Item {}

    /** A snapshot follows. Collect it beside what you hold; an earlier one that was cut off is void. */
    record SnapshotBegin() implements Item {}

    /** The snapshot is complete. Swap what you hold for it now. */
    record SnapshotEnd(long itemCount) implements Item {}

    /**
     * A connection of the stream is up, the first or a later one.
     *
     * @param unreachable accounts that are missing for now
     * @param raw the message that it was read from, which keeps the number of a mode that is newer than this package
     */
    record Opened(
            String streamId,
            String journalEpoch,
            StreamMode mode,
            Duration heartbeatInterval,
            List<AccountSync> accounts,
            List<String> unreachable,
            StreamOpened raw)
            implements Item {}

    /** Nothing happened; so fresh is the gateway's picture. */
    record Heartbeat(List<AccountSync> accounts) implements Item {}

    /** Everything so far has been delivered; live from here on. */
    record CaughtUp() implements Item {}

    /** This reader is slow. Nothing is lost; CaughtUp ends it. */
    record FellBehind(long pendingCount) implements Item {}

    /** The feed from a broker had a gap, which is opened, reconciled or unrecoverable. */
    record SourceGap(
            String accountId,
            SourceGapPhase phase,
            Instant from,
            Instant to,
            long recoveredEventCount,
            String detail,
            dev.brokerwire.v1.SourceGap raw)
            implements Item {}

    /**
     * The stream starts over. Discard what you hold, a snapshot follows.
     *
     * @param cause unspecified: the connection broke before the stream had a token to resume by
     * @param raw the message that it was read from, with the number of a newer cause; empty if the client made it
     */
    record Reset(StreamResetCause cause, StreamReset raw) implements Item {}

    /** This reader is close to its limit. */
    record SlowWarning(long queuedCount, long limitCount) implements Item {}

    /** The gateway ended the connection in good order; the stream connects again by itself. */
    record Goodbye(String reason, Duration reconnectAfter) implements Item {}

    /** The connection is gone; the stream connects again by itself. */
    record Disconnected(BrokerwireException error, Duration retryIn) implements Item {}
}
