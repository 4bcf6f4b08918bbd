package dev.brokerwire;

import dev.brokerwire.v1.ActionOutcome;
import dev.brokerwire.v1.ReplaceOrderResponse;
import java.util.Optional;

/**
 * What became of a replace. REFUSED is no error: the order goes on as it was.
 *
 * @param order the one now in force
 * @param previous the superseded one, where the broker cancels and replaces
 */
public record Replacement(
        Order order, Optional<Order> previous, ActionOutcome outcome, boolean deduplicated, ReplaceOrderResponse raw) {

    static Replacement read(ReplaceOrderResponse m) {
        return new Replacement(
                Order.read(m.hasOrder(), m.getOrder()),
                m.hasPrevious() ? Optional.of(Order.read(true, m.getPrevious())) : Optional.empty(),
                m.getOutcome(),
                m.getDeduplicated(),
                m);
    }
}
