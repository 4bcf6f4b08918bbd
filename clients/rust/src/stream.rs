use std::error::Error as StdError;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::BoxStream;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::{Code, Status};

use crate::client::Client;
use crate::connection::Connection;
use crate::errors::Error;
use crate::items::{Item, StreamEvent};
use crate::machine::{Batch, Machine, gap};
use crate::tokens::TokenStore;

/// What a consumer that was away gets to be handed what has arrived meanwhile.
const GRACE: Duration = Duration::from_millis(200);

type StoreResult<T> = Result<T, Box<dyn StdError + Send + Sync>>;

/// Opens one connection of a stream, which begins at a token.
pub(crate) type Connect<E> = Box<dyn Fn(Connection, &str) -> Batches<E> + Send>;

/// The messages of one connection.
pub(crate) type Batches<E> = BoxStream<'static, Result<Batch<E>, Failure>>;

/// How a connection fails.
pub(crate) enum Failure {
    Status(Status),
    /// An answer that the contract does not allow. Going on would leave a gap.
    Unreadable(Error),
}

/// Connects again and resumes by itself: every event once, in order, or an [`Item::Reset`] that says it was impossible.
///
/// It is a [`Stream`] of items; [`events`](Self::events) gives events alone. An error is its last: another connection would
/// not help. Giving up a wait (dropping `next`) loses nothing. Dropping the stream ends the call; a [`Closer`] does so from
/// another task. No task or thread of its own reads ahead, so a gateway notices a slow reader.
#[must_use]
pub struct EventStream<E: StreamEvent> {
    machine: Machine<E>,
    client: Client,
    connect: Connect<E>,
    store: Option<Arc<dyn TokenStore>>,
    saved: String,
    saving: Option<(String, JoinHandle<StoreResult<()>>)>,
    closer: Closer,
    closing: Pin<Box<WaitForCancellationFutureOwned>>,
    /// A connection of its own, after the client's went silent.
    private: Option<Connection>,
    phase: Phase<E>,
    timer: Option<Pin<Box<Sleep>>>,
}

enum Phase<E: StreamEvent> {
    New,
    Loading(JoinHandle<StoreResult<Option<String>>>),
    Resting(Instant),
    Reading { batches: Batches<E>, patience: Instant },
    Over,
}

/// Ends a stream from any task or thread. A consumer that waits gets `None` at once.
#[derive(Clone, Debug)]
pub struct Closer(CancellationToken);

impl Closer {
    /// Ends the stream.
    pub fn close(&self) {
        self.0.cancel();
    }
}

impl<E: StreamEvent> EventStream<E> {
    pub(crate) fn new(client: &Client, store: Option<Arc<dyn TokenStore>>, connect: Connect<E>) -> Self {
        let closed = client.connection().closed().child_token();
        Self {
            machine: Machine::new(),
            client: client.clone(),
            connect,
            store,
            saved: String::new(),
            saving: None,
            closing: Box::pin(closed.clone().cancelled_owned()),
            closer: Closer(closed),
            private: None,
            phase: Phase::New,
            timer: None,
        }
    }

    /// The next item. `None`: the stream is over.
    pub async fn next(&mut self) -> Option<Result<Item<E>, Error>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    /// Events alone.
    pub fn events(&mut self) -> Events<'_, E> {
        Events { stream: self }
    }

    /// Where another stream could go on. It moves when all items received have been taken and more are asked for.
    pub fn token(&self) -> &str {
        &self.saved
    }

    /// What ends the stream from elsewhere.
    pub fn closer(&self) -> Closer {
        self.closer.clone()
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Item<E>, Error>>> {
        loop {
            if let Some(item) = self.machine.ready.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            if matches!(self.phase, Phase::Over) || self.closing.as_mut().poll(cx).is_ready() {
                self.end();
                return Poll::Ready(None);
            }
            if let Err(error) = ready!(self.poll_more(cx)) {
                self.end();
                return Poll::Ready(Some(Err(error)));
            }
        }
    }

    fn end(&mut self) {
        self.phase = Phase::Over;
        self.private = None;
    }

    /// Takes one step towards more items.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        ready!(self.poll_commit(cx))?;
        match &mut self.phase {
            Phase::New => match self.store.clone() {
                Some(store) => self.phase = Phase::Loading(spawn_blocking(move || store.load())),
                None => self.open(),
            },
            Phase::Loading(loading) => {
                let loaded = ready!(stored(loading, cx, "loaded"))?.unwrap_or_default();
                self.saved.clone_from(&loaded);
                self.machine.token = loaded;
                self.open();
            }
            Phase::Resting(until) => {
                let until = *until;
                ready!(self.poll_timer(until, cx));
                self.open();
            }
            Phase::Reading { .. } => return self.poll_batch(cx),
            Phase::Over => {}
        }
        Poll::Ready(Ok(()))
    }

    /// Keeps the token: all that was received has been processed, or its consumer would not ask for more.
    fn poll_commit(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        while self.saving.is_some() || self.machine.token != self.saved {
            let token = self.machine.token.clone();
            match (&mut self.saving, self.store.clone()) {
                (Some((_, saving)), _) => {
                    ready!(stored(saving, cx, "saved"))?;
                    self.saved = self.saving.take().map(|(token, _)| token).unwrap_or_default();
                }
                (None, Some(store)) => {
                    let kept = token.clone();
                    self.saving = Some((token, spawn_blocking(move || store.save(&kept))));
                }
                (None, None) => self.saved = token,
            }
        }
        Poll::Ready(Ok(()))
    }

    fn open(&mut self) {
        let shared = || self.client.connection();
        let connection = self.private.clone().unwrap_or_else(shared);
        self.machine.connecting();
        self.phase = Phase::Reading {
            batches: (self.connect)(connection, &self.machine.token),
            patience: Instant::now() + self.machine.silence(),
        };
    }

    /// Takes one message, or the end of the connection.
    fn poll_batch(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let Phase::Reading { batches, patience } = &mut self.phase else {
            return Poll::Ready(Ok(()));
        };
        let wait = match batches.as_mut().poll_next(cx) {
            Poll::Ready(Some(Ok(batch))) => {
                self.machine.feed(batch);
                *patience = Instant::now() + self.machine.silence();
                return Poll::Ready(Ok(()));
            }
            Poll::Ready(Some(Err(Failure::Unreadable(error)))) => return Poll::Ready(Err(error)),
            Poll::Ready(Some(Err(Failure::Status(status)))) => {
                let error = self.client.read_failed(status);
                self.machine.failed(error)?
            }
            Poll::Ready(None) => self.machine.ended(),
            Poll::Pending => {
                let until = *patience;
                ready!(self.poll_timer(until, cx));
                if until.elapsed() > GRACE {
                    self.be_patient(); // the consumer was away, the connection perhaps not
                    return Poll::Ready(Ok(()));
                }
                self.private = Some(self.client.connection().anew());
                self.machine.muted()
            }
        };
        self.phase = Phase::Resting(Instant::now() + wait);
        Poll::Ready(Ok(()))
    }

    fn be_patient(&mut self) {
        if let Phase::Reading { patience, .. } = &mut self.phase {
            *patience = Instant::now() + GRACE;
        }
    }

    fn poll_timer(&mut self, until: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if timer.deadline() != until {
            timer.as_mut().reset(until);
        }
        timer.as_mut().poll(cx)
    }
}

/// What a token store came to.
fn stored<T>(work: &mut JoinHandle<StoreResult<T>>, cx: &mut Context<'_>, what: &str) -> Poll<Result<T, Error>> {
    let failed = |cause: Box<dyn StdError + Send + Sync>| {
        let message = format!("the resume token could not be {what}: {cause}");
        Error::new(Code::Internal, "", message).caused_by(cause.into())
    };
    let result = match ready!(Pin::new(work).poll(cx)) {
        Ok(result) => result.map_err(failed),
        Err(panicked) => Err(failed(panicked.into())),
    };
    Poll::Ready(result)
}

impl<E: StreamEvent> Stream for EventStream<E> {
    type Item = Result<Item<E>, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_item(cx)
    }
}

/// The events of a stream alone; a [`Stream`].
///
/// An error of kind [`StreamGap`](crate::ErrorKind::StreamGap) may mean that events were lost to this reader: read what you need
/// anew and go on, or find that the stream is over. Any other error is the last.
#[must_use]
pub struct Events<'a, E: StreamEvent> {
    stream: &'a mut EventStream<E>,
}

impl<E: StreamEvent> Events<'_, E> {
    /// The next event. `None`: the stream is over.
    pub async fn next(&mut self) -> Option<Result<E, Error>> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<E, Error>>> {
        loop {
            match ready!(self.stream.poll_item(cx)) {
                Some(Ok(Item::Event(event))) => return Poll::Ready(Some(Ok(event))),
                Some(Ok(Item::Reset { cause })) => return Poll::Ready(Some(Err(gap::<E>(cause)))),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<E: StreamEvent> Stream for Events<'_, E> {
    type Item = Result<E, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_event(cx)
    }
}
