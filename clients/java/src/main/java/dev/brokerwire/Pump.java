package dev.brokerwire;

import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/** Reads a stream in a thread of its own, for those who would rather be called. */
final class Pump {
    private Pump() {}

    static CompletableFuture<Void> listen(ResumableStream<?> stream, Consumer<? super Item> listener) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        start(() -> {
            try (stream) {
                for (Item item : stream.items()) {
                    listener.accept(item);
                }
                end.complete(null);
            } catch (Throwable failure) { // the future is where it is told
                end.completeExceptionally(failure);
            }
        });
        return end;
    }

    static void publish(ResumableStream<?> stream, Flow.Subscriber<? super Item> subscriber) {
        Demand demand = new Demand(stream);
        stream.whenClosed(demand.asked::release);
        subscriber.onSubscribe(demand);
        start(() -> {
            try (stream) {
                Iterator<Item> items = stream.items().iterator();
                while (demand.await() && items.hasNext()) {
                    subscriber.onNext(items.next());
                }
                if (!demand.canceled) {
                    subscriber.onComplete();
                }
            } catch (Throwable failure) { // the subscriber is who is told
                if (!demand.canceled) {
                    subscriber.onError(failure);
                }
            }
        });
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "brokerwire-stream");
        thread.setDaemon(true);
        thread.start();
    }

    /** How many items a subscriber has asked for. */
    private static final class Demand implements Flow.Subscription {
        private final ResumableStream<?> stream;
        private final Semaphore asked = new Semaphore(0);
        private volatile boolean canceled;
        private volatile boolean misused;

        Demand(ResumableStream<?> stream) {
            this.stream = stream;
        }

        @Override
        public void request(long n) {
            if (n <= 0) {
                misused = true;
            }
            // More than a semaphore can count is as good as endless.
            asked.release((int) Math.max(1, Math.min(n, Integer.MAX_VALUE / 2 - asked.availablePermits())));
        }

        @Override
        public void cancel() {
            canceled = true;
            stream.close();
        }

        /** Waits until an item is asked for; false if none ever will be. */
        boolean await() {
            asked.acquireUninterruptibly();
            if (misused) {
                throw new IllegalArgumentException("a subscriber must request at least one item");
            }
            return !canceled;
        }
    }
}
