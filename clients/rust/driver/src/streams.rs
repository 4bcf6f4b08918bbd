//! Streams of any kind, and the stores of their tokens.

use std::error::Error as StdError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use brokerwire::v1::Event;
use brokerwire::{
    Error, EventStream, EventStreamOptions, EventType, OnGap, OrderEvent, OrderStreamOptions, PositionEvent,
    PositionStreamOptions, StreamOptions, TokenStore,
};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use crate::describe::{self, Told};
use crate::requests::value;
use crate::{Driver, Outcome, Trouble, seconds, text};

/// A token store that outlives its stream.
#[derive(Clone, Default)]
pub(crate) struct Store(Arc<Mutex<String>>);

impl TokenStore for Store {
    fn load(&self) -> Result<Option<String>, Box<dyn StdError + Send + Sync>> {
        Ok(Some(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()))
    }

    fn save(&self, token: &str) -> Result<(), Box<dyn StdError + Send + Sync>> {
        token.clone_into(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }
}

pub(crate) enum AnyStream {
    Orders(EventStream<OrderEvent>),
    Positions(EventStream<PositionEvent>),
    Events(EventStream<Event>),
}

impl AnyStream {
    pub(crate) fn close(&self) {
        match self {
            Self::Orders(stream) => stream.closer().close(),
            Self::Positions(stream) => stream.closer().close(),
            Self::Events(stream) => stream.closer().close(),
        }
    }

    async fn next(&mut self, events_only: bool) -> Option<Result<Value, Error>> {
        match self {
            Self::Orders(stream) => next(stream, events_only).await,
            Self::Positions(stream) => next(stream, events_only).await,
            Self::Events(stream) => next(stream, events_only).await,
        }
    }
}

async fn next<E: Told>(stream: &mut EventStream<E>, events_only: bool) -> Option<Result<Value, Error>> {
    if events_only {
        let event = stream.events().next().await?;
        return Some(event.map(|event| event.event()));
    }
    let item = stream.next().await?;
    Some(item.map(|item| describe::item(&item)))
}

impl Driver {
    pub(crate) fn stream(&mut self, step: &Value) -> Result<&mut AnyStream, Trouble> {
        let name = text(step, "stream");
        let missing = || Trouble::Driver(format!("no such stream: {name}"));
        self.streams.get_mut(name).ok_or_else(missing)
    }

    pub(crate) fn open_stream(&mut self, step: &Value) -> Outcome {
        let name = text(step, "stream").to_owned();
        let kept = step["store"].as_str().unwrap_or(&name).to_owned();
        let store = self.stores.entry(kept).or_default().clone();
        if let Some(token) = step["token"].as_str() {
            store.save(token).map_err(|error| Trouble::Driver(error.to_string()))?;
        }
        let options = StreamOptions {
            heartbeat: seconds(step, "heartbeat"),
            on_gap: if text(step, "on_gap") == "fail" {
                OnGap::Fail
            } else {
                OnGap::Resnapshot
            },
            ..StreamOptions::kept_in(store)
        };
        let opened = self.opened(step, options)?;
        self.streams.insert(name, opened);
        Ok(json!({}))
    }

    fn opened(&self, step: &Value, stream: StreamOptions) -> Result<AnyStream, Trouble> {
        let client = self.client()?;
        Ok(match text(step, "kind") {
            "orders" => AnyStream::Orders(client.stream_orders(OrderStreamOptions {
                stream,
                fills_only: step["fills_only"].as_bool().unwrap_or(false),
                ..Default::default()
            })),
            "positions" => AnyStream::Positions(client.stream_positions(PositionStreamOptions {
                stream,
                ..Default::default()
            })),
            "events" => {
                let mut types = Vec::new();
                for name in step["types"].as_array().into_iter().flatten() {
                    let name = name.as_str().unwrap_or("");
                    types.extend(value(EventType::from_str_name, "EVENT_TYPE_", name)?);
                }
                let options = EventStreamOptions {
                    stream,
                    types,
                    ..Default::default()
                };
                AnyStream::Events(client.stream_events(options))
            }
            other => return Err(Trouble::Driver(format!("no such stream: {other}"))),
        })
    }

    pub(crate) async fn read_stream(&mut self, step: &Value) -> Outcome {
        let deadline = Instant::now() + seconds(step, "timeout").unwrap_or(Duration::from_secs(30));
        let events_only = step["events_only"].as_bool().unwrap_or(false);
        let until = &step["until"];
        let least = until["sequence"].as_i64().unwrap_or(0);
        let mut left = until["count"].as_i64().unwrap_or(1).max(1);
        let stream = self.stream(step)?;
        let mut items = Vec::new();
        while left > 0 {
            let Ok(Some(item)) = timeout_at(deadline, stream.next(events_only)).await else {
                return Ok(json!({"items": items, "timed_out": true}));
            };
            let item = item?;
            let reached = item["sequence"].as_i64().unwrap_or(0) >= least;
            if item["kind"] == until["kind"] && reached {
                left -= 1;
            }
            items.push(item);
        }
        Ok(json!({"items": items, "timed_out": false}))
    }
}
