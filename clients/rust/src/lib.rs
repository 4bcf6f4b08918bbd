//! Submits orders to a Brokerwire gateway and subscribes to what happens to them.
//!
//! ```no_run
//! use brokerwire::{Client, OrderRequest};
//!
//! # async fn run() -> Result<(), brokerwire::Error> {
//! let bw = Client::connect()?; // BROKERWIRE_ADDRESS, else 127.0.0.1:50051
//! let order = bw.submit(OrderRequest::buy("AAPL", 10).limit("187.50")).await?;
//! let order = bw.wait(&order).await?;
//! println!("{} {}", order.state, order.filled_quantity);
//! # Ok(())
//! # }
//! ```
//!
//! Prices, quantities and amounts are exact decimals. A broker's refusal is no error but an order in state `Rejected`;
//! `Indeterminate` means that nobody knows yet whether the order is live, and it is not terminal. Whether an order is over is
//! told by [`Order::terminal`], not by its state: a newer gateway may have states that this crate does not know.
//!
//! Nothing that changes something is ever repeated by this crate. Every failed call is an [`Error`], and [`Error::sent`] says
//! whether anything may have reached the broker: if so, look the order up by its `client_order_id`, or submit the same
//! content again under the same `client_order_id`, which the gateway takes as the same order for ever.
//!
//! An [`EventStream`] connects again and resumes by itself: every event once, in order, or a [`Item::Reset`] that says it was
//! impossible.
//!
//! Everything runs in a tokio runtime. The generated messages and stubs are in [`v1`]; [`Client::connection`] is what they run
//! on.

#![forbid(unsafe_code)]

mod backoff;
mod canonical;
mod client;
mod connection;
mod decimals;
mod enums;
mod errors;
#[rustfmt::skip]
#[path = "generated/facts.rs"]
mod facts;
mod items;
mod machine;
mod orders;
mod pages;
mod records;
mod requests;
mod session;
mod signing;
mod status;
mod stream;
mod streams;
mod target;
mod tokens;
mod wait;

/// The contract `brokerwire.v1`: generated messages, enums and stubs.
#[allow(missing_docs, clippy::all, clippy::pedantic, rustdoc::all)]
#[rustfmt::skip]
#[path = "generated/contract.rs"]
pub mod v1;

#[cfg(test)]
mod tests;

pub use canonical::{Signable, canonical_text};
pub use client::Client;
pub use connection::Connection;
pub use decimals::{Decimal, Money, Number, parse_decimal};
pub use enums::{ContractEnum, Open};
pub use errors::{Error, ErrorKind, Sent, Violation};
pub use facts::reason;
pub use items::{Item, Opened, SourceGap, StreamEvent};
pub use orders::{Cancellation, FillFilter, OrderFilter, PositionFilter, Replacement};
pub use pages::Pages;
pub use records::{Fill, Order, OrderEvent, Position, PositionEvent};
pub use requests::{OrderKey, OrderRequest, ReplaceRequest, StopLoss};
pub use session::{OrderSession, Pending};
pub use signing::Signer;
pub use stream::{Closer, EventStream, Events};
pub use streams::{EventStreamOptions, OnGap, OrderStreamOptions, PositionStreamOptions, StreamOptions};
pub use target::{Builder, DEFAULT_ADDRESS, DEFAULT_TIMEOUT, MAX_MESSAGE};
pub use tokens::{FileTokenStore, TokenStore};
pub use v1::{
    ActionOutcome, EventType, FillKind, OrderClass, OrderEventType, OrderState, OrderType, PositionSide, Side,
    StateReason, TimeInForce,
};
