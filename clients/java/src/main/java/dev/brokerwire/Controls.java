package dev.brokerwire;

import dev.brokerwire.Item.CaughtUp;
import dev.brokerwire.Item.FellBehind;
import dev.brokerwire.Item.Goodbye;
import dev.brokerwire.Item.Heartbeat;
import dev.brokerwire.Item.Opened;
import dev.brokerwire.Item.Reset;
import dev.brokerwire.Item.SlowWarning;
import dev.brokerwire.Item.SnapshotEnd;
import dev.brokerwire.Item.SourceGap;
import dev.brokerwire.v1.StreamControl;

/** What a stream says about itself. */
final class Controls {
    private Controls() {}

    /** Reads a control message; null for one of a kind that this package does not know. */
    static Item read(StreamControl message) {
        return switch (message.getControlCase()) {
            case OPENED -> opened(message.getOpened());
            case SNAPSHOT_END -> new SnapshotEnd(message.getSnapshotEnd().getItemCount());
            case HEARTBEAT -> new Heartbeat(message.getHeartbeat().getAccountsList());
            case CAUGHT_UP -> new CaughtUp();
            case FELL_BEHIND -> new FellBehind(message.getFellBehind().getPendingCount());
            case SOURCE_GAP -> sourceGap(message.getSourceGap());
            case RESET -> new Reset(message.getReset().getCause(), message.getReset());
            case SLOW_WARNING -> slowWarning(message.getSlowWarning());
            case GOODBYE -> goodbye(message.getGoodbye());
            default -> null;
        };
    }

    private static Opened opened(dev.brokerwire.v1.StreamOpened m) {
        return new Opened(
                m.getStreamId(),
                m.getJournalEpoch(),
                m.getMode(),
                Times.read(m.getHeartbeatInterval()),
                m.getAccountsList(),
                m.getUnreachableList(),
                m);
    }

    private static SourceGap sourceGap(dev.brokerwire.v1.SourceGap m) {
        return new SourceGap(
                m.getAccountId(),
                m.getPhase(),
                Times.read(m.getFromTime()),
                Times.read(m.getToTime()),
                m.getRecoveredEventCount(),
                m.getDetail(),
                m);
    }

    private static SlowWarning slowWarning(dev.brokerwire.v1.SlowWarning m) {
        return new SlowWarning(m.getQueuedCount(), m.getLimitCount());
    }

    private static Goodbye goodbye(dev.brokerwire.v1.Goodbye m) {
        return new Goodbye(m.getReason(), Times.read(m.getReconnectAfter()));
    }
}
