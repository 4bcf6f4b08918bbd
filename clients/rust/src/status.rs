//! From the status of a call to the error of this crate.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use prost::Message;
use tonic::{Code, Status};

use crate::errors::{Error, Sent, Violation};

const DOMAIN: &str = "brokerwire.dev";

/// `google.rpc.Status`, as far as it is needed, and the details that a gateway puts into it.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Details {
    #[prost(message, repeated, tag = "3")]
    pub details: Vec<prost_types::Any>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ErrorInfo {
    #[prost(string, tag = "1")]
    pub reason: String,
    #[prost(string, tag = "2")]
    pub domain: String,
    #[prost(map = "string, string", tag = "3")]
    pub metadata: HashMap<String, String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct BadRequest {
    #[prost(message, repeated, tag = "1")]
    pub violations: Vec<FieldViolation>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct FieldViolation {
    #[prost(string, tag = "1")]
    pub field: String,
    #[prost(string, tag = "2")]
    pub description: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    pub delay: Option<prost_types::Duration>,
}

/// A call that failed: which address it went to, and for a mutation the idempotency key.
pub(crate) struct Failed<'a> {
    pub address: &'a str,
    pub mutation: Option<&'a str>,
}

impl Failed<'_> {
    pub fn with(&self, status: Status) -> Error {
        let told = Told::by(status.details());
        let mut message = status.message().to_owned();
        if !told.from_gateway && status.code() == Code::Unavailable && !self.address.is_empty() {
            message = format!("cannot reach the gateway at {}: {message}", self.address);
        }
        let mut error = Error::new(status.code(), &told.reason, message);
        if let Some(key) = self.mutation {
            error.0.sent = told.sent(status.code());
            error = error.concerning(key);
        }
        let named = told.metadata.get("client_order_id");
        error = error.concerning(named.map_or("", String::as_str));
        error.0.metadata = told.metadata;
        error.0.violations = told.violations;
        error.0.retry_after = told.retry_after;
        error.caused_by(Arc::new(status))
    }
}

/// What the details of a status say.
#[derive(Default)]
struct Told {
    from_gateway: bool,
    reason: String,
    metadata: HashMap<String, String>,
    violations: Vec<Violation>,
    retry_after: Option<Duration>,
}

impl Told {
    /// Garbage is ignored.
    fn by(details: &[u8]) -> Self {
        let mut told = Self::default();
        let carried = Details::decode(details).unwrap_or_default();
        for any in carried.details {
            told.read(&any);
        }
        told
    }

    fn read(&mut self, detail: &prost_types::Any) {
        let value = detail.value.as_slice();
        match detail.type_url.rsplit('/').next() {
            Some("google.rpc.ErrorInfo") => {
                if let Ok(info) = ErrorInfo::decode(value) {
                    self.from_gateway = info.domain == DOMAIN;
                    self.reason = info.reason;
                    self.metadata = info.metadata;
                }
            }
            Some("google.rpc.BadRequest") => {
                let bad = BadRequest::decode(value).unwrap_or_default();
                let violations = bad.violations.into_iter().map(|v| Violation {
                    field: v.field,
                    description: v.description,
                });
                self.violations.extend(violations);
            }
            Some("google.rpc.RetryInfo") => {
                let delay = RetryInfo::decode(value).ok().and_then(|info| info.delay);
                self.retry_after = delay.and_then(|delay| delay.try_into().ok());
            }
            _ => {}
        }
    }

    /// Without a gateway's word: some codes are given before a call reaches the method, the others need not be.
    fn sent(&self, code: Code) -> Sent {
        let nothing = if self.from_gateway {
            self.metadata.get("sent").is_none_or(|word| word == "NO")
        } else {
            matches!(
                code,
                Code::InvalidArgument
                    | Code::NotFound
                    | Code::Unimplemented
                    | Code::Unauthenticated
                    | Code::PermissionDenied
            )
        };
        if nothing { Sent::No } else { Sent::Unknown }
    }
}

/// For calls of the stubs: what is not proven is taken for a mutation's, [`Sent::Unknown`].
impl From<Status> for Error {
    fn from(status: Status) -> Self {
        let failed = Failed {
            address: "",
            mutation: Some(""),
        };
        failed.with(status)
    }
}
