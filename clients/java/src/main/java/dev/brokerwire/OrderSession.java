package dev.brokerwire;

import dev.brokerwire.v1.OrderCommand;
import dev.brokerwire.v1.OrderResult;
import dev.brokerwire.v1.OrderServiceGrpc;
import dev.brokerwire.v1.OrderSessionRequest;
import dev.brokerwire.v1.OrderSessionResponse;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The fast door for many orders: commands go out in batches, and each method returns at once. The rules are those of
 * the client's methods of the same names. Futures complete in a thread of grpc: do not block it.
 *
 * <p>When the connection breaks, a command without a result fails with SessionClosed, sent UNKNOWN: open another
 * session and submit the same request again.
 */
public final class OrderSession implements AutoCloseable {
    /** The most commands in one message, by the contract. */
    private static final int BATCH = 1000;

    /** What the gateway gets to end a session in good order. */
    private static final Duration HANG_UP = Duration.ofSeconds(1);

    private final BrokerwireClient client;
    private final Duration timeout;
    private final AtomicBoolean nudged = new AtomicBoolean();
    private final CountDownLatch done = new CountDownLatch(1);

    private final Object sending = new Object();
    private ClientCallStreamObserver<OrderSessionRequest> requests;
    private boolean finished;

    // Guarded by this.
    private final Deque<OrderCommand> outbox = new ArrayDeque<>();
    private final Map<Long, Command<?>> waiting = new HashMap<>();
    private long lastId;
    private boolean closing;
    private String over;

    OrderSession(BrokerwireClient client, Duration timeout) {
        this.client = client;
        this.timeout = timeout;
    }

    void start() {
        OrderServiceGrpc.newStub(client.channel()).orderSession(new Receiver());
    }

    /** Submits an order, as the client does. */
    public CompletableFuture<Order> submit(OrderRequest request) {
        return put(
                request.clientOrderId(),
                () -> OrderCommand.newBuilder().setSubmit(client.orderMessage(request)),
                result -> Order.submitted(result.getSubmit()));
    }

    /** Changes an open order, as the client does. */
    public CompletableFuture<Replacement> replace(OrderKey key, ReplaceRequest changes) {
        return put(
                changes.newClientOrderId(),
                () -> OrderCommand.newBuilder().setReplace(client.replaceMessage(key, changes)),
                result -> Replacement.read(result.getReplace()));
    }

    /** Cancels an open order, as the client does. */
    public CompletableFuture<Cancellation> cancel(OrderKey key) {
        return put(
                key.clientOrderId(),
                () -> OrderCommand.newBuilder().setCancel(client.cancelMessage(key)),
                result -> Cancellation.read(result.getCancel()));
    }

    /** Waits for the results that are due, up to the client's timeout, and ends the session. */
    @Override
    public void close() {
        synchronized (this) {
            closing = true;
        }
        nudge();
        try {
            done.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
        }
        abandon();
    }

    /** Ends it at once. */
    void abandon() {
        synchronized (sending) {
            finished = true;
            requests.cancel("it was closed", null);
        }
    }

    /** A command that waits for its result. */
    private record Command<T>(String clientOrderId, Function<OrderResult, T> read, CompletableFuture<T> future) {
        void settle(OrderResult result) {
            try {
                if (result.hasError()) {
                    throw Failure.of(result.getError(), clientOrderId);
                }
                future.complete(BrokerwireClient.read(result, read));
            } catch (BrokerwireException failure) {
                future.completeExceptionally(failure.about(clientOrderId));
            }
        }

        void lose(String why) {
            future.completeExceptionally(
                    Failure.sessionClosed("the session ended before the result: " + why, Sent.UNKNOWN, clientOrderId));
        }
    }

    private <T> CompletableFuture<T> put(
            String clientOrderId, Supplier<OrderCommand.Builder> message, Function<OrderResult, T> read) {
        CompletableFuture<T> future = new CompletableFuture<>();
        try {
            enqueue(message.get(), new Command<>(clientOrderId, read, future));
        } catch (BrokerwireException failure) {
            future.completeExceptionally(failure.about(clientOrderId));
        }
        return future;
    }

    private synchronized void enqueue(OrderCommand.Builder message, Command<?> command) {
        if (over != null || closing) {
            String why = over == null ? "it was closed" : over;
            throw Failure.sessionClosed("the session is over: " + why, Sent.NO, command.clientOrderId);
        }
        lastId++;
        waiting.put(lastId, command);
        outbox.add(message.setCommandId(lastId).build());
        nudge();
    }

    /** Sends what waits, soon: commands that come meanwhile go along. */
    private void nudge() {
        if (nudged.compareAndSet(false, true)) {
            Timers.soon(this::flush);
        }
    }

    private void flush() {
        nudged.set(false);
        synchronized (sending) {
            if (finished) {
                return;
            }
            while (requests.isReady()) {
                List<OrderCommand> commands = take();
                if (commands.isEmpty()) {
                    break;
                }
                requests.onNext(OrderSessionRequest.newBuilder()
                        .addAllCommands(commands)
                        .build());
            }
            if (settled()) {
                finished = true;
                requests.onCompleted();
                Timers.after(HANG_UP, this::abandon);
            }
        }
    }

    private synchronized List<OrderCommand> take() {
        List<OrderCommand> commands = new ArrayList<>();
        while (commands.size() < BATCH && !outbox.isEmpty()) {
            commands.add(outbox.remove());
        }
        return commands;
    }

    /** Whether it was closed and every command has its result. */
    private synchronized boolean settled() {
        return closing && waiting.isEmpty();
    }

    private synchronized Command<?> answered(long id) {
        return waiting.remove(id);
    }

    /** Takes no more commands. */
    private synchronized void refuse(String why) {
        if (over == null) {
            over = why;
        }
    }

    /** The stream is over: commands without a result may have been carried out. */
    private void end(String why) {
        refuse(why);
        List<Command<?>> lost;
        synchronized (this) {
            lost = List.copyOf(waiting.values());
            waiting.clear();
            outbox.clear();
        }
        client.forget(this);
        done.countDown();
        lost.forEach(command -> command.lose(why));
    }

    private final class Receiver implements ClientResponseObserver<OrderSessionRequest, OrderSessionResponse> {
        @Override
        public void beforeStart(ClientCallStreamObserver<OrderSessionRequest> stream) {
            requests = stream;
            stream.setOnReadyHandler(OrderSession.this::nudge);
        }

        @Override
        public void onNext(OrderSessionResponse response) {
            for (OrderResult result : response.getResultsList()) {
                Command<?> command = answered(result.getCommandId());
                if (command != null) {
                    command.settle(result);
                }
            }
            if (response.getControl().hasGoodbye()) {
                refuse(response.getControl().getGoodbye().getReason());
            }
            nudge();
        }

        @Override
        public void onError(Throwable failure) {
            Status status = Status.fromThrowable(failure);
            BrokerwireException error =
                    Failure.of(status, Status.trailersFromThrowable(failure), true, "", client.target().address);
            end(error.plainMessage());
        }

        @Override
        public void onCompleted() {
            end("it was closed");
        }
    }
}
