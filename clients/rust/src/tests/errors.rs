use std::collections::HashMap;
use std::time::Duration;

use prost::Message;
use tonic::{Code, Status};

use crate::status::{BadRequest, Details, ErrorInfo, Failed, FieldViolation, RetryInfo};
use crate::{Error, ErrorKind, Sent, reason, v1};

fn any(kind: &str, message: &impl Message) -> prost_types::Any {
    prost_types::Any {
        type_url: format!("type.googleapis.com/google.rpc.{kind}"),
        value: message.encode_to_vec(),
    }
}

/// A status as a gateway gives it.
pub(super) fn gateway_status(code: Code, reason: &str, metadata: &[(&str, &str)]) -> Status {
    let info = ErrorInfo {
        reason: reason.to_owned(),
        domain: "brokerwire.dev".to_owned(),
        metadata: metadata.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
    };
    let violation = FieldViolation {
        field: "order.quantity".to_owned(),
        description: "too small".to_owned(),
    };
    let bad = BadRequest {
        violations: vec![violation],
    };
    let retry = RetryInfo {
        delay: Some(prost_types::Duration { seconds: 3, nanos: 0 }),
    };
    let details = Details {
        details: vec![
            any("ErrorInfo", &info),
            any("BadRequest", &bad),
            any("RetryInfo", &retry),
        ],
    };
    Status::with_details(code, "no", details.encode_to_vec().into())
}

fn mutation(status: Status) -> Error {
    Failed {
        address: "",
        mutation: Some(""),
    }
    .with(status)
}

#[test]
fn the_details_of_a_status_are_taken_over() {
    let status = gateway_status(
        Code::FailedPrecondition,
        "FROM_THE_FUTURE",
        &[("client_order_id", "c-1")],
    );
    let error = mutation(status);
    assert_eq!(error.reason(), "FROM_THE_FUTURE");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
    assert_eq!((error.client_order_id(), error.sent()), ("c-1", Sent::No));
    assert_eq!(error.violations()[0].field, "order.quantity");
    assert!(error.is(ErrorKind::Precondition));
}

#[test]
fn garbage_in_the_details_is_ignored_and_the_code_counts() {
    let error = mutation(Status::with_details(Code::NotFound, "no", vec![0xff, 0x01].into()));
    assert_eq!((error.kind(), error.reason()), (ErrorKind::NotFound, ""));
}

#[test]
fn sent_is_unknown_unless_it_is_proven_that_nothing_was() {
    let gateway = |metadata| gateway_status(Code::Unavailable, reason::JOURNAL_UNAVAILABLE, metadata);
    for (status, sent) in [
        (gateway(&[]), Sent::No),
        (gateway(&[("sent", "NO")]), Sent::No),
        (gateway(&[("sent", "UNKNOWN")]), Sent::Unknown),
        (gateway(&[("sent", "LATER")]), Sent::Unknown),
        (Status::unavailable(""), Sent::Unknown),
        (Status::deadline_exceeded(""), Sent::Unknown),
        (Status::internal(""), Sent::Unknown),
        (Status::unauthenticated(""), Sent::No),
        (Status::unimplemented(""), Sent::No),
    ] {
        assert_eq!(mutation(status.clone()).sent(), sent, "{status}");
        assert_eq!(
            Failed {
                address: "",
                mutation: None
            }
            .with(status)
            .sent(),
            Sent::No
        );
    }
}

#[test]
fn kinds_follow_from_reason_then_code() {
    for (code, reason, kind) in [
        (Code::OutOfRange, reason::RESUME_TOKEN_EXPIRED, ErrorKind::StreamGap),
        (
            Code::OutOfRange,
            reason::SEQUENCE_NOT_YET_AVAILABLE,
            ErrorKind::Unavailable,
        ),
        (Code::OutOfRange, "", ErrorKind::InvalidRequest),
        (
            Code::AlreadyExists,
            reason::CLIENT_ORDER_ID_CONFLICT,
            ErrorKind::Conflict,
        ),
        (Code::Aborted, reason::VERSION_MISMATCH, ErrorKind::Conflict),
        (Code::PermissionDenied, "", ErrorKind::Unauthenticated),
        (Code::PermissionDenied, "", ErrorKind::PermissionDenied),
        (Code::Cancelled, "", ErrorKind::Unavailable),
        (Code::DataLoss, "", ErrorKind::Internal),
    ] {
        assert!(
            Error::new(code, reason, "").is(kind),
            "{code:?} {reason} is no {kind:?}"
        );
    }
    let closed = Error::session_closed("", Sent::No, "");
    assert!(closed.is(ErrorKind::SessionClosed) && closed.is(ErrorKind::Unavailable));
}

#[test]
fn a_commands_error_is_read_as_that_of_a_call() {
    let command = v1::CommandError {
        code: Code::ResourceExhausted as i32,
        reason: v1::ErrorReason::BrokerRateLimit.into(),
        field: "f".to_owned(),
        metadata: HashMap::from([("retry_after".to_owned(), "1.5".to_owned())]),
        ..Default::default()
    };
    let error = Error::of_command(command, "c-1");
    assert_eq!(error.reason(), reason::BROKER_RATE_LIMIT);
    assert_eq!(error.retry_after(), Some(Duration::from_millis(1500)));
    assert_eq!((error.client_order_id(), error.sent()), ("c-1", Sent::Unknown)); // not said is unknown
    assert!(error.is(ErrorKind::Overloaded));
    let newer = v1::CommandError {
        reason: 999,
        sent: v1::Sent::No.into(),
        ..Default::default()
    };
    let newer = Error::of_command(newer, "");
    assert_eq!((newer.reason(), newer.sent()), ("REASON_999", Sent::No));
}

#[test]
fn the_text_says_what_to_do() {
    let failed = Failed {
        address: "host:1",
        mutation: Some("c-1"),
    };
    let error = failed.with(Status::unavailable("refused"));
    for part in ["host:1", "UNAVAILABLE", "look up client_order_id c-1"] {
        assert!(error.to_string().contains(part), "no {part} in {error}");
    }
    assert_eq!(
        Error::new(Code::InvalidArgument, "", "").code_name(),
        "INVALID_ARGUMENT"
    );
    assert_eq!(Error::new(Code::Cancelled, "", "").code_name(), "CANCELLED");
}
