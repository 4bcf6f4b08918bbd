//! Where a gateway is, and what a connection to it needs.

use std::env;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tonic::codegen::http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

use crate::client::Client;
use crate::connection::Transport;
use crate::errors::Error;
use crate::signing::Signer;

/// Where a gateway listens unless it is told otherwise.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:50051";
/// The deadline of every unary call.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest message either side may send, in bytes.
pub const MAX_MESSAGE: usize = 16 << 20;

const OTP: HeaderName = HeaderName::from_static("brokerwire-otp");
const DEFAULT_PORT: u16 = 50051;
/// A stream that is not read holds no more than this, so that the gateway notices a slow reader.
const STREAM_WINDOW: u32 = 64 << 10;
/// Room for many streams that are not read beside calls that are.
const CONNECTION_WINDOW: u32 = 16 << 20;

/// How to reach a gateway; [`Client::builder`] makes one.
#[derive(Default)]
#[must_use]
pub struct Builder {
    address: Option<String>,
    account: String,
    token: Option<String>,
    otp: Option<String>,
    signer: Option<Signer>,
    timeout: Option<Duration>,
    tls: Tls,
    certificate: Option<(PathBuf, PathBuf)>,
}

#[derive(Default)]
enum Tls {
    #[default]
    Off,
    Config(Box<ClientTlsConfig>),
    File(PathBuf),
}

impl Builder {
    /// `host:port` or `unix:path`. Without it `BROKERWIRE_ADDRESS` is meant, else [`DEFAULT_ADDRESS`].
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }

    /// The account to work on. Without it, the only one that the gateway has is meant.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = account.into();
        self
    }

    /// A bearer token, sent with every call. It appears in no text.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// A code of the second factor, sent with every call. A code is good for one: make such a client for one act.
    pub fn otp(mut self, code: impl Into<String>) -> Self {
        self.otp = Some(code.into());
        self
    }

    /// Signs every order and replace. What is sent through a stub is signed with [`Signer::sign`].
    pub fn signer(mut self, signer: Signer) -> Self {
        self.signer = Some(signer);
        self
    }

    /// The deadline of every unary call, [`DEFAULT_TIMEOUT`] unless said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// TLS, with the gateway verified by the system's certificate authorities.
    pub fn tls(self) -> Self {
        self.tls_config(ClientTlsConfig::new().with_native_roots())
    }

    /// TLS, with the gateway verified by the certificate authority in a PEM file.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.tls = Tls::File(path.into());
        self
    }

    /// TLS, with the gateway verified by a certificate authority in PEM.
    pub fn ca_pem(self, pem: impl AsRef<[u8]>) -> Self {
        self.tls_config(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)))
    }

    /// TLS, with a certificate that proves who calls: the paths of it and of its private key, both PEM.
    pub fn client_certificate(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.certificate = Some((certificate.into(), key.into()));
        self
    }

    /// TLS as tonic spells it.
    pub fn tls_config(mut self, config: ClientTlsConfig) -> Self {
        self.tls = Tls::Config(Box::new(config));
        self
    }

    /// Makes the client. Nothing is connected until it is needed.
    ///
    /// The error says that an option cannot be meant: plaintext to another machine, an address that is none.
    pub fn build(self) -> Result<Client, Error> {
        Ok(Client::new(self.target()?))
    }

    pub(crate) fn target(self) -> Result<Target, Error> {
        let given = self.address.or_else(|| env::var("BROKERWIRE_ADDRESS").ok());
        let given = given.filter(|text| !text.is_empty());
        let place = Place::parse(given.as_deref().unwrap_or(DEFAULT_ADDRESS))?;
        let endpoint = endpoint(&place, self.tls, self.certificate)?;
        let dial = move || Arc::new(endpoint.connect_lazy()) as Arc<dyn Transport>;
        Ok(Target {
            address: place.text,
            account: self.account,
            headers: headers(self.token.as_deref(), self.otp.as_deref())?,
            signer: self.signer,
            timeout: self.timeout.unwrap_or(DEFAULT_TIMEOUT),
            dial: Box::new(dial),
        })
    }
}

/// A gateway, and what a connection to it needs.
pub(crate) struct Target {
    pub address: String,
    pub account: String,
    /// What goes with every call.
    pub headers: HeaderMap,
    pub signer: Option<Signer>,
    pub timeout: Duration,
    /// Makes a channel of its own, which connects when it is used.
    pub dial: Box<dyn Fn() -> Arc<dyn Transport> + Send + Sync>,
}

fn headers(token: Option<&str>, otp: Option<&str>) -> Result<HeaderMap, Error> {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = HeaderMap::new();
    for (name, text) in [(AUTHORIZATION, bearer.as_deref()), (OTP, otp)] {
        let Some(text) = text else { continue };
        let value = HeaderValue::from_str(text);
        let mut value = value.map_err(|_| mistake(format!("{name} has characters that it cannot have")))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

fn pem(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|e| mistake(format!("{}: {e}", path.display())))
}

fn mistake(message: impl Into<String>) -> Error {
    Error::new(tonic::Code::InvalidArgument, "", message)
}

fn endpoint(place: &Place, tls: Tls, certificate: Option<(PathBuf, PathBuf)>) -> Result<Endpoint, Error> {
    let config = match tls {
        Tls::Off => certificate
            .is_some()
            .then(|| ClientTlsConfig::new().with_native_roots()),
        Tls::Config(config) => Some(*config),
        Tls::File(path) => Some(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem(&path)?))),
    };
    let config = match (config, certificate) {
        (Some(config), Some((certificate, key))) => {
            Some(config.identity(Identity::from_pem(pem(&certificate)?, pem(&key)?)))
        }
        (config, _) => config,
    };
    let text = &place.text;
    if config.is_none() && !place.is_local() {
        return Err(mistake(format!(
            "{text} is not on this machine, and plaintext would show orders and tokens to the network: \
             use `tls`, or `ca_file` with the gateway's certificate authority"
        )));
    }
    let unusable = |e| mistake(format!("{text} cannot be used: {e}"));
    let made = Endpoint::from_shared(place.uri(config.is_some())).map_err(unusable)?;
    let made = match config {
        Some(config) => made.tls_config(config).map_err(unusable)?,
        None => made,
    };
    // tonic connects when a call asks for it: there is no back-off that a stream would have to wait out, and no proxy.
    Ok(made
        .user_agent(concat!("brokerwire-rust/", env!("CARGO_PKG_VERSION")))
        .map_err(unusable)?
        .connect_timeout(Duration::from_secs(5))
        .http2_keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10))
        .keep_alive_while_idle(false)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW))
}

/// An address that was understood.
struct Place {
    text: String,
    kind: Kind,
}

enum Kind {
    Unix(String),
    Host { host: String, authority: String },
}

impl Place {
    fn parse(text: &str) -> Result<Self, Error> {
        let unix = text.strip_prefix("unix://").or_else(|| text.strip_prefix("unix:"));
        if let Some(path) = unix {
            let kind = Kind::Unix(path.to_owned());
            return Ok(Self {
                text: text.to_owned(),
                kind,
            });
        }
        let bare = text.strip_prefix("dns:").unwrap_or(text);
        let bare = bare.strip_prefix("///").unwrap_or(bare);
        let host_and_port = split(bare);
        let (host, port) =
            host_and_port.ok_or_else(|| mistake(format!("{text} is no address: write host:port or unix:path")))?;
        let authority = format!("{host}:{port}");
        let text = authority.clone();
        let kind = Kind::Host {
            host: host.to_owned(),
            authority,
        };
        Ok(Self { text, kind })
    }

    fn is_local(&self) -> bool {
        let Kind::Host { host, .. } = &self.kind else {
            return true;
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    fn uri(&self, tls: bool) -> String {
        match &self.kind {
            Kind::Unix(path) => format!("unix:{path}"),
            Kind::Host { authority, .. } if tls => format!("https://{authority}"),
            Kind::Host { authority, .. } => format!("http://{authority}"),
        }
    }
}

/// Splits `host`, `host:port`, `[v6]` or `[v6]:port`; nothing for what is none of them.
fn split(text: &str) -> Option<(&str, u16)> {
    let end = text.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match text[end..].find(':') {
        Some(at) => (&text[..end + at], text[end + at + 1..].parse().ok()?),
        None => (text, DEFAULT_PORT),
    };
    let plausible = !host.is_empty() && !host.contains(['/', '@', ' ']);
    plausible.then_some((host, port))
}
