package dev.brokerwire;

import dev.brokerwire.v1.Decimal;
import dev.brokerwire.v1.ErrorReason;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Pattern;

/** Decimals of the contract: plain digits, at most 38, at most 18 of them after the point. Nothing is rounded. */
public final class Decimals {
    private static final int MAX_DIGITS = 38;
    private static final int MAX_PLACES = 18;
    private static final Pattern GRAMMAR = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?");

    private Decimals() {}

    /**
     * Reads a decimal; refuses exponents, a leading plus, spaces, NaN and infinity.
     *
     * @throws BrokerwireException.InvalidRequest it is none
     */
    public static BigDecimal parse(String text) {
        return parse(text, "value");
    }

    /** The text is checked before a number is built: "1E+3000000" would burn minutes. */
    static BigDecimal parse(String text, String field) {
        return new BigDecimal(check(text, field));
    }

    private static String check(String text, String field) {
        if (!GRAMMAR.matcher(text).matches()) {
            String start = text.length() > 50 ? text.substring(0, 50) + "..." : text;
            throw Failure.invalid(
                    field, "is not a decimal number: \"" + start + "\"", ErrorReason.ERROR_REASON_DECIMAL_INVALID);
        }
        int sign = text.startsWith("-") ? 1 : 0;
        int point = text.indexOf('.');
        int places = point < 0 ? 0 : text.length() - point - 1;
        int digits = text.length() - sign - (point < 0 ? 0 : 1);
        if (digits > MAX_DIGITS || places > MAX_PLACES) {
            throw outOfRange(field);
        }
        return text;
    }

    private static BrokerwireException outOfRange(String field) {
        return Failure.invalid(
                field,
                "has more than 38 digits, or more than 18 places",
                ErrorReason.ERROR_REASON_DECIMAL_OUT_OF_RANGE);
    }

    /** A number as a caller gave it: text or a BigDecimal; checked when it is written. */
    record Given(String text, BigDecimal number) {
        static Given of(String text) {
            return text == null ? null : new Given(text, null);
        }

        static Given of(BigDecimal number) {
            return number == null ? null : new Given(null, number);
        }

        static Given of(long number) {
            return new Given(null, BigDecimal.valueOf(number));
        }
    }

    static Decimal write(Given given, String field) {
        String text = given.text == null ? plain(given.number, field) : given.text;
        return Decimal.newBuilder().setValue(check(text, field)).build();
    }

    private static String plain(BigDecimal number, String field) {
        // Its digits would not fit in memory, perhaps.
        if (Math.abs((long) number.scale()) > MAX_DIGITS || number.precision() > 2 * MAX_DIGITS) {
            throw outOfRange(field);
        }
        return number.toPlainString();
    }

    /** A decimal of an answer. */
    static BigDecimal read(Decimal message, String field) {
        try {
            return parse(message.getValue(), field);
        } catch (BrokerwireException.InvalidRequest bad) {
            throw Failure.unreadable("the gateway sent what is no decimal: " + bad.plainMessage());
        }
    }

    static BigDecimal required(boolean present, Decimal message, String field) {
        if (!present) {
            throw Failure.unreadable("the gateway left " + field + " out, which the contract always sets");
        }
        return read(message, field);
    }

    static Optional<BigDecimal> optional(boolean present, Decimal message, String field) {
        return present ? Optional.of(read(message, field)) : Optional.empty();
    }
}
