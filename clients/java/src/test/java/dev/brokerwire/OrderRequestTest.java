package dev.brokerwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.brokerwire.v1.OrderClass;
import dev.brokerwire.v1.OrderLeg;
import dev.brokerwire.v1.OrderType;
import dev.brokerwire.v1.Side;
import dev.brokerwire.v1.TimeInForce;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class OrderRequestTest {
    private static OrderRequest ten() {
        return OrderRequest.buy("AAPL", 10);
    }

    private static OrderType type(OrderRequest request) {
        return request.message().getType();
    }

    private static OrderClass kind(OrderRequest request) {
        return request.message().getOrderClass();
    }

    @Test
    void theTypeFollowsFromThePrices() {
        assertEquals(OrderType.ORDER_TYPE_MARKET, type(ten()));
        assertEquals(OrderType.ORDER_TYPE_LIMIT, type(ten().limitPrice("1")));
        assertEquals(OrderType.ORDER_TYPE_STOP, type(ten().stopPrice("1")));
        assertEquals(OrderType.ORDER_TYPE_STOP_LIMIT, type(ten().stopPrice("1").limitPrice("1")));
        assertEquals(OrderType.ORDER_TYPE_TRAILING_STOP, type(ten().trailPercent(BigDecimal.ONE)));
        assertEquals(OrderType.ORDER_TYPE_MARKET, type(ten().limitPrice("1").type(OrderType.ORDER_TYPE_MARKET)));
    }

    @Test
    void theClassFollowsFromExitsAndLegs() {
        assertEquals(OrderClass.ORDER_CLASS_SIMPLE, kind(ten()));
        assertEquals(OrderClass.ORDER_CLASS_OTO, kind(ten().takeProfit("2")));
        assertEquals(OrderClass.ORDER_CLASS_OTO, kind(ten().stopLoss(StopLoss.at("1"))));
        assertEquals(OrderClass.ORDER_CLASS_BRACKET, kind(ten().takeProfit("2").stopLoss(StopLoss.at("1"))));
        assertEquals(
                OrderClass.ORDER_CLASS_MULTI_LEG,
                kind(OrderRequest.legs(Side.SIDE_BUY, List.of(OrderLeg.getDefaultInstance()))));
        assertEquals(OrderClass.ORDER_CLASS_OCO, kind(ten().orderClass(OrderClass.ORDER_CLASS_OCO)));
    }

    @Test
    void anOrderIsForTheDayUnlessSaid() {
        assertEquals(TimeInForce.TIME_IN_FORCE_DAY, ten().message().getTimeInForce());
        assertEquals(
                TimeInForce.TIME_IN_FORCE_GTC,
                ten().timeInForce(Terms.GTC).message().getTimeInForce());
    }

    @Test
    void whatIsAbsentStaysAbsent() {
        var message = OrderRequest.of(Side.SIDE_SELL, "AAPL").message();
        assertFalse(message.hasQuantity());
        assertFalse(message.hasLimitPrice());
        assertFalse(message.hasStopLoss());
    }

    @Test
    void everyRequestHasAnIdOfItsOwnThatStays() {
        OrderRequest request = ten();
        UUID id = UUID.fromString(request.clientOrderId());
        assertEquals(7, id.version());
        assertEquals(2, id.variant());
        assertTrue(Math.abs((id.getMostSignificantBits() >>> 16) - System.currentTimeMillis()) < 60_000);
        assertEquals(request.clientOrderId(), request.message().getClientOrderId());
        assertEquals(request.clientOrderId(), request.message().getClientOrderId());
        assertNotEquals(request.clientOrderId(), ten().clientOrderId());
        assertEquals("mine", ten().clientOrderId("mine").message().getClientOrderId());
    }

    @Test
    void whatIsWrongIsSaidByItsField() {
        var failure = assertThrows(
                BrokerwireException.InvalidRequest.class,
                () -> ten().stopLoss(StopLoss.at("x")).message());
        assertEquals("order.stop_loss.stop_price", failure.metadata().get("field"));
        assertThrows(
                BrokerwireException.InvalidRequest.class,
                () -> ten().notional(new Money(BigDecimal.TEN, "USD")).message());
        assertThrows(
                BrokerwireException.InvalidRequest.class,
                () -> ten().trailAmount(BigDecimal.ONE)
                        .trailPercent(BigDecimal.ONE)
                        .message());
    }

    @Test
    void noMethodTakesAFloat() {
        for (Class<?> type : List.of(OrderRequest.class, ReplaceRequest.class, StopLoss.class, Decimals.class)) {
            Stream<Class<?>> parameters = Arrays.stream(type.getMethods())
                    .map(Method::getParameterTypes)
                    .flatMap(Arrays::stream);
            assertTrue(
                    parameters.noneMatch(one -> one == double.class || one == float.class || one == Number.class),
                    type.getName());
        }
    }

    @Test
    void aReplaceNamesItsOrderAndItself() {
        ReplaceRequest changes = new ReplaceRequest().limitPrice("2").expectedVersion(0);
        var message =
                changes.message(OrderKey.byClientOrderId("theirs").in("a")).build();
        assertEquals("theirs", message.getClientOrderId());
        assertEquals(changes.newClientOrderId(), message.getNewClientOrderId());
        assertTrue(message.hasExpectedVersion());
        assertFalse(message.hasTimeInForce());
        assertFalse(message.hasQuantity());
        assertEquals("o", changes.message(OrderKey.byOrderId("o")).getOrderId());
    }
}
