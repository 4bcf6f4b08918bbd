//! The streams that a client opens.

use std::collections::HashMap;
use std::future::{Future, ready};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt, TryStreamExt, stream};
use tonic::{Response, Status, Streaming};

use crate::client::Client;
use crate::connection::Connection;
use crate::errors::Error;
use crate::items::StreamEvent;
use crate::machine::{Batch, WireItem};
use crate::records::{Order, OrderEvent, Position, PositionEvent};
use crate::stream::{Batches, EventStream, Failure};
use crate::target::MAX_MESSAGE;
use crate::tokens::TokenStore;
use crate::v1;
use crate::v1::event_service_client::EventServiceClient;
use crate::v1::order_service_client::OrderServiceClient;
use crate::v1::position_service_client::PositionServiceClient;

/// What happens when a token cannot be honoured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnGap {
    /// The stream starts over with a snapshot, after an [`Item::Reset`](crate::Item::Reset).
    #[default]
    Resnapshot,
    /// The stream ends with an error of kind [`StreamGap`](crate::ErrorKind::StreamGap).
    Fail,
}

/// How a stream starts; the default means: a snapshot, then live.
#[derive(Clone, Default)]
pub struct StreamOptions {
    /// Only what happens from now on. For journal entries, otherwise from the oldest on.
    pub skip_snapshot: bool,
    /// The longest silence, 1 s to 60 s; the gateway's 15 s if absent. After 2.5 times as long without any message the
    /// stream connects anew.
    pub heartbeat: Option<Duration>,
    /// What happens when a token cannot be honoured.
    pub on_gap: OnGap,
    /// By account: the snapshot reflects at least these.
    pub min_sequences: HashMap<String, i64>,
    /// Where to go on after a restart of the program.
    pub token_store: Option<Arc<dyn TokenStore>>,
    /// The client's own, or all, if empty.
    pub account: String,
}

impl StreamOptions {
    /// A stream that goes on where this store says, and keeps its token there.
    pub fn kept_in(store: impl TokenStore + 'static) -> Self {
        Self {
            token_store: Some(Arc::new(store)),
            ..Self::default()
        }
    }

    fn message(&self) -> v1::StreamOptions {
        let heartbeat = self.heartbeat.and_then(|interval| interval.try_into().ok());
        v1::StreamOptions {
            skip_snapshot: self.skip_snapshot,
            heartbeat_interval: heartbeat,
            on_gap: match self.on_gap {
                OnGap::Resnapshot => v1::OnGap::Resnapshot.into(),
                OnGap::Fail => v1::OnGap::Fail.into(),
            },
            min_sequences: sequences(&self.min_sequences),
            ..Default::default()
        }
    }
}

fn sequences(by_account: &HashMap<String, i64>) -> Vec<v1::AccountSequence> {
    let one = |(account, sequence): (&String, &i64)| v1::AccountSequence {
        account_id: account.clone(),
        sequence: *sequence,
    };
    by_account.iter().map(one).collect()
}

/// Which orders a stream is about. All conditions must hold; an empty one holds always.
#[derive(Clone, Default)]
pub struct OrderStreamOptions {
    /// How it starts.
    pub stream: StreamOptions,
    /// Only orders for these.
    pub symbols: Vec<String>,
    /// Only these orders.
    pub client_order_ids: Vec<String>,
    /// Only events with a fill; the snapshot is then empty.
    pub fills_only: bool,
    /// The snapshot also has orders that ended at or after this time.
    pub terminal_since: Option<SystemTime>,
}

/// Which positions a stream is about.
#[derive(Clone, Default)]
pub struct PositionStreamOptions {
    /// How it starts.
    pub stream: StreamOptions,
    /// Only these.
    pub symbols: Vec<String>,
    /// Also changes of price alone, at most one per position and second.
    pub price_changes: bool,
}

/// Which journal entries a stream has.
#[derive(Clone, Default)]
pub struct EventStreamOptions {
    /// How it starts.
    pub stream: StreamOptions,
    /// Only these types.
    pub types: Vec<v1::EventType>,
    /// By account: begin after these sequences.
    pub after: HashMap<String, i64>,
}

impl Client {
    /// Streams every change of orders, with fills: never dropped, never conflated.
    pub fn stream_orders(&self, options: OrderStreamOptions) -> EventStream<OrderEvent> {
        let filters = v1::StreamOrdersRequest {
            options: Some(v1::StreamOptions {
                include_terminal_since_time: options.terminal_since.map(Into::into),
                ..options.stream.message()
            }),
            account_ids: self.some_accounts(&options.stream.account),
            symbols: options.symbols,
            fills_only: options.fills_only,
            client_order_ids: options.client_order_ids,
        };
        let connect = move |connection: Connection, token: &str| {
            let mut request = filters.clone();
            request.options.get_or_insert_default().resume_token = token.to_owned();
            let mut stub = OrderServiceClient::new(connection).max_decoding_message_size(MAX_MESSAGE);
            receive(async move { stub.stream_orders(request).await }, order_batch)
        };
        EventStream::new(self, options.stream.token_store, Box::new(connect))
    }

    /// Streams positions: absolute state. A slow reader may get the latest only, and is told (`conflated`).
    pub fn stream_positions(&self, options: PositionStreamOptions) -> EventStream<PositionEvent> {
        let filters = v1::StreamPositionsRequest {
            options: Some(options.stream.message()),
            account_ids: self.some_accounts(&options.stream.account),
            symbols: options.symbols,
            include_price_changes: options.price_changes,
        };
        let connect = move |connection: Connection, token: &str| {
            let mut request = filters.clone();
            request.options.get_or_insert_default().resume_token = token.to_owned();
            let mut stub = PositionServiceClient::new(connection).max_decoding_message_size(MAX_MESSAGE);
            receive(async move { stub.stream_positions(request).await }, position_batch)
        };
        EventStream::new(self, options.stream.token_store, Box::new(connect))
    }

    /// Streams journal entries without loss: the drop copy. It has no snapshot.
    pub fn stream_events(&self, options: EventStreamOptions) -> EventStream<v1::Event> {
        let filters = v1::StreamEventsRequest {
            options: Some(options.stream.message()),
            account_ids: self.some_accounts(&options.stream.account),
            types: options.types.into_iter().map(Into::into).collect(),
            after_sequences: sequences(&options.after),
        };
        let connect = move |connection: Connection, token: &str| {
            let mut request = filters.clone();
            request.options.get_or_insert_default().resume_token = token.to_owned();
            let mut stub = EventServiceClient::new(connection).max_decoding_message_size(MAX_MESSAGE);
            receive(async move { stub.stream_events(request).await }, event_batch)
        };
        EventStream::new(self, options.stream.token_store, Box::new(connect))
    }
}

/// The batches of a call.
fn receive<M: Send + 'static, E: StreamEvent>(
    call: impl Future<Output = Result<Response<Streaming<M>>, Status>> + Send + 'static,
    read: fn(M) -> Result<Batch<E>, Error>,
) -> Batches<E> {
    stream::once(call)
        .map_ok(Response::into_inner)
        .try_flatten()
        .map_err(Failure::Status)
        .and_then(move |message| ready(read(message).map_err(Failure::Unreadable)))
        .boxed()
}

fn order_batch(message: v1::StreamOrdersResponse) -> Result<Batch<OrderEvent>, Error> {
    use v1::stream_orders_item::Item;
    let read = |item: v1::StreamOrdersItem| {
        Ok(match item.item {
            Some(Item::Event(event)) => WireItem::Event(OrderEvent::read(event)?),
            Some(Item::Snapshot(order)) => WireItem::Snapshot(Order::read(Some(order))?),
            Some(Item::Control(control)) => WireItem::Control(control),
            None => WireItem::Unknown,
        })
    };
    Ok(Batch {
        items: message.items.into_iter().map(read).collect::<Result<_, Error>>()?,
        token: message.resume_token,
    })
}

fn position_batch(message: v1::StreamPositionsResponse) -> Result<Batch<PositionEvent>, Error> {
    use v1::stream_positions_item::Item;
    let read = |item: v1::StreamPositionsItem| {
        Ok(match item.item {
            Some(Item::Event(event)) => WireItem::Event(PositionEvent::read(event)?),
            Some(Item::Snapshot(position)) => WireItem::Snapshot(Position::read(Some(position))?),
            Some(Item::Control(control)) => WireItem::Control(control),
            None => WireItem::Unknown,
        })
    };
    Ok(Batch {
        items: message.items.into_iter().map(read).collect::<Result<_, Error>>()?,
        token: message.resume_token,
    })
}

fn event_batch(message: v1::StreamEventsResponse) -> Result<Batch<v1::Event>, Error> {
    use v1::stream_events_item::Item;
    let read = |item: v1::StreamEventsItem| match item.item {
        Some(Item::Event(event)) => WireItem::Event(event),
        Some(Item::Control(control)) => WireItem::Control(control),
        None => WireItem::Unknown,
    };
    Ok(Batch {
        items: message.items.into_iter().map(read).collect(),
        token: message.resume_token,
    })
}
