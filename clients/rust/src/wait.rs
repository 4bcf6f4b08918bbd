use std::future::pending;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tonic::Code;

use crate::client::Client;
use crate::errors::Error;
use crate::items::Item;
use crate::records::{Order, OrderEvent};
use crate::stream::EventStream;
use crate::streams::{OrderStreamOptions, StreamOptions};

impl Client {
    /// Waits until an order is over, watching its stream; a broken connection is resumed.
    ///
    /// An `Indeterminate` order is not over. A `Replaced` one is: see [`Order::replaced_by_order_id`]. An error has the last
    /// known state in [`Error::order`].
    pub async fn wait(&self, order: &Order) -> Result<Order, Error> {
        self.wait_until(order, None, |_| false).await
    }

    /// Waits as [`wait`](Self::wait) does, for so long at most. Time is up: an error of kind
    /// [`DeadlineExceeded`](crate::ErrorKind::DeadlineExceeded); the order goes on.
    pub async fn wait_for(&self, order: &Order, timeout: Duration) -> Result<Order, Error> {
        self.wait_until(order, Some(timeout), |_| false).await
    }

    /// Waits until an order is over or meets a condition, for so long at most.
    pub async fn wait_until(
        &self,
        order: &Order,
        timeout: Option<Duration>,
        mut condition: impl FnMut(&Order) -> bool,
    ) -> Result<Order, Error> {
        let mut known = order.clone();
        if known.terminal || condition(&known) {
            return Ok(known);
        }
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        let mut stream = self.watch(order);
        let mut seen = false;
        loop {
            let found = tokio::select! {
                found = self.news(&mut stream, &known, &mut seen) => found,
                () = time_is_up(deadline) => Err(too_late(&known)),
            };
            let found = found.map_err(|error| error.with_order(&known))?;
            if found.version >= known.version {
                known = found;
            }
            if known.terminal || condition(&known) {
                return Ok(known);
            }
        }
    }

    /// A stream whose snapshot has the order, even if it has ended meanwhile.
    fn watch(&self, order: &Order) -> EventStream<OrderEvent> {
        let known = (order.sequence > 0).then(|| (order.account_id.clone(), order.sequence));
        let id = Some(order.client_order_id.clone()).filter(|id| !id.is_empty());
        self.stream_orders(OrderStreamOptions {
            stream: StreamOptions {
                min_sequences: known.into_iter().collect(),
                account: order.account_id.clone(),
                ..Default::default()
            },
            client_order_ids: id.into_iter().collect(),
            terminal_since: order.create_time,
            ..Default::default()
        })
    }

    /// The next state of the order that the stream tells; read once if a snapshot lacks it.
    async fn news(&self, stream: &mut EventStream<OrderEvent>, order: &Order, seen: &mut bool) -> Result<Order, Error> {
        loop {
            let found = match stream.next().await {
                None => return Err(Error::new(Code::Unavailable, "", "the client was closed")),
                Some(item) => match item? {
                    Item::Snapshot(found) => found,
                    Item::Event(event) => event.order,
                    Item::SnapshotEnd { .. } if !*seen => self.get_order(order).await?, // it ended before the snapshot's time
                    _ => continue,
                },
            };
            if found.order_id == order.order_id {
                *seen = true;
                return Ok(found);
            }
        }
    }
}

async fn time_is_up(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}

fn too_late(order: &Order) -> Error {
    let (id, state, filled) = (&order.client_order_id, order.state, &order.filled_quantity);
    let message = format!("order {id} is {state} ({filled} filled); it goes on");
    Error::new(Code::DeadlineExceeded, "", message)
}
