use bigdecimal::num_bigint::BigInt;

use crate::v1::order_request::{Size, Trail};
use crate::v1::{OrderClass, OrderLeg, OrderState, OrderType, Side, TimeInForce};
use crate::{Decimal, ErrorKind, Open, OrderRequest, ReplaceRequest, StopLoss};

fn buy() -> OrderRequest {
    OrderRequest::buy("AAPL", 1)
}

#[test]
fn type_and_class_follow_from_what_is_given() {
    let legs = [OrderLeg::default(), OrderLeg::default()];
    for (request, kind, class) in [
        (buy(), OrderType::Market, OrderClass::Simple),
        (buy().limit(1), OrderType::Limit, OrderClass::Simple),
        (buy().stop(1), OrderType::Stop, OrderClass::Simple),
        (buy().stop(1).limit(1), OrderType::StopLimit, OrderClass::Simple),
        (buy().trail_percent(1), OrderType::TrailingStop, OrderClass::Simple),
        (buy().take_profit(1), OrderType::Market, OrderClass::Oto),
        (
            buy().stop_loss(StopLoss::new().trail_amount(1)),
            OrderType::Market,
            OrderClass::Oto,
        ),
        (
            buy().take_profit(1).stop_loss(1),
            OrderType::Market,
            OrderClass::Bracket,
        ),
        (buy().legs(legs), OrderType::Market, OrderClass::MultiLeg),
        (
            buy().order_type(OrderType::Limit).class(OrderClass::Oco),
            OrderType::Limit,
            OrderClass::Oco,
        ),
    ] {
        let message = request.message().expect("a request");
        assert_eq!((message.r#type(), message.order_class()), (kind, class));
        assert_eq!(message.time_in_force(), TimeInForce::Day);
    }
}

#[test]
fn a_request_says_what_it_was_told_and_nothing_else() {
    let message = buy()
        .trail_amount("0.5")
        .tag("run", "7")
        .extended_hours()
        .message()
        .expect("a request");
    assert_eq!(message.side(), Side::Buy);
    assert!(matches!(message.size, Some(Size::Quantity(q)) if q.value == "1"));
    assert!(matches!(message.trail, Some(Trail::TrailAmount(amount)) if amount.value == "0.5"));
    assert_eq!(
        (message.limit_price, message.stop_price, message.stop_loss),
        (None, None, None)
    );
    assert!(message.extended_hours && message.tags["run"] == "7");
    let notional = OrderRequest::new(Side::Sell, "BTC/USD")
        .notional("12.50", "USD")
        .message()
        .expect("a request");
    assert!(matches!(notional.size, Some(Size::Notional(money)) if money.currency_code == "USD"));
}

#[test]
fn every_order_has_its_id_before_anything_can_fail() {
    let mut request = OrderRequest::buy("AAPL", Decimal::from_bigint(BigInt::from(1), -99));
    let id = request.identify();
    assert!(request.message().is_err());
    assert_eq!((id.len(), &id[14..15]), (36, "7"));
    assert_eq!(request.identify(), id);
    assert!(id < buy().identify());
    assert_eq!(buy().client_order_id("mine").identify(), "mine");
}

#[test]
fn what_excludes_each_other_is_refused() {
    for request in [buy().notional(1, "USD"), buy().trail_amount(1).trail_percent(1)] {
        assert!(request.message().expect_err("refused").is(ErrorKind::InvalidRequest));
    }
}

#[test]
fn a_replace_says_only_what_changes() {
    let mut request = ReplaceRequest::new().limit(2);
    let id = request.identify();
    let message = request.message().expect("a request");
    assert_eq!(message.new_client_order_id, id);
    assert_eq!(
        (message.quantity, message.time_in_force, message.expected_version),
        (None, None, None)
    );
    assert_eq!(message.limit_price.expect("a price").value, "2");
}

#[test]
fn names_of_enum_values_survive_a_newer_gateway() {
    assert_eq!(Open::from(OrderState::PartiallyFilled).to_string(), "partially_filled");
    assert_eq!(Open::from(TimeInForce::Gtc).to_string(), "gtc");
    let newer = Open::<OrderState>::new(77);
    assert_eq!(
        (newer.to_string(), newer.known(), newer.number()),
        ("unknown(77)".to_owned(), None, 77)
    );
}
