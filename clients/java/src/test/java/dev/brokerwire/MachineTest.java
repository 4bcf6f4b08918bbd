package dev.brokerwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.brokerwire.v1.ErrorReason;
import dev.brokerwire.v1.OrderEventType;
import dev.brokerwire.v1.StreamControl;
import dev.brokerwire.v1.StreamMode;
import dev.brokerwire.v1.StreamOpened;
import dev.brokerwire.v1.StreamOrdersItem;
import dev.brokerwire.v1.StreamOrdersResponse;
import dev.brokerwire.v1.StreamReset;
import dev.brokerwire.v1.StreamResetCause;
import io.grpc.Status.Code;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MachineTest {
    private static final Item RESUMED = hello(StreamMode.STREAM_MODE_RESUMED);
    private static final Item AFRESH = hello(StreamMode.STREAM_MODE_SNAPSHOT);
    private static final Item STATE = new Item.Snapshot<>("an order");
    private static final Item ENDING = new Item.SnapshotEnd(1);
    private static final Item RESTART = new Item.Reset(
            StreamResetCause.STREAM_RESET_CAUSE_COMPACTED,
            StreamReset.newBuilder()
                    .setCause(StreamResetCause.STREAM_RESET_CAUSE_COMPACTED)
                    .build());

    private final Machine<OrderEvent> machine = machine(false);

    private static Machine<OrderEvent> machine(boolean repeats) {
        var orders = new OrderStreamOptions().feed(List.of());
        return new Machine<>(new Feed<>(
                orders.method(), OrderEvent.class, orders.request(), orders.read(), OrderEvent::accountId, repeats));
    }

    private static Item hello(StreamMode mode) {
        return new Item.Opened(
                "", "", mode, Duration.ofSeconds(4), List.of(), List.of(), StreamOpened.getDefaultInstance());
    }

    private static Item happened(long sequence) {
        return happened("a", sequence);
    }

    private static Item happened(String account, long sequence) {
        return new OrderEvent(
                account,
                sequence,
                OrderEventType.ORDER_EVENT_TYPE_FILL,
                null,
                Optional.empty(),
                Instant.EPOCH,
                "",
                dev.brokerwire.v1.OrderEvent.getDefaultInstance());
    }

    private void feed(String token, Item... items) {
        machine.feed(new Batch(List.of(items), token));
    }

    private void expect(String... kinds) {
        assertEquals(List.of(kinds), taken(machine));
    }

    /** Empties it and gives the kinds of items, events as their sequence. */
    private static List<String> taken(Machine<?> machine) {
        List<String> kinds = new ArrayList<>();
        for (Item item = machine.ready().poll();
                item != null;
                item = machine.ready().poll()) {
            kinds.add(
                    item instanceof OrderEvent event
                            ? String.valueOf(event.sequence())
                            : item.getClass().getSimpleName());
        }
        return kinds;
    }

    @Test
    void eventsThatCameBeforeADisconnectAreNotRepeatedAfterIt() {
        machine.connecting();
        feed("t0", AFRESH, ENDING);
        feed("t2", happened(1), happened(2));
        machine.muted();
        machine.connecting();
        feed("", RESUMED);
        feed("t3", happened(2), happened(3));
        expect("Opened", "SnapshotBegin", "SnapshotEnd", "1", "2", "Disconnected", "Opened", "3");
        assertEquals("t3", machine.token());
    }

    @Test
    void aBatchWithoutATokenLeavesTheFormerOne() {
        feed("t1", happened(1));
        feed("", happened(2));
        assertEquals("t1", machine.token());
    }

    @Test
    void aSnapshotThatWasCutBeginsAgainAfterAReset() {
        machine.connecting();
        feed("", AFRESH, STATE);
        machine.muted();
        machine.connecting();
        feed("t1", AFRESH, STATE, ENDING);
        expect(
                "Opened",
                "SnapshotBegin",
                "Snapshot",
                "Disconnected",
                "Reset",
                "Opened",
                "SnapshotBegin",
                "Snapshot",
                "SnapshotEnd");
    }

    @Test
    void aSnapshotThatIsResumedGoesOn() {
        machine.connecting();
        feed("t0", AFRESH, STATE);
        machine.muted();
        machine.connecting();
        feed("t1", RESUMED, STATE, ENDING);
        expect("Opened", "SnapshotBegin", "Snapshot", "Disconnected", "Opened", "Snapshot", "SnapshotEnd");
    }

    @Test
    void aResetForgetsWhatWasSeen() {
        machine.connecting();
        feed("t9", RESUMED, happened(9));
        feed("t1", RESTART, ENDING, happened(1));
        expect("Opened", "9", "Reset", "SnapshotBegin", "SnapshotEnd", "1");
    }

    @Test
    void statesValuedAnewMayRepeatTheirSequenceButNotGoBack() {
        Machine<OrderEvent> states = machine(true);
        states.feed(new Batch(List.of(happened(2), happened(2), happened(1), happened(3)), "t"));
        assertEquals(List.of("2", "2", "3"), taken(states));
    }

    @Test
    void sequencesCountWithinTheirAccount() {
        feed("t", happened("a", 2), happened("b", 1));
        expect("2", "1");
    }

    @Test
    void itemsAndControlsOfNewKindsAreSkipped() {
        var orders = new OrderStreamOptions().feed(List.of());
        Batch batch = orders.read()
                .apply(StreamOrdersResponse.newBuilder()
                        .addItems(StreamOrdersItem.getDefaultInstance())
                        .addItems(StreamOrdersItem.newBuilder().setControl(StreamControl.getDefaultInstance()))
                        .setResumeToken("t")
                        .build());
        assertEquals(List.of(), batch.items());
        machine.feed(batch);
        assertEquals("t", machine.token());
    }

    @Test
    void silenceIsMeasuredInHeartbeatsOnceTheStreamIsOpen() {
        machine.connecting();
        assertEquals(Duration.ofSeconds(10), machine.silence());
        feed(
                "t",
                new Item.Opened(
                        "",
                        "",
                        StreamMode.STREAM_MODE_LIVE,
                        Duration.ofSeconds(1),
                        List.of(),
                        List.of(),
                        StreamOpened.getDefaultInstance()));
        assertEquals(Duration.ofMillis(2500), machine.silence());
        machine.connecting();
        assertEquals(Duration.ofSeconds(10), machine.silence());
    }

    @Test
    void afterAGoodbyeTheStreamWaitsAsLongAsItWasTold() {
        machine.connecting();
        feed("t", RESUMED, new Item.Goodbye("draining", Duration.ofSeconds(3)));
        Duration wait = machine.ended();
        assertTrue(wait.toMillis() >= 3000 && wait.toMillis() <= 6000, wait.toString());
        expect("Opened", "Goodbye");
        machine.connecting();
        machine.ended();
        expect("Disconnected");
    }

    @ParameterizedTest
    @CsvSource({
        "UNAVAILABLE, UNSPECIFIED, false, true",
        "INTERNAL, UNSPECIFIED, false, true",
        "CANCELLED, UNSPECIFIED, false, true",
        "UNKNOWN, UNSPECIFIED, false, true",
        "DEADLINE_EXCEEDED, UNSPECIFIED, false, true",
        "UNAVAILABLE, GATEWAY_DRAINING, true, true",
        "UNAVAILABLE, SEQUENCE_NOT_YET_AVAILABLE, true, false",
        "OUT_OF_RANGE, RESUME_TOKEN_EXPIRED, true, false",
        "RESOURCE_EXHAUSTED, SLOW_CONSUMER, true, true",
        "RESOURCE_EXHAUSTED, STREAM_LIMIT, true, true",
        "RESOURCE_EXHAUSTED, STREAM_LIMIT, false, false",
        "RESOURCE_EXHAUSTED, GATEWAY_OVERLOADED, true, true",
        "RESOURCE_EXHAUSTED, MESSAGE_TOO_LARGE, true, false",
        "UNAUTHENTICATED, UNSPECIFIED, true, false",
        "INVALID_ARGUMENT, INVALID_RESUME_TOKEN, true, false"
    })
    void onlyPassingFailuresAreSurvived(Code code, String reason, boolean opened, boolean survived) {
        if (opened) {
            feed("t", RESUMED);
        }
        var error = new Failure(code, ErrorReason.valueOf("ERROR_REASON_" + reason), "").exception();
        if (survived) {
            machine.failed(error);
            assertEquals("Disconnected", taken(machine).get(opened ? 1 : 0));
        } else {
            assertThrows(error.getClass(), () -> machine.failed(error));
        }
    }

    @Test
    void theGatewaysWaitIsHonoured() {
        Failure failure = new Failure(Code.UNAVAILABLE, "");
        failure.retryAfter = Duration.ofMinutes(1);
        assertEquals(Duration.ofMinutes(1), machine.failed(failure.exception()));
    }

    @Test
    void backOffGrowsUntilAConnectionHasProvedItself() {
        for (int i = 0; i < 10; i++) {
            machine.muted();
        }
        between(Backoff.LONGEST, machine.muted());
        machine.connecting();
        feed("t", RESUMED);
        between(Backoff.LONGEST, machine.muted()); // a hello alone proves nothing
        machine.connecting();
        feed("t", RESUMED);
        feed("t", happened(1));
        between(Backoff.FIRST, machine.muted());
    }

    private static void between(Duration longest, Duration wait) {
        assertTrue(wait.compareTo(longest) <= 0 && wait.compareTo(longest.dividedBy(2)) >= 0, wait.toString());
    }

    @Test
    void toAReaderOfEventsAResetIsAGap() {
        assertInstanceOf(BrokerwireException.StreamGap.class, machine.gap((Item.Reset) RESTART));
    }
}
