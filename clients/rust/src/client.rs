use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use crate::canonical::Signable;
use crate::connection::Connection;
use crate::errors::{Error, invalid};
use crate::status::Failed;
use crate::target::{Builder, MAX_MESSAGE, Target};
use crate::v1::access_service_client::AccessServiceClient;
use crate::v1::account_service_client::AccountServiceClient;
use crate::v1::broker_service_client::BrokerServiceClient;
use crate::v1::event_service_client::EventServiceClient;
use crate::v1::market_data_service_client::MarketDataServiceClient;
use crate::v1::order_service_client::OrderServiceClient;
use crate::v1::position_service_client::PositionServiceClient;
use crate::v1::risk_service_client::RiskServiceClient;
use crate::v1::simulator_service_client::SimulatorServiceClient;
use crate::v1::system_service_client::SystemServiceClient;
use crate::{reason, v1};

/// A gateway. Cheap to clone; use it from any number of tasks.
///
/// Dropping it leaves its streams and sessions alone; [`Client::close`] ends them.
#[derive(Clone, Debug)]
pub struct Client {
    connection: Connection,
    only: Arc<Mutex<Option<String>>>,
}

macro_rules! stubs {
    ($($name:ident: $stub:ident),*) => {
        $(#[doc = concat!("The stub [`", stringify!($stub), "`](crate::v1), with this client's rules.")]
        pub fn $name(&self) -> $stub<Connection> {
            $stub::new(self.connection()).max_decoding_message_size(MAX_MESSAGE)
        })*
    };
}

impl Client {
    /// A client of the gateway at `BROKERWIRE_ADDRESS`, else at 127.0.0.1:50051. Nothing is connected until it is needed.
    pub fn connect() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// Says where the gateway is, and how to reach it.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(target: Target) -> Self {
        Self {
            connection: Connection::new(Arc::new(target), CancellationToken::new()),
            only: Arc::default(),
        }
    }

    /// Ends streams, sessions and calls under way. Orders go on.
    pub fn close(&self) {
        self.connection.closed().cancel();
    }

    /// What the stubs in [`v1`] run on. Make errors of theirs an [`Error`] with `?` or `Error::from`.
    pub fn connection(&self) -> Connection {
        self.connection.clone()
    }

    stubs! {
        access_stub: AccessServiceClient,
        account_stub: AccountServiceClient,
        broker_stub: BrokerServiceClient,
        event_stub: EventServiceClient,
        market_data_stub: MarketDataServiceClient,
        order_stub: OrderServiceClient,
        position_stub: PositionServiceClient,
        risk_stub: RiskServiceClient,
        simulator_stub: SimulatorServiceClient,
        system_stub: SystemServiceClient
    }

    pub(crate) fn target(&self) -> &Target {
        self.connection.target()
    }

    /// Signs a request, if there is a signer.
    pub(crate) fn sign(&self, request: &mut impl Signable) {
        if let Some(signer) = &self.target().signer {
            signer.sign(request);
        }
    }

    /// The error of a call that changes nothing.
    pub(crate) fn read_failed(&self, status: Status) -> Error {
        self.failed(status, None)
    }

    /// The error of a call that changes something under an idempotency key.
    pub(crate) fn mutation_failed(&self, status: Status, key: &str) -> Error {
        self.failed(status, Some(key))
    }

    fn failed(&self, status: Status, mutation: Option<&str>) -> Error {
        let address = &self.target().address;
        Failed { address, mutation }.with(status)
    }

    /// The account that a call means that works on one: the one named, else the client's own, else the only one that
    /// there is.
    pub(crate) async fn one_account(&self, named: &str) -> Result<String, Error> {
        for known in [named, &self.target().account] {
            if !known.is_empty() {
                return Ok(known.to_owned());
            }
        }
        if let Some(only) = &*self.only.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(only.clone());
        }
        let request = v1::ListAccountsRequest {
            page_size: 1000,
            ..Default::default()
        };
        let answer = self.account_stub().list_accounts(request).await;
        let only = only_account(answer.map_err(|status| self.read_failed(status))?.into_inner())?;
        *self.only.lock().unwrap_or_else(PoisonError::into_inner) = Some(only.clone());
        Ok(only)
    }

    /// The filter of a call over accounts: the one named, else the client's own, else all.
    pub(crate) fn some_accounts(&self, named: &str) -> Vec<String> {
        let account = if named.is_empty() {
            &self.target().account
        } else {
            named
        };
        let given = !account.is_empty();
        given.then(|| account.to_owned()).into_iter().collect()
    }
}

fn only_account(answer: v1::ListAccountsResponse) -> Result<String, Error> {
    if !answer.unreachable.is_empty() {
        let away = answer.unreachable.join(", ");
        let message = format!("cannot tell which account is meant while {away} cannot be reached");
        return Err(Error::new(Code::Unavailable, "", message));
    }
    let closed = v1::AccountStatus::Closed as i32;
    let usable = answer.accounts.into_iter().filter(|account| account.status != closed);
    let mut names: Vec<String> = usable.map(|account| account.account_id).collect();
    match names.len() {
        0 => Err(Error::new(
            Code::NotFound,
            reason::ACCOUNT_NOT_FOUND,
            "the gateway has no open account",
        )),
        1 => Ok(names.remove(0)),
        _ => {
            let names = names.join(", ");
            let problem = format!("is needed, because the gateway has several: {names}; `Builder::account` sets it");
            Err(invalid("account", &problem, reason::FIELD_REQUIRED))
        }
    }
}
