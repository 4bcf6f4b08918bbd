package dev.brokerwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.brokerwire.Decimals.Given;
import dev.brokerwire.v1.Decimal;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecimalsTest {
    private static final String MOST_DIGITS = "1234567890123456789012345678901234567.8";
    private static final String MOST_PLACES = "0.123456789012345678";

    @ParameterizedTest
    @ValueSource(strings = {"0", "-0", "10", "-1.50", MOST_DIGITS, MOST_PLACES, "-" + MOST_DIGITS})
    void aDecimalOfTheContractIsReadAndWrittenAsItStands(String text) {
        BigDecimal number = Decimals.parse(text);
        assertEquals(0, number.compareTo(new BigDecimal(text)));
        assertEquals(text, Decimals.write(Given.of(text), "price").getValue());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "+1",
                "1.",
                ".5",
                "01",
                "1e3",
                "1E+3000000",
                " 1",
                "1\n",
                "NaN",
                "Infinity",
                "٣",
                "1,5",
                "--1"
            })
    void whatTheGrammarDoesNotAllowIsRefused(String text) {
        var failure = assertThrows(BrokerwireException.InvalidRequest.class, () -> Decimals.parse(text));
        assertEquals("DECIMAL_INVALID", failure.reason());
        assertEquals(Map.of("field", "value"), failure.metadata());
        assertEquals("value", failure.violations().get(0).field());
    }

    @ParameterizedTest
    @ValueSource(strings = {MOST_DIGITS + "0", MOST_PLACES + "0", "100000000000000000000000000000000000000"})
    void tooManyDigitsOrPlacesAreRefusedZerosIncluded(String text) {
        var failure = assertThrows(BrokerwireException.InvalidRequest.class, () -> Decimals.parse(text));
        assertEquals("DECIMAL_OUT_OF_RANGE", failure.reason());
    }

    @Test
    void aBigDecimalIsWrittenPlainly() {
        assertEquals(
                "1000", Decimals.write(Given.of(new BigDecimal("1E+3")), "q").getValue());
        assertEquals(
                "0.0000001",
                Decimals.write(Given.of(new BigDecimal("1E-7")), "q").getValue());
        assertEquals("7", Decimals.write(Given.of(7), "q").getValue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"1E+2000000000", "1E-2000000000", "1E+38", "1E-19"})
    void theExponentOfABigDecimalIsLookedAtBeforeItIsWrittenOut(String text) {
        Given given = Given.of(new BigDecimal(text));
        var failure = assertThrows(
                BrokerwireException.InvalidRequest.class, () -> Decimals.write(given, "order.limit_price"));
        assertEquals("DECIMAL_OUT_OF_RANGE", failure.reason());
        assertEquals("order.limit_price", failure.metadata().get("field"));
    }

    @Test
    void whatAGatewaySendsIsReadByTheSameRule() {
        Decimal bad = Decimal.newBuilder().setValue("1e5").build();
        assertThrows(BrokerwireException.Internal.class, () -> Decimals.optional(true, bad, "price"));
        assertThrows(BrokerwireException.Internal.class, () -> Decimals.required(false, bad, "price"));
        assertEquals(Optional.empty(), Decimals.optional(false, bad, "price"));
    }
}
