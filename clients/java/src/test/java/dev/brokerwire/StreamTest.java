package dev.brokerwire;

import static dev.brokerwire.FakeGateway.events;
import static dev.brokerwire.FakeGateway.opened;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.brokerwire.v1.StreamControl;
import dev.brokerwire.v1.StreamOrdersItem;
import dev.brokerwire.v1.StreamOrdersResponse;
import dev.brokerwire.v1.StreamReset;
import dev.brokerwire.v1.StreamResetCause;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class StreamTest {
    private static final Duration CALM = Duration.ofSeconds(15);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final List<String> saves = new ArrayList<>();
    private FakeGateway gateway;
    private BrokerwireClient client;

    @BeforeEach
    void start() throws IOException {
        gateway = new FakeGateway();
        client = gateway.client().build();
    }

    @AfterEach
    void stop() {
        client.close();
        gateway.close();
    }

    private final class Store implements TokenStore {
        @Override
        public String load() {
            return "kept";
        }

        @Override
        public void save(String token) throws IOException {
            if (token.equals("poison")) {
                throw new IOException("the disk is full");
            }
            saves.add(token);
        }
    }

    private ResumableStream<OrderEvent> stream() {
        return client.streamOrders(new OrderStreamOptions().tokenStore(new Store()));
    }

    private static <T extends Item> T next(ResumableStream<?> stream, Class<T> type) throws InterruptedException {
        return assertInstanceOf(type, stream.poll(PATIENCE).orElseThrow());
    }

    @Test
    void itResumesByTheLatestTokenFedAndRepeatsNothing() throws Exception {
        gateway.stream = (n, request, call) -> {
            call.onNext(opened(CALM));
            if (n == 1) {
                call.onNext(events("t2", 1, 2));
                call.onError(Status.UNAVAILABLE.asException());
            } else {
                call.onNext(events("t3", 2, 3));
            }
        };
        try (var stream = stream()) {
            next(stream, Item.Opened.class);
            assertEquals(1, next(stream, OrderEvent.class).sequence());
            assertEquals(2, next(stream, OrderEvent.class).sequence());
            next(stream, Item.Disconnected.class);
            next(stream, Item.Opened.class);
            assertEquals(3, next(stream, OrderEvent.class).sequence());
        }
        assertEquals(List.of("kept", "t2"), gateway.tokens);
    }

    @Test
    void aTokenIsSavedWhenTheConsumerAsksForMore() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        gateway.stream = (n, request, call) -> {
            call.onNext(opened(CALM));
            call.onNext(events("t2", 1, 2));
        };
        try (var stream = stream()) {
            Iterator<Item> items = stream.items().iterator();
            items.next();
            items.next();
            assertTrue(items.hasNext()); // the second event is there, and nobody has it yet
            assertEquals(List.of(), saves);
            items.next();
            assertEquals("kept", stream.token());
            assertEquals(Optional.empty(), stream.poll(Duration.ofMillis(1)));
            assertEquals(List.of("t2"), saves);
            assertEquals("t2", stream.token());
            asked.countDown();
        }
    }

    @Test
    void aSaveThatFailsEndsTheStreamWithThatError() throws Exception {
        gateway.stream = (n, request, call) -> call.onNext(events("poison", 1));
        try (var stream = stream()) {
            next(stream, OrderEvent.class);
            var failure = assertThrows(UncheckedIOException.class, () -> stream.poll(PATIENCE));
            assertEquals("the disk is full", failure.getCause().getMessage());
            assertTrue(stream.isClosed());
        }
    }

    @Test
    void aConnectionThatWentSilentIsLeftAndTheNextHasItsOwnChannel() throws Exception {
        gateway.stream = (n, request, call) -> call.onNext(opened(Duration.ofMillis(100)));
        try (var stream = stream()) {
            next(stream, Item.Opened.class);
            var gone = next(stream, Item.Disconnected.class);
            assertEquals(Status.Code.UNAVAILABLE, gone.error().code());
            next(stream, Item.Opened.class);
        }
        assertNotEquals(gateway.peers.get(0), gateway.peers.get(1));
    }

    @Test
    void whatTheContractDoesNotAllowEndsTheStream() throws Exception {
        var bad = StreamOrdersItem.newBuilder().setSnapshot(dev.brokerwire.v1.Order.getDefaultInstance());
        gateway.stream = (n, request, call) ->
                call.onNext(StreamOrdersResponse.newBuilder().addItems(bad).build());
        try (var stream = stream()) {
            assertThrows(BrokerwireException.Internal.class, () -> stream.poll(PATIENCE));
        }
        assertEquals(1, gateway.tokens.size());
    }

    @Test
    void onlyALittleIsReadAheadOfTheConsumer() throws Exception {
        // Messages that are larger than what the transport takes without being asked for.
        var large = events("t", 1).toBuilder();
        large.getItemsBuilder(0).getEventBuilder().setReason("x".repeat(4 << 20));
        AtomicInteger sent = new AtomicInteger();
        CountDownLatch full = new CountDownLatch(1);
        gateway.stream = (n, request, call) -> {
            var flow = (ServerCallStreamObserver<StreamOrdersResponse>) call;
            call.onNext(opened(CALM));
            flow.setOnReadyHandler(() -> {
                while (flow.isReady() && sent.get() < 50) {
                    large.getItemsBuilder(0).getEventBuilder().setSequence(sent.incrementAndGet());
                    flow.onNext(large.build());
                }
                full.countDown();
            });
        };
        try (var stream = stream()) {
            next(stream, Item.Opened.class);
            full.await();
            for (int i = 1; i <= 3; i++) {
                assertEquals(i, next(stream, OrderEvent.class).sequence());
            }
            assertTrue(sent.get() <= 8, "sent " + sent);
        }
    }

    @Test
    void closingEndsAWaitingConsumerWithoutAnError() throws Exception {
        CountDownLatch waits = new CountDownLatch(1);
        CountDownLatch left = new CountDownLatch(1);
        gateway.stream = (n, request, call) -> {
            ((ServerCallStreamObserver<StreamOrdersResponse>) call).setOnCancelHandler(left::countDown);
            call.onNext(opened(CALM));
        };
        var stream = stream();
        var reader = CompletableFuture.runAsync(() -> stream.items().forEach(item -> waits.countDown()));
        waits.await();
        stream.close();
        reader.get();
        left.await(); // the gateway was told
        assertFalse(stream.items().iterator().hasNext());
        client.streamOrders(new OrderStreamOptions()).close(); // before it has begun
    }

    @Test
    void anInterruptGivesUpOneWaitAndLosesNothing() throws Exception {
        Semaphore go = new Semaphore(0);
        gateway.stream = (n, request, call) -> {
            call.onNext(opened(CALM));
            go.acquireUninterruptibly();
            call.onNext(events("t", 1));
        };
        try (var stream = stream()) {
            next(stream, Item.Opened.class);
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> stream.poll(PATIENCE));
            Thread.currentThread().interrupt();
            assertThrows(
                    BrokerwireException.Unavailable.class,
                    () -> stream.items().iterator().hasNext());
            assertTrue(Thread.interrupted());
            go.release();
            assertEquals(1, next(stream, OrderEvent.class).sequence());
        }
        assertEquals(1, gateway.tokens.size());
    }

    @Test
    void aReaderOfEventsMayGoOnAfterAGap() throws Exception {
        var reset = StreamControl.newBuilder()
                .setReset(StreamReset.newBuilder().setCause(StreamResetCause.STREAM_RESET_CAUSE_COMPACTED));
        gateway.stream = (n, request, call) -> {
            call.onNext(opened(CALM));
            call.onNext(events("t9", 9));
            call.onNext(StreamOrdersResponse.newBuilder()
                    .addItems(StreamOrdersItem.newBuilder().setControl(reset))
                    .build());
            call.onNext(events("t1", 1));
        };
        try (var stream = stream()) {
            List<Long> seen = new ArrayList<>();
            assertThrows(BrokerwireException.StreamGap.class, () -> {
                for (OrderEvent event : stream.events()) {
                    seen.add(event.sequence());
                }
            });
            seen.add(stream.events().iterator().next().sequence());
            assertEquals(List.of(9L, 1L), seen);
        }
    }

    @Test
    void aListenerIsCalledUntilTheStreamIsClosed() throws Exception {
        gateway.stream = (n, request, call) -> call.onNext(events("t", 1, 2));
        CountDownLatch both = new CountDownLatch(2);
        var stream = stream();
        var end = stream.listen(item -> both.countDown());
        both.await();
        stream.close();
        end.get();
    }

    @Test
    void aSubscriberGetsWhatItAsksForAndNoMore() throws Exception {
        gateway.stream = (n, request, call) -> {
            call.onNext(events("t", 1, 2, 3));
            call.onCompleted();
        };
        List<Long> seen = new ArrayList<>();
        CountDownLatch two = new CountDownLatch(2);
        CompletableFuture<Flow.Subscription> subscribed = new CompletableFuture<>();
        var stream = stream();
        stream.publisher().subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscribed.complete(subscription);
            }

            @Override
            public void onNext(Item item) {
                seen.add(((OrderEvent) item).sequence());
                two.countDown();
            }

            @Override
            public void onError(Throwable failure) {}

            @Override
            public void onComplete() {}
        });
        subscribed.get().request(2);
        two.await();
        subscribed.get().cancel();
        assertTrue(stream.isClosed());
        assertEquals(List.of(1L, 2L), seen);
    }
}
