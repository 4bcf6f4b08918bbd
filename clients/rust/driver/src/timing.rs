//! The steps of `make bench`: bare loops, which keep nothing but times.

use std::time::Instant;

use brokerwire::{Events, OrderEvent};
use serde_json::{Value, json};

use crate::requests::order_request;
use crate::streams::AnyStream;
use crate::{Driver, Outcome, Trouble};

impl Driver {
    /// Submits an order so many times, one after another, and tells how long each call took.
    pub(crate) async fn time_submits(&self, step: &Value) -> Outcome {
        let client = self.client()?;
        let request = order_request(step)?;
        let mut times = Vec::new();
        for _ in 0..count(step)? {
            let request = request.clone();
            let begun = Instant::now();
            client.submit(request).await?;
            times.push(since(begun));
        }
        Ok(json!({"nanoseconds": times}))
    }

    /// Reads so many events of a stream, and tells how long it took from the first to the last.
    pub(crate) async fn time_events(&mut self, step: &Value) -> Outcome {
        let AnyStream::Orders(stream) = self.stream(step)? else {
            return Err(Trouble::Driver("not a stream of orders".to_owned()));
        };
        let mut events = stream.events();
        read(&mut events).await?;
        let begun = Instant::now();
        for _ in 1..count(step)? {
            read(&mut events).await?;
        }
        Ok(json!({"nanoseconds": since(begun)}))
    }
}

async fn read(events: &mut Events<'_, OrderEvent>) -> Result<(), Trouble> {
    let ended = || Trouble::Driver("the stream ended before its last event".to_owned());
    events.next().await.ok_or_else(ended)??;
    Ok(())
}

fn count(step: &Value) -> Result<u64, Trouble> {
    let missing = || Trouble::Driver("no count".to_owned());
    step["count"].as_u64().ok_or_else(missing)
}

fn since(begun: Instant) -> u64 {
    begun.elapsed().as_nanos() as u64
}
