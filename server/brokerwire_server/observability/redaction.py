"""Takes out of a text whatever looks like a secret."""

import re

REDACTED = "[redacted]"

_NAMES = (
    r"(?:[\w-]*?(?:api[_-]?key|access[_-]?key|private[_-]?key|key[_-]?id|secret|passw(?:or)?d|passphrase|credentials?"
    r"|authorization|cookie|session[_-]?key|signature|(?<!resume[_-])(?<!page[_-])token)[\w-]*)"
)
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_USER_INFO = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^\s/@]+@", re.IGNORECASE)
_SCHEME = re.compile(r"\b(?P<scheme>bearer|basic|digest)\s+[\w.~+/=-]{8,}", re.IGNORECASE)
_NAMED = re.compile(
    rf"(?P<name>{_NAMES}[\"']?\s*[:=]\s*)"
    r"(?P<value>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|(?:bearer|basic|digest)\s+[^\s\"',;&)}\]]+|[^\s\"',;&)}\]]+)",
    re.IGNORECASE,
)
_JWT = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?")
_BROKER_KEY = re.compile(r"\b[PAC]K[A-Z0-9]{16,}\b")
# Long, and of small and capital letters and digits: what generators of keys make, and people and hashes do not.
_RANDOM = re.compile(
    r"(?<![A-Za-z0-9+])(?=[A-Za-z0-9+]*[a-z])(?=[A-Za-z0-9+]*[A-Z])(?=[A-Za-z0-9+]*[0-9])[A-Za-z0-9+]{24,}={0,2}"
)


def redact(text: str) -> str:
    """Return `text` with secrets replaced: named ones, bearer tokens, keys, passwords in addresses, random strings."""
    text = _PEM.sub(REDACTED, text)
    text = _USER_INFO.sub(rf"\g<scheme>{REDACTED}@", text)
    text = _NAMED.sub(rf"\g<name>{REDACTED}", text)
    text = _SCHEME.sub(rf"\g<scheme> {REDACTED}", text)
    for pattern in (_JWT, _BROKER_KEY, _RANDOM):
        text = pattern.sub(REDACTED, text)
    return text
