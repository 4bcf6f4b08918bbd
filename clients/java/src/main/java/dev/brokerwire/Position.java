package dev.brokerwire;

import dev.brokerwire.v1.PositionSide;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * What an account holds of one instrument.
 *
 * @param quantity below zero for a short position
 * @param closed the account held it and holds it no more
 * @param raw the message that it was read from, with every field
 */
public record Position(
        String accountId,
        String symbol,
        PositionSide side,
        BigDecimal quantity,
        Optional<BigDecimal> averageCost,
        Optional<BigDecimal> currentPrice,
        Optional<BigDecimal> marketValue,
        Optional<BigDecimal> unrealizedProfitLoss,
        Optional<BigDecimal> realizedProfitLoss,
        long sequence,
        boolean closed,
        dev.brokerwire.v1.Position raw) {

    static Position read(boolean present, dev.brokerwire.v1.Position m) {
        if (!present) {
            throw Failure.unreadable("the gateway left the position out, which the contract always sets");
        }
        return new Position(
                m.getAccountId(),
                m.getInstrument().getSymbol(),
                m.getSide(),
                Decimals.required(m.hasQuantity(), m.getQuantity(), "position.quantity"),
                Decimals.optional(m.hasAverageCost(), m.getAverageCost(), "position.average_cost"),
                Decimals.optional(m.hasCurrentPrice(), m.getCurrentPrice(), "position.current_price"),
                Decimals.optional(m.hasMarketValue(), m.getMarketValue(), "position.market_value"),
                Decimals.optional(
                        m.hasUnrealizedProfitLoss(), m.getUnrealizedProfitLoss(), "position.unrealized_profit_loss"),
                Decimals.optional(
                        m.hasRealizedProfitLoss(), m.getRealizedProfitLoss(), "position.realized_profit_loss"),
                m.getSequence(),
                m.getClosed(),
                m);
    }
}
