use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::sync::Notify;
use tokio::time::timeout;
use tonic::body::Body;

use super::fake::{Fake, hanging, live, next, submitted};
use crate::v1::order_command::Command;
use crate::v1::order_result::Result as Outcome;
use crate::v1::stream_control::Control;
use crate::{ErrorKind, OrderKey, OrderRequest, Sent, v1};

const PATIENCE: Duration = Duration::from_secs(20);

fn draft(id: &str) -> OrderRequest {
    OrderRequest::buy("AAPL", 1).client_order_id(id)
}

fn done(command: &v1::OrderCommand) -> v1::OrderResult {
    let Some(Command::Submit(order)) = &command.command else {
        panic!("no submit")
    };
    v1::OrderResult {
        command_id: command.command_id,
        result: Some(Outcome::Submit(submitted(&order.client_order_id))),
    }
}

fn results(results: Vec<v1::OrderResult>) -> v1::OrderSessionResponse {
    v1::OrderSessionResponse { results, control: None }
}

/// Answers each message of commands by itself, until the client is done.
fn answering(body: Body) -> impl futures_util::Stream<Item = v1::OrderSessionResponse> + Send {
    stream::unfold(body, |mut body| async move {
        let request = next::<v1::OrderSessionRequest>(&mut body).await?;
        Some((results(request.commands.iter().map(done).collect()), body))
    })
}

#[tokio::test]
async fn results_find_their_commands_in_whatever_order_they_come() {
    const COUNT: usize = 2500; // more than two messages hold
    let fake = Fake::new(|call| async move {
        let answers = stream::once(async move {
            let mut body = call.body;
            let mut commands = Vec::new();
            while commands.len() < COUNT {
                let request = next::<v1::OrderSessionRequest>(&mut body).await.expect("commands");
                assert!(request.commands.len() <= 1000);
                commands.extend(request.commands);
            }
            assert_eq!(commands[0].command_id, 1);
            commands.reverse();
            let answers = commands.iter().map(|one| results(vec![done(one)])).collect::<Vec<_>>();
            let end = stream::once(async move {
                let more = next::<v1::OrderSessionRequest>(&mut body).await;
                assert!(more.is_none(), "one command too many");
                results(Vec::new())
            });
            stream::iter(answers).chain(end)
        });
        live(answers.flatten().boxed())
    });
    let session = fake.client().session().await.expect("a session");
    let pending: Vec<_> = (0..COUNT).map(|n| session.submit(draft(&format!("c-{n}")))).collect();
    for (n, result) in pending.into_iter().enumerate() {
        assert_eq!(result.client_order_id(), format!("c-{n}"));
        assert_eq!(result.await.expect("an order").client_order_id, format!("c-{n}"));
    }
    timeout(PATIENCE, session.close()).await.expect("in time");
}

#[tokio::test]
async fn a_command_that_cannot_be_meant_fails_alone() {
    let fake = Fake::new(|call| async move { live(answering(call.body).boxed()) });
    let session = fake.client().session().await.expect("a session");
    let bad = session.submit(OrderRequest::buy("AAPL", "1e5").client_order_id("bad"));
    let good = session.submit(draft("good"));
    let error = bad.await.expect_err("no decimal");
    assert_eq!(
        (error.kind(), error.client_order_id()),
        (ErrorKind::InvalidRequest, "bad")
    );
    assert_eq!(good.await.expect("an order").client_order_id, "good");
    timeout(PATIENCE, session.close()).await.expect("in time");
}

#[tokio::test]
async fn an_error_of_the_gateway_fails_its_command_alone() {
    let fake = Fake::new(|call| async move {
        let answers = stream::unfold(call.body, |mut body| async move {
            let request = next::<v1::OrderSessionRequest>(&mut body).await?;
            let error = v1::CommandError {
                code: tonic::Code::NotFound as i32,
                reason: v1::ErrorReason::OrderNotFound.into(),
                sent: v1::Sent::No.into(),
                ..Default::default()
            };
            let result = |command: &v1::OrderCommand| v1::OrderResult {
                command_id: command.command_id,
                result: Some(Outcome::Error(error.clone())),
            };
            Some((results(request.commands.iter().map(result).collect()), body))
        });
        live(answers.boxed())
    });
    let session = fake.client().session().await.expect("a session");
    let error = session
        .cancel(OrderKey::client_order_id("c-9"))
        .await
        .expect_err("not found");
    assert_eq!(
        (error.kind(), error.sent(), error.client_order_id()),
        (ErrorKind::NotFound, Sent::No, "c-9")
    );
}

#[tokio::test]
async fn commands_without_a_result_may_have_been_sent_and_later_ones_are_not() {
    let fake = Fake::new(|call| async move {
        let answers = stream::once(async move {
            let mut body = call.body;
            next::<v1::OrderSessionRequest>(&mut body).await;
            results(Vec::new())
        });
        live(answers.boxed())
    });
    let session = fake.client().session().await.expect("a session");
    let error = session.submit(draft("c-1")).await.expect_err("gone");
    assert_eq!((error.kind(), error.sent()), (ErrorKind::SessionClosed, Sent::Unknown));
    assert_eq!(error.client_order_id(), "c-1");
    let error = session.submit(draft("c-2")).await.expect_err("over");
    assert_eq!((error.kind(), error.sent()), (ErrorKind::SessionClosed, Sent::No));
    timeout(PATIENCE, session.close()).await.expect("in time");
}

#[tokio::test]
async fn after_a_goodbye_results_come_and_no_command_goes() {
    let proceed = Arc::new(Notify::new());
    let told = proceed.clone();
    let fake = Fake::new(move |call| {
        let told = told.clone();
        let answers = stream::once(async move {
            let mut body = call.body;
            let request = next::<v1::OrderSessionRequest>(&mut body).await.expect("a command");
            let goodbye = Control::Goodbye(v1::Goodbye::default());
            let control = Some(v1::StreamControl { control: Some(goodbye) });
            let goodbye = v1::OrderSessionResponse {
                results: Vec::new(),
                control,
            };
            let result = stream::once(async move {
                told.notified().await;
                results(vec![done(&request.commands[0])])
            });
            stream::iter([goodbye]).chain(result)
        });
        async move { live(answers.flatten().boxed()) }
    });
    let session = fake.client().session().await.expect("a session");
    let under_way = session.submit(draft("c-1"));
    loop {
        // until the goodbye has arrived
        let late = session.submit(draft("c-2"));
        if let Ok(result) = timeout(Duration::from_millis(10), late).await {
            let error = result.expect_err("refused");
            assert_eq!((error.kind(), error.sent()), (ErrorKind::SessionClosed, Sent::No));
            break;
        }
    }
    proceed.notify_one();
    assert_eq!(under_way.await.expect("an order").client_order_id, "c-1");
}

#[tokio::test]
async fn dropping_a_session_settles_what_waits() {
    let fake = Fake::new(|_| async { hanging::<v1::OrderSessionResponse>(&[]) });
    let session = fake.client().session().await.expect("a session");
    let pending = session.submit(draft("c-1"));
    drop(session);
    let error = timeout(PATIENCE, pending).await.expect("in time").expect_err("closed");
    assert_eq!((error.kind(), error.sent()), (ErrorKind::SessionClosed, Sent::Unknown));
}

#[tokio::test]
async fn closing_gives_up_when_the_results_do_not_come() {
    let fake = Fake::new(|_| async { hanging::<v1::OrderSessionResponse>(&[]) });
    let session = fake
        .client_for("a", Duration::from_millis(20))
        .session()
        .await
        .expect("a session");
    let pending = session.submit(draft("c-1"));
    timeout(PATIENCE, session.close()).await.expect("in time");
    assert!(pending.await.expect_err("closed").is(ErrorKind::SessionClosed));
}
