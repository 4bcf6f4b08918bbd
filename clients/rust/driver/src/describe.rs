//! What the client gave, as the suite wants it told.

use brokerwire::v1::Event;
use brokerwire::{
    Decimal, Error, EventType, Fill, Item, Open, Order, OrderEvent, Position, PositionEvent, StreamEvent,
};
use serde_json::{Value, json};

pub(crate) fn error(error: &Error) -> Value {
    json!({
        "kind": format!("{:?}", error.kind()), "code": error.code_name(), "reason": error.reason(),
        "sent": error.sent().to_string(), "client_order_id": error.client_order_id(),
        "metadata": error.metadata(), "message": error.message(),
    })
}

fn number(value: Option<&Decimal>) -> Value {
    value.map_or(Value::Null, |value| value.to_plain_string().into())
}

pub(crate) fn order(order: &Order) -> Value {
    let children: Vec<Value> = order.children.iter().map(self::order).collect();
    json!({
        "order_id": order.order_id, "client_order_id": order.client_order_id, "account_id": order.account_id,
        "version": order.version, "sequence": order.sequence, "state": order.state.to_string(),
        "terminal": order.terminal, "symbol": order.symbol, "side": order.side.to_string(),
        "type": order.order_type.to_string(), "quantity": number(order.quantity.as_ref()),
        "filled_quantity": number(Some(&order.filled_quantity)),
        "remaining_quantity": number(order.remaining_quantity.as_ref()),
        "average_fill_price": number(order.average_fill_price.as_ref()),
        "limit_price": number(order.limit_price.as_ref()), "stop_price": number(order.stop_price.as_ref()),
        "state_reason": order.state_reason.to_string(), "parent_order_id": order.parent_order_id,
        "replaces_order_id": order.replaces_order_id, "replaced_by_order_id": order.replaced_by_order_id,
        "deduplicated": order.deduplicated, "children": children,
    })
}

pub(crate) fn position(position: &Position) -> Value {
    json!({
        "account_id": position.account_id, "symbol": position.symbol, "side": position.side.to_string(),
        "quantity": number(Some(&position.quantity)), "average_cost": number(position.average_cost.as_ref()),
        "closed": position.closed,
    })
}

fn fill(fill: &Fill) -> Value {
    json!({
        "fill_id": fill.fill_id, "order_id": fill.order_id, "quantity": number(Some(&fill.quantity)),
        "price": number(Some(&fill.price)), "kind": fill.kind.to_string(),
    })
}

/// An event of any stream, and the states of its snapshots.
pub(crate) trait Told: StreamEvent {
    fn event(&self) -> Value;
    fn snapshot(state: &Self::State) -> Value;
}

impl Told for OrderEvent {
    fn event(&self) -> Value {
        let mut told = json!({
            "kind": "event", "account_id": self.account_id, "sequence": self.sequence,
            "type": self.event_type.to_string(), "order": order(&self.order),
        });
        if let Some(found) = &self.fill {
            told["fill"] = fill(found);
        }
        told
    }

    fn snapshot(state: &Order) -> Value {
        json!({"kind": "snapshot", "order": order(state)})
    }
}

impl Told for PositionEvent {
    fn event(&self) -> Value {
        json!({
            "kind": "event", "account_id": self.account_id, "sequence": self.sequence,
            "position": position(&self.position), "conflated": self.conflated,
        })
    }

    fn snapshot(state: &Position) -> Value {
        json!({"kind": "snapshot", "position": position(state)})
    }
}

impl Told for Event {
    fn event(&self) -> Value {
        let kind = Open::<EventType>::new(self.r#type);
        json!({
            "kind": "event", "account_id": self.account_id, "sequence": self.sequence, "type": kind.to_string(),
        })
    }

    fn snapshot(state: &Self::State) -> Value {
        match *state {}
    }
}

pub(crate) fn item<E: Told>(item: &Item<E>) -> Value {
    match item {
        Item::Event(event) => event.event(),
        Item::Snapshot(state) => E::snapshot(state),
        Item::SnapshotBegin => json!({"kind": "snapshot_begin"}),
        Item::SnapshotEnd { item_count } => json!({"kind": "snapshot_end", "item_count": item_count}),
        Item::Opened(opened) => json!({"kind": "opened", "mode": opened.mode.to_string()}),
        Item::Heartbeat(_) => json!({"kind": "heartbeat"}),
        Item::CaughtUp => json!({"kind": "caught_up"}),
        Item::FellBehind { .. } => json!({"kind": "fell_behind"}),
        Item::SourceGap(gap) => json!({"kind": "source_gap", "phase": gap.phase.to_string()}),
        Item::Reset { cause } => json!({"kind": "reset", "cause": cause.to_string()}),
        Item::SlowWarning { .. } => json!({"kind": "slow_warning"}),
        Item::Goodbye { reason, .. } => json!({"kind": "goodbye", "reason": reason}),
        Item::Disconnected { error, .. } => json!({"kind": "disconnected", "error": self::error(error)}),
        _ => json!({"kind": "driver"}),
    }
}
