use std::str::FromStr;

use bigdecimal::num_bigint::BigInt;

use crate::decimals::Number;
use crate::{Decimal, Error, ErrorKind, Order, Sent, parse_decimal, reason, v1};

fn wired(number: impl Into<Number>) -> Result<String, Error> {
    number.into().wire("order.quantity").map(|decimal| decimal.value)
}

#[test]
fn decimals_of_the_contract_are_read_exactly() {
    let nines = "9".repeat(38);
    for text in [
        "0",
        "-0.5",
        "1.50",
        "99999999999999999999.999999999999999999",
        &nines,
        "0.000000000000000001",
    ] {
        let value = parse_decimal(text).expect(text);
        assert_eq!(value, Decimal::from_str(text).expect(text));
        assert_eq!(wired(value).expect(text), text);
    }
}

#[test]
fn what_is_no_decimal_is_refused() {
    for text in [
        "",
        "-",
        "1e5",
        "1E+3000000",
        "+1",
        "01",
        ".5",
        "5.",
        "1\n",
        " 1",
        "1.2.3",
        "NaN",
        "inf",
        "1_000",
        "١",
    ] {
        let error = parse_decimal(text).expect_err(text);
        assert_eq!(error.reason(), reason::DECIMAL_INVALID, "{text}");
        assert!(error.is(ErrorKind::InvalidRequest));
        assert_eq!(wired(text).expect_err(text).metadata()["field"], "order.quantity");
    }
}

#[test]
fn what_has_too_many_digits_is_refused() {
    let many = "9".repeat(39);
    for text in [
        &many,
        "0.0000000000000000001",
        "1.0000000000000000000",
        "1000000000000000000000000000000.000000001",
    ] {
        assert_eq!(
            parse_decimal(text).expect_err(text).reason(),
            reason::DECIMAL_OUT_OF_RANGE
        );
    }
}

#[test]
fn a_number_beyond_the_limits_is_refused_before_it_is_written_out() {
    for (digits, scale) in [
        (1, -2_000_000_000_i64),
        (1, 2_000_000_000),
        (1, -38),
        (1, 19),
        (1, i64::MIN),
        (1, i64::MAX),
    ] {
        let number = Decimal::from_bigint(BigInt::from(digits), scale);
        let error = wired(number).expect_err("out of range");
        assert_eq!(error.reason(), reason::DECIMAL_OUT_OF_RANGE);
        assert_eq!(error.violations()[0].field, "order.quantity");
    }
    let huge = Decimal::from_bigint(BigInt::from(1) << 1_000_000_u32, 0);
    assert_eq!(
        wired(huge).expect_err("out of range").reason(),
        reason::DECIMAL_OUT_OF_RANGE
    );
}

#[test]
fn a_number_is_written_without_exponent() {
    assert_eq!(
        wired(Decimal::from_bigint(BigInt::from(12), -3)).expect("12000"),
        "12000"
    );
    assert_eq!(wired(Decimal::from_bigint(BigInt::from(0), -3)).expect("0"), "0");
    assert_eq!(wired(-7).expect("-7"), "-7");
    assert_eq!(
        wired(u128::MAX).expect_err("39 digits").reason(),
        reason::DECIMAL_OUT_OF_RANGE
    );
}

#[test]
fn an_answer_that_the_contract_does_not_allow_is_internal() {
    let decimal = |text: &str| Some(v1::Decimal { value: text.to_owned() });
    let orders = [
        None,
        Some(v1::Order::default()),
        Some(v1::Order {
            filled_quantity: decimal("1e5"),
            ..Default::default()
        }),
        Some(v1::Order {
            filled_quantity: decimal("1"),
            limit_price: decimal(""),
            ..Default::default()
        }),
    ];
    for order in orders {
        let error = Order::submitted(v1::SubmitOrderResponse {
            order,
            ..Default::default()
        });
        let error = error.expect_err("unreadable").after_mutation("c-1");
        assert!(error.is(ErrorKind::Internal));
        assert_eq!((error.sent(), error.client_order_id()), (Sent::Unknown, "c-1"));
    }
}
