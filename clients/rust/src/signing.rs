//! Signed orders, for accounts that take no others.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ring::signature::Ed25519KeyPair;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;

use crate::canonical::{Signable, canonical_text};
use crate::errors::Error;
use crate::v1::OrderSignature;
use crate::v1::order_command::Command;

const LIFETIME: Duration = Duration::from_secs(20);

/// Signs orders, replaces and closings with an Ed25519 key. It never shows the key. A signature is good for 20 s. Cheap to
/// clone.
#[derive(Clone)]
pub struct Signer {
    key: Arc<Ed25519KeyPair>,
    key_id: String,
    pub(crate) now: fn() -> SystemTime,
}

impl Signer {
    /// From the private key in a PEM file (PKCS #8, not encrypted). `key_id` is the name that the gateway gave its public
    /// half.
    pub fn from_file(path: impl AsRef<Path>, key_id: impl Into<String>) -> Result<Self, Error> {
        let path = path.as_ref();
        let pem = std::fs::read(path).map_err(|e| mistake(format!("{}: {e}", path.display())))?;
        Self::from_pem(pem, key_id)
    }

    /// From a private key in PEM of that kind.
    pub fn from_pem(pem: impl AsRef<[u8]>, key_id: impl Into<String>) -> Result<Self, Error> {
        // Without the causes: their text might quote what was given.
        let none = || mistake("that is no Ed25519 key in PKCS #8 as PEM");
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_ref()).map_err(|_| none())?;
        let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()).map_err(|_| none())?;
        Ok(Self {
            key: Arc::new(key),
            key_id: key_id.into(),
            now: SystemTime::now,
        })
    }

    /// Puts a signature into a request that is complete otherwise, in place of an earlier one. The client's own methods do
    /// this by themselves; call it for messages that are sent through a stub.
    pub fn sign(&self, request: &mut impl Signable) {
        *request.signature() = Some(OrderSignature {
            key_id: self.key_id.clone(),
            signature: Vec::new(),
            expire_time: Some(((self.now)() + LIFETIME).into()),
        });
        let signature = self.key.sign(canonical_text(request).as_bytes());
        if let Some(signed) = request.signature() {
            signed.signature = signature.as_ref().to_vec();
        }
    }

    /// Signs a session's command, unless it is one that is never signed.
    pub(crate) fn sign_command(&self, command: &mut Command) {
        match command {
            Command::Submit(order) => self.sign(order),
            Command::Replace(change) => self.sign(change),
            Command::Cancel(_) => {}
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.key_id)
    }
}

fn mistake(message: impl Into<String>) -> Error {
    Error::new(tonic::Code::InvalidArgument, "", message)
}
