import pytest

from brokerwire_server.observability.redaction import REDACTED, redact

SECRET = "s3cr3tValue"


@pytest.mark.parametrize(
    "text",
    [
        f"password={SECRET}",
        f'{{"api_key": "{SECRET}", "x": 1}}',
        f"APCA-API-SECRET-KEY: {SECRET}",
        f"apiKey='{SECRET}' rest",
        f"client_secret = {SECRET}; next",
        f"Authorization: Bearer {SECRET}",
        f"authorization=Basic {SECRET}",
        f"calling with Bearer {SECRET}abc",
        f"https://user:{SECRET}@host/path",
        f"postgresql+asyncpg://brokerwire:{SECRET}@db:5432/x",
        f"GET /v2?access_token={SECRET}&x=1",
        f"refresh_token: {SECRET}",
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}",
    ],
)
def test_named_secrets_are_taken_out(text: str) -> None:
    assert SECRET not in redact(text)
    assert REDACTED in redact(text)


@pytest.mark.parametrize(
    "secret",
    [
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4",
        "PKABCDEFGHIJ12345678",
        "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY9",
    ],
)
def test_secrets_are_known_by_their_looks(secret: str) -> None:
    assert secret not in redact(f"the broker said {secret} is wrong")


@pytest.mark.parametrize(
    "text",
    [
        "order 0199a7c2-8f3e-7a1b-9c4d-5e6f7a8b9c0d is FILLED at 228.50",
        "GET /v2/orders?status=open took 0.25 s",
        "head hash 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "client_order_id=mean-reversion-AAPL-2026-11-20.tp was not found",
        "/opt/brokerwire/lib/python3.11/site-packages/brokerwire_server/engine/gateway.py:17 start",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text
