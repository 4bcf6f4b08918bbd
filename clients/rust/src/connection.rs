//! The connection to a gateway, with the rules that every call on it keeps.

use std::error::Error as StdError;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::header::{HeaderMap, HeaderName, HeaderValue};
use tonic::codegen::http::{Request, Response};
use tonic::metadata::MetadataMap;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::facts::{MUTATIONS, READS};
use crate::target::Target;

const DETAILS: &str = "grpc-status-details-bin";
const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
const ATTEMPTS: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Status>> + Send>>;

/// What carries a request to the gateway.
pub(crate) trait Transport: Send + Sync {
    fn carry(&self, request: Request<Body>) -> Answer;
}

impl Transport for Channel {
    fn carry(&self, request: Request<Body>) -> Answer {
        let mut channel = self.clone();
        Box::pin(async move {
            poll_fn(|cx| channel.poll_ready(cx)).await.map_err(broken)?;
            let answer = channel.call(request).await.map_err(broken)?;
            Ok(answer.map(|body| Body::new(body.map_err(broken))))
        })
    }
}

/// The connection to a gateway, for the stubs in [`v1`](crate::v1). Cheap to clone.
///
/// Every call has the client's token. A unary one has its deadline too, and one that changes nothing is tried again while
/// the gateway is away: 4 attempts, 0.1 s to 2 s apart. Nothing else is ever repeated.
#[derive(Clone)]
pub struct Connection {
    target: Arc<Target>,
    transport: Arc<OnceLock<Arc<dyn Transport>>>,
    closed: CancellationToken,
}

impl Connection {
    pub(crate) fn new(target: Arc<Target>, closed: CancellationToken) -> Self {
        Self {
            target,
            transport: Arc::default(),
            closed,
        }
    }

    /// Another connection to the same gateway.
    pub(crate) fn anew(&self) -> Self {
        Self::new(self.target.clone(), self.closed.clone())
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    pub(crate) fn closed(&self) -> &CancellationToken {
        &self.closed
    }

    async fn carry_out(self, mut request: Request<Body>) -> Result<Response<Body>, Status> {
        request.headers_mut().extend(self.target.headers.clone());
        let path = request.uri().path();
        let repeats = READS.binary_search(&path).is_ok();
        if !repeats && MUTATIONS.binary_search(&path).is_err() {
            let answer = self.transport().carry(request).await?;
            return Ok(tidy(answer));
        }
        let deadline = Instant::now() + self.target.timeout;
        let call = self.unary(request, deadline, repeats);
        let late = |_| Status::deadline_exceeded("the gateway did not answer in time");
        timeout_at(deadline, call).await.map_err(late)?
    }

    fn transport(&self) -> &dyn Transport {
        self.transport.get_or_init(|| (self.target.dial)()).as_ref()
    }

    async fn unary(&self, request: Request<Body>, deadline: Instant, repeats: bool) -> Result<Response<Body>, Status> {
        let (parts, body) = request.into_parts();
        let message = body.collect().await?.to_bytes();
        let mut pause = FIRST_PAUSE;
        for _ in 1..ATTEMPTS {
            let mut again = Request::new(Body::new(Full::new(message.clone())));
            *again.uri_mut() = parts.uri.clone();
            *again.method_mut() = parts.method.clone();
            *again.version_mut() = parts.version;
            *again.headers_mut() = parts.headers.clone();
            let answer = self.attempt(again, deadline).await;
            if !repeats || !is_unavailable(&answer) {
                return answer.map(|answer| answer.0);
            }
            sleep(pause.mul_f64(fastrand::f64())).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        let last = Request::from_parts(parts, Body::new(Full::new(message)));
        self.attempt(last, deadline).await.map(|answer| answer.0)
    }

    /// One attempt, and the code that its answer carries.
    async fn attempt(
        &self,
        mut request: Request<Body>,
        deadline: Instant,
    ) -> Result<(Response<Body>, Option<Code>), Status> {
        let left = deadline.saturating_duration_since(Instant::now());
        request.headers_mut().entry(TIMEOUT).or_insert_with(|| in_header(left));
        let answer = self.transport().carry(request).await?;
        let (parts, body) = tidy(answer).into_parts();
        let body = body.collect().await?;
        let code = code_in(&parts.headers).or_else(|| body.trailers().and_then(code_in));
        Ok((Response::from_parts(parts, Body::new(body)), code))
    }
}

impl Service<Request<Body>> for Connection {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Answer {
        let this = self.clone();
        Box::pin(async move {
            let closed = this.closed.clone();
            tokio::select! {
                () = closed.cancelled() => Err(Status::cancelled("the client was closed")),
                answer = this.carry_out(request) => answer,
            }
        })
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connection({})", self.target.address)
    }
}

fn is_unavailable<T>(answer: &Result<(T, Option<Code>), Status>) -> bool {
    match answer {
        Ok((_, code)) => *code == Some(Code::Unavailable),
        Err(status) => status.code() == Code::Unavailable,
    }
}

fn code_in(headers: &HeaderMap) -> Option<Code> {
    let code = headers.get("grpc-status")?;
    Some(Code::from_bytes(code.as_bytes()))
}

/// A deadline as HTTP/2 carries it: at most eight digits.
fn in_header(left: Duration) -> HeaderValue {
    const MOST: u128 = 99_999_999;
    let text = match left {
        _ if left.as_micros() <= MOST => format!("{}u", left.as_micros()),
        _ if left.as_millis() <= MOST => format!("{}m", left.as_millis()),
        _ => format!("{}S", u128::from(left.as_secs()).min(MOST)),
    };
    HeaderValue::try_from(text).expect("digits and a letter")
}

/// Takes details that are no base64 out of an answer: tonic panics at them.
fn tidy(mut answer: Response<Body>) -> Response<Body> {
    tidy_headers(answer.headers_mut());
    answer.map(|body| {
        Body::new(body.map_frame(|mut frame| {
            if let Some(trailers) = frame.trailers_mut() {
                tidy_headers(trailers);
            }
            frame
        }))
    })
}

fn tidy_headers(headers: &mut HeaderMap) {
    let Some(details) = headers.get(DETAILS) else { return };
    let mut alone = HeaderMap::new();
    alone.insert(DETAILS, details.clone());
    let alone = MetadataMap::from_headers(alone);
    let readable = alone.get_bin(DETAILS).is_some_and(|value| value.to_bytes().is_ok());
    if !readable {
        headers.remove(DETAILS);
    }
}

/// What a failure of the transport means: the connection is gone, unless it says more.
fn broken(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Status {
    let error = error.into();
    let mut said = Vec::new();
    let mut late = false;
    let mut next: Option<&(dyn StdError + 'static)> = Some(error.as_ref());
    while let Some(cause) = next {
        late |= cause.is::<tonic::TimeoutExpired>();
        let text = match cause.downcast_ref::<Status>() {
            Some(status) => status.message().to_owned(),
            None => cause.to_string(),
        };
        if !said.iter().any(|before: &String| before.contains(&text)) {
            said.push(text);
        }
        next = cause.source();
    }
    let said = said.join(": ");
    if late {
        return Status::deadline_exceeded(said);
    }
    match Status::from_error(error).code() {
        Code::Unknown | Code::Cancelled => Status::unavailable(said),
        code => Status::new(code, said),
    }
}
