package dev.brokerwire;

import dev.brokerwire.Item.Reset;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A stream that connects again and resumes by itself: every event once, in order, or a Reset that says it was
 * impossible.
 *
 * <p>Read it from one thread at a time, in one of these ways; {@link #close()} may be called from any. Asking for an
 * item says that the ones before are processed: then the resume token is kept. An error of the stream is its end,
 * except StreamGap.
 */
public final class ResumableStream<E extends Event> implements AutoCloseable {
    /** What a consumer that was away gets to be handed what has arrived meanwhile. */
    private static final long GRACE = Duration.ofMillis(200).toNanos();

    private static final long FOREVER = Long.MAX_VALUE / 4;

    private final Feed<?, ?, E> feed;
    private final Machine<E> machine;
    private final BrokerwireClient client;
    private final TokenStore store;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // Guarded by the lock.
    private Connection connection;
    private ManagedChannel ownChannel;
    private Runnable atClose = () -> {};
    private volatile boolean closed;

    // The consumer's own.
    private boolean started;
    private long notBefore = System.nanoTime();
    private long quietSince;
    private RuntimeException broken;
    private volatile String saved = "";

    ResumableStream(BrokerwireClient client, Feed<?, ?, E> feed, TokenStore store) {
        this.client = client;
        this.feed = feed;
        this.store = store;
        machine = new Machine<>(feed);
    }

    /** Events, snapshots and what the stream says about itself. The loop ends when the stream is closed. */
    public Iterable<Item> items() {
        return () -> new Reader<>() {
            @Override
            Item find() {
                return peek();
            }
        };
    }

    /**
     * Events alone. StreamGap means that events were lost to this reader; it may loop again after it, and goes on. The
     * loop ends when the stream is closed.
     */
    public Iterable<E> events() {
        return () -> new Reader<>() {
            @Override
            E find() {
                for (Item item = peek(); item != null; item = peek()) {
                    if (feed.event().isInstance(item)) {
                        return feed.event().cast(item);
                    }
                    machine.ready().remove();
                    if (item instanceof Reset reset) {
                        throw machine.gap(reset);
                    }
                }
                return null;
            }
        };
    }

    /** Reads all items in a thread of its own, until the stream is closed or fails, as the future tells. */
    public CompletableFuture<Void> listen(Consumer<? super Item> listener) {
        return Pump.listen(this, listener);
    }

    /** The items for one Flow subscriber, whose demand the gateway feels. Canceling closes the stream. */
    public Flow.Publisher<Item> publisher() {
        return subscriber -> Pump.publish(this, subscriber);
    }

    /**
     * Waits for one item. Giving up the wait, by the timeout or an interrupt, loses nothing: ask again.
     *
     * @return empty: the time is up, or the stream is closed, see {@link #isClosed()}
     */
    public Optional<Item> poll(Duration timeout) throws InterruptedException {
        Item item = peek(System.nanoTime() + Math.min(timeout.toNanos(), FOREVER));
        if (item != null) {
            machine.ready().remove();
        }
        return Optional.ofNullable(item);
    }

    /** Where another stream could go on. It moves when all items received have been taken and more are asked for. */
    public String token() {
        return saved;
    }

    public boolean isClosed() {
        return closed;
    }

    /** Ends the stream. A thread that waits for an item finds the end. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            hangUp();
            changed.signalAll();
            atClose.run();
        } finally {
            lock.unlock();
        }
        client.forget(this);
    }

    /** Runs a task when the stream is closed, or now if it is. */
    void whenClosed(Runnable task) {
        lock.lock();
        try {
            if (closed) {
                task.run();
            } else {
                atClose = task;
            }
        } finally {
            lock.unlock();
        }
    }

    /** An iterator that leaves an item with the stream until it is taken. */
    private abstract class Reader<T> implements Iterator<T> {
        /** The next, which stays; null at the end. */
        abstract T find();

        @Override
        public boolean hasNext() {
            return find() != null;
        }

        @Override
        public T next() {
            T found = find();
            if (found == null) {
                throw new NoSuchElementException("the stream is closed");
            }
            machine.ready().remove();
            return found;
        }
    }

    private Item peek() {
        try {
            return peek(System.nanoTime() + FOREVER);
        } catch (InterruptedException interrupt) {
            throw Failure.interrupted();
        }
    }

    private Item peek(long deadline) throws InterruptedException {
        while (machine.ready().isEmpty()) {
            if (broken != null) {
                throw broken;
            }
            if (closed) {
                return null;
            }
            try {
                begin();
                commit();
                if (!receive(deadline)) {
                    return null;
                }
            } catch (RuntimeException failure) {
                broken = failure;
                close();
            }
        }
        return machine.ready().peek();
    }

    /** Loads the token, before the first connection. */
    private void begin() {
        if (started) {
            return;
        }
        started = true;
        if (store != null) {
            try {
                String token = store.load();
                machine.resume(token == null ? "" : token);
                saved = machine.token();
            } catch (IOException failure) {
                throw new UncheckedIOException("the resume token could not be loaded", failure);
            }
        }
    }

    /** Keeps the token: all that was received has been processed, or its consumer would not ask for more. */
    private void commit() {
        String token = machine.token();
        if (token.equals(saved)) {
            return;
        }
        if (store != null) {
            try {
                store.save(token);
            } catch (IOException failure) {
                throw new UncheckedIOException("the resume token could not be saved", failure);
            }
        }
        saved = token;
    }

    /** Takes one message, or the end of the connection. False: the time is up. */
    private boolean receive(long deadline) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            if (connection == null) {
                if (!rest(deadline)) {
                    return false;
                }
                open();
            }
            if (closed) {
                return true;
            }
            long patience = System.nanoTime() + Math.max(GRACE, silentAt() - System.nanoTime());
            while (!closed && !connection.hasNews()) {
                long now = System.nanoTime();
                if (deadline - now <= 0) {
                    return false;
                }
                if (patience - now <= 0) {
                    leaveIfSilent(now);
                    return true;
                }
                changed.awaitNanos(Math.min(deadline - now, patience - now));
            }
            if (!closed) {
                take();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** When the connection will have been silent for too long. */
    private long silentAt() {
        long last = connection.latest() - quietSince > 0 ? connection.latest() : quietSince;
        return last + machine.silence().toNanos();
    }

    /** Leaves a silent connection. Its channel may be dead without knowing, so the next has its own. */
    private void leaveIfSilent(long now) {
        if (silentAt() - now > 0) {
            return; // the consumer was away, the connection was not
        }
        hangUp();
        ownChannel = client.target().open();
        waitFor(machine.muted());
    }

    private void take() {
        quietSince = System.nanoTime();
        Supplier<Batch> message = connection.poll();
        if (message != null) {
            machine.feed(message.get());
            return;
        }
        Connection.End end = connection.end();
        connection = null;
        if (end.status().isOk()) {
            waitFor(machine.ended());
        } else {
            waitFor(machine.failed(Failure.of(end.status(), end.trailers(), false, "", client.target().address)));
        }
    }

    private void waitFor(Duration delay) {
        notBefore = System.nanoTime() + delay.toNanos();
    }

    /** Waits until the next connection may be opened. False: the time is up. */
    private boolean rest(long deadline) throws InterruptedException {
        while (!closed) {
            long now = System.nanoTime();
            if (notBefore - now <= 0) {
                return true;
            }
            if (deadline - now <= 0) {
                return false;
            }
            changed.await(Math.min(notBefore - now, deadline - now), TimeUnit.NANOSECONDS);
        }
        return true;
    }

    private void open() {
        if (closed) {
            return;
        }
        machine.connecting();
        Channel channel = ownChannel != null ? ownChannel : client.channel();
        quietSince = System.nanoTime();
        connection = Connection.open(channel, feed, machine.token(), lock, changed);
    }

    private void hangUp() {
        if (connection != null) {
            connection.cancel();
            connection = null;
        }
        if (ownChannel != null) {
            ownChannel.shutdownNow();
            ownChannel = null;
        }
    }
}
