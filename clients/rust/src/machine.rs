//! A resumable stream free of any input and output: batches and failures in, items and decisions out.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tonic::Code;

use crate::backoff::{Backoff, jittered};
use crate::enums::Open;
use crate::errors::Error;
use crate::items::{Item, Opened, Place, StreamEvent};
use crate::{reason, v1};

const DEFAULT_HEARTBEAT: Duration = Duration::from_secs(15);
/// How many heartbeats may be missing before the connection is given up, times two.
const PATIENCE_HALVES: u32 = 5;
/// The limit for the first message, which the gateway sends at once.
const OPENING: Duration = Duration::from_secs(10);

/// One message of a connection, whatever its stream.
pub(crate) struct Batch<E: StreamEvent> {
    pub items: Vec<WireItem<E>>,
    pub token: String,
}

/// One item of a batch.
pub(crate) enum WireItem<E: StreamEvent> {
    Event(E),
    Snapshot(E::State),
    Control(v1::StreamControl),
    /// A kind that is newer than this crate.
    Unknown,
}

/// The state of one stream over all its connections.
pub(crate) struct Machine<E: StreamEvent> {
    /// Items received and not taken yet.
    pub ready: VecDeque<Item<E>>,
    /// Where to resume once all that is ready has been taken; empty before the first token.
    pub token: String,
    /// Whether the present connection has said hello.
    opened: bool,
    heartbeat: Duration,
    goodbye: Option<Option<Duration>>,
    backoff: Backoff,
    connections: u64,
    batches: u64,
    began_snapshot: bool,
    seen: HashMap<Place, i64>,
}

impl<E: StreamEvent> Machine<E> {
    pub fn new() -> Self {
        Self {
            ready: VecDeque::new(),
            token: String::new(),
            opened: false,
            heartbeat: DEFAULT_HEARTBEAT,
            goodbye: None,
            backoff: Backoff::new(),
            connections: 0,
            batches: 0,
            began_snapshot: false,
            seen: HashMap::new(),
        }
    }

    /// Begins the next connection.
    pub fn connecting(&mut self) {
        self.opened = false;
        self.goodbye = None;
        self.batches = 0;
    }

    /// The time without any message after which the connection is dead, whatever the transport says.
    pub fn silence(&self) -> Duration {
        if self.opened {
            self.heartbeat * PATIENCE_HALVES / 2
        } else {
            OPENING
        }
    }

    /// Takes one message of the connection.
    pub fn feed(&mut self, batch: Batch<E>) {
        self.batches += 1;
        for item in batch.items {
            match item {
                WireItem::Event(event) => self.event(event),
                WireItem::Snapshot(state) => {
                    self.begin_snapshot();
                    self.ready.push_back(Item::Snapshot(state));
                }
                WireItem::Control(message) => self.control(message),
                WireItem::Unknown => {}
            }
        }
        if !batch.token.is_empty() {
            self.token = batch.token;
        }
        if self.batches > 1 {
            self.backoff.reset(); // a gateway that falls after its hello has not come back
        }
    }

    fn event(&mut self, event: E) {
        let (place, sequence) = event.place();
        let last = self.seen.get(&place).copied().unwrap_or(0);
        if sequence < last || (sequence == last && !E::REPEATS) {
            return;
        }
        self.seen.insert(place, sequence);
        self.ready.push_back(Item::Event(event));
    }

    fn control(&mut self, message: v1::StreamControl) {
        let Some(item) = Item::control(message) else { return };
        match &item {
            Item::Opened(opened) => self.open(opened),
            Item::Reset { .. } => {
                self.seen.clear();
                self.began_snapshot = false;
            }
            Item::SnapshotEnd { .. } => self.begin_snapshot(),
            Item::Goodbye { reconnect_after, .. } => self.goodbye = Some(*reconnect_after),
            _ => {}
        }
        self.ready.push_back(item);
    }

    fn open(&mut self, opened: &Opened) {
        if opened.mode != v1::StreamMode::Resumed {
            self.began_snapshot = false; // otherwise a snapshot that was cut goes on
        }
        if self.connections > 0 && self.token.is_empty() {
            self.seen.clear();
            let cause = Open::from(v1::StreamResetCause::Unspecified);
            self.ready.push_back(Item::Reset { cause });
        }
        self.connections += 1;
        self.opened = true;
        if !opened.heartbeat_interval.is_zero() {
            self.heartbeat = opened.heartbeat_interval;
        }
    }

    fn begin_snapshot(&mut self) {
        if !self.began_snapshot {
            self.began_snapshot = true;
            self.ready.push_back(Item::SnapshotBegin);
        }
    }

    /// The connection was silent for too long. Returns the time to wait before the next.
    pub fn muted(&mut self) -> Duration {
        self.lost(Error::new(Code::Unavailable, "", "the stream went silent"))
    }

    /// The gateway ended the connection with OK. Returns the time to wait before the next.
    pub fn ended(&mut self) -> Duration {
        match self.goodbye {
            None => self.lost(Error::new(Code::Unavailable, "", "the stream ended without a goodbye")),
            Some(Some(after)) if !after.is_zero() => jittered(after * 2),
            Some(_) => self.backoff.delay(),
        }
    }

    /// The connection failed. Returns the time to wait before the next, or the error, if another would not help.
    pub fn failed(&mut self, error: Error) -> Result<Duration, Error> {
        let transient = matches!(
            error.code(),
            Code::Unavailable | Code::Internal | Code::Cancelled | Code::Unknown | Code::DeadlineExceeded
        ) && error.reason() != reason::SEQUENCE_NOT_YET_AVAILABLE;
        let retried = matches!(
            error.reason(),
            reason::SLOW_CONSUMER | reason::STREAM_LIMIT | reason::GATEWAY_OVERLOADED
        );
        if transient || (retried && self.connections > 0) {
            Ok(self.lost(error))
        } else {
            Err(error)
        }
    }

    fn lost(&mut self, error: Error) -> Duration {
        let at_least = error.retry_after().unwrap_or_default();
        let retry_in = self.backoff.delay().max(at_least);
        self.ready.push_back(Item::Disconnected { error, retry_in });
        retry_in
    }
}

/// The error for a reader of events alone, to whom a reset means that events were lost.
pub(crate) fn gap<E: StreamEvent>(cause: Open<v1::StreamResetCause>) -> Error {
    let message = format!(
        "{} could not go on where it was ({cause}): read what you need anew; the stream goes on, and its items would have \
         included a snapshot",
        E::STREAM
    );
    Error::new(Code::OutOfRange, reason::RESUME_TOKEN_EXPIRED, message)
}
