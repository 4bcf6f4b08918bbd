use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use serde_json::Value;

use crate::canonical::{Signable, canonical_text};
use crate::v1::order_command::Command;
use crate::{Signer, v1};

/// The vectors that the clients of all languages share.
fn shared() -> Value {
    let text = include_str!("../../../../tests/vectors/signatures.json");
    serde_json::from_str(text).expect("the vectors are JSON")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().expect(key)
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
    (0..text.len()).step_by(2).map(digits).collect()
}

fn pem(vectors: &Value) -> String {
    let mut key = from_hex("302e020100300506032b657004220420");
    key.extend(from_hex(text(vectors, "seed")));
    let body = STANDARD.encode(key);
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
}

fn signer() -> Signer {
    let vectors = shared();
    let mut signer = Signer::from_pem(pem(&vectors), text(&vectors, "key_id")).expect("a key");
    signer.now = || -> SystemTime {
        let nanos = text(&shared(), "now").parse().expect("a number");
        UNIX_EPOCH + Duration::from_nanos(nanos)
    };
    signer
}

fn check<M: Signable + Message + Default>(vector: &Value) {
    let about = text(vector, "about");
    let encoded = STANDARD.decode(text(vector, "request")).expect(about);
    let mut request = M::decode(encoded.as_slice()).expect(about);
    signer().sign(&mut request);
    assert_eq!(canonical_text(&request), text(vector, "text"), "{about}");
    let signature = &request.signature().as_ref().expect(about).signature;
    assert_eq!(*signature, from_hex(text(vector, "signature")), "{about}");
}

#[test]
fn a_request_has_the_text_and_signature_of_its_vector() {
    let vectors = shared();
    let all = vectors["vectors"].as_array().expect("vectors");
    assert!(all.len() >= 10);
    for vector in all {
        match text(vector, "message") {
            "OrderRequest" => check::<v1::OrderRequest>(vector),
            "ReplaceOrderRequest" => check::<v1::ReplaceOrderRequest>(vector),
            "ClosePositionRequest" => check::<v1::ClosePositionRequest>(vector),
            "ClosePositionsRequest" => check::<v1::ClosePositionsRequest>(vector),
            other => panic!("{other} is never signed"),
        }
    }
}

#[test]
fn a_session_signs_submits_and_replaces() {
    let mut submit = Command::Submit(v1::OrderRequest::default());
    let mut replace = Command::Replace(v1::ReplaceOrderRequest::default());
    let mut cancel = Command::Cancel(v1::CancelOrderRequest::default());
    for command in [&mut submit, &mut replace, &mut cancel] {
        signer().sign_command(command);
    }
    assert!(matches!(submit, Command::Submit(order) if order.signature.is_some()));
    assert!(matches!(replace, Command::Replace(change) if change.signature.is_some()));
    assert_eq!(cancel, Command::Cancel(v1::CancelOrderRequest::default()));
}

#[test]
fn a_signer_shows_no_key_and_refuses_what_is_none() {
    assert_eq!(format!("{:?}", signer()), "Signer(sk_test)");
    let error = Signer::from_pem("secret", "sk_1").expect_err("no key");
    assert!(error.message().contains("Ed25519"), "{error}");
    assert!(!format!("{error:?}").contains("secret"));
    assert!(Signer::from_file("no/such/key.pem", "sk_1").is_err());
}
