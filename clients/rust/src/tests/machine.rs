use std::time::Duration;

use tonic::Code;

use super::fake::{hello, order, reset};
use crate::backoff::LONGEST;
use crate::items::StreamEvent;
use crate::machine::{Batch, Machine, WireItem};
use crate::v1::StreamMode;
use crate::v1::stream_control::Control;
use crate::{Error, Item, Order, OrderEvent, Position, PositionEvent, reason, v1};

const HEARTBEAT: Duration = Duration::from_secs(4);

fn machine() -> Machine<OrderEvent> {
    Machine::new()
}

fn happened_in(account: &str, sequence: i64) -> WireItem<OrderEvent> {
    let message = v1::OrderEvent {
        account_id: account.to_owned(),
        sequence,
        order: Some(order("c")),
        ..Default::default()
    };
    WireItem::Event(OrderEvent::read(message).expect("an event"))
}

fn happened(sequence: i64) -> WireItem<OrderEvent> {
    happened_in("a", sequence)
}

fn resumed() -> WireItem<OrderEvent> {
    WireItem::Control(hello(StreamMode::Resumed, HEARTBEAT))
}

fn afresh() -> WireItem<OrderEvent> {
    WireItem::Control(hello(StreamMode::Snapshot, HEARTBEAT))
}

fn state() -> WireItem<OrderEvent> {
    WireItem::Snapshot(Order::read(Some(order("c"))).expect("an order"))
}

fn ending() -> WireItem<OrderEvent> {
    let end = Control::SnapshotEnd(v1::SnapshotEnd::default());
    WireItem::Control(v1::StreamControl { control: Some(end) })
}

fn goodbye(reconnect_after: Option<i64>) -> WireItem<OrderEvent> {
    let goodbye = Control::Goodbye(v1::Goodbye {
        reason: "tired".to_owned(),
        reconnect_after: reconnect_after.map(|seconds| prost_types::Duration { seconds, nanos: 0 }),
    });
    WireItem::Control(v1::StreamControl { control: Some(goodbye) })
}

fn feed<E: StreamEvent>(machine: &mut Machine<E>, token: &str, items: Vec<WireItem<E>>) {
    machine.feed(Batch {
        items,
        token: token.to_owned(),
    });
}

/// Empties the machine and gives the kinds of items, events with their sequence.
fn taken<E: StreamEvent>(machine: &mut Machine<E>) -> String {
    let name = |item: Item<E>| match item {
        Item::Event(event) => event.place().1.to_string(),
        Item::Snapshot(_) => "Snapshot".to_owned(),
        Item::SnapshotBegin => "Begin".to_owned(),
        Item::SnapshotEnd { .. } => "End".to_owned(),
        Item::Opened(_) => "Opened".to_owned(),
        Item::Reset { cause } => format!("Reset({cause})"),
        Item::Goodbye { .. } => "Goodbye".to_owned(),
        Item::Disconnected { .. } => "Disconnected".to_owned(),
        _ => "Other".to_owned(),
    };
    let names: Vec<String> = machine.ready.drain(..).map(name).collect();
    names.join(" ")
}

#[test]
fn events_that_came_before_a_disconnect_are_not_repeated_after_it() {
    let mut m = machine();
    m.connecting();
    feed(&mut m, "t0", vec![afresh(), ending()]);
    feed(&mut m, "t2", vec![happened(1), happened(2)]);
    m.muted();
    m.connecting();
    feed(&mut m, "", vec![resumed()]);
    feed(&mut m, "t3", vec![happened(2), happened(3)]);
    assert_eq!(taken(&mut m), "Opened Begin End 1 2 Disconnected Opened 3");
    assert_eq!(m.token, "t3");
}

#[test]
fn a_batch_without_a_token_leaves_the_former_one() {
    let mut m = machine();
    feed(&mut m, "t1", vec![happened(1)]);
    feed(&mut m, "", vec![happened(2)]);
    assert_eq!(m.token, "t1");
}

#[test]
fn a_snapshot_that_was_cut_begins_again_after_a_reset() {
    let mut m = machine();
    m.connecting();
    feed(&mut m, "", vec![afresh(), state()]);
    m.muted();
    m.connecting();
    feed(&mut m, "t1", vec![afresh(), state(), ending()]);
    let seen = "Opened Begin Snapshot Disconnected Reset(unspecified) Opened Begin Snapshot End";
    assert_eq!(taken(&mut m), seen);
}

#[test]
fn a_snapshot_that_is_resumed_does_not_begin_again() {
    let mut m = machine();
    m.connecting();
    feed(&mut m, "t1", vec![afresh(), state()]);
    m.muted();
    m.connecting();
    feed(&mut m, "t2", vec![resumed(), state(), ending()]);
    assert_eq!(taken(&mut m), "Opened Begin Snapshot Disconnected Opened Snapshot End");
}

#[test]
fn a_reset_forgets_what_was_seen() {
    let mut m = machine();
    m.connecting();
    feed(&mut m, "t9", vec![resumed(), happened(9)]);
    feed(&mut m, "t1", vec![WireItem::Control(reset()), ending(), happened(1)]);
    assert_eq!(taken(&mut m), "Opened 9 Reset(compacted) Begin End 1");
}

#[test]
fn states_valued_anew_may_repeat_their_sequence_but_not_go_back() {
    let position = |symbol: &str, sequence| {
        let instrument = v1::Instrument {
            symbol: symbol.to_owned(),
            ..Default::default()
        };
        let quantity = Some(v1::Decimal { value: "1".to_owned() });
        let message = v1::Position {
            instrument: Some(instrument),
            quantity,
            ..Default::default()
        };
        let event = v1::PositionEvent {
            sequence,
            position: Some(message),
            ..Default::default()
        };
        WireItem::Event(PositionEvent::read(event).expect("an event"))
    };
    let mut m = Machine::<PositionEvent>::new();
    let batch = [("A", 2), ("A", 2), ("A", 1), ("B", 1), ("A", 3)];
    feed(
        &mut m,
        "t",
        batch.map(|(symbol, sequence)| position(symbol, sequence)).into(),
    );
    assert_eq!(taken(&mut m), "2 2 1 3"); // the 1 is B's
    assert!(Position::read(None).is_err());
}

#[test]
fn sequences_count_within_their_account() {
    let mut m = machine();
    feed(&mut m, "t", vec![happened(2), happened_in("b", 1)]);
    assert_eq!(taken(&mut m), "2 1");
}

#[test]
fn items_and_controls_of_new_kinds_are_skipped() {
    let mut m = machine();
    let newer = WireItem::Control(v1::StreamControl { control: None });
    feed(&mut m, "t", vec![newer, WireItem::Unknown, happened(1)]);
    assert_eq!(taken(&mut m), "1");
}

#[test]
fn silence_is_measured_in_heartbeats_once_the_stream_is_open() {
    let mut m = machine();
    m.connecting();
    assert_eq!(m.silence(), Duration::from_secs(10));
    let each_second = hello(StreamMode::Resumed, Duration::from_secs(1));
    feed(&mut m, "t", vec![WireItem::Control(each_second)]);
    assert_eq!(m.silence(), Duration::from_millis(2500));
    m.connecting();
    assert_eq!(m.silence(), Duration::from_secs(10));
}

#[test]
fn after_a_goodbye_the_stream_waits_as_long_as_it_was_told() {
    let mut m = machine();
    m.connecting();
    feed(&mut m, "t", vec![resumed(), goodbye(Some(3))]);
    let wait = m.ended();
    assert!(
        (Duration::from_secs(3)..=Duration::from_secs(6)).contains(&wait),
        "{wait:?}"
    );
    assert_eq!(taken(&mut m), "Opened Goodbye");
    m.connecting();
    feed(&mut m, "t", vec![resumed(), goodbye(None)]);
    assert!(m.ended() <= Duration::from_millis(100));
    assert_eq!(taken(&mut m), "Opened Goodbye");
    m.connecting();
    m.ended();
    assert_eq!(taken(&mut m), "Disconnected");
}

#[test]
fn only_transient_failures_are_survived() {
    for (code, reason, opened, survived) in [
        (Code::Unavailable, "", false, true),
        (Code::Internal, "", false, true),
        (Code::Cancelled, "", false, true),
        (Code::Unknown, "", false, true),
        (Code::DeadlineExceeded, "", false, true),
        (Code::Unavailable, reason::GATEWAY_DRAINING, true, true),
        (Code::OutOfRange, reason::SEQUENCE_NOT_YET_AVAILABLE, true, false),
        (Code::Unavailable, reason::SEQUENCE_NOT_YET_AVAILABLE, true, false),
        (Code::OutOfRange, reason::RESUME_TOKEN_EXPIRED, true, false),
        (Code::ResourceExhausted, reason::SLOW_CONSUMER, true, true),
        (Code::ResourceExhausted, reason::STREAM_LIMIT, false, false),
        (Code::ResourceExhausted, reason::GATEWAY_OVERLOADED, true, true),
        (Code::ResourceExhausted, reason::MESSAGE_TOO_LARGE, true, false),
        (Code::Unauthenticated, "", true, false),
        (Code::InvalidArgument, reason::INVALID_RESUME_TOKEN, true, false),
    ] {
        let mut m = machine();
        if opened {
            feed(&mut m, "t", vec![resumed()]);
        }
        let verdict = m.failed(Error::new(code, reason, ""));
        assert_eq!(verdict.is_ok(), survived, "{code:?} {reason}, opened {opened}");
    }
}

#[test]
fn the_gateways_wait_is_honoured() {
    let mut failure = Error::new(Code::Unavailable, reason::GATEWAY_DRAINING, "");
    failure.0.retry_after = Some(Duration::from_secs(60));
    assert_eq!(machine().failed(failure).expect("it goes on"), Duration::from_secs(60));
}

#[test]
fn back_off_grows_until_a_connection_has_proved_itself() {
    let mut m = machine();
    assert!(m.muted() <= Duration::from_millis(100));
    for _ in 0..10 {
        m.muted();
    }
    let range = LONGEST / 2..=LONGEST;
    assert!(range.contains(&m.muted()), "after many failures");
    m.connecting();
    feed(&mut m, "t", vec![resumed()]);
    assert!(range.contains(&m.muted()), "after a hello alone");
    m.connecting();
    feed(&mut m, "t", vec![resumed()]);
    feed(&mut m, "t", vec![happened(1)]);
    assert!(
        m.muted() <= Duration::from_millis(100),
        "after a connection that worked"
    );
}
