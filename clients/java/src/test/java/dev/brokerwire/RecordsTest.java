package dev.brokerwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.Timestamp;
import dev.brokerwire.v1.Decimal;
import dev.brokerwire.v1.OrderState;
import dev.brokerwire.v1.ReplaceOrderResponse;
import dev.brokerwire.v1.StreamControl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordsTest {
    static dev.brokerwire.v1.Order.Builder order() {
        return dev.brokerwire.v1.Order.newBuilder()
                .setFilledQuantity(Decimal.newBuilder().setValue("0"));
    }

    @Test
    void aStateThatIsNewerThanTheClientKeepsItsNumber() {
        Order order = Order.read(true, order().setStateValue(77).build());
        assertEquals("unknown(77)", order.stateName());
        assertEquals(OrderState.UNRECOGNIZED, order.state());
        assertEquals(77, order.raw().getStateValue());
        assertEquals("partially_filled", Names.of(Terms.PARTIALLY_FILLED));
        assertEquals("unknown", Names.of(OrderState.UNRECOGNIZED));
    }

    @Test
    void whatAStreamSaysOfItselfKeepsTheNumberOfANewerValue() {
        var control = StreamControl.newBuilder();
        control.getOpenedBuilder().setModeValue(99);
        assertEquals("unknown(99)", Names.of(((Item.Opened) Controls.read(control.build())).raw(), "mode"));
        control.getResetBuilder().setCauseValue(99);
        assertEquals("unknown(99)", Names.of(((Item.Reset) Controls.read(control.build())).raw(), "cause"));
        control.getSourceGapBuilder().setPhaseValue(99);
        assertEquals("unknown(99)", Names.of(((Item.SourceGap) Controls.read(control.build())).raw(), "phase"));
    }

    @Test
    void timesHaveNanoseconds() {
        Timestamp time = Timestamp.newBuilder().setSeconds(1).setNanos(2).build();
        Order order = Order.read(true, order().setCreateTime(time).build());
        assertEquals(Instant.ofEpochSecond(1, 2), order.createTime());
    }

    @Test
    void anAbsentDecimalIsNoZero() {
        assertEquals(Optional.empty(), Order.read(true, order().build()).averageFillPrice());
    }

    @Test
    void aMutationsAnswerThatCannotBeReadMayHaveBeenCarriedOut() {
        var answer = ReplaceOrderResponse.getDefaultInstance();
        var failure = assertThrows(
                BrokerwireException.Internal.class, () -> BrokerwireClient.read(answer, Replacement::read));
        assertEquals(Sent.UNKNOWN, failure.sent());
    }

    @Test
    void aListReadsItsPagesAsTheyAreNeeded() {
        int[] asked = {0};
        Pages<Integer> pages = new Pages<>(token -> {
            asked[0]++;
            return token.isEmpty()
                    ? Pages.Page.of(List.of(1), one -> one, "2", List.of("b"))
                    : Pages.Page.of(List.of(2), one -> one, "", List.of("a"));
        });
        Iterator<Integer> iterator = pages.iterator();
        assertEquals(0, asked[0]);
        assertEquals(1, iterator.next());
        assertEquals(1, asked[0]);
        assertEquals(Set.of("b"), pages.unreachable());
        assertEquals(List.of(1, 2), pages.stream().toList());
        assertEquals(Set.of("a", "b"), pages.unreachable());
    }

    @Test
    void aTokensFileIsReplacedAsAWhole(@TempDir Path folder) throws IOException {
        FileTokenStore store = new FileTokenStore(folder.resolve("deep/orders.token"));
        assertEquals("", store.load());
        store.save("one");
        store.save("two");
        assertEquals("two", store.load());
        try (var files = Files.list(folder.resolve("deep"))) {
            assertEquals(1, files.count());
        }
    }
}
