//! What a stream delivers.

use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use crate::enums::Open;
use crate::errors::Error;
use crate::records::{Order, OrderEvent, Position, PositionEvent, when};
use crate::v1;
use crate::v1::stream_control::Control;

/// What a sequence counts within: an account, or an account and a symbol.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[doc(hidden)]
pub struct Place(pub String, pub String);

/// An event of a stream: [`OrderEvent`], [`PositionEvent`] or [`v1::Event`].
pub trait StreamEvent: Unpin + Send + 'static {
    /// What a snapshot consists of.
    type State: Unpin + Send + 'static;

    /// The stream's name in the contract.
    #[doc(hidden)]
    const STREAM: &'static str;
    /// Events of one sequence may come twice with news: absolute states valued anew.
    #[doc(hidden)]
    const REPEATS: bool;
    /// Where the event stands.
    #[doc(hidden)]
    fn place(&self) -> (Place, i64);
}

impl StreamEvent for OrderEvent {
    type State = Order;
    const STREAM: &'static str = "StreamOrders";
    const REPEATS: bool = false;

    fn place(&self) -> (Place, i64) {
        (Place(self.account_id.clone(), String::new()), self.sequence)
    }
}

impl StreamEvent for PositionEvent {
    type State = Position;
    const STREAM: &'static str = "StreamPositions";
    const REPEATS: bool = true;

    fn place(&self) -> (Place, i64) {
        let symbol = self.position.symbol.clone();
        (Place(self.account_id.clone(), symbol), self.sequence)
    }
}

impl StreamEvent for v1::Event {
    type State = Infallible;
    const STREAM: &'static str = "StreamEvents";
    const REPEATS: bool = false;

    fn place(&self) -> (Place, i64) {
        (Place(self.account_id.clone(), String::new()), self.sequence)
    }
}

/// An event, a piece of a snapshot, or what the stream says about itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Item<E: StreamEvent> {
    /// Something happened.
    Event(E),
    /// A snapshot follows. Collect it beside what you hold; an earlier one that was cut off is void.
    SnapshotBegin,
    /// The state of one thing, between `SnapshotBegin` and `SnapshotEnd`.
    Snapshot(E::State),
    /// The snapshot is complete. Swap what you hold for it now.
    SnapshotEnd {
        /// How many states it had.
        item_count: i64,
    },
    /// A connection of the stream is up, the first or a later one.
    Opened(Opened),
    /// Nothing happened; so fresh is the gateway's picture.
    Heartbeat(v1::StreamHeartbeat),
    /// Everything so far has been delivered; live from here on.
    CaughtUp,
    /// This reader is slow. Nothing is lost; `CaughtUp` ends it.
    FellBehind {
        /// How many events wait for it.
        pending_count: i64,
    },
    /// The feed from a broker had a gap, which is opened, reconciled or unrecoverable.
    SourceGap(SourceGap),
    /// The stream starts over. Discard what you hold, a snapshot follows. An unspecified cause means that the connection
    /// broke before the stream had a token to resume by.
    Reset {
        /// Why.
        cause: Open<v1::StreamResetCause>,
    },
    /// This reader is close to its limit.
    SlowWarning {
        /// How many events wait for it.
        queued_count: i64,
        /// How many may.
        limit_count: i64,
    },
    /// The gateway ended the connection in good order; the stream connects again by itself.
    Goodbye {
        /// Why.
        reason: String,
        /// When it will be back.
        reconnect_after: Option<Duration>,
    },
    /// The connection is gone; the stream connects again by itself.
    Disconnected {
        /// Why.
        error: Error,
        /// How long it waits before it connects again.
        retry_in: Duration,
    },
}

/// The hello of a connection.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct Opened {
    pub stream_id: String,
    pub journal_epoch: String,
    /// How the stream goes on: with a snapshot, resumed, or live.
    pub mode: Open<v1::StreamMode>,
    /// The longest silence.
    pub heartbeat_interval: Duration,
    pub accounts: Vec<v1::AccountSync>,
    pub unreachable: Vec<String>,
}

/// A gap in the feed from a broker.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct SourceGap {
    pub account_id: String,
    pub phase: Open<v1::SourceGapPhase>,
    pub from_time: Option<SystemTime>,
    pub to_time: Option<SystemTime>,
    pub recovered_event_count: i64,
    pub detail: String,
}

impl<E: StreamEvent> Item<E> {
    /// Reads a control message; nothing for a kind that is newer than this crate.
    pub(crate) fn control(message: v1::StreamControl) -> Option<Self> {
        Some(match message.control? {
            Control::Opened(m) => Self::Opened(Opened {
                stream_id: m.stream_id,
                journal_epoch: m.journal_epoch,
                mode: Open::new(m.mode),
                heartbeat_interval: span(m.heartbeat_interval).unwrap_or_default(),
                accounts: m.accounts,
                unreachable: m.unreachable,
            }),
            Control::SnapshotEnd(m) => Self::SnapshotEnd {
                item_count: m.item_count,
            },
            Control::Heartbeat(m) => Self::Heartbeat(m),
            Control::CaughtUp(_) => Self::CaughtUp,
            Control::FellBehind(m) => Self::FellBehind {
                pending_count: m.pending_count,
            },
            Control::SourceGap(m) => Self::SourceGap(SourceGap {
                account_id: m.account_id,
                phase: Open::new(m.phase),
                from_time: when(m.from_time),
                to_time: when(m.to_time),
                recovered_event_count: m.recovered_event_count,
                detail: m.detail,
            }),
            Control::Reset(m) => Self::Reset {
                cause: Open::new(m.cause),
            },
            Control::SlowWarning(m) => Self::SlowWarning {
                queued_count: m.queued_count,
                limit_count: m.limit_count,
            },
            Control::Goodbye(m) => Self::Goodbye {
                reason: m.reason,
                reconnect_after: span(m.reconnect_after),
            },
        })
    }
}

fn span(duration: Option<prost_types::Duration>) -> Option<Duration> {
    duration.and_then(|d| d.try_into().ok())
}
