package dev.brokerwire;

import dev.brokerwire.v1.OrderClass;
import dev.brokerwire.v1.OrderState;
import dev.brokerwire.v1.OrderType;
import dev.brokerwire.v1.Side;
import dev.brokerwire.v1.StateReason;
import dev.brokerwire.v1.SubmitOrderResponse;
import dev.brokerwire.v1.TimeInForce;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One logical order, as the gateway knows it. Quantities are in units, prices per unit; an empty one means that there
 * is none, or that the broker does not say. Text is empty where there is none.
 *
 * @param clientOrderId the caller's id and the idempotency key; empty for an adopted order that has none
 * @param version rises by one with every change of the order
 * @param sequence the account's journal sequence of the last change
 * @param terminal whether it is over; decide by this, not by a list of states
 * @param symbol empty for a multi-leg order
 * @param quantity the total; empty for a notional order until the broker names it
 * @param trailPercent 1.5 means 1.5 %
 * @param deduplicated in the answer to a submit: the gateway knew the client order id, so nothing was sent
 * @param children in the answer to a submit: the exits of a group
 * @param raw the message that it was read from, with every field
 */
public record Order(
        String orderId,
        String accountId,
        String clientOrderId,
        long version,
        long sequence,
        OrderState state,
        boolean terminal,
        String symbol,
        Side side,
        OrderType type,
        TimeInForce timeInForce,
        OrderClass orderClass,
        Optional<BigDecimal> quantity,
        BigDecimal filledQuantity,
        Optional<BigDecimal> remainingQuantity,
        Optional<BigDecimal> averageFillPrice,
        Optional<Money> notional,
        Optional<BigDecimal> limitPrice,
        Optional<BigDecimal> stopPrice,
        Optional<BigDecimal> trailAmount,
        Optional<BigDecimal> trailPercent,
        StateReason stateReason,
        String brokerMessage,
        String parentOrderId,
        String replacesOrderId,
        String replacedByOrderId,
        Map<String, String> tags,
        Instant createTime,
        Instant updateTime,
        boolean deduplicated,
        List<Order> children,
        dev.brokerwire.v1.Order raw) {

    /** Names the order by the gateway's id. */
    public OrderKey key() {
        return new OrderKey(orderId, "", accountId);
    }

    /** The state's short name: {@code filled}, or {@code unknown(77)} for one newer than this package. */
    public String stateName() {
        return Names.of(raw, "state");
    }

    static Order submitted(SubmitOrderResponse answer) {
        List<Order> children = answer.getChildrenList().stream()
                .map(child -> read(true, child))
                .toList();
        return read(answer.hasOrder(), answer.getOrder(), answer.getDeduplicated(), children);
    }

    static Order read(boolean present, dev.brokerwire.v1.Order m) {
        return read(present, m, false, List.of());
    }

    private static Order read(boolean present, dev.brokerwire.v1.Order m, boolean deduplicated, List<Order> children) {
        if (!present) {
            throw Failure.unreadable("the gateway left the order out, which the contract always sets");
        }
        return new Order(
                m.getOrderId(),
                m.getAccountId(),
                m.getClientOrderId(),
                m.getVersion(),
                m.getSequence(),
                m.getState(),
                m.getTerminal(),
                m.getInstrument().getSymbol(),
                m.getSide(),
                m.getType(),
                m.getTimeInForce(),
                m.getOrderClass(),
                Decimals.optional(m.hasQuantity(), m.getQuantity(), "order.quantity"),
                Decimals.required(m.hasFilledQuantity(), m.getFilledQuantity(), "order.filled_quantity"),
                Decimals.optional(m.hasRemainingQuantity(), m.getRemainingQuantity(), "order.remaining_quantity"),
                Decimals.optional(m.hasAverageFillPrice(), m.getAverageFillPrice(), "order.average_fill_price"),
                Money.read(m.hasNotional(), m.getNotional(), "order.notional"),
                Decimals.optional(m.hasLimitPrice(), m.getLimitPrice(), "order.limit_price"),
                Decimals.optional(m.hasStopPrice(), m.getStopPrice(), "order.stop_price"),
                Decimals.optional(m.hasTrailAmount(), m.getTrailAmount(), "order.trail_amount"),
                Decimals.optional(m.hasTrailPercent(), m.getTrailPercent(), "order.trail_percent"),
                m.getStateReason(),
                m.getBrokerMessage(),
                m.getParentOrderId(),
                m.getReplacesOrderId(),
                m.getReplacedByOrderId(),
                m.getTagsMap(),
                Times.read(m.getCreateTime()),
                Times.read(m.getUpdateTime()),
                deduplicated,
                children,
                m);
    }
}
