package dev.brokerwire;

import java.math.BigDecimal;
import java.util.Optional;

/**
 * An amount in one currency.
 *
 * @param currency ISO 4217, or the code of a crypto asset
 */
public record Money(BigDecimal amount, String currency) {

    static Optional<Money> read(boolean present, dev.brokerwire.v1.Money message, String field) {
        if (!present) {
            return Optional.empty();
        }
        BigDecimal amount = Decimals.required(message.hasAmount(), message.getAmount(), field);
        return Optional.of(new Money(amount, message.getCurrencyCode()));
    }
}
