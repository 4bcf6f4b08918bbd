package dev.brokerwire;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.function.Supplier;

/**
 * One connection of a stream: what it has delivered and its consumer has not taken. The gateway sends no more than that
 * allows, so a slow consumer is felt there.
 */
final class Connection {
    /** How many messages are read before the consumer asks for them. */
    private static final int READ_AHEAD = 2;

    /** How a connection ended. */
    record End(Status status, Metadata trailers) {}

    private final ClientCall<?, ?> call;
    private final Lock lock;
    private final Condition changed;
    private final Deque<Supplier<Batch>> messages = new ArrayDeque<>();
    private End end;
    private long latest = System.nanoTime();

    private Connection(ClientCall<?, ?> call, Lock lock, Condition changed) {
        this.call = call;
        this.lock = lock;
        this.changed = changed;
    }

    /** Opens one; {@code changed} of {@code lock}, which guards it, is signalled with all that arrives. */
    static <Q, R> Connection open(Channel channel, Feed<Q, R, ?> feed, String token, Lock lock, Condition changed) {
        ClientCall<Q, R> call = channel.newCall(feed.method(), CallOptions.DEFAULT);
        Connection connection = new Connection(call, lock, changed);
        call.start(connection.new Listener<>(feed), new Metadata());
        call.request(READ_AHEAD);
        call.sendMessage(feed.request().apply(token));
        call.halfClose();
        return connection;
    }

    private final class Listener<R> extends ClientCall.Listener<R> {
        private final Feed<?, R, ?> feed;

        Listener(Feed<?, R, ?> feed) {
            this.feed = feed;
        }

        @Override
        public void onMessage(R message) {
            arrived(() -> messages.add(() -> feed.read().apply(message)));
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            arrived(() -> end = new End(status, trailers));
        }
    }

    private void arrived(Runnable note) {
        lock.lock();
        try {
            note.run();
            latest = System.nanoTime();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean hasNews() {
        return !messages.isEmpty() || end != null;
    }

    /** When something arrived last, by the nano clock. */
    long latest() {
        return latest;
    }

    /** The next message, to be read; null if there is none. */
    Supplier<Batch> poll() {
        Supplier<Batch> message = messages.poll();
        if (message != null) {
            call.request(1);
        }
        return message;
    }

    /** How it ended; null while it lasts. */
    End end() {
        return end;
    }

    void cancel() {
        call.cancel("the client has left", null);
    }
}
