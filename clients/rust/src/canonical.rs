//! The text of a request that is signed, as the contract's `OrderSignature` defines it.

use std::collections::HashMap;
use std::fmt::{Display, Write};

use crate::v1;
use crate::v1::close_position_request::Size as ClosingSize;
use crate::v1::order_request::{Size, Trail};
use crate::v1::replace_order_request::{OrderKey, Trail as NewTrail};
use crate::v1::stop_loss::Trail as StopTrail;

const NANOS: i64 = 1_000_000_000;

/// A message that carries a signature.
pub trait Signable: sealed::Signable {}

impl<M: sealed::Signable> Signable for M {}

/// What is signed of a request. Fields that are not known are not in it.
pub fn canonical_text(request: &impl Signable) -> String {
    sealed::Signable::text(request)
}

pub(crate) mod sealed {
    use crate::v1::OrderSignature;

    pub trait Signable {
        fn text(&self) -> String;
        fn signature(&mut self) -> &mut Option<OrderSignature>;
    }
}

macro_rules! signable {
    ($($name:ident),*) => {
        $(impl sealed::Signable for v1::$name {
            fn text(&self) -> String {
                let mut lines = Lines(format!("brokerwire-signature-v1\n{}\n", stringify!($name)));
                self.write(&mut lines, "");
                lines.0
            }

            fn signature(&mut self) -> &mut Option<v1::OrderSignature> {
                &mut self.signature
            }
        })*
    };
}

signable!(
    OrderRequest,
    ReplaceOrderRequest,
    ClosePositionRequest,
    ClosePositionsRequest
);

/// Lines of `path=value`; what is absent has none.
struct Lines(String);

impl Lines {
    fn line(&mut self, path: &str, value: impl Display) {
        writeln!(self.0, "{path}={value}").expect("a String takes all");
    }

    fn text(&mut self, path: &str, text: &str) {
        if !text.is_empty() {
            self.line(path, escaped(text));
        }
    }

    fn flag(&mut self, path: &str, flag: bool) {
        if flag {
            self.line(path, flag);
        }
    }

    fn number(&mut self, path: &str, number: i32) {
        if number != 0 {
            self.line(path, number);
        }
    }

    /// An enum's value under its full name; one that is newer than this client as its number.
    fn name<E: TryFrom<i32>>(&mut self, path: &str, number: i32, name: fn(&E) -> &'static str) {
        if number != 0 {
            self.any_name(path, number, name);
        }
    }

    fn any_name<E: TryFrom<i32>>(&mut self, path: &str, number: i32, name: fn(&E) -> &'static str) {
        match E::try_from(number) {
            Ok(known) => self.line(path, name(&known)),
            Err(_) => self.line(path, number),
        }
    }

    fn message(&mut self, path: &str, message: Option<&impl Text>) {
        let Some(message) = message else { return };
        let before = self.0.len();
        message.write(self, &format!("{path}."));
        if self.0.len() == before {
            self.line(path, "");
        }
    }

    fn decimal(&mut self, path: &str, decimal: Option<&v1::Decimal>) {
        if let Some(decimal) = decimal {
            self.line(path, escaped(&decimal.value));
        }
    }

    fn list(&mut self, path: &str, texts: &[String]) {
        for (index, text) in texts.iter().enumerate() {
            self.line(&format!("{path}[{index}]"), escaped(text));
        }
    }

    fn map(&mut self, path: &str, entries: &HashMap<String, String>) {
        let mut sorted: Vec<_> = entries.iter().collect();
        sorted.sort(); // by bytes, as strings compare
        for (index, (key, value)) in sorted.into_iter().enumerate() {
            self.line(&format!("{path}[{index}].key"), escaped(key));
            self.line(&format!("{path}[{index}].value"), escaped(value));
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n")
}

/// Writes the fields that are present, in the order of their numbers; `path` ends in a dot, or is empty.
trait Text {
    fn write(&self, lines: &mut Lines, path: &str);
}

impl Text for v1::OrderRequest {
    fn write(&self, lines: &mut Lines, path: &str) {
        let at = |field| format!("{path}{field}");
        lines.text(&at("account_id"), &self.account_id);
        lines.text(&at("client_order_id"), &self.client_order_id);
        lines.message(&at("instrument"), self.instrument.as_ref());
        lines.name(&at("side"), self.side, v1::Side::as_str_name);
        lines.name(&at("type"), self.r#type, v1::OrderType::as_str_name);
        lines.name(&at("time_in_force"), self.time_in_force, v1::TimeInForce::as_str_name);
        match &self.size {
            Some(Size::Quantity(quantity)) => lines.decimal(&at("quantity"), Some(quantity)),
            Some(Size::Notional(notional)) => lines.message(&at("notional"), Some(notional)),
            None => {}
        }
        lines.decimal(&at("limit_price"), self.limit_price.as_ref());
        lines.decimal(&at("stop_price"), self.stop_price.as_ref());
        match &self.trail {
            Some(Trail::TrailAmount(amount)) => lines.decimal(&at("trail_amount"), Some(amount)),
            Some(Trail::TrailPercent(percent)) => lines.decimal(&at("trail_percent"), Some(percent)),
            None => {}
        }
        lines.flag(&at("extended_hours"), self.extended_hours);
        lines.name(&at("order_class"), self.order_class, v1::OrderClass::as_str_name);
        lines.map(&at("tags"), &self.tags);
        for (index, leg) in self.legs.iter().enumerate() {
            lines.message(&format!("{path}legs[{index}]"), Some(leg));
        }
        lines.message(&at("take_profit"), self.take_profit.as_ref());
        lines.message(&at("stop_loss"), self.stop_loss.as_ref());
        lines.message(&at("signature"), self.signature.as_ref());
    }
}

impl Text for v1::ReplaceOrderRequest {
    fn write(&self, lines: &mut Lines, path: &str) {
        let at = |field| format!("{path}{field}");
        lines.text(&at("account_id"), &self.account_id);
        match &self.order_key {
            Some(OrderKey::OrderId(id)) => lines.line(&at("order_id"), escaped(id)),
            Some(OrderKey::ClientOrderId(id)) => lines.line(&at("client_order_id"), escaped(id)),
            None => {}
        }
        lines.text(&at("new_client_order_id"), &self.new_client_order_id);
        if let Some(version) = self.expected_version {
            lines.line(&at("expected_version"), version);
        }
        lines.decimal(&at("quantity"), self.quantity.as_ref());
        lines.decimal(&at("limit_price"), self.limit_price.as_ref());
        lines.decimal(&at("stop_price"), self.stop_price.as_ref());
        match &self.trail {
            Some(NewTrail::TrailAmount(amount)) => lines.decimal(&at("trail_amount"), Some(amount)),
            Some(NewTrail::TrailPercent(percent)) => lines.decimal(&at("trail_percent"), Some(percent)),
            None => {}
        }
        if let Some(number) = self.time_in_force {
            lines.any_name(&at("time_in_force"), number, v1::TimeInForce::as_str_name);
        }
        lines.message(&at("signature"), self.signature.as_ref());
    }
}

impl Text for v1::ClosePositionRequest {
    fn write(&self, lines: &mut Lines, path: &str) {
        let at = |field| format!("{path}{field}");
        lines.text(&at("account_id"), &self.account_id);
        lines.text(&at("symbol"), &self.symbol);
        match &self.size {
            Some(ClosingSize::Quantity(quantity)) => lines.decimal(&at("quantity"), Some(quantity)),
            Some(ClosingSize::Percentage(percentage)) => lines.decimal(&at("percentage"), Some(percentage)),
            None => {}
        }
        lines.text(&at("client_order_id"), &self.client_order_id);
        lines.map(&at("tags"), &self.tags);
        lines.message(&at("signature"), self.signature.as_ref());
    }
}

impl Text for v1::ClosePositionsRequest {
    fn write(&self, lines: &mut Lines, path: &str) {
        let at = |field| format!("{path}{field}");
        lines.list(&at("account_ids"), &self.account_ids);
        lines.list(&at("symbols"), &self.symbols);
        lines.flag(&at("cancel_orders"), self.cancel_orders);
        lines.text(&at("request_id"), &self.request_id);
        lines.message(&at("signature"), self.signature.as_ref());
    }
}

impl Text for v1::OrderSignature {
    fn write(&self, lines: &mut Lines, path: &str) {
        lines.text(&format!("{path}key_id"), &self.key_id);
        if let Some(time) = &self.expire_time {
            let nanos = time.seconds * NANOS + i64::from(time.nanos);
            lines.line(&format!("{path}expire_time"), nanos);
        }
    }
}

impl Text for v1::Instrument {
    fn write(&self, lines: &mut Lines, path: &str) {
        let at = |field| format!("{path}{field}");
        lines.text(&at("symbol"), &self.symbol);
        lines.name(&at("asset_class"), self.asset_class, v1::AssetClass::as_str_name);
        lines.text(&at("exchange"), &self.exchange);
        lines.text(&at("currency_code"), &self.currency_code);
        lines.message(&at("option"), self.option.as_ref());
        lines.message(&at("future"), self.future.as_ref());
        lines.text(&at("base_currency_code"), &self.base_currency_code);
    }
}

impl Text for v1::FutureContract {
    fn write(&self, lines: &mut Lines, path: &str) {
        let at = |field| format!("{path}{field}");
        lines.text(&at("root_symbol"), &self.root_symbol);
        lines.message(&at("expiration_date"), self.expiration_date.as_ref());
        lines.decimal(&at("multiplier"), self.multiplier.as_ref());
    }
}

impl Text for v1::OptionContract {
    fn write(&self, lines: &mut Lines, path: &str) {
        let at = |field| format!("{path}{field}");
        lines.text(&at("underlying_symbol"), &self.underlying_symbol);
        lines.name(&at("type"), self.r#type, v1::OptionType::as_str_name);
        lines.decimal(&at("strike_price"), self.strike_price.as_ref());
        lines.message(&at("expiration_date"), self.expiration_date.as_ref());
        lines.decimal(&at("multiplier"), self.multiplier.as_ref());
    }
}

impl Text for v1::CalendarDate {
    fn write(&self, lines: &mut Lines, path: &str) {
        lines.number(&format!("{path}year"), self.year);
        lines.number(&format!("{path}month"), self.month);
        lines.number(&format!("{path}day"), self.day);
    }
}

impl Text for v1::Money {
    fn write(&self, lines: &mut Lines, path: &str) {
        lines.decimal(&format!("{path}amount"), self.amount.as_ref());
        lines.text(&format!("{path}currency_code"), &self.currency_code);
    }
}

impl Text for v1::OrderLeg {
    fn write(&self, lines: &mut Lines, path: &str) {
        let at = |field| format!("{path}{field}");
        lines.message(&at("instrument"), self.instrument.as_ref());
        lines.name(&at("side"), self.side, v1::Side::as_str_name);
        lines.decimal(&at("ratio_quantity"), self.ratio_quantity.as_ref());
        lines.name(
            &at("position_effect"),
            self.position_effect,
            v1::PositionEffect::as_str_name,
        );
        lines.decimal(&at("filled_quantity"), self.filled_quantity.as_ref());
        lines.decimal(&at("average_fill_price"), self.average_fill_price.as_ref());
    }
}

impl Text for v1::TakeProfit {
    fn write(&self, lines: &mut Lines, path: &str) {
        lines.decimal(&format!("{path}limit_price"), self.limit_price.as_ref());
    }
}

impl Text for v1::StopLoss {
    fn write(&self, lines: &mut Lines, path: &str) {
        let at = |field| format!("{path}{field}");
        lines.decimal(&at("stop_price"), self.stop_price.as_ref());
        lines.decimal(&at("limit_price"), self.limit_price.as_ref());
        match &self.trail {
            Some(StopTrail::TrailAmount(amount)) => lines.decimal(&at("trail_amount"), Some(amount)),
            Some(StopTrail::TrailPercent(percent)) => lines.decimal(&at("trail_percent"), Some(percent)),
            None => {}
        }
    }
}
