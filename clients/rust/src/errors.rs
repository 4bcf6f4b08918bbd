//! The one error type.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tonic::Code;

use crate::records::Order;
use crate::{reason, v1};

/// Whether anything may have reached the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sent {
    /// Nothing reached the broker. It is safe to try again.
    No,
    /// It may have. Look the order up, or submit the same again under the same `client_order_id`.
    Unknown,
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Sent::No => "no",
            Sent::Unknown => "unknown",
        })
    }
}

/// What a caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Mend the request; [`Error::violations`] names the fields.
    InvalidRequest,
    /// There is no such account, order, position or instrument.
    NotFound,
    /// Something else came first. Nothing was changed: read, then decide.
    Conflict,
    /// Right request, wrong moment.
    Precondition,
    /// This broker, or this gateway, cannot do it at all.
    Unsupported,
    /// The token is missing, wrong or expired.
    Unauthenticated,
    /// The token is good and does not allow this. A kind of [`ErrorKind::Unauthenticated`].
    PermissionDenied,
    /// Slow down, then try again after [`Error::retry_after`].
    Overloaded,
    /// The gateway, or the broker behind it, is away.
    Unavailable,
    /// The order session ended before the command had a result. A kind of [`ErrorKind::Unavailable`].
    SessionClosed,
    /// No answer in time. A mutation goes on nevertheless: see [`Error::sent`].
    DeadlineExceeded,
    /// Events were lost to this reader. Read a snapshot, then go on.
    StreamGap,
    /// A fault of the gateway, or of a token store.
    Internal,
}

impl ErrorKind {
    /// The kind, by reason first, then by code.
    fn of(code: Code, reason: &str) -> Self {
        match reason {
            reason::RESUME_TOKEN_EXPIRED => return Self::StreamGap,
            reason::SEQUENCE_NOT_YET_AVAILABLE => return Self::Unavailable,
            _ => {}
        }
        match code {
            Code::InvalidArgument | Code::OutOfRange => Self::InvalidRequest,
            Code::NotFound => Self::NotFound,
            Code::AlreadyExists | Code::Aborted => Self::Conflict,
            Code::FailedPrecondition => Self::Precondition,
            Code::Unimplemented => Self::Unsupported,
            Code::Unauthenticated => Self::Unauthenticated,
            Code::PermissionDenied => Self::PermissionDenied,
            Code::ResourceExhausted => Self::Overloaded,
            Code::Unavailable | Code::Cancelled => Self::Unavailable,
            Code::DeadlineExceeded => Self::DeadlineExceeded,
            _ => Self::Internal,
        }
    }
}

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The path within the request: `order.limit_price`.
    pub field: String,
    /// What is wrong with it.
    pub description: String,
}

/// The one error of this crate. Decide by [`Error::reason`] or [`Error::kind`], never by the message.
#[derive(Clone)]
pub struct Error(pub(crate) Box<Parts>);

#[derive(Clone)]
pub(crate) struct Parts {
    pub kind: ErrorKind,
    pub code: Code,
    pub reason: String,
    pub message: String,
    pub metadata: HashMap<String, String>,
    pub violations: Vec<Violation>,
    pub retry_after: Option<Duration>,
    pub sent: Sent,
    pub client_order_id: String,
    pub order: Option<Order>,
    pub cause: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// What can be done about it. [`Error::is`] asks for a kind and all kinds of it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether it is of a kind: `SessionClosed` is also `Unavailable`, `PermissionDenied` also `Unauthenticated`.
    pub fn is(&self, kind: ErrorKind) -> bool {
        let parent = match self.0.kind {
            ErrorKind::SessionClosed => Some(ErrorKind::Unavailable),
            ErrorKind::PermissionDenied => Some(ErrorKind::Unauthenticated),
            _ => None,
        };
        self.0.kind == kind || parent == Some(kind)
    }

    /// The gRPC code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The canonical name of the code: `INVALID_ARGUMENT`.
    pub fn code_name(&self) -> String {
        let mut name = String::new();
        for letter in format!("{:?}", self.0.code).chars() {
            if letter.is_ascii_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(letter.to_ascii_uppercase());
        }
        name
    }

    /// Why, as one of the names in [`reason`](crate::reason), or a newer one; empty if the answer is not a gateway's.
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    /// For people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The reason's keys, as `v1::ErrorReason` documents them.
    pub fn metadata(&self) -> &HashMap<String, String> {
        &self.0.metadata
    }

    /// What is wrong with which fields.
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }

    /// How long to wait before trying again, where the gateway says so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether anything may have reached the broker; of anything but a mutation it is [`Sent::No`].
    pub fn sent(&self) -> Sent {
        self.0.sent
    }

    /// The idempotency key of the order concerned; empty where there is none.
    pub fn client_order_id(&self) -> &str {
        &self.0.client_order_id
    }

    /// The last known state of the order that was waited for.
    pub fn order(&self) -> Option<&Order> {
        self.0.order.as_ref()
    }

    pub(crate) fn new(code: Code, reason: &str, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            kind: ErrorKind::of(code, reason),
            code,
            reason: reason.to_owned(),
            message: message.into(),
            metadata: HashMap::new(),
            violations: Vec::new(),
            retry_after: None,
            sent: Sent::No,
            client_order_id: String::new(),
            order: None,
            cause: None,
        }))
    }

    /// An answer that the contract does not allow.
    pub(crate) fn unreadable(message: String) -> Self {
        Self::new(Code::Internal, "", message)
    }

    pub(crate) fn session_closed(message: impl Into<String>, sent: Sent, key: &str) -> Self {
        let mut error = Self::new(Code::Unavailable, "", message);
        error.0.kind = ErrorKind::SessionClosed;
        error.0.sent = sent;
        error.concerning(key)
    }

    pub(crate) fn caused_by(mut self, cause: Arc<dyn StdError + Send + Sync>) -> Self {
        self.0.cause = Some(cause);
        self
    }

    /// Names the order, unless it is named already.
    pub(crate) fn concerning(mut self, client_order_id: &str) -> Self {
        if self.0.client_order_id.is_empty() {
            client_order_id.clone_into(&mut self.0.client_order_id);
        }
        self
    }

    /// Of a mutation's answer that cannot be read: it may have been carried out.
    pub(crate) fn after_mutation(mut self, client_order_id: &str) -> Self {
        self.0.sent = Sent::Unknown;
        self.concerning(client_order_id)
    }

    pub(crate) fn with_order(mut self, order: &Order) -> Self {
        self.0.order = Some(order.clone());
        self.concerning(&order.client_order_id)
    }

    /// The error for one command of a session.
    pub(crate) fn of_command(error: v1::CommandError, client_order_id: &str) -> Self {
        let reason = reason_name(error.reason);
        let mut result = Self::new(Code::from(error.code), &reason, error.message);
        let parts = &mut result.0;
        if error.sent != v1::Sent::No as i32 {
            parts.sent = Sent::Unknown;
        }
        if !error.field.is_empty() {
            let (field, description) = (error.field, parts.message.clone());
            parts.violations.push(Violation { field, description });
        }
        let seconds = error.metadata.get("retry_after").and_then(|text| text.parse().ok());
        parts.retry_after = seconds.and_then(|s| Duration::try_from_secs_f64(s).ok());
        parts.metadata = error.metadata;
        result.concerning(client_order_id)
    }
}

fn reason_name(number: i32) -> String {
    match v1::ErrorReason::try_from(number) {
        Ok(v1::ErrorReason::Unspecified) => String::new(),
        Ok(known) => {
            let name = known.as_str_name();
            name.strip_prefix("ERROR_REASON_").unwrap_or(name).to_owned()
        }
        Err(_) => format!("REASON_{number}"),
    }
}

/// The error that the gateway would have given, before anything is sent.
pub(crate) fn invalid(field: &str, problem: &str, reason: &str) -> Error {
    let mut error = Error::new(Code::InvalidArgument, reason, format!("{field} {problem}"));
    error.0.metadata.insert("field".to_owned(), field.to_owned());
    error.0.violations.push(Violation {
        field: field.to_owned(),
        description: problem.to_owned(),
    });
    error
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = &self.0;
        let name = match parts.reason.as_str() {
            "" => self.code_name(),
            reason => reason.to_owned(),
        };
        write!(f, "{} [{name}]", parts.message)?;
        for violation in &parts.violations {
            if !parts.message.contains(&violation.description) {
                write!(f, "; {}: {}", violation.field, violation.description)?;
            }
        }
        if parts.sent == Sent::Unknown && !parts.client_order_id.is_empty() {
            let id = &parts.client_order_id;
            write!(f, "; it may have been sent: look up client_order_id {id}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = &self.0;
        f.debug_struct("Error")
            .field("kind", &parts.kind)
            .field("code", &parts.code)
            .field("reason", &parts.reason)
            .field("message", &parts.message)
            .field("metadata", &parts.metadata)
            .field("violations", &parts.violations)
            .field("retry_after", &parts.retry_after)
            .field("sent", &parts.sent)
            .field("client_order_id", &parts.client_order_id)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let cause = self.0.cause.as_deref();
        cause.map(|cause| cause as &(dyn StdError + 'static))
    }
}
