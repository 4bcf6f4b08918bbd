//! What a gateway tells, as values of this language.

use std::collections::HashMap;
use std::time::SystemTime;

use crate::decimals::{Decimal, Money, left_out, optional, required};
use crate::enums::Open;
use crate::errors::Error;
use crate::v1;

/// One logical order, as the gateway knows it. Quantities are in units, prices per unit. What is `None`, or an empty text,
/// there is none of, or the broker does not say.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[allow(missing_docs)] // named as in the contract, which `v1::Order` explains
pub struct Order {
    pub order_id: String,
    pub account_id: String,
    /// The caller's id and the idempotency key. Empty for an adopted order that has none.
    pub client_order_id: String,
    /// Rises by one with every change of the order.
    pub version: i64,
    /// The account's journal sequence of the last change.
    pub sequence: i64,
    pub state: Open<v1::OrderState>,
    /// Whether it is over. Decide by this, not by a list of states.
    pub terminal: bool,
    /// Empty for a multi-leg order.
    pub symbol: String,
    pub side: Open<v1::Side>,
    pub order_type: Open<v1::OrderType>,
    pub time_in_force: Open<v1::TimeInForce>,
    pub class: Open<v1::OrderClass>,
    /// The total; absent for a notional order until the broker names it.
    pub quantity: Option<Decimal>,
    pub filled_quantity: Decimal,
    pub remaining_quantity: Option<Decimal>,
    pub average_fill_price: Option<Decimal>,
    pub notional: Option<Money>,
    pub limit_price: Option<Decimal>,
    pub stop_price: Option<Decimal>,
    pub trail_amount: Option<Decimal>,
    /// 1.5 means 1.5 %.
    pub trail_percent: Option<Decimal>,
    pub state_reason: Open<v1::StateReason>,
    pub broker_message: String,
    pub parent_order_id: String,
    pub replaces_order_id: String,
    pub replaced_by_order_id: String,
    pub tags: HashMap<String, String>,
    pub create_time: Option<SystemTime>,
    pub update_time: Option<SystemTime>,
    /// In the answer to a submit: the gateway knew the `client_order_id`, so nothing was sent.
    pub deduplicated: bool,
    /// In the answer to a submit: the exits of a group.
    pub children: Vec<Order>,
    /// The message that it was read from, with every field.
    pub raw: Box<v1::Order>,
}

/// One execution, or its bust or correction.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct Fill {
    pub fill_id: String,
    pub account_id: String,
    pub order_id: String,
    pub client_order_id: String,
    pub symbol: String,
    pub side: Open<v1::Side>,
    pub quantity: Decimal,
    pub price: Decimal,
    pub kind: Open<v1::FillKind>,
    /// The fill that a bust or a correction speaks of.
    pub refers_to_fill_id: String,
    pub sequence: i64,
    pub execution_time: Option<SystemTime>,
    pub commission: Option<Money>,
    /// The message that it was read from, with every field.
    pub raw: Box<v1::Fill>,
}

/// One change of one order. `account_id` and `sequence` name it for ever.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct OrderEvent {
    pub account_id: String,
    pub sequence: i64,
    pub event_type: Open<v1::OrderEventType>,
    /// The whole order after the event.
    pub order: Order,
    /// Set if the type says so.
    pub fill: Option<Fill>,
    pub time: Option<SystemTime>,
    pub broker_time: Option<SystemTime>,
    pub reason: String,
}

/// What an account holds of one instrument.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct Position {
    pub account_id: String,
    pub symbol: String,
    pub side: Open<v1::PositionSide>,
    /// Below zero for a short position.
    pub quantity: Decimal,
    pub average_cost: Option<Decimal>,
    pub current_price: Option<Decimal>,
    pub market_value: Option<Decimal>,
    pub unrealized_profit_loss: Option<Decimal>,
    pub realized_profit_loss: Option<Decimal>,
    pub sequence: i64,
    /// The account held it and holds it no more.
    pub closed: bool,
    /// The message that it was read from, with every field.
    pub raw: Box<v1::Position>,
}

/// A change of a position, as the whole position after it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct PositionEvent {
    pub account_id: String,
    pub sequence: i64,
    pub position: Position,
    /// Earlier changes were skipped, because the reader was slow.
    pub conflated: bool,
    pub time: Option<SystemTime>,
    /// The fill that changed it, if one did.
    pub fill_id: String,
}

impl Order {
    pub(crate) fn read(m: Option<v1::Order>) -> Result<Self, Error> {
        let m = m.ok_or_else(|| left_out("the order"))?;
        let (trail_amount, trail_percent) = match m.trail.clone() {
            Some(v1::order::Trail::TrailAmount(amount)) => (Some(amount), None),
            Some(v1::order::Trail::TrailPercent(percent)) => (None, Some(percent)),
            None => (None, None),
        };
        Ok(Self {
            order_id: m.order_id.clone(),
            account_id: m.account_id.clone(),
            client_order_id: m.client_order_id.clone(),
            version: m.version,
            sequence: m.sequence,
            state: Open::new(m.state),
            terminal: m.terminal,
            symbol: symbol(m.instrument.as_ref()),
            side: Open::new(m.side),
            order_type: Open::new(m.r#type),
            time_in_force: Open::new(m.time_in_force),
            class: Open::new(m.order_class),
            quantity: optional(m.quantity.clone(), "order.quantity")?,
            filled_quantity: required(m.filled_quantity.clone(), "order.filled_quantity")?,
            remaining_quantity: optional(m.remaining_quantity.clone(), "order.remaining_quantity")?,
            average_fill_price: optional(m.average_fill_price.clone(), "order.average_fill_price")?,
            notional: Money::read(m.notional.clone(), "order.notional")?,
            limit_price: optional(m.limit_price.clone(), "order.limit_price")?,
            stop_price: optional(m.stop_price.clone(), "order.stop_price")?,
            trail_amount: optional(trail_amount, "order.trail_amount")?,
            trail_percent: optional(trail_percent, "order.trail_percent")?,
            state_reason: Open::new(m.state_reason),
            broker_message: m.broker_message.clone(),
            parent_order_id: m.parent_order_id.clone(),
            replaces_order_id: m.replaces_order_id.clone(),
            replaced_by_order_id: m.replaced_by_order_id.clone(),
            tags: m.tags.clone(),
            create_time: when(m.create_time),
            update_time: when(m.update_time),
            deduplicated: false,
            children: Vec::new(),
            raw: Box::new(m),
        })
    }

    /// Reads the answer to a submit.
    pub(crate) fn submitted(answer: v1::SubmitOrderResponse) -> Result<Self, Error> {
        let mut order = Self::read(answer.order)?;
        order.deduplicated = answer.deduplicated;
        let children = answer.children.into_iter().map(|child| Self::read(Some(child)));
        order.children = children.collect::<Result<_, _>>()?;
        Ok(order)
    }
}

impl Fill {
    pub(crate) fn read(m: v1::Fill) -> Result<Self, Error> {
        Ok(Self {
            fill_id: m.fill_id.clone(),
            account_id: m.account_id.clone(),
            order_id: m.order_id.clone(),
            client_order_id: m.client_order_id.clone(),
            symbol: symbol(m.instrument.as_ref()),
            side: Open::new(m.side),
            quantity: required(m.quantity.clone(), "fill.quantity")?,
            price: required(m.price.clone(), "fill.price")?,
            kind: Open::new(m.kind),
            refers_to_fill_id: m.refers_to_fill_id.clone(),
            sequence: m.sequence,
            execution_time: when(m.execution_time),
            commission: Money::read(m.commission.clone(), "fill.commission")?,
            raw: Box::new(m),
        })
    }
}

impl OrderEvent {
    pub(crate) fn read(m: v1::OrderEvent) -> Result<Self, Error> {
        Ok(Self {
            account_id: m.account_id,
            sequence: m.sequence,
            event_type: Open::new(m.r#type),
            order: Order::read(m.order)?,
            fill: m.fill.map(Fill::read).transpose()?,
            time: when(m.time),
            broker_time: when(m.broker_time),
            reason: m.reason,
        })
    }
}

impl Position {
    pub(crate) fn read(m: Option<v1::Position>) -> Result<Self, Error> {
        let m = m.ok_or_else(|| left_out("the position"))?;
        let (unrealized, realized) = (&m.unrealized_profit_loss, &m.realized_profit_loss);
        Ok(Self {
            account_id: m.account_id.clone(),
            symbol: symbol(m.instrument.as_ref()),
            side: Open::new(m.side),
            quantity: required(m.quantity.clone(), "position.quantity")?,
            average_cost: optional(m.average_cost.clone(), "position.average_cost")?,
            current_price: optional(m.current_price.clone(), "position.current_price")?,
            market_value: optional(m.market_value.clone(), "position.market_value")?,
            unrealized_profit_loss: optional(unrealized.clone(), "position.unrealized_profit_loss")?,
            realized_profit_loss: optional(realized.clone(), "position.realized_profit_loss")?,
            sequence: m.sequence,
            closed: m.closed,
            raw: Box::new(m),
        })
    }
}

impl PositionEvent {
    pub(crate) fn read(m: v1::PositionEvent) -> Result<Self, Error> {
        Ok(Self {
            account_id: m.account_id,
            sequence: m.sequence,
            position: Position::read(m.position)?,
            conflated: m.conflated,
            time: when(m.time),
            fill_id: m.fill_id,
        })
    }
}

fn symbol(instrument: Option<&v1::Instrument>) -> String {
    instrument.map(|i| i.symbol.clone()).unwrap_or_default()
}

pub(crate) fn when(time: Option<prost_types::Timestamp>) -> Option<SystemTime> {
    time.and_then(|time| time.try_into().ok())
}
