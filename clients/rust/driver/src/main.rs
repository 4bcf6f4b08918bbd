//! Carries out the steps of the cross-language suite with this client: JSON lines in, one JSON line out for each.
//! `tests/clients/README.md` says what the steps are.

mod describe;
mod requests;
mod streams;
mod timing;

use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::time::Duration;

use brokerwire::{Client, Error, OrderFilter, OrderKey, OrderSession, PositionFilter, Signer};
use serde_json::{Value, json};

use crate::requests::{order_request, replace_request};
use crate::streams::{AnyStream, Store};

/// Why a step has no result: the client's error, or the driver's own fault, which no scenario expects.
enum Trouble {
    Client(Error),
    Driver(String),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

type Outcome = Result<Value, Trouble>;

/// The client under test and what it has open.
#[derive(Default)]
struct Driver {
    client: Option<Client>,
    session: Option<OrderSession>,
    streams: HashMap<String, AnyStream>,
    stores: HashMap<String, Store>,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut driver = Driver::default();
    for line in io::stdin().lock().lines() {
        let outcome = match serde_json::from_str(&line?) {
            Ok(step) => driver.carry_out(&step).await,
            Err(error) => Err(Trouble::Driver(error.to_string())),
        };
        let mut out = io::stdout().lock();
        writeln!(out, "{}", answer(outcome))?;
        out.flush()?;
    }
    Ok(())
}

/// What a step came to: its result, or the client's error.
fn answer(outcome: Outcome) -> Value {
    match outcome {
        Ok(result) => json!({"ok": result}),
        Err(Trouble::Client(error)) => json!({"error": describe::error(&error)}),
        Err(Trouble::Driver(message)) => json!({"error": {"kind": "driver", "message": message}}),
    }
}

/// Text of a step; empty if it is absent.
fn text<'a>(step: &'a Value, name: &str) -> &'a str {
    step[name].as_str().unwrap_or("")
}

fn seconds(step: &Value, name: &str) -> Option<Duration> {
    step[name].as_f64().map(Duration::from_secs_f64)
}

fn key(step: &Value) -> OrderKey {
    match text(step, "order_id") {
        "" => OrderKey::client_order_id(text(step, "client_order_id")),
        id => OrderKey::order_id(id),
    }
}

impl Driver {
    async fn carry_out(&mut self, step: &Value) -> Outcome {
        match text(step, "do") {
            "connect" => self.connect(step),
            "submit" => {
                let order = self.client()?.submit(order_request(step)?).await?;
                Ok(describe::order(&order))
            }
            "wait" => self.wait(step).await,
            "get_order" => {
                let order = self.client()?.get_order(key(step)).await?;
                Ok(describe::order(&order))
            }
            "replace" => {
                let result = self.client()?.replace(key(step), replace_request(step)).await?;
                Ok(json!({"outcome": result.outcome.to_string(), "order": describe::order(&result.order)}))
            }
            "cancel" => {
                let result = self.client()?.cancel(key(step)).await?;
                Ok(json!({"outcome": result.outcome.to_string(), "order": describe::order(&result.order)}))
            }
            "list_orders" => self.list_orders(step).await,
            "list_positions" => {
                let positions = self.client()?.positions(PositionFilter::default()).all().await?;
                let positions: Vec<Value> = positions.iter().map(describe::position).collect();
                Ok(json!({"positions": positions}))
            }
            "open_stream" => self.open_stream(step),
            "read_stream" => self.read_stream(step).await,
            "close_stream" => {
                self.stream(step)?.close();
                Ok(json!({}))
            }
            "open_session" => {
                self.session = Some(self.client()?.session().await?);
                Ok(json!({}))
            }
            "session_submit" => self.session_submit(step).await,
            "close_session" => {
                if let Some(session) = self.session.take() {
                    session.close().await;
                }
                Ok(json!({}))
            }
            "time_submits" => self.time_submits(step).await,
            "time_events" => self.time_events(step).await,
            other => Err(Trouble::Driver(format!("no such step: {other}"))),
        }
    }

    fn client(&self) -> Result<&Client, Trouble> {
        self.client
            .as_ref()
            .ok_or_else(|| Trouble::Driver("not connected".to_owned()))
    }

    fn connect(&mut self, step: &Value) -> Outcome {
        let builder = Client::builder()
            .address(text(step, "address"))
            .account(text(step, "account"));
        let mut builder = match seconds(step, "timeout") {
            Some(timeout) => builder.timeout(timeout),
            None => builder,
        };
        let given = |name| step[name].as_str();
        if let Some(token) = given("bearer") {
            builder = builder.token(token);
        }
        if let Some(path) = given("ca") {
            builder = builder.ca_file(path);
        }
        if let (Some(certificate), Some(key)) = (given("certificate"), given("certificate_key")) {
            builder = builder.client_certificate(certificate, key);
        }
        if let (Some(path), Some(id)) = (given("signing_key"), given("key_id")) {
            builder = builder.signer(Signer::from_file(path, id)?);
        }
        self.client = Some(builder.build()?);
        Ok(json!({}))
    }

    async fn wait(&self, step: &Value) -> Outcome {
        let client = self.client()?;
        let order = client.get_order(key(step)).await?;
        let timeout = seconds(step, "timeout").unwrap_or(Duration::from_secs(20));
        Ok(describe::order(&client.wait_for(&order, timeout).await?))
    }

    async fn list_orders(&self, step: &Value) -> Outcome {
        let filter = OrderFilter {
            open_only: step["open_only"].as_bool().unwrap_or(false),
            oldest_first: step["oldest_first"].as_bool().unwrap_or(false),
            page_size: step["page_size"].as_i64().map_or(0, |size| size as i32),
            ..OrderFilter::default()
        };
        let orders = self.client()?.orders(filter).all().await?;
        let orders: Vec<Value> = orders.iter().map(describe::order).collect();
        Ok(json!({"orders": orders}))
    }

    async fn session_submit(&self, step: &Value) -> Outcome {
        let session = self
            .session
            .as_ref()
            .ok_or_else(|| Trouble::Driver("no session".to_owned()))?;
        let mut pending = Vec::new();
        for order in step["orders"].as_array().into_iter().flatten() {
            pending.push(session.submit(order_request(order)?));
        }
        let mut results = Vec::new();
        for result in pending {
            let order = result.await.map_err(Trouble::Client);
            results.push(answer(order.map(|order| describe::order(&order))));
        }
        Ok(json!({"results": results}))
    }
}
