package dev.brokerwire;

import dev.brokerwire.v1.ActionOutcome;
import dev.brokerwire.v1.CancelOrderResponse;

/**
 * What became of a cancel. REFUSED is no error; look at the order, it may have filled. PENDING: the broker took note,
 * and the effect will be streamed.
 */
public record Cancellation(Order order, ActionOutcome outcome, CancelOrderResponse raw) {

    static Cancellation read(CancelOrderResponse m) {
        return new Cancellation(Order.read(m.hasOrder(), m.getOrder()), m.getOutcome(), m);
    }
}
