package dev.brokerwire;

import dev.brokerwire.v1.OrderEventType;
import java.time.Instant;
import java.util.Optional;

/**
 * One change of one order.
 *
 * @param order the whole order after the event
 * @param fill there if the type says so
 */
public record OrderEvent(
        String accountId,
        long sequence,
        OrderEventType type,
        Order order,
        Optional<Fill> fill,
        Instant time,
        String reason,
        dev.brokerwire.v1.OrderEvent raw)
        implements Event {

    static OrderEvent read(dev.brokerwire.v1.OrderEvent m) {
        return new OrderEvent(
                m.getAccountId(),
                m.getSequence(),
                m.getType(),
                Order.read(m.hasOrder(), m.getOrder()),
                m.hasFill() ? Optional.of(Fill.read(m.getFill())) : Optional.empty(),
                Times.read(m.getTime()),
                m.getReason(),
                m);
    }
}
