use std::error::Error as StdError;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use tokio::sync::Notify;
use tokio::time::timeout;
use tonic::body::Body;
use tonic::codegen::http::Response;
use tonic::{Code, Status};

use super::fake::{Call, Fake, answer, events, hanging, live, opened, order, reset, said};
use crate::{
    ErrorKind, EventStream, FileTokenStore, Item, Order, OrderEvent, OrderStreamOptions, StreamOptions, TokenStore, v1,
};

const MINUTE: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(20);

type StoreResult<T> = Result<T, Box<dyn StdError + Send + Sync>>;

/// A token store that notes what was saved.
#[derive(Clone, Default)]
struct Memory {
    token: Option<String>,
    saved: Arc<Mutex<Vec<String>>>,
    full: bool,
}

impl Memory {
    fn saved(&self) -> Vec<String> {
        self.saved.lock().expect("a lock").clone()
    }
}

impl TokenStore for Memory {
    fn load(&self) -> StoreResult<Option<String>> {
        Ok(self.token.clone())
    }

    fn save(&self, token: &str) -> StoreResult<()> {
        self.saved.lock().expect("a lock").push(token.to_owned());
        if self.full { Err("disk full".into()) } else { Ok(()) }
    }
}

fn orders(fake: &Fake, store: Memory) -> EventStream<OrderEvent> {
    fake.client().stream_orders(OrderStreamOptions {
        stream: StreamOptions::kept_in(store),
        ..Default::default()
    })
}

fn hanging_after(batches: Vec<v1::StreamOrdersResponse>) -> Fake {
    Fake::new(move |_| {
        let reply = hanging(&batches);
        async move { reply }
    })
}

async fn next_item(stream: &mut EventStream<OrderEvent>) -> Item<OrderEvent> {
    let item = timeout(PATIENCE, stream.next()).await.expect("in time");
    item.expect("an item").expect("no error")
}

async fn next_event(stream: &mut EventStream<OrderEvent>) -> i64 {
    loop {
        if let Item::Event(event) = next_item(stream).await {
            return event.sequence;
        }
    }
}

#[tokio::test]
async fn a_token_is_kept_only_when_all_before_it_was_processed() {
    let fake = hanging_after(vec![said(opened(MINUTE)), events("t2", &[1, 2]), events("t3", &[3])]);
    let store = Memory::default();
    let mut stream = orders(&fake, store.clone());
    for sequence in [1, 2] {
        assert_eq!(next_event(&mut stream).await, sequence);
        assert_eq!((store.saved().len(), stream.token()), (0, ""));
    }
    assert_eq!(next_event(&mut stream).await, 3);
    assert_eq!((store.saved(), stream.token()), (vec!["t2".to_owned()], "t2"));
}

/// Notes the tokens that connections begin with, then serves them.
fn noting(
    serve: impl Fn(usize) -> Result<Response<Body>, Status> + Clone + Send + Sync + 'static,
) -> (Fake, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = asked.clone();
    let fake = Fake::new(move |call: Call| -> BoxFuture<'static, _> {
        let (noted, serve, n) = (noted.clone(), serve.clone(), call.n);
        Box::pin(async move {
            let request = call.message::<v1::StreamOrdersRequest>().await;
            let token = request.options.expect("options").resume_token;
            noted.lock().expect("a lock").push(token);
            serve(n)
        })
    });
    (fake, asked)
}

#[tokio::test]
async fn a_stream_begins_with_the_token_that_was_kept() {
    let (fake, asked) = noting(|_| hanging(&[said(opened(MINUTE)), events("t8", &[8])]));
    let store = Memory {
        token: Some("t7".to_owned()),
        ..Default::default()
    };
    let mut stream = orders(&fake, store);
    assert_eq!(next_event(&mut stream).await, 8);
    assert_eq!(
        (asked.lock().expect("a lock").as_slice(), stream.token()),
        (["t7".to_owned()].as_slice(), "t7")
    );
}

#[tokio::test]
async fn a_broken_connection_is_resumed_with_the_latest_token_fed() {
    let (fake, asked) = noting(|n| match n {
        1 => answer(
            &[said(opened(MINUTE)), events("t2", &[1, 2])],
            &Status::unavailable("gone"),
        ),
        _ => hanging(&[said(opened(MINUTE)), events("t3", &[2, 3])]),
    });
    let mut stream = orders(&fake, Memory::default());
    for sequence in [1, 2, 3] {
        assert_eq!(next_event(&mut stream).await, sequence);
    }
    assert_eq!(*asked.lock().expect("a lock"), ["", "t2"]);
    assert_eq!(fake.dials(), 1);
}

#[tokio::test]
async fn a_token_that_cannot_be_kept_ends_the_stream() {
    let fake = hanging_after(vec![said(opened(MINUTE)), events("t1", &[1])]);
    let store = Memory {
        full: true,
        ..Default::default()
    };
    let mut stream = orders(&fake, store);
    next_event(&mut stream).await;
    let error = stream.next().await.expect("an item").expect_err("disk full");
    assert!(
        error.is(ErrorKind::Internal) && error.message().contains("disk full"),
        "{error}"
    );
    assert!(StdError::source(&error).is_some());
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn giving_up_a_wait_loses_nothing() {
    let more = Arc::new(Notify::new());
    let later = more.clone();
    let fake = Fake::new(move |_| {
        let later = later.clone();
        let rest = stream::once(async move {
            later.notified().await;
            events("t1", &[1])
        });
        let batches: BoxStream<'static, _> = stream::iter([said(opened(MINUTE))]).chain(rest).boxed();
        async move { live(batches.chain(stream::pending()).boxed()) }
    });
    let mut stream = orders(&fake, Memory::default());
    next_item(&mut stream).await;
    assert!(timeout(Duration::ZERO, stream.next()).await.is_err());
    more.notify_one();
    assert_eq!(next_event(&mut stream).await, 1);
    assert_eq!(fake.calls("StreamOrders"), 1);
}

#[tokio::test]
async fn closing_ends_a_wait_in_another_task() {
    let fake = hanging_after(vec![said(opened(MINUTE))]);
    let mut stream = orders(&fake, Memory::default());
    next_item(&mut stream).await;
    let closer = stream.closer();
    let waiting = tokio::spawn(async move { stream.next().await.is_none() && stream.next().await.is_none() });
    tokio::task::yield_now().await;
    closer.close();
    assert!(timeout(PATIENCE, waiting).await.expect("in time").expect("no panic"));
}

#[tokio::test]
async fn closing_the_client_ends_its_streams() {
    let fake = hanging_after(vec![said(opened(MINUTE))]);
    let client = fake.client();
    let mut stream = client.stream_orders(OrderStreamOptions::default());
    next_item(&mut stream).await;
    client.close();
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_silent_connection_is_left_for_a_new_one() {
    let beat = Duration::from_millis(40);
    let (fake, asked) = noting(move |n| match n {
        1 => hanging(&[said(opened(beat)), events("t1", &[1])]),
        _ => hanging(&[said(opened(MINUTE)), events("t2", &[2])]),
    });
    let mut stream = orders(&fake, Memory::default());
    assert_eq!(next_event(&mut stream).await, 1);
    let Item::Disconnected { error, .. } = next_item(&mut stream).await else {
        panic!("no verdict")
    };
    assert!(error.is(ErrorKind::Unavailable));
    assert_eq!(next_event(&mut stream).await, 2);
    assert_eq!(asked.lock().expect("a lock")[1], "t1");
    assert_eq!(fake.dials(), 2, "it stayed on a channel that may be dead");
}

#[tokio::test]
async fn what_arrived_while_the_consumer_was_away_counts() {
    let beat = Duration::from_millis(40);
    let fake = Fake::new(move |_| {
        let beats = (1..).map(|n| events(&format!("t{n}"), &[n]));
        async move { live(stream::iter([said(opened(beat))].into_iter().chain(beats)).boxed()) }
    });
    let mut stream = orders(&fake, Memory::default());
    assert_eq!(next_event(&mut stream).await, 1);
    tokio::time::sleep(beat * 10).await;
    for sequence in 2..20 {
        let Item::Event(event) = next_item(&mut stream).await else {
            panic!("no event")
        };
        assert_eq!(event.sequence, sequence);
    }
    assert_eq!(fake.dials(), 1);
}

#[tokio::test]
async fn an_error_that_will_not_pass_ends_the_stream() {
    let fake = Fake::new(|_| async { Ok(Status::permission_denied("not yours").into_http()) });
    let mut stream = orders(&fake, Memory::default());
    let error = stream.next().await.expect("an item").expect_err("denied");
    assert!(error.is(ErrorKind::PermissionDenied));
    assert!(stream.next().await.is_none());
    assert_eq!(fake.calls("StreamOrders"), 1);
}

#[tokio::test]
async fn a_batch_that_the_contract_does_not_allow_ends_the_stream() {
    let mut bad = events("t2", &[2]);
    if let Some(v1::stream_orders_item::Item::Event(event)) = &mut bad.items[0].item {
        event.order = Some(v1::Order {
            filled_quantity: None,
            ..order("c")
        });
    }
    let fake = hanging_after(vec![said(opened(MINUTE)), events("t1", &[1]), bad]);
    let mut stream = orders(&fake, Memory::default());
    next_event(&mut stream).await;
    let error = stream.next().await.expect("an item").expect_err("unreadable");
    assert!(error.is(ErrorKind::Internal));
    assert_eq!(stream.token(), "t1");
}

#[tokio::test]
async fn events_alone_say_once_that_something_was_lost_and_go_on() {
    let fake = hanging_after(vec![said(opened(MINUTE)), said(reset()), events("t5", &[5])]);
    let mut stream = orders(&fake, Memory::default());
    let mut events = stream.events();
    let gap = events.next().await.expect("an item").expect_err("a gap");
    assert!(gap.is(ErrorKind::StreamGap) && gap.code() == Code::OutOfRange, "{gap}");
    assert_eq!(events.next().await.expect("an item").expect("an event").sequence, 5);
}

#[tokio::test]
async fn a_wait_that_is_too_late_tells_the_last_known_order() {
    let fake = hanging_after(vec![said(opened(MINUTE))]);
    let known = Order::read(Some(order("c-1"))).expect("an order");
    let error = fake
        .client()
        .wait_for(&known, Duration::from_millis(20))
        .await
        .expect_err("late");
    assert!(error.is(ErrorKind::DeadlineExceeded));
    assert_eq!((error.client_order_id(), error.order()), ("c-1", Some(&known)));
}

#[tokio::test]
async fn a_wait_ends_by_its_condition_and_ignores_what_is_older() {
    let version = |sequence, version| {
        let mut batch = events("t", &[sequence]);
        if let Some(v1::stream_orders_item::Item::Event(event)) = &mut batch.items[0].item {
            event.order = Some(v1::Order {
                version,
                terminal: version == 1,
                ..order("c-1")
            });
        }
        batch
    };
    let fake = hanging_after(vec![said(opened(MINUTE)), version(1, 1), version(2, 5)]);
    let known = Order::read(Some(v1::Order {
        version: 3,
        ..order("c-1")
    }))
    .expect("an order");
    let found = fake
        .client()
        .wait_until(&known, Some(PATIENCE), |order| order.version == 5)
        .await;
    assert_eq!(found.expect("an order").version, 5);
}

#[test]
fn a_file_keeps_a_token_over_lives() {
    let folder = std::env::temp_dir().join(format!("brokerwire-{}", uuid::Uuid::now_v7()));
    let path = folder.join("new").join("orders.token");
    let store = FileTokenStore::new(&path);
    assert_eq!(store.load().expect("no file is no error"), None);
    for token in ["one", "two"] {
        store.save(token).expect("saved");
        assert_eq!(
            FileTokenStore::new(&path).load().expect("loaded").as_deref(),
            Some(token)
        );
    }
    let left = std::fs::read_dir(folder.join("new")).expect("a folder").count();
    assert_eq!(left, 1, "something was left behind");
    std::fs::remove_dir_all(folder).expect("removed");
}
