package dev.brokerwire;

import dev.brokerwire.v1.FillKind;
import dev.brokerwire.v1.Side;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/**
 * One execution, or its bust or correction. Immutable.
 *
 * @param refersToFillId the fill that a bust or a correction speaks of; empty for others
 * @param raw the message that it was read from, with every field
 */
public record Fill(
        String fillId,
        String accountId,
        String orderId,
        String clientOrderId,
        String symbol,
        Side side,
        BigDecimal quantity,
        BigDecimal price,
        FillKind kind,
        String refersToFillId,
        long sequence,
        Instant executionTime,
        Optional<Money> commission,
        dev.brokerwire.v1.Fill raw) {

    static Fill read(dev.brokerwire.v1.Fill m) {
        return new Fill(
                m.getFillId(),
                m.getAccountId(),
                m.getOrderId(),
                m.getClientOrderId(),
                m.getInstrument().getSymbol(),
                m.getSide(),
                Decimals.required(m.hasQuantity(), m.getQuantity(), "fill.quantity"),
                Decimals.required(m.hasPrice(), m.getPrice(), "fill.price"),
                m.getKind(),
                m.getRefersToFillId(),
                m.getSequence(),
                Times.read(m.getExecutionTime()),
                Money.read(m.hasCommission(), m.getCommission(), "fill.commission"),
                m);
    }
}
