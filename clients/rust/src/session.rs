//! The fast door for many orders.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{Stream, stream};
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::client::Client;
use crate::errors::{Error, Sent};
use crate::orders::{Cancellation, Replacement};
use crate::records::Order;
use crate::requests::{OrderKey, OrderRequest, ReplaceRequest};
use crate::v1;
use crate::v1::order_command::Command;
use crate::v1::order_result::Result as Outcome;

/// The most commands in one message, by the contract.
const COMMAND_BATCH: usize = 1000;
/// What the gateway gets to end a session in good order.
const HANG_UP: Duration = Duration::from_secs(1);

/// The fast door for many orders: commands go out in batches, and each method returns at once. The rules are those of the
/// client's methods of the same names.
///
/// When the connection breaks, a command without a result fails with
/// [`SessionClosed`](crate::ErrorKind::SessionClosed) and [`Sent::Unknown`]: open another session and submit the same content
/// under the same `client_order_id`. Dropping the session ends it without waiting.
pub struct OrderSession {
    shared: Arc<Shared>,
    client: Client,
    /// The account of commands that name none.
    account: Result<String, Error>,
    cancel: DropGuard,
}

/// What a command will have come to. Dropping it leaves the command as it is.
#[must_use]
pub struct Pending<T> {
    client_order_id: String,
    result: oneshot::Receiver<Result<T, Error>>,
}

impl<T> Pending<T> {
    /// The idempotency key of the command; for a cancel, the order's if it was named by it.
    pub fn client_order_id(&self) -> &str {
        &self.client_order_id
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let result = Pin::new(&mut self.result).poll(cx);
        result.map(|settled| {
            let lost = |_| Error::session_closed("the session is gone", Sent::Unknown, &self.client_order_id);
            settled.map_err(lost)?
        })
    }
}

impl Client {
    /// Opens an order session.
    pub async fn session(&self) -> Result<OrderSession, Error> {
        let account = self.one_account("").await;
        let shared = Arc::new(Shared::default());
        let cancel = self.connection().closed().child_token();
        tokio::spawn(run(shared.clone(), self.clone(), cancel.clone()));
        Ok(OrderSession {
            shared,
            client: self.clone(),
            account,
            cancel: cancel.drop_guard(),
        })
    }
}

impl OrderSession {
    /// Submits an order, as [`Client::submit`] does.
    pub fn submit(&self, mut request: OrderRequest) -> Pending<Order> {
        let key = request.identify();
        let message = request.message().and_then(|message| {
            Ok(v1::OrderRequest {
                account_id: self.account(&request.account)?,
                ..message
            })
        });
        self.put(key, message.map(Command::Submit), |outcome| match outcome {
            Outcome::Submit(answer) => Some(Order::submitted(answer)),
            _ => None,
        })
    }

    /// Changes an open order, as [`Client::replace`] does.
    pub fn replace(&self, order: impl Into<OrderKey>, mut request: ReplaceRequest) -> Pending<Replacement> {
        let (key, order) = (request.identify(), order.into());
        let message = request.message().and_then(|changes| {
            let account = self.account(&order.account)?;
            Ok(order.in_account(account).replaced_by(changes))
        });
        self.put(key, message.map(Command::Replace), |outcome| match outcome {
            Outcome::Replace(answer) => Some(Replacement::read(answer)),
            _ => None,
        })
    }

    /// Cancels an open order, as [`Client::cancel`] does.
    pub fn cancel(&self, order: impl Into<OrderKey>) -> Pending<Cancellation> {
        let order = order.into();
        let key = order.key().to_owned();
        let account = self.account(&order.account);
        let message = account.map(|account| order.in_account(account).canceled());
        self.put(key, message.map(Command::Cancel), |outcome| match outcome {
            Outcome::Cancel(answer) => Some(Cancellation::read(answer)),
            _ => None,
        })
    }

    /// Waits for the results that are due, for the client's timeout at most, and ends the session.
    pub async fn close(self) {
        self.shared.state().closing = true;
        self.shared.changed.notify_one();
        let _ = timeout(self.client.target().timeout, self.shared.settled()).await;
        let _ = timeout(HANG_UP, self.shared.over.cancelled()).await;
        drop(self.cancel);
        self.shared.over.cancelled().await;
    }

    fn account(&self, named: &str) -> Result<String, Error> {
        if named.is_empty() {
            self.account.clone()
        } else {
            Ok(named.to_owned())
        }
    }

    fn put<T: Send + 'static>(
        &self,
        key: String,
        command: Result<Command, Error>,
        read: fn(Outcome) -> Option<Result<T, Error>>,
    ) -> Pending<T> {
        let (settled, result) = oneshot::channel();
        let settle = {
            let key = key.clone();
            move |outcome: Result<Option<Outcome>, Error>| {
                let value = outcome.and_then(|outcome| read_outcome(outcome, &key, read));
                let _ = settled.send(value); // nobody may wait for it any more
            }
        };
        let pending = Pending {
            client_order_id: key.clone(),
            result,
        };
        let command = command.map(|mut command| {
            if let Some(signer) = &self.client.target().signer {
                signer.sign_command(&mut command);
            }
            command
        });
        self.shared.enqueue(key, command, Box::new(settle));
        pending
    }
}

fn read_outcome<T>(
    outcome: Option<Outcome>,
    key: &str,
    read: fn(Outcome) -> Option<Result<T, Error>>,
) -> Result<T, Error> {
    let value = match outcome {
        Some(Outcome::Error(error)) => return Err(Error::of_command(error, key)),
        Some(outcome) => read(outcome),
        None => None,
    };
    let other = || {
        Err(Error::unreadable(
            "the gateway answered something else than was asked".to_owned(),
        ))
    };
    value.unwrap_or_else(other).map_err(|e| e.after_mutation(key))
}

type Settle = Box<dyn FnOnce(Result<Option<Outcome>, Error>) + Send>;

/// What the session and the task that runs it share.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// There may be commands to send, or the session is to end.
    changed: Notify,
    /// A result came, or the session is over.
    progress: Notify,
    /// The stream is over, and every command is settled.
    over: CancellationToken,
}

#[derive(Default)]
struct State {
    outbox: VecDeque<v1::OrderCommand>,
    waiting: HashMap<i64, (String, Settle)>,
    last_id: i64,
    closing: bool,
    /// Why no more commands are taken.
    refusing: Option<String>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enqueue(&self, key: String, command: Result<Command, Error>, settle: Settle) {
        let mut state = self.state();
        let closed = |why: &String| {
            let message = format!("the session is over: {why}");
            Error::session_closed(message, Sent::No, &key)
        };
        let refused = state.refusing.as_ref().map(closed);
        let command = match (command, refused) {
            (Err(error), _) | (Ok(_), Some(error)) => {
                drop(state);
                return settle(Err(error.concerning(&key)));
            }
            (Ok(command), None) => command,
        };
        state.last_id += 1;
        let command_id = state.last_id;
        state.waiting.insert(command_id, (key, settle));
        state.outbox.push_back(v1::OrderCommand {
            command_id,
            command: Some(command),
        });
        drop(state);
        self.changed.notify_one();
    }

    /// The next commands to send together; nothing once the session was closed and every command has its result.
    async fn take(&self) -> Option<v1::OrderSessionRequest> {
        loop {
            {
                let mut state = self.state();
                let count = state.outbox.len().min(COMMAND_BATCH);
                if count > 0 {
                    let commands = state.outbox.drain(..count).collect();
                    return Some(v1::OrderSessionRequest { commands });
                }
                if state.closing && state.waiting.is_empty() {
                    return None;
                }
            }
            self.changed.notified().await;
        }
    }

    fn take_in(&self, response: v1::OrderSessionResponse) {
        for result in response.results {
            let waiting = self.state().waiting.remove(&result.command_id);
            if let Some((_, settle)) = waiting {
                settle(Ok(result.result));
            }
        }
        let control = response.control.and_then(|message| message.control);
        if let Some(v1::stream_control::Control::Goodbye(goodbye)) = control {
            self.state().refusing.get_or_insert(goodbye.reason);
        }
        self.changed.notify_one();
        self.progress.notify_one();
    }

    async fn settled(&self) {
        while !self.state().waiting.is_empty() {
            self.progress.notified().await;
        }
    }

    /// The stream is over. Commands without a result may have been carried out.
    fn end(&self, why: &str) {
        let mut state = self.state();
        state.refusing.get_or_insert_with(|| why.to_owned());
        state.outbox.clear();
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        for (key, settle) in waiting.into_values() {
            let message = format!("the session ended before the result: {why}");
            settle(Err(Error::session_closed(message, Sent::Unknown, &key)));
        }
        self.over.cancel();
        self.progress.notify_one();
    }
}

async fn run(shared: Arc<Shared>, client: Client, cancel: CancellationToken) {
    let why = tokio::select! {
        why = exchange(&shared, &client) => why,
        () = cancel.cancelled() => "it was closed".to_owned(),
    };
    shared.end(&why);
}

/// Sends commands and takes results until the stream ends; returns why it did.
async fn exchange(shared: &Arc<Shared>, client: &Client) -> String {
    let mut stub = client.order_stub();
    let ended = |status| client.read_failed(status).message().to_owned();
    let mut answers = match stub.order_session(outbox(shared.clone())).await {
        Ok(answers) => answers.into_inner(),
        Err(status) => return ended(status),
    };
    loop {
        match answers.message().await {
            Ok(Some(response)) => shared.take_in(response),
            Ok(None) => return "it was closed".to_owned(),
            Err(status) => return ended(status),
        }
    }
}

fn outbox(shared: Arc<Shared>) -> impl Stream<Item = v1::OrderSessionRequest> + Send + 'static {
    stream::unfold(shared, |shared| async move {
        let commands = shared.take().await?;
        Some((commands, shared))
    })
}
