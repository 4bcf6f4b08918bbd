//! Orders, fills and positions: what a client asks and lists.

use futures_util::FutureExt;

use crate::client::Client;
use crate::enums::Open;
use crate::errors::Error;
use crate::pages::{Page, Pages};
use crate::records::{Fill, Order, Position};
use crate::requests::{Name, OrderKey, OrderRequest, ReplaceRequest};
use crate::v1::{self, ActionOutcome, OrderState};

/// What became of a replace. `Refused` is no error: the order goes on as it was.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Replacement {
    /// The order now in force.
    pub order: Order,
    /// The superseded one, where the broker cancels and replaces.
    pub previous: Option<Order>,
    /// Whether it was done.
    pub outcome: Open<ActionOutcome>,
    /// The gateway knew the `new_client_order_id`, so nothing was sent.
    pub deduplicated: bool,
}

/// What became of a cancel. `Refused` is no error; look at the order, it may have filled.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Cancellation {
    /// The order.
    pub order: Order,
    /// Whether it was done. `Pending`: the broker took note, and the effect will be streamed.
    pub outcome: Open<ActionOutcome>,
}

impl Replacement {
    pub(crate) fn read(answer: v1::ReplaceOrderResponse) -> Result<Self, Error> {
        let previous = answer.previous.map(|order| Order::read(Some(order)));
        Ok(Self {
            order: Order::read(answer.order)?,
            previous: previous.transpose()?,
            outcome: Open::new(answer.outcome),
            deduplicated: answer.deduplicated,
        })
    }
}

impl Cancellation {
    pub(crate) fn read(answer: v1::CancelOrderResponse) -> Result<Self, Error> {
        Ok(Self {
            order: Order::read(answer.order)?,
            outcome: Open::new(answer.outcome),
        })
    }
}

/// Which orders a list has. All conditions must hold; an empty one holds always.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct OrderFilter {
    pub open_only: bool,
    pub states: Vec<OrderState>,
    pub symbols: Vec<String>,
    pub client_order_ids: Vec<String>,
    pub parent_order_id: String,
    pub oldest_first: bool,
    /// How many are read at once; the gateway's default if zero.
    pub page_size: i32,
    /// The client's own, or all, if empty.
    pub account: String,
}

/// Which fills a list has. All conditions must hold; an empty one holds always.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct FillFilter {
    pub order_id: String,
    pub symbols: Vec<String>,
    pub oldest_first: bool,
    /// How many are read at once; the gateway's default if zero.
    pub page_size: i32,
    /// The client's own, or all, if empty.
    pub account: String,
}

/// Which positions a list has.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct PositionFilter {
    pub symbols: Vec<String>,
    /// How many are read at once; the gateway's default if zero.
    pub page_size: i32,
    /// The client's own, or all, if empty.
    pub account: String,
}

impl Client {
    /// Submits an order, or a group of orders, once, and returns when the broker has answered.
    ///
    /// A refusal by the broker is no error but state `Rejected`; an outcome that is not proven is `Indeterminate`, which is
    /// not terminal: [`wait`](Self::wait) for it. An error names the order ([`Error::client_order_id`]) and says whether it
    /// may have been sent. Nothing is tried again.
    pub async fn submit(&self, mut request: OrderRequest) -> Result<Order, Error> {
        let key = request.identify();
        let order = self.order_message(request).await.map_err(|e| e.concerning(&key))?;
        let message = v1::SubmitOrderRequest { order: Some(order) };
        let answer = self.order_stub().submit_order(message).await;
        let answer = answer.map_err(|status| self.mutation_failed(status, &key))?;
        Order::submitted(answer.into_inner()).map_err(|e| e.after_mutation(&key))
    }

    async fn order_message(&self, mut request: OrderRequest) -> Result<v1::OrderRequest, Error> {
        let message = request.message()?;
        request.account = self.one_account(&request.account).await?;
        let mut order = v1::OrderRequest {
            account_id: request.account,
            ..message
        };
        self.sign(&mut order);
        Ok(order)
    }

    /// Changes an open order. `Refused`, as an outcome, is no error.
    pub async fn replace(&self, order: impl Into<OrderKey>, mut request: ReplaceRequest) -> Result<Replacement, Error> {
        let key = request.identify();
        let message = self.replace_message(order.into(), &request).await;
        let message = message.map_err(|e| e.concerning(&key))?;
        let answer = self.order_stub().replace_order(message).await;
        let answer = answer.map_err(|status| self.mutation_failed(status, &key))?;
        Replacement::read(answer.into_inner()).map_err(|e| e.after_mutation(&key))
    }

    async fn replace_message(
        &self,
        order: OrderKey,
        request: &ReplaceRequest,
    ) -> Result<v1::ReplaceOrderRequest, Error> {
        let message = request.message()?;
        let account = self.one_account(&order.account).await?;
        let mut change = order.in_account(account).replaced_by(message);
        self.sign(&mut change);
        Ok(change)
    }

    /// Cancels an open order, and with an entry its group. Canceling a canceled order is fine.
    pub async fn cancel(&self, order: impl Into<OrderKey>) -> Result<Cancellation, Error> {
        let order = order.into();
        let key = order.key().to_owned();
        let account = self.one_account(&order.account).await;
        let account = account.map_err(|e| e.concerning(&key))?;
        let message = order.in_account(account).canceled();
        let answer = self.order_stub().cancel_order(message).await;
        let answer = answer.map_err(|status| self.mutation_failed(status, &key))?;
        Cancellation::read(answer.into_inner()).map_err(|e| e.after_mutation(&key))
    }

    /// Reads one order.
    pub async fn get_order(&self, order: impl Into<OrderKey>) -> Result<Order, Error> {
        use v1::get_order_request::OrderKey as Key;
        let order = order.into();
        let message = v1::GetOrderRequest {
            account_id: self.one_account(&order.account).await?,
            order_key: Some(order.name.choose(Key::OrderId, Key::ClientOrderId)),
            ..Default::default()
        };
        let answer = self.order_stub().get_order(message).await;
        let answer = answer.map_err(|status| self.read_failed(status))?;
        Order::read(answer.into_inner().order)
    }

    /// Lists orders, open and past, newest first, reading pages as they are needed.
    ///
    /// Orders of accounts that could not be read are missing: [`Pages::unreachable`] tells them.
    pub fn orders(&self, filter: OrderFilter) -> Pages<Order> {
        let request = v1::ListOrdersRequest {
            account_ids: self.some_accounts(&filter.account),
            states: filter.states.into_iter().map(Into::into).collect(),
            open_only: filter.open_only,
            symbols: filter.symbols,
            client_order_ids: filter.client_order_ids,
            parent_order_id: filter.parent_order_id,
            sort_order: sort_order(filter.oldest_first),
            page_size: filter.page_size,
            ..Default::default()
        };
        let client = self.clone();
        Pages::new(move |page_token| {
            let (client, mut request) = (client.clone(), request.clone());
            request.page_token = page_token;
            async move {
                let answer = client.order_stub().list_orders(request).await;
                let answer = answer.map_err(|status| client.read_failed(status))?.into_inner();
                let orders = answer.orders.into_iter().map(|order| Order::read(Some(order)));
                Ok(Page::of(orders, answer.next_page_token, answer.unreachable))
            }
            .boxed()
        })
    }

    /// Lists fills, with busts and corrections, as [`orders`](Self::orders) does.
    pub fn fills(&self, filter: FillFilter) -> Pages<Fill> {
        let request = v1::ListFillsRequest {
            account_ids: self.some_accounts(&filter.account),
            order_id: filter.order_id,
            symbols: filter.symbols,
            sort_order: sort_order(filter.oldest_first),
            page_size: filter.page_size,
            ..Default::default()
        };
        let client = self.clone();
        Pages::new(move |page_token| {
            let (client, mut request) = (client.clone(), request.clone());
            request.page_token = page_token;
            async move {
                let answer = client.order_stub().list_fills(request).await;
                let answer = answer.map_err(|status| client.read_failed(status))?.into_inner();
                let fills = answer.fills.into_iter().map(Fill::read);
                Ok(Page::of(fills, answer.next_page_token, answer.unreachable))
            }
            .boxed()
        })
    }

    /// Lists open positions. Those of accounts that could not be read are missing, which does not mean flat:
    /// [`Pages::unreachable`] tells them.
    pub fn positions(&self, filter: PositionFilter) -> Pages<Position> {
        let request = v1::ListPositionsRequest {
            account_ids: self.some_accounts(&filter.account),
            symbols: filter.symbols,
            page_size: filter.page_size,
            ..Default::default()
        };
        let client = self.clone();
        Pages::new(move |page_token| {
            let (client, mut request) = (client.clone(), request.clone());
            request.page_token = page_token;
            async move {
                let answer = client.position_stub().list_positions(request).await;
                let answer = answer.map_err(|status| client.read_failed(status))?.into_inner();
                let positions = answer.positions.into_iter().map(|one| Position::read(Some(one)));
                Ok(Page::of(positions, answer.next_page_token, answer.unreachable))
            }
            .boxed()
        })
    }
}

fn sort_order(oldest_first: bool) -> i32 {
    if oldest_first {
        v1::SortOrder::OldestFirst as i32
    } else {
        v1::SortOrder::NewestFirst as i32
    }
}

impl Name {
    fn choose<K>(self, order_id: fn(String) -> K, client_order_id: fn(String) -> K) -> K {
        match self {
            Name::OrderId(id) => order_id(id),
            Name::ClientOrderId(id) => client_order_id(id),
        }
    }
}

impl OrderKey {
    pub(crate) fn replaced_by(self, changes: v1::ReplaceOrderRequest) -> v1::ReplaceOrderRequest {
        use v1::replace_order_request::OrderKey as Key;
        v1::ReplaceOrderRequest {
            account_id: self.account,
            order_key: Some(self.name.choose(Key::OrderId, Key::ClientOrderId)),
            ..changes
        }
    }

    pub(crate) fn canceled(self) -> v1::CancelOrderRequest {
        use v1::cancel_order_request::OrderKey as Key;
        v1::CancelOrderRequest {
            account_id: self.account,
            order_key: Some(self.name.choose(Key::OrderId, Key::ClientOrderId)),
        }
    }
}
