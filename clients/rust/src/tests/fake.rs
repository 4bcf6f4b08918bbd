//! A gateway in memory that does as it is told, in the place of the network.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use prost::Message;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Bytes;
use tonic::codegen::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use tonic::codegen::http::{Request, Response};

use crate::connection::Transport;
use crate::target::Target;
use crate::v1::stream_control::Control;
use crate::{Client, v1};

/// One call as it arrived.
pub struct Call {
    /// The name of its method.
    pub method: String,
    /// The how manieth call of that method it is, from 1.
    pub n: usize,
    pub headers: HeaderMap,
    pub body: Body,
}

impl Call {
    /// The one message of its body.
    pub async fn message<M: Message + Default>(self) -> M {
        let bytes = self.body.collect().await.expect("a body").to_bytes();
        M::decode(&bytes[5..]).expect("a message")
    }
}

/// Reads the messages of a body one after another, those of one frame together.
pub async fn next<M: Message + Default>(body: &mut Body) -> Option<M> {
    let data = body.frame().await?.expect("a frame").into_data().ok()?;
    Some(M::decode(&data[5..]).expect("a message"))
}

type Serve = dyn Fn(Call) -> BoxFuture<'static, Result<Response<Body>, Status>> + Send + Sync;

/// Serves calls, and notes which there were.
#[derive(Clone)]
pub struct Fake {
    serve: Arc<Serve>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    methods: Vec<String>,
    dials: usize,
}

impl Fake {
    pub fn new<F>(serve: impl Fn(Call) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Response<Body>, Status>> + Send + 'static,
    {
        Self {
            serve: Arc::new(move |call| Box::pin(serve(call))),
            seen: Arc::default(),
        }
    }

    /// A client of it, for one account.
    pub fn client(&self) -> Client {
        self.client_for("a", Duration::from_secs(20))
    }

    pub fn client_for(&self, account: &str, timeout: Duration) -> Client {
        let this = self.clone();
        Client::new(Target {
            address: "fake:1".to_owned(),
            account: account.to_owned(),
            headers: HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("Bearer secret"))]),
            signer: None,
            timeout,
            dial: Box::new(move || {
                this.seen().dials += 1;
                Arc::new(this.clone())
            }),
        })
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn calls(&self, method: &str) -> usize {
        self.seen().methods.iter().filter(|seen| *seen == method).count()
    }

    pub fn dials(&self) -> usize {
        self.seen().dials
    }
}

impl Transport for Fake {
    fn carry(&self, request: Request<Body>) -> BoxFuture<'static, Result<Response<Body>, Status>> {
        let path = request.uri().path().to_owned();
        let method = path.rsplit('/').next().unwrap_or_default().to_owned();
        self.seen().methods.push(method.clone());
        let (parts, body) = request.into_parts();
        (self.serve)(Call {
            n: self.calls(&method),
            method,
            headers: parts.headers,
            body,
        })
    }
}

fn frame(message: &impl Message) -> Frame<Bytes> {
    let body = message.encode_to_vec();
    let length = u32::try_from(body.len()).expect("a short message").to_be_bytes();
    Frame::data([&[0], length.as_slice(), &body].concat().into())
}

fn response(frames: BoxStream<'static, Frame<Bytes>>) -> Result<Response<Body>, Status> {
    let body = Body::new(StreamBody::new(frames.map(Ok::<_, Status>)));
    let response = Response::builder().header("content-type", "application/grpc");
    Ok(response.body(body).expect("a response"))
}

fn trailers(status: &Status) -> Frame<Bytes> {
    Frame::trailers(status.clone().into_http::<Body>().into_parts().0.headers)
}

/// Answers with messages and a status.
pub fn answer<M: Message>(messages: &[M], status: &Status) -> Result<Response<Body>, Status> {
    let frames: Vec<_> = messages.iter().map(frame).chain([trailers(status)]).collect();
    response(stream::iter(frames).boxed())
}

pub fn ok() -> Status {
    Status::new(tonic::Code::Ok, "")
}

/// Answers with messages, then says nothing more.
pub fn hanging<M: Message>(messages: &[M]) -> Result<Response<Body>, Status> {
    let frames: Vec<_> = messages.iter().map(frame).collect();
    response(stream::iter(frames).chain(stream::pending()).boxed())
}

/// Answers with messages as they come, and a status when they end.
pub fn live<M: Message + 'static>(messages: BoxStream<'static, M>) -> Result<Response<Body>, Status> {
    let end = stream::once(async { trailers(&ok()) });
    response(messages.map(|message| frame(&message)).chain(end).boxed())
}

pub fn opened(heartbeat: Duration) -> v1::StreamControl {
    hello(v1::StreamMode::Resumed, heartbeat)
}

pub fn hello(mode: v1::StreamMode, heartbeat: Duration) -> v1::StreamControl {
    v1::StreamControl {
        control: Some(Control::Opened(v1::StreamOpened {
            mode: mode.into(),
            heartbeat_interval: heartbeat.try_into().ok(),
            ..Default::default()
        })),
    }
}

pub fn reset() -> v1::StreamControl {
    v1::StreamControl {
        control: Some(Control::Reset(v1::StreamReset {
            cause: v1::StreamResetCause::Compacted.into(),
            ..Default::default()
        })),
    }
}

/// A batch of one control message.
pub fn said(control: v1::StreamControl) -> v1::StreamOrdersResponse {
    let item = v1::stream_orders_item::Item::Control(control);
    v1::StreamOrdersResponse {
        items: vec![v1::StreamOrdersItem { item: Some(item) }],
        ..Default::default()
    }
}

/// A batch of order events.
pub fn events(token: &str, sequences: &[i64]) -> v1::StreamOrdersResponse {
    let event = |sequence: &i64| v1::StreamOrdersItem {
        item: Some(v1::stream_orders_item::Item::Event(v1::OrderEvent {
            account_id: "a".to_owned(),
            sequence: *sequence,
            order: Some(order("c-1")),
            ..Default::default()
        })),
    };
    v1::StreamOrdersResponse {
        items: sequences.iter().map(event).collect(),
        resume_token: token.to_owned(),
        ..Default::default()
    }
}

pub fn order(client_order_id: &str) -> v1::Order {
    v1::Order {
        order_id: "o-1".to_owned(),
        account_id: "a".to_owned(),
        client_order_id: client_order_id.to_owned(),
        filled_quantity: Some(v1::Decimal { value: "1".to_owned() }),
        ..Default::default()
    }
}

pub fn submitted(client_order_id: &str) -> v1::SubmitOrderResponse {
    v1::SubmitOrderResponse {
        order: Some(order(client_order_id)),
        ..Default::default()
    }
}
