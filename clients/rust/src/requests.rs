//! What a caller asks for.

use std::collections::HashMap;

use crate::decimals::{Number, wire};
use crate::errors::{Error, invalid};
use crate::records::Order;
use crate::v1::{OrderClass, OrderType, Side, TimeInForce};
use crate::{reason, v1};

/// An order to place.
///
/// Its type follows from the prices given, its class from exits and legs, unless they are said.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct OrderRequest {
    pub(crate) client_order_id: String,
    pub(crate) account: String,
    instrument: Option<v1::Instrument>,
    side: Side,
    quantity: Option<Number>,
    notional: Option<(Number, String)>,
    order_type: Option<OrderType>,
    time_in_force: Option<TimeInForce>,
    class: Option<OrderClass>,
    limit_price: Option<Number>,
    stop_price: Option<Number>,
    trail_amount: Option<Number>,
    trail_percent: Option<Number>,
    take_profit: Option<Number>,
    stop_loss: Option<StopLoss>,
    extended_hours: bool,
    legs: Vec<v1::OrderLeg>,
    tags: HashMap<String, String>,
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident => $field:ident),*) => {
        $($(#[$doc])*
        pub fn $name(mut self, value: impl Into<Number>) -> Self {
            self.$field = Some(value.into());
            self
        })*
    };
}

impl OrderRequest {
    /// An order for a symbol: `AAPL`, `BTC/USD` or an OCC option symbol. It has no size yet.
    pub fn new(side: Side, symbol: impl Into<String>) -> Self {
        let symbol = symbol.into();
        Self {
            side,
            instrument: (!symbol.is_empty()).then(|| v1::Instrument {
                symbol,
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    /// Buys so many units: shares, contracts, coins.
    pub fn buy(symbol: impl Into<String>, quantity: impl Into<Number>) -> Self {
        Self::new(Side::Buy, symbol).quantity(quantity)
    }

    /// Sells so many units.
    pub fn sell(symbol: impl Into<String>, quantity: impl Into<Number>) -> Self {
        Self::new(Side::Sell, symbol).quantity(quantity)
    }

    setters! {
        /// The size in units.
        quantity => quantity,
        /// The limit price.
        limit => limit_price,
        /// The price that triggers the order.
        stop => stop_price,
        /// How far the stop trails the market, in money.
        trail_amount => trail_amount,
        /// How far the stop trails the market: 1.5 means 1.5 %.
        trail_percent => trail_percent,
        /// The limit price of an exit that starts working when the order has filled.
        take_profit => take_profit
    }

    /// An exit that limits the loss: a trigger price, or a [`StopLoss`].
    pub fn stop_loss(mut self, exit: impl Into<StopLoss>) -> Self {
        self.stop_loss = Some(exit.into());
        self
    }

    /// The size in money, instead of a quantity.
    pub fn notional(mut self, amount: impl Into<Number>, currency: impl Into<String>) -> Self {
        self.notional = Some((amount.into(), currency.into()));
        self
    }

    /// The instrument in full, instead of a symbol.
    pub fn instrument(mut self, instrument: v1::Instrument) -> Self {
        self.instrument = Some(instrument);
        self
    }

    /// The type, instead of the one that follows from the prices.
    pub fn order_type(mut self, order_type: OrderType) -> Self {
        self.order_type = Some(order_type);
        self
    }

    /// How long the order works; for the day unless said.
    pub fn time_in_force(mut self, time_in_force: TimeInForce) -> Self {
        self.time_in_force = Some(time_in_force);
        self
    }

    /// The class, instead of the one that follows from exits and legs. OCO must be said.
    pub fn class(mut self, class: OrderClass) -> Self {
        self.class = Some(class);
        self
    }

    /// The legs of a multi-leg order.
    pub fn legs(mut self, legs: impl IntoIterator<Item = v1::OrderLeg>) -> Self {
        self.legs = legs.into_iter().collect();
        self
    }

    /// Lets the order work outside the regular session.
    pub fn extended_hours(mut self) -> Self {
        self.extended_hours = true;
        self
    }

    /// The idempotency key, a fresh one unless said. The same id with the same content is the same order for ever, so it
    /// is safe to submit again after an error.
    pub fn client_order_id(mut self, id: impl Into<String>) -> Self {
        self.client_order_id = id.into();
        self
    }

    /// A tag, echoed in the order and its events, and never sent to the broker.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// The account, instead of the client's own.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = account.into();
        self
    }

    /// The idempotency key, made now if there is none.
    pub(crate) fn identify(&mut self) -> String {
        identify(&mut self.client_order_id)
    }

    /// The contract's request.
    pub(crate) fn message(&self) -> Result<v1::OrderRequest, Error> {
        use v1::order_request::{Size, Trail};
        let trail = trail(self.trail_amount.as_ref(), self.trail_percent.as_ref(), "order.")?;
        let take_profit = wire(self.take_profit.as_ref(), "order.take_profit.limit_price")?;
        Ok(v1::OrderRequest {
            account_id: self.account.clone(),
            client_order_id: self.client_order_id.clone(),
            instrument: self.instrument.clone(),
            side: self.side.into(),
            r#type: self.type_of().into(),
            time_in_force: self.time_in_force.unwrap_or(TimeInForce::Day).into(),
            size: match self.size()? {
                (Some(quantity), _) => Some(Size::Quantity(quantity)),
                (None, notional) => notional.map(Size::Notional),
            },
            limit_price: wire(self.limit_price.as_ref(), "order.limit_price")?,
            stop_price: wire(self.stop_price.as_ref(), "order.stop_price")?,
            trail: trail.map(|t| t.either(Trail::TrailAmount, Trail::TrailPercent)),
            extended_hours: self.extended_hours,
            order_class: self.class_of().into(),
            tags: self.tags.clone(),
            legs: self.legs.clone(),
            take_profit: take_profit.map(|price| v1::TakeProfit {
                limit_price: Some(price),
            }),
            stop_loss: self.stop_loss.as_ref().map(StopLoss::message).transpose()?,
            signature: None,
        })
    }

    fn size(&self) -> Result<(Option<v1::Decimal>, Option<v1::Money>), Error> {
        let quantity = wire(self.quantity.as_ref(), "order.quantity")?;
        let Some((amount, currency)) = &self.notional else {
            return Ok((quantity, None));
        };
        if quantity.is_some() {
            let problem = "cannot go with a quantity";
            return Err(invalid("order.notional", problem, reason::INVALID_FIELD));
        }
        let notional = v1::Money {
            amount: Some(amount.wire("order.notional")?),
            currency_code: currency.clone(),
        };
        Ok((None, Some(notional)))
    }

    fn type_of(&self) -> OrderType {
        let trails = self.trail_amount.is_some() || self.trail_percent.is_some();
        let follows = match (&self.stop_price, &self.limit_price) {
            _ if trails => OrderType::TrailingStop,
            (Some(_), Some(_)) => OrderType::StopLimit,
            (Some(_), None) => OrderType::Stop,
            (None, Some(_)) => OrderType::Limit,
            (None, None) => OrderType::Market,
        };
        self.order_type.unwrap_or(follows)
    }

    fn class_of(&self) -> OrderClass {
        let follows = match (&self.take_profit, &self.stop_loss) {
            _ if !self.legs.is_empty() => OrderClass::MultiLeg,
            (Some(_), Some(_)) => OrderClass::Bracket,
            (None, None) => OrderClass::Simple,
            _ => OrderClass::Oto,
        };
        self.class.unwrap_or(follows)
    }
}

/// A loss-limiting exit.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct StopLoss {
    stop_price: Option<Number>,
    limit_price: Option<Number>,
    trail_amount: Option<Number>,
    trail_percent: Option<Number>,
}

impl StopLoss {
    /// An exit without any price yet.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// The price that triggers it.
        stop => stop_price,
        /// The limit price once it is triggered.
        limit => limit_price,
        /// How far the stop trails the market, in money.
        trail_amount => trail_amount,
        /// How far the stop trails the market: 1.5 means 1.5 %.
        trail_percent => trail_percent
    }

    fn message(&self) -> Result<v1::StopLoss, Error> {
        use v1::stop_loss::Trail;
        let (amount, percent) = (self.trail_amount.as_ref(), self.trail_percent.as_ref());
        let trail = trail(amount, percent, "order.stop_loss.")?;
        Ok(v1::StopLoss {
            stop_price: wire(self.stop_price.as_ref(), "order.stop_loss.stop_price")?,
            limit_price: wire(self.limit_price.as_ref(), "order.stop_loss.limit_price")?,
            trail: trail.map(|t| t.either(Trail::TrailAmount, Trail::TrailPercent)),
        })
    }
}

impl<N: Into<Number>> From<N> for StopLoss {
    fn from(price: N) -> Self {
        Self::new().stop(price)
    }
}

/// A change of an open order; what is absent stays as it is.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ReplaceRequest {
    pub(crate) new_client_order_id: String,
    quantity: Option<Number>,
    limit_price: Option<Number>,
    stop_price: Option<Number>,
    trail_amount: Option<Number>,
    trail_percent: Option<Number>,
    time_in_force: Option<TimeInForce>,
    expected_version: Option<i64>,
}

impl ReplaceRequest {
    /// A change of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// The new total, what has filled included.
        quantity => quantity,
        /// The new limit price.
        limit => limit_price,
        /// The new trigger price.
        stop => stop_price,
        /// The new trail in money.
        trail_amount => trail_amount,
        /// The new trail in percent.
        trail_percent => trail_percent
    }

    /// The new time in force.
    pub fn time_in_force(mut self, time_in_force: TimeInForce) -> Self {
        self.time_in_force = Some(time_in_force);
        self
    }

    /// Only if the order still has this version; a conflict otherwise.
    pub fn expected_version(mut self, version: i64) -> Self {
        self.expected_version = Some(version);
        self
    }

    /// The idempotency key of the replace, a fresh one unless said.
    pub fn new_client_order_id(mut self, id: impl Into<String>) -> Self {
        self.new_client_order_id = id.into();
        self
    }

    /// The idempotency key, made now if there is none.
    pub(crate) fn identify(&mut self) -> String {
        identify(&mut self.new_client_order_id)
    }

    pub(crate) fn message(&self) -> Result<v1::ReplaceOrderRequest, Error> {
        use v1::replace_order_request::Trail;
        let trail = trail(self.trail_amount.as_ref(), self.trail_percent.as_ref(), "")?;
        Ok(v1::ReplaceOrderRequest {
            new_client_order_id: self.new_client_order_id.clone(),
            expected_version: self.expected_version,
            quantity: wire(self.quantity.as_ref(), "quantity")?,
            limit_price: wire(self.limit_price.as_ref(), "limit_price")?,
            stop_price: wire(self.stop_price.as_ref(), "stop_price")?,
            trail: trail.map(|t| t.either(Trail::TrailAmount, Trail::TrailPercent)),
            time_in_force: self.time_in_force.map(Into::into),
            ..Default::default()
        })
    }
}

/// How far a stop trails, in money or percent.
enum Trailing {
    Amount(v1::Decimal),
    Percent(v1::Decimal),
}

impl Trailing {
    fn either<T>(self, amount: fn(v1::Decimal) -> T, percent: fn(v1::Decimal) -> T) -> T {
        match self {
            Self::Amount(value) => amount(value),
            Self::Percent(value) => percent(value),
        }
    }
}

fn trail(amount: Option<&Number>, percent: Option<&Number>, at: &str) -> Result<Option<Trailing>, Error> {
    let amount = wire(amount, &format!("{at}trail_amount"))?;
    let field = format!("{at}trail_percent");
    let percent = wire(percent, &field)?;
    match (amount, percent) {
        (Some(_), Some(_)) => Err(invalid(&field, "cannot go with a trail_amount", reason::INVALID_FIELD)),
        (Some(amount), None) => Ok(Some(Trailing::Amount(amount))),
        (None, percent) => Ok(percent.map(Trailing::Percent)),
    }
}

/// Makes an idempotency key where there is none: a UUIDv7, so that keys sort in the order of their making.
fn identify(id: &mut String) -> String {
    if id.is_empty() {
        *id = uuid::Uuid::now_v7().to_string();
    }
    id.clone()
}

/// Names an order: by the gateway's id or, found even after a lost answer, by the caller's.
#[derive(Clone, Debug)]
pub struct OrderKey {
    pub(crate) name: Name,
    pub(crate) account: String,
}

#[derive(Clone, Debug)]
pub(crate) enum Name {
    OrderId(String),
    ClientOrderId(String),
}

impl OrderKey {
    /// By the gateway's id.
    pub fn order_id(id: impl Into<String>) -> Self {
        Self {
            name: Name::OrderId(id.into()),
            account: String::new(),
        }
    }

    /// By the caller's id.
    pub fn client_order_id(id: impl Into<String>) -> Self {
        Self {
            name: Name::ClientOrderId(id.into()),
            account: String::new(),
        }
    }

    /// In this account, instead of the client's own.
    #[must_use]
    pub fn in_account(mut self, account: impl Into<String>) -> Self {
        self.account = account.into();
        self
    }

    /// The caller's id, if it names the order.
    pub(crate) fn key(&self) -> &str {
        match &self.name {
            Name::ClientOrderId(id) => id,
            Name::OrderId(_) => "",
        }
    }
}

impl From<&Order> for OrderKey {
    fn from(order: &Order) -> Self {
        Self::order_id(&order.order_id).in_account(&order.account_id)
    }
}
