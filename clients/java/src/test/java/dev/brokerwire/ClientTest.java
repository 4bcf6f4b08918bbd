package dev.brokerwire;

import static dev.brokerwire.FakeGateway.order;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.brokerwire.v1.Account;
import dev.brokerwire.v1.AccountStatus;
import dev.brokerwire.v1.CommandError;
import dev.brokerwire.v1.GetOrderResponse;
import dev.brokerwire.v1.Goodbye;
import dev.brokerwire.v1.ListAccountsResponse;
import dev.brokerwire.v1.OrderCommand;
import dev.brokerwire.v1.OrderResult;
import dev.brokerwire.v1.OrderSessionRequest;
import dev.brokerwire.v1.OrderSessionResponse;
import dev.brokerwire.v1.StreamControl;
import dev.brokerwire.v1.SubmitOrderResponse;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ClientTest {
    private FakeGateway gateway;
    private BrokerwireClient client;

    @BeforeEach
    void start() throws IOException {
        gateway = new FakeGateway();
        client = gateway.client().account("a").token("secret").build();
    }

    @AfterEach
    void stop() {
        client.close();
        gateway.close();
    }

    private static Account account(String id, AccountStatus status) {
        return Account.newBuilder().setAccountId(id).setStatus(status).build();
    }

    @Test
    void aReadIsTriedFourTimesWhileTheGatewayIsAway() {
        AtomicInteger calls = new AtomicInteger();
        gateway.get = (request, call) -> {
            if (calls.incrementAndGet() < 4) {
                call.onError(Status.UNAVAILABLE.asException());
                return;
            }
            call.onNext(GetOrderResponse.newBuilder().setOrder(order("o")).build());
            call.onCompleted();
        };
        assertEquals("o", client.order(OrderKey.byOrderId("o")).orderId());
        assertEquals(4, calls.get());
    }

    @Test
    void aMutationIsNeverRepeatedAndItsErrorNamesTheOrder() {
        AtomicInteger calls = new AtomicInteger();
        gateway.submit = (request, call) -> {
            calls.incrementAndGet();
            call.onError(Status.UNAVAILABLE.asException());
        };
        OrderRequest request = OrderRequest.buy("AAPL", 1);
        var failure = assertThrows(BrokerwireException.Unavailable.class, () -> client.submit(request));
        assertEquals(1, calls.get());
        assertEquals(Sent.UNKNOWN, failure.sent());
        assertEquals(request.clientOrderId(), failure.clientOrderId());
    }

    @Test
    void whatIsWrongWithAnOrderIsFoundBeforeAnythingIsSent() {
        OrderRequest request = OrderRequest.buy("AAPL", "1e3");
        var failure = assertThrows(BrokerwireException.InvalidRequest.class, () -> client.submit(request));
        assertEquals(request.clientOrderId(), failure.clientOrderId());
        assertEquals(List.of(), gateway.headers);
    }

    @Test
    void aCallHasADeadlineOfAFractionOfASecond() {
        try (var hasty =
                gateway.client().account("a").timeout(Duration.ofMillis(200)).build()) {
            var failure = assertThrows(
                    BrokerwireException.DeadlineExceeded.class, () -> hasty.submit(OrderRequest.buy("AAPL", 1)));
            assertEquals(Sent.UNKNOWN, failure.sent());
        }
    }

    @Test
    void theTokenGoesWithEveryCallAndStandsInNoError() {
        gateway.submit = (request, call) -> call.onError(Status.UNAUTHENTICATED.asException());
        var failure = assertThrows(
                BrokerwireException.Unauthenticated.class, () -> client.submit(OrderRequest.buy("AAPL", 1)));
        var key = Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
        assertEquals("Bearer secret", gateway.headers.get(0).get(key));
        assertFalse((failure + client.toString()).contains("secret"));
    }

    @Test
    void theOnlyOpenAccountIsMeant() {
        gateway.accounts = ListAccountsResponse.newBuilder()
                .addAccounts(account("old", AccountStatus.ACCOUNT_STATUS_CLOSED))
                .addAccounts(account("only", AccountStatus.ACCOUNT_STATUS_ACTIVE))
                .build();
        gateway.submit = (request, call) -> {
            call.onNext(SubmitOrderResponse.newBuilder()
                    .setOrder(order(request.getOrder().getAccountId()))
                    .build());
            call.onCompleted();
        };
        try (var anyone = gateway.client().build()) {
            assertEquals("only", anyone.submit(OrderRequest.buy("AAPL", 1)).orderId());
            anyone.submit(OrderRequest.buy("AAPL", 1));
            assertEquals(3, gateway.headers.size()); // looked up once
        }
    }

    @Test
    void withNoAccountOrSeveralACallSaysWhatIsMissing() {
        try (var anyone = gateway.client().build()) {
            var none =
                    assertThrows(BrokerwireException.NotFound.class, () -> anyone.submit(OrderRequest.buy("AAPL", 1)));
            assertEquals("ACCOUNT_NOT_FOUND", none.reason());
            gateway.accounts = ListAccountsResponse.newBuilder()
                    .addAccounts(account("a", AccountStatus.ACCOUNT_STATUS_ACTIVE))
                    .addAccounts(account("b", AccountStatus.ACCOUNT_STATUS_ACTIVE))
                    .build();
            var several = assertThrows(
                    BrokerwireException.InvalidRequest.class, () -> anyone.submit(OrderRequest.buy("AAPL", 1)));
            assertEquals("FIELD_REQUIRED", several.reason());
            assertTrue(several.getMessage().contains("a, b"), several.getMessage());
            gateway.accounts = gateway.accounts.toBuilder().addUnreachable("c").build();
            assertThrows(BrokerwireException.Unavailable.class, () -> anyone.submit(OrderRequest.buy("AAPL", 1)));
        }
    }

    @Test
    @Timeout(25) // grpc-java's own back-off would take 40 s for as many
    void aGatewayThatIsAwayIsTriedOftenerThanGrpcWould() throws IOException {
        CountDownLatch tries = new CountDownLatch(8);
        try (ServerSocket refusing = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                var early = BrokerwireClient.builder()
                        .address("127.0.0.1:" + refusing.getLocalPort())
                        .account("a")
                        .build()) {
            CompletableFuture.runAsync(() -> {
                while (tries.getCount() > 0) {
                    hangUpOn(refusing);
                    tries.countDown();
                }
            });
            while (tries.getCount() > 0) {
                assertThrows(BrokerwireException.Unavailable.class, () -> early.order(OrderKey.byOrderId("o")));
            }
        }
    }

    private static void hangUpOn(ServerSocket server) {
        try {
            server.accept().close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Answers a session's messages, and counts the commands in each. */
    private List<Integer> answer(BiConsumer<OrderCommand, StreamObserver<OrderSessionResponse>> answer) {
        List<Integer> sizes = new CopyOnWriteArrayList<>();
        gateway.session = call -> new StreamObserver<>() {
            @Override
            public void onNext(OrderSessionRequest message) {
                sizes.add(message.getCommandsCount());
                message.getCommandsList().forEach(command -> answer.accept(command, call));
            }

            @Override
            public void onError(Throwable failure) {}

            @Override
            public void onCompleted() {
                call.onCompleted();
            }
        };
        return sizes;
    }

    private static OrderSessionResponse result(OrderResult.Builder result) {
        return OrderSessionResponse.newBuilder().addResults(result).build();
    }

    private static <T extends BrokerwireException> T failure(Class<T> type, CompletableFuture<?> future) {
        return assertInstanceOf(
                type, assertThrows(CompletionException.class, future::join).getCause());
    }

    @Test
    void aSessionsCommandsGoOutTogetherAndEachGetsItsResult() {
        var sizes = answer((command, call) -> call.onNext(result(OrderResult.newBuilder()
                .setCommandId(command.getCommandId())
                .setSubmit(SubmitOrderResponse.newBuilder()
                        .setOrder(order(command.getSubmit().getClientOrderId()))))));
        List<CompletableFuture<Order>> results = new ArrayList<>();
        try (OrderSession session = client.session()) {
            for (int i = 0; i < 3000; i++) {
                results.add(session.submit(OrderRequest.buy("AAPL", 1).clientOrderId("id" + i)));
            }
        }
        for (int i = 0; i < 3000; i++) {
            assertEquals("id" + i, results.get(i).join().orderId());
        }
        assertTrue(sizes.size() < 1500, "messages: " + sizes.size());
        assertTrue(sizes.stream().allMatch(size -> size <= 1000));
    }

    @Test
    void aResultWithAnErrorFailsThatCommandAlone() {
        answer((command, call) -> {
            OrderResult.Builder result = OrderResult.newBuilder().setCommandId(command.getCommandId());
            call.onNext(result(
                    command.getCommandId() == 1
                            ? result.setError(CommandError.newBuilder()
                                    .setCode(Status.Code.ABORTED.value())
                                    .setSent(dev.brokerwire.v1.Sent.SENT_NO))
                            : result.setSubmit(SubmitOrderResponse.newBuilder().setOrder(order("good")))));
        });
        try (OrderSession session = client.session()) {
            var bad = session.submit(OrderRequest.buy("AAPL", 1).clientOrderId("bad"));
            var good = session.submit(OrderRequest.buy("AAPL", 1));
            var worse = session.submit(OrderRequest.buy("AAPL", "x").clientOrderId("worse"));
            var conflict = failure(BrokerwireException.Conflict.class, bad);
            assertEquals("bad", conflict.clientOrderId());
            assertEquals(Sent.NO, conflict.sent());
            assertEquals("good", good.join().orderId());
            assertEquals(
                    "worse",
                    failure(BrokerwireException.InvalidRequest.class, worse).clientOrderId());
        }
    }

    @Test
    void aSessionThatBreaksSaysWhichCommandsMayHaveBeenSent() {
        answer((command, call) -> call.onError(Status.UNAVAILABLE.asException()));
        try (OrderSession session = client.session()) {
            var lost = failure(
                    BrokerwireException.SessionClosed.class,
                    session.submit(OrderRequest.buy("AAPL", 1).clientOrderId("lost")));
            assertEquals(Sent.UNKNOWN, lost.sent());
            assertEquals("lost", lost.clientOrderId());
            var late = failure(
                    BrokerwireException.SessionClosed.class,
                    session.submit(OrderRequest.buy("AAPL", 1).clientOrderId("late")));
            assertEquals(Sent.NO, late.sent());
            assertEquals("late", late.clientOrderId());
        }
    }

    @Test
    void afterAGoodbyeResultsStillComeAndNoMoreCommandsGo() {
        answer((command, call) -> {
            call.onNext(OrderSessionResponse.newBuilder()
                    .setControl(StreamControl.newBuilder()
                            .setGoodbye(Goodbye.newBuilder().setReason("draining")))
                    .build());
            call.onNext(result(OrderResult.newBuilder()
                    .setCommandId(command.getCommandId())
                    .setSubmit(SubmitOrderResponse.newBuilder().setOrder(order("o")))));
        });
        try (OrderSession session = client.session()) {
            assertEquals("o", session.submit(OrderRequest.buy("AAPL", 1)).join().orderId());
            var refused = failure(BrokerwireException.SessionClosed.class, session.submit(OrderRequest.buy("AAPL", 1)));
            assertEquals(Sent.NO, refused.sent());
            assertTrue(refused.getMessage().contains("draining"), refused.getMessage());
        }
    }
}
