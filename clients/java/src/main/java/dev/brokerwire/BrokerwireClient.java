package dev.brokerwire;

import dev.brokerwire.v1.Account;
import dev.brokerwire.v1.AccountServiceGrpc;
import dev.brokerwire.v1.AccountStatus;
import dev.brokerwire.v1.CancelOrderRequest;
import dev.brokerwire.v1.ErrorReason;
import dev.brokerwire.v1.GetOrderRequest;
import dev.brokerwire.v1.ListAccountsRequest;
import dev.brokerwire.v1.ListAccountsResponse;
import dev.brokerwire.v1.OrderServiceGrpc;
import dev.brokerwire.v1.PositionServiceGrpc;
import dev.brokerwire.v1.ReplaceOrderRequest;
import dev.brokerwire.v1.SubmitOrderRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A gateway, for any number of threads. The connection is made when it is first needed.
 *
 * <p>A call that works on one account and names none means the client's own; without one, the only account that the
 * gateway has. Lists and streams without an account mean all, unless the client has one. Calls throw
 * {@link BrokerwireException}; nothing that changes something is ever repeated.
 */
public final class BrokerwireClient implements AutoCloseable {
    private final Target target;
    private final ManagedChannel channel;
    private final Duration timeout;
    private final String account;
    private final Set<AutoCloseable> open = ConcurrentHashMap.newKeySet();
    private volatile String onlyAccount = "";

    BrokerwireClient(Target target, String account, Duration timeout) {
        this.target = target;
        this.account = account;
        this.timeout = timeout;
        channel = target.open();
    }

    /** A client of the gateway at BROKERWIRE_ADDRESS, else at 127.0.0.1:50051. */
    public static BrokerwireClient connect() {
        return builder().build();
    }

    public static ClientBuilder builder() {
        return new ClientBuilder();
    }

    /** Ends streams, sessions and the connection. Orders go on. */
    @Override
    public void close() {
        for (AutoCloseable one : open) {
            if (one instanceof OrderSession session) {
                session.abandon();
            } else if (one instanceof ResumableStream<?> stream) {
                stream.close();
            }
        }
        channel.shutdownNow();
    }

    /** The connection, for the stubs of dev.brokerwire.v1: calls on it have the client's deadline and token. */
    public Channel channel() {
        return channel;
    }

    /** Calls any unary method of the contract, with the client's deadline, token and errors. */
    public <Q, A> A call(MethodDescriptor<Q, A> method, Q request) {
        try {
            return ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, request);
        } catch (StatusRuntimeException failure) {
            throw Failure.of(
                    failure.getStatus(),
                    failure.getTrailers(),
                    !Methods.reads(method),
                    Methods.orderKey(request),
                    target.address);
        }
    }

    /**
     * Submits an order, or a group of orders, once, and returns when the broker has answered.
     *
     * <p>A refusal by the broker is no error but the state REJECTED; an outcome that is not proven is INDETERMINATE,
     * which is not terminal: await it.
     */
    public Order submit(OrderRequest request) {
        return about(request.clientOrderId(), () -> {
            SubmitOrderRequest message = SubmitOrderRequest.newBuilder()
                    .setOrder(orderMessage(request))
                    .build();
            return read(call(OrderServiceGrpc.getSubmitOrderMethod(), message), Order::submitted);
        });
    }

    /** What is wrong with a request is found before the gateway is asked for the account. */
    dev.brokerwire.v1.OrderRequest orderMessage(OrderRequest request) {
        dev.brokerwire.v1.OrderRequest.Builder m = request.message();
        return m.setAccountId(accountOr(request.account())).build();
    }

    /** Changes an open order. */
    public Replacement replace(OrderKey key, ReplaceRequest changes) {
        return about(changes.newClientOrderId(), () -> {
            ReplaceOrderRequest message = replaceMessage(key, changes);
            return read(call(OrderServiceGrpc.getReplaceOrderMethod(), message), Replacement::read);
        });
    }

    ReplaceOrderRequest replaceMessage(OrderKey key, ReplaceRequest changes) {
        ReplaceOrderRequest.Builder m = changes.message(key);
        return m.setAccountId(accountOr(key.account())).build();
    }

    /** Cancels an open order, and with an entry its group. Canceling a canceled order is fine. */
    public Cancellation cancel(OrderKey key) {
        return about(
                key.clientOrderId(),
                () -> read(call(OrderServiceGrpc.getCancelOrderMethod(), cancelMessage(key)), Cancellation::read));
    }

    CancelOrderRequest cancelMessage(OrderKey key) {
        CancelOrderRequest.Builder m = CancelOrderRequest.newBuilder().setAccountId(accountOr(key.account()));
        return key.orderId().isEmpty()
                ? m.setClientOrderId(key.clientOrderId()).build()
                : m.setOrderId(key.orderId()).build();
    }

    /** Reads one order. NotFound: there is no such order in the account. */
    public Order order(OrderKey key) {
        GetOrderRequest.Builder m = GetOrderRequest.newBuilder().setAccountId(accountOr(key.account()));
        if (key.orderId().isEmpty()) {
            m.setClientOrderId(key.clientOrderId());
        } else {
            m.setOrderId(key.orderId());
        }
        var answer = call(OrderServiceGrpc.getGetOrderMethod(), m.build());
        return Order.read(answer.hasOrder(), answer.getOrder());
    }

    /** Lists orders, open and past. */
    public Pages<Order> orders(OrderFilter filter) {
        var request = filter.message(someAccounts(filter.account()));
        return new Pages<>(token -> {
            var page = request.toBuilder().setPageToken(token).build();
            var answer = call(OrderServiceGrpc.getListOrdersMethod(), page);
            return Pages.Page.of(
                    answer.getOrdersList(),
                    order -> Order.read(true, order),
                    answer.getNextPageToken(),
                    answer.getUnreachableList());
        });
    }

    /** Lists fills, with busts and corrections. */
    public Pages<Fill> fills(FillFilter filter) {
        var request = filter.message(someAccounts(filter.account()));
        return new Pages<>(token -> {
            var page = request.toBuilder().setPageToken(token).build();
            var answer = call(OrderServiceGrpc.getListFillsMethod(), page);
            return Pages.Page.of(
                    answer.getFillsList(), Fill::read, answer.getNextPageToken(), answer.getUnreachableList());
        });
    }

    /** Lists open positions. */
    public Pages<Position> positions(PositionFilter filter) {
        var request = filter.message(someAccounts(filter.account()));
        return new Pages<>(token -> {
            var page = request.toBuilder().setPageToken(token).build();
            var answer = call(PositionServiceGrpc.getListPositionsMethod(), page);
            return Pages.Page.of(
                    answer.getPositionsList(),
                    position -> Position.read(true, position),
                    answer.getNextPageToken(),
                    answer.getUnreachableList());
        });
    }

    /** Waits until an order is over, however long that takes. */
    public Order await(Order order) {
        return await(order, Duration.ofDays(36500));
    }

    /**
     * Waits until an order is over, watching its stream; a broken connection is resumed. An INDETERMINATE order is not
     * over. A REPLACED one is: see its replacedByOrderId.
     *
     * @throws BrokerwireException.DeadlineExceeded the time is up; the order goes on, and the error has its last state
     */
    public Order await(Order order, Duration timeout) {
        return await(order, timeout, none -> false);
    }

    /** Waits until an order is over, or until something else is true of it. */
    public Order await(Order order, Duration timeout, Predicate<Order> until) {
        return new Watch(this, order, until).await(timeout);
    }

    /** Streams every change of orders, with fills: never dropped, never conflated. */
    public ResumableStream<OrderEvent> streamOrders(OrderStreamOptions options) {
        return stream(options.feed(someAccounts(options.account())), options.tokenStore);
    }

    /** Streams positions: absolute state. A slow reader may get the latest only, and is told (conflated). */
    public ResumableStream<PositionEvent> streamPositions(PositionStreamOptions options) {
        return stream(options.feed(someAccounts(options.account())), options.tokenStore);
    }

    /** Streams journal entries without loss: the drop copy. It has no snapshot. */
    public ResumableStream<JournalEvent> streamEvents(EventStreamOptions options) {
        return stream(options.feed(someAccounts(options.account())), options.tokenStore);
    }

    private <E extends Event> ResumableStream<E> stream(Feed<?, ?, E> feed, TokenStore store) {
        ResumableStream<E> stream = new ResumableStream<>(this, feed, store);
        open.add(stream);
        return stream;
    }

    /** Opens an order session, the fast door for many orders. */
    public OrderSession session() {
        OrderSession session = new OrderSession(this, timeout);
        open.add(session);
        session.start();
        return session;
    }

    Target target() {
        return target;
    }

    void forget(AutoCloseable one) {
        open.remove(one);
    }

    /** The account that a call means: the one named, the client's own, or the only one that there is. */
    String accountOr(String named) {
        if (!named.isEmpty()) {
            return named;
        } else if (!account.isEmpty()) {
            return account;
        } else if (onlyAccount.isEmpty()) {
            var everything = ListAccountsRequest.newBuilder().setPageSize(1000).build();
            onlyAccount = onlyAccount(call(AccountServiceGrpc.getListAccountsMethod(), everything));
        }
        return onlyAccount;
    }

    private static String onlyAccount(ListAccountsResponse answer) {
        if (answer.getUnreachableCount() > 0) {
            String away = String.join(", ", answer.getUnreachableList());
            throw new Failure(
                            Code.UNAVAILABLE, "cannot tell which account is meant while " + away + " cannot be reached")
                    .exception();
        }
        List<String> usable = answer.getAccountsList().stream()
                .filter(one -> one.getStatus() != AccountStatus.ACCOUNT_STATUS_CLOSED)
                .map(Account::getAccountId)
                .toList();
        if (usable.isEmpty()) {
            throw new Failure(
                            Code.NOT_FOUND,
                            ErrorReason.ERROR_REASON_ACCOUNT_NOT_FOUND,
                            "the gateway has no open account")
                    .exception();
        } else if (usable.size() > 1) {
            String problem = "is needed, because the gateway has several: " + String.join(", ", usable)
                    + "; account() of the builder sets it";
            throw Failure.invalid("account", problem, ErrorReason.ERROR_REASON_FIELD_REQUIRED);
        }
        return usable.get(0);
    }

    private List<String> someAccounts(String named) {
        String one = named.isEmpty() ? account : named;
        return one.isEmpty() ? List.of() : List.of(one);
    }

    /** Names the order in what a call throws. */
    private static <T> T about(String clientOrderId, Supplier<T> call) {
        try {
            return call.get();
        } catch (BrokerwireException failure) {
            throw failure.about(clientOrderId);
        }
    }

    /** Reads a mutation's answer: one that cannot be read may have been carried out. */
    static <A, T> T read(A answer, Function<A, T> reader) {
        try {
            return reader.apply(answer);
        } catch (BrokerwireException unreadable) {
            throw unreadable.maybeSent();
        }
    }
}
