package dev.brokerwire;

import dev.brokerwire.Item.Disconnected;
import dev.brokerwire.Item.Goodbye;
import dev.brokerwire.Item.Opened;
import dev.brokerwire.Item.Reset;
import dev.brokerwire.Item.Snapshot;
import dev.brokerwire.Item.SnapshotBegin;
import dev.brokerwire.Item.SnapshotEnd;
import dev.brokerwire.v1.ErrorReason;
import dev.brokerwire.v1.StreamMode;
import dev.brokerwire.v1.StreamReset;
import dev.brokerwire.v1.StreamResetCause;
import io.grpc.Status.Code;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * A resumable stream free of any I/O: batches and failures in, items and decisions out. It is the state of one stream
 * over all its connections.
 */
final class Machine<E extends Event> {
    private static final Set<Code> TRANSIENT =
            EnumSet.of(Code.UNAVAILABLE, Code.INTERNAL, Code.CANCELLED, Code.UNKNOWN, Code.DEADLINE_EXCEEDED);

    /** A stream that has been open goes on after these as well. */
    private static final Set<String> RETRIED = Set.of("SLOW_CONSUMER", "STREAM_LIMIT", "GATEWAY_OVERLOADED");

    /** The limit for the first message, which the gateway sends at once. */
    private static final Duration OPENING = Duration.ofSeconds(10);

    private final Feed<?, ?, E> feed;
    private final Backoff backoff = new Backoff();
    private final Map<Object, Long> seen = new HashMap<>();
    private final Deque<Item> ready = new ArrayDeque<>();

    private String token = "";
    private Duration heartbeat = Duration.ofSeconds(15);
    private boolean opened;
    private Goodbye goodbye;
    private int connections;
    private int batches;
    private boolean beganSnapshot;

    Machine(Feed<?, ?, E> feed) {
        this.feed = feed;
    }

    /** Items received and not taken yet. */
    Deque<Item> ready() {
        return ready;
    }

    /** Where to resume once all that is ready has been taken. */
    String token() {
        return token;
    }

    /** Begins where an earlier stream ended. */
    void resume(String token) {
        this.token = token;
    }

    /** Begins the next connection. */
    void connecting() {
        opened = false;
        goodbye = null;
        batches = 0;
    }

    /** The time without any message after which the connection is dead, whatever the transport says. */
    Duration silence() {
        return opened ? heartbeat.multipliedBy(5).dividedBy(2) : OPENING;
    }

    /** Takes one message of the connection. */
    void feed(Batch batch) {
        batches++;
        for (Item item : batch.items()) {
            take(item);
        }
        if (!batch.token().isEmpty()) {
            token = batch.token();
        }
        if (batches > 1) { // a gateway that falls after its first message has not come back
            backoff.reset();
        }
    }

    private void take(Item item) {
        if (feed.event().isInstance(item)) {
            event(feed.event().cast(item));
            return;
        }
        if (item instanceof Opened hello) {
            open(hello);
        } else if (item instanceof Reset) {
            seen.clear();
            beganSnapshot = false;
        } else if (item instanceof Snapshot || item instanceof SnapshotEnd) {
            beginSnapshot();
        } else if (item instanceof Goodbye farewell) {
            goodbye = farewell;
        }
        ready.add(item);
    }

    private void event(E event) {
        Object place = feed.place().apply(event);
        long last = seen.getOrDefault(place, 0L);
        if (event.sequence() > last || (event.sequence() == last && feed.repeats())) {
            seen.put(place, event.sequence());
            ready.add(event);
        }
    }

    private void open(Opened hello) {
        if (hello.mode() != StreamMode.STREAM_MODE_RESUMED) { // otherwise a snapshot that was cut goes on
            beganSnapshot = false;
        }
        if (connections > 0 && token.isEmpty()) {
            seen.clear();
            ready.add(new Reset(StreamResetCause.STREAM_RESET_CAUSE_UNSPECIFIED, StreamReset.getDefaultInstance()));
        }
        connections++;
        opened = true;
        if (!hello.heartbeatInterval().isZero()) {
            heartbeat = hello.heartbeatInterval();
        }
    }

    private void beginSnapshot() {
        if (!beganSnapshot) {
            beganSnapshot = true;
            ready.add(new SnapshotBegin());
        }
    }

    /** The connection was silent for too long; returns the time to wait before the next. */
    Duration muted() {
        return lost(new Failure(Code.UNAVAILABLE, "the stream went silent").exception());
    }

    /** The gateway ended the connection with OK; returns the time to wait before the next. */
    Duration ended() {
        if (goodbye == null) {
            return lost(new Failure(Code.UNAVAILABLE, "the stream ended without a goodbye").exception());
        }
        Duration told = goodbye.reconnectAfter();
        return told.isZero() ? backoff.delay() : Backoff.jittered(told.multipliedBy(2));
    }

    /** The connection failed; returns the time to wait before the next, or throws where that would not help. */
    Duration failed(BrokerwireException error) {
        boolean passing = TRANSIENT.contains(error.code())
                && !error.hasReason(ErrorReason.ERROR_REASON_SEQUENCE_NOT_YET_AVAILABLE);
        if (!passing && !(connections > 0 && RETRIED.contains(error.reason()))) {
            throw error;
        }
        return lost(error);
    }

    private Duration lost(BrokerwireException error) {
        Duration delay = backoff.delay();
        if (delay.compareTo(error.retryAfter()) < 0) {
            delay = error.retryAfter();
        }
        ready.add(new Disconnected(error, delay));
        return delay;
    }

    /** The error for a reader of events alone, to whom a Reset means that events were lost. */
    BrokerwireException gap(Reset reset) {
        String message = String.format(
                "%s could not go on where it was (%s): read what you need anew; the stream goes on, and items() would "
                        + "have delivered a snapshot",
                feed.name(), Names.of(reset.raw(), "cause"));
        return new Failure(Code.OUT_OF_RANGE, ErrorReason.ERROR_REASON_RESUME_TOKEN_EXPIRED, message).exception();
    }
}
