use std::time::Duration;

use futures_util::StreamExt;
use tonic::codegen::http::HeaderValue;
use tonic::{Code, Status};

use super::errors::gateway_status;
use super::fake::{Fake, answer, hanging, ok, order, submitted};
use crate::{ErrorKind, OrderFilter, OrderKey, OrderRequest, PositionFilter, Sent, reason, v1};

fn draft() -> OrderRequest {
    OrderRequest::buy("AAPL", 1).client_order_id("c-1")
}

fn accounts(names: &[(&str, v1::AccountStatus)]) -> v1::ListAccountsResponse {
    let account = |(name, status): &(&str, v1::AccountStatus)| v1::Account {
        account_id: name.to_string(),
        status: (*status).into(),
        ..Default::default()
    };
    v1::ListAccountsResponse {
        accounts: names.iter().map(account).collect(),
        ..Default::default()
    }
}

#[tokio::test]
async fn reads_are_tried_again_while_the_gateway_is_away() {
    let fake = Fake::new(|call| async move {
        match call.n {
            1 => Err(Status::unavailable("refused")),
            2 => answer::<v1::GetOrderResponse>(&[], &Status::unavailable("away")),
            3 => Ok(Status::unavailable("away").into_http()),
            _ => {
                let found = v1::GetOrderResponse {
                    order: Some(order("c-1")),
                    ..Default::default()
                };
                answer(&[found], &ok())
            }
        }
    });
    let order = fake
        .client()
        .get_order(OrderKey::client_order_id("c-1"))
        .await
        .expect("an order");
    assert_eq!((order.client_order_id.as_str(), fake.calls("GetOrder")), ("c-1", 4));
}

#[tokio::test]
async fn reads_are_given_up_after_four_attempts() {
    let fake = Fake::new(|_| async { Err(Status::unavailable("refused")) });
    let error = fake
        .client()
        .get_order(OrderKey::order_id("o"))
        .await
        .expect_err("away");
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Unavailable, Sent::No));
    assert!(error.message().contains("fake:1"), "{error}");
    assert_eq!(fake.calls("GetOrder"), 4);
}

#[tokio::test]
async fn other_failures_and_mutations_are_never_tried_again() {
    let fake = Fake::new(|call| async move {
        match call.method.as_str() {
            "GetOrder" => answer::<v1::GetOrderResponse>(&[], &Status::internal("no")),
            _ => Err(Status::unavailable("refused")),
        }
    });
    let client = fake.client();
    assert!(client.get_order(OrderKey::order_id("o")).await.is_err());
    let error = client.submit(draft()).await.expect_err("away");
    assert_eq!((error.sent(), error.client_order_id()), (Sent::Unknown, "c-1"));
    assert!(client.cancel(OrderKey::order_id("o")).await.is_err());
    let counts = ["GetOrder", "SubmitOrder", "CancelOrder"].map(|method| fake.calls(method));
    assert_eq!(counts, [1, 1, 1]);
}

#[tokio::test]
async fn a_call_has_the_clients_token_and_deadline() {
    let fake = Fake::new(|call| async move {
        assert_eq!(call.headers["authorization"], "Bearer secret");
        let left = call.headers["grpc-timeout"].to_str().expect("text");
        assert!(left.ends_with('u') && left.len() <= 9, "{left}");
        hanging::<v1::SubmitOrderResponse>(&[])
    });
    let client = fake.client_for("a", Duration::from_millis(50));
    let error = client.submit(draft()).await.expect_err("late");
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::DeadlineExceeded, Code::DeadlineExceeded)
    );
    assert_eq!((error.sent(), error.client_order_id()), (Sent::Unknown, "c-1"));
}

#[tokio::test]
async fn details_that_are_no_base64_are_ignored() {
    let fake = Fake::new(|_| async {
        let mut answer = Status::not_found("no").into_http();
        answer
            .headers_mut()
            .insert("grpc-status-details-bin", HeaderValue::from_static("%%%"));
        Ok(answer)
    });
    let error = fake.client().submit(draft()).await.expect_err("not found");
    assert_eq!(
        (error.kind(), error.reason(), error.sent()),
        (ErrorKind::NotFound, "", Sent::No)
    );
}

#[tokio::test]
async fn the_gateways_reason_arrives_by_headers_and_by_trailers() {
    let fake = Fake::new(|call| async move {
        let status = gateway_status(
            Code::AlreadyExists,
            reason::CLIENT_ORDER_ID_CONFLICT,
            &[("order_id", "o-1")],
        );
        match call.n {
            1 => Ok(status.into_http()),
            _ => answer::<v1::SubmitOrderResponse>(&[], &status),
        }
    });
    for _ in 0..2 {
        let error = fake.client().submit(draft()).await.expect_err("a conflict");
        assert_eq!(
            (error.kind(), error.reason()),
            (ErrorKind::Conflict, reason::CLIENT_ORDER_ID_CONFLICT)
        );
        assert_eq!(error.metadata()["order_id"], "o-1");
    }
}

#[tokio::test]
async fn an_error_before_sending_names_the_order() {
    let fake = Fake::new(|_| async {
        let open = v1::AccountStatus::Active;
        answer(&[accounts(&[("a", open), ("b", open)])], &ok())
    });
    let client = fake.client_for("", Duration::from_secs(20));
    let error = client.submit(draft()).await.expect_err("which account?");
    assert_eq!(
        (error.reason(), error.client_order_id()),
        (reason::FIELD_REQUIRED, "c-1")
    );
    assert_eq!(error.sent(), Sent::No);
    assert!(error.message().contains("a, b"), "{error}");
    let error = client
        .submit(OrderRequest::buy("AAPL", "many"))
        .await
        .expect_err("no number");
    assert_eq!(
        (error.reason(), error.client_order_id().len()),
        (reason::DECIMAL_INVALID, 36)
    );
}

#[tokio::test]
async fn the_only_open_account_is_meant_and_looked_up_once() {
    let fake = Fake::new(|call| async move {
        if call.method == "ListAccounts" {
            let (closed, open) = (v1::AccountStatus::Closed, v1::AccountStatus::Active);
            return answer(&[accounts(&[("old", closed), ("only", open)])], &ok());
        }
        let order = call.message::<v1::SubmitOrderRequest>().await.order.expect("an order");
        assert_eq!(order.account_id, "only");
        answer(&[submitted(&order.client_order_id)], &ok())
    });
    let client = fake.client_for("", Duration::from_secs(20));
    for _ in 0..2 {
        client.submit(draft()).await.expect("an order");
    }
    assert_eq!(fake.calls("ListAccounts"), 1);
}

#[tokio::test]
async fn no_account_is_meant_while_some_cannot_be_seen() {
    let fake = Fake::new(|_| async {
        let unreachable = vec!["alpaca".to_owned()];
        answer(
            &[v1::ListAccountsResponse {
                unreachable,
                ..Default::default()
            }],
            &ok(),
        )
    });
    let client = fake.client_for("", Duration::from_secs(20));
    let error = client.submit(draft()).await.expect_err("cannot tell");
    assert!(
        error.is(ErrorKind::Unavailable) && error.message().contains("alpaca"),
        "{error}"
    );
}

#[tokio::test]
async fn a_list_reads_its_pages_as_they_are_needed() {
    let fake = Fake::new(|call| async move {
        let n = call.n;
        let asked = call.message::<v1::ListOrdersRequest>().await;
        assert_eq!(asked.page_token, ["", "p2", "p3"][n - 1]);
        let page = v1::ListOrdersResponse {
            orders: vec![order("x"), order("y")],
            next_page_token: ["p2", "p3", ""][n - 1].to_owned(),
            unreachable: vec!["away".to_owned()],
            ..Default::default()
        };
        answer(&[page], &ok())
    });
    let mut orders = fake.client().orders(OrderFilter::default());
    assert!(orders.next().await.is_some());
    assert_eq!(fake.calls("ListOrders"), 1);
    assert_eq!(orders.by_ref().collect::<Vec<_>>().await.len(), 5);
    assert_eq!(
        (fake.calls("ListOrders"), orders.unreachable()),
        (3, ["away".to_owned()].as_slice())
    );
}

#[tokio::test]
async fn a_list_ends_with_its_error() {
    let fake = Fake::new(|_| async {
        let positions = vec![v1::Position::default()];
        answer(
            &[v1::ListPositionsResponse {
                positions,
                ..Default::default()
            }],
            &ok(),
        )
    });
    let mut positions = fake.client().positions(PositionFilter::default());
    let error = positions.next().await.expect("an item").expect_err("no quantity");
    assert!(error.is(ErrorKind::Internal));
    assert!(positions.next().await.is_none());
}

#[tokio::test]
async fn a_closed_client_carries_nothing_out() {
    let fake = Fake::new(|_| async { hanging::<v1::SubmitOrderResponse>(&[]) });
    let client = fake.client();
    let under_way = tokio::spawn({
        let client = client.clone();
        async move { client.submit(draft()).await }
    });
    tokio::task::yield_now().await;
    client.close();
    assert!(
        under_way
            .await
            .expect("no panic")
            .expect_err("closed")
            .is(ErrorKind::Unavailable)
    );
    assert!(
        client
            .submit(draft())
            .await
            .expect_err("closed")
            .is(ErrorKind::Unavailable)
    );
}
