//! The arguments of orders.

use brokerwire::v1::{OrderType, Side, TimeInForce};
use brokerwire::{OrderRequest, ReplaceRequest};
use serde_json::Value;

use crate::{Trouble, text};

/// The value of an enum of the contract by its short name; none if the name is empty.
pub(crate) fn value<E>(find: fn(&str) -> Option<E>, prefix: &str, name: &str) -> Result<Option<E>, Trouble> {
    if name.is_empty() {
        return Ok(None);
    }
    let full = format!("{prefix}{}", name.to_ascii_uppercase());
    let found = find(&full).ok_or_else(|| Trouble::Driver(format!("no such value: {full}")))?;
    Ok(Some(found))
}

pub(crate) fn order_request(given: &Value) -> Result<OrderRequest, Trouble> {
    let side = value(Side::from_str_name, "SIDE_", text(given, "side"))?.unwrap_or_default();
    let mut order = OrderRequest::new(side, text(given, "symbol")).client_order_id(text(given, "client_order_id"));
    if let Some(kind) = value(OrderType::from_str_name, "ORDER_TYPE_", text(given, "type"))? {
        order = order.order_type(kind);
    }
    if let Some(time) = value(
        TimeInForce::from_str_name,
        "TIME_IN_FORCE_",
        text(given, "time_in_force"),
    )? {
        order = order.time_in_force(time);
    }
    for (name, number) in given.as_object().into_iter().flatten() {
        let Some(number) = number.as_str() else { continue };
        order = match name.as_str() {
            "quantity" => order.quantity(number),
            "limit_price" => order.limit(number),
            "stop_price" => order.stop(number),
            "take_profit" => order.take_profit(number),
            "stop_loss" => order.stop_loss(number),
            _ => order,
        };
    }
    for (tag, word) in given["tags"].as_object().into_iter().flatten() {
        order = order.tag(tag, word.as_str().unwrap_or(""));
    }
    Ok(order)
}

pub(crate) fn replace_request(given: &Value) -> ReplaceRequest {
    let mut changes = ReplaceRequest::new();
    if let Some(quantity) = given["quantity"].as_str() {
        changes = changes.quantity(quantity);
    }
    if let Some(price) = given["limit_price"].as_str() {
        changes = changes.limit(price);
    }
    if let Some(version) = given["expected_version"].as_i64() {
        changes = changes.expected_version(version);
    }
    changes
}
