use std::collections::HashMap;

use tonic::transport::ClientTlsConfig;

use crate::facts::{MUTATIONS, READS};
use crate::target::Target;
use crate::{Builder, Client, ErrorKind, v1};

fn target(address: &str) -> Target {
    Client::builder().address(address).target().expect(address)
}

#[test]
fn an_address_gets_the_port_that_it_lacks() {
    for (given, meant) in [
        ("localhost", "localhost:50051"),
        ("127.0.0.1:7", "127.0.0.1:7"),
        ("[::1]", "[::1]:50051"),
        ("[::1]:7", "[::1]:7"),
        ("dns:///localhost:7", "localhost:7"),
        ("unix:/run/brokerwire.sock", "unix:/run/brokerwire.sock"),
        ("", "127.0.0.1:50051"),
    ] {
        assert_eq!(target(given).address, meant);
    }
}

#[test]
fn what_is_no_address_is_refused() {
    for given in ["https://localhost:1", "localhost:port", "::1", ":7", "local host"] {
        let error = Client::builder().address(given).build().expect_err(given);
        assert!(error.is(ErrorKind::InvalidRequest), "{given}: {error}");
    }
}

#[test]
fn plaintext_stays_on_this_machine() {
    for given in [
        "gateway.example:443",
        "10.0.0.1",
        "dns:///gateway.example:443",
        "localhost.example:1",
    ] {
        let error = Client::builder().address(given).build().expect_err(given);
        assert!(error.message().contains("plaintext"), "{given}: {error}");
        let secured = Client::builder().address(given).tls_config(ClientTlsConfig::new());
        assert!(secured.build().is_ok(), "{given}");
    }
}

#[test]
fn a_certificate_file_that_is_not_there_is_told_at_once() {
    let error = Client::builder()
        .ca_file("no/such/ca.pem")
        .build()
        .expect_err("no file");
    assert!(error.message().contains("no/such/ca.pem"), "{error}");
}

#[test]
fn a_token_is_in_no_text() {
    let client = Builder::default()
        .address("localhost")
        .token("secret-token")
        .otp("secret-token")
        .build()
        .expect("a client");
    let headers = &client.target().headers;
    assert_eq!(headers.len(), 2);
    for text in [
        format!("{client:?}"),
        format!("{headers:?}"),
        format!("{:?}", client.connection()),
    ] {
        assert!(!text.contains("secret-token"), "{text}");
    }
    let error = Client::builder().token("secret\ntoken").build().expect_err("no token");
    assert!(!format!("{error:?} {error}").contains("secret"), "{error}");
    let error = Client::builder().otp("secret\0").build().expect_err("no code");
    assert!(!format!("{error:?} {error}").contains("secret"), "{error}");
}

#[test]
fn a_request_with_credentials_does_not_show_them() {
    let credentials = HashMap::from([("secret_key".to_owned(), "s3cret".to_owned())]);
    let request = v1::RotateCredentialsRequest {
        credentials,
        ..Default::default()
    };
    assert_eq!(format!("{request:?}"), "RotateCredentialsRequest { .. }");
}

#[test]
fn reads_alone_are_repeated() {
    let path = |method: &str| format!("/brokerwire.v1.OrderService/{method}");
    for method in ["GetOrder", "ListOrders", "PreviewOrder"] {
        assert!(READS.contains(&path(method).as_str()), "{method}");
    }
    for method in ["SubmitOrder", "CancelOrder", "ReplaceOrder"] {
        assert!(
            !READS.contains(&path(method).as_str()) && MUTATIONS.contains(&path(method).as_str()),
            "{method}"
        );
    }
    for method in ["StreamOrders", "OrderSession"] {
        assert!(
            !READS.contains(&path(method).as_str()) && !MUTATIONS.contains(&path(method).as_str()),
            "{method}"
        );
    }
    assert!(
        READS.is_sorted() && MUTATIONS.is_sorted(),
        "they are searched by halves"
    );
}
