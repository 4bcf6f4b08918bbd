"""What a connection must be told, checked against its broker's kind, all violations at once.

No value of a credential is in any of them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from brokerwire_server.brokers.base import BrokerAdapter, BrokerKind, Field, Tools
from brokerwire_server.domain.connections import ConnectionSpec
from brokerwire_server.domain.errors import BrokerwireError, InvalidRequestError, UnsupportedError, Violation
from brokerwire_server.domain.secrets import Secret, scrub

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAME_LIMIT, _VALUE_LIMIT = 128, 8_192


def build(kind: BrokerKind, spec: ConnectionSpec, credential: Mapping[str, Secret], tools: Tools) -> BrokerAdapter:
    """Return the adapter of a connection, not started.

    Raises:
        InvalidRequestError: with everything that is wrong.
        UnsupportedError: no connection is made to this broker.
    """
    if kind.built_in:
        text = f"the {kind.broker} broker is part of the gateway: no connection is made to it"
        raise UnsupportedError(
            "UNSUPPORTED_BY_BROKER", text, metadata={"broker": kind.broker, "method": "CreateConnection"}
        )
    violations = [*_spec(kind, spec), *check_credential(kind, credential)]
    if violations:
        raise InvalidRequestError.of(*violations)
    try:
        return kind.create(spec, with_defaults(kind, credential), tools)
    except InvalidRequestError as error:
        raise scrubbed(error, credential) from None


def check_credential(kind: BrokerKind, credential: Mapping[str, Secret]) -> Iterator[Violation]:
    """Yield what is wrong with the parts of a credential."""
    names = tuple(field.name for field in kind.credential)
    if credential.keys() - set(names):
        # Not named: whoever swaps name and value would see the secret in the error, and in a log of errors.
        text = f"has a part that {kind.display_name} does not know; its parts are: {', '.join(names) or 'none'}"
        yield Violation("credentials", "INVALID_FIELD", text, names)
    for field in kind.credential:
        secret = credential.get(field.name)
        path = f"credentials.{field.name}"
        if not secret:
            if not field.default:
                yield Violation(path, "FIELD_REQUIRED", f"is needed: {field.about}")
        elif _CONTROL.search(secret.reveal()) or len(secret.reveal()) > _VALUE_LIMIT:
            yield Violation(path, "INVALID_FIELD", f"has a control character or more than {_VALUE_LIMIT} characters")


def with_defaults(kind: BrokerKind, credential: Mapping[str, Secret]) -> Mapping[str, Secret]:
    """Return a credential with what holds where a part is left out."""
    defaults = {field.name: Secret(field.default) for field in kind.credential if field.default}
    return {**defaults, **{name: secret for name, secret in credential.items() if secret}}


def scrubbed(error: BrokerwireError, credential: Mapping[str, Secret]) -> InvalidRequestError:
    """Return an adapter's complaint without any value of the credential that it may quote."""
    secrets = tuple(credential.values())
    violations = tuple(Violation(v.field, v.reason, scrub(v.message, secrets), v.supported) for v in error.violations)
    if violations:
        made = InvalidRequestError.of(*violations)
        made.metadata = {**{k: scrub(v, secrets) for k, v in error.metadata.items()}, **made.metadata}
        return made
    metadata = {key: scrub(value, secrets) for key, value in error.metadata.items()}
    return InvalidRequestError(error.reason, scrub(error.message, secrets), metadata=metadata)


def _spec(kind: BrokerKind, spec: ConnectionSpec) -> Iterator[Violation]:
    if not spec.connection_id:
        yield Violation("connection_id", "FIELD_REQUIRED", "name the connection")
    elif not _ID.fullmatch(spec.connection_id):
        text = "takes 1 to 64 of a-z, 0-9, '-', '_' and '.', beginning with a letter or digit"
        yield Violation("connection_id", "INVALID_FIELD", text)
    if spec.environment not in kind.environments:
        known = tuple(environment.value for environment in kind.environments)
        text = f"{kind.display_name} has {', '.join(known)} only"
        yield Violation("environment", "INVALID_FIELD", text, known)
    if len(spec.display_name) > _NAME_LIMIT or _CONTROL.search(spec.display_name):
        yield Violation("display_name", "INVALID_FIELD", f"at most {_NAME_LIMIT} characters, none of them control")
    yield from _settings(kind.settings, kind.display_name, spec.settings)


def _settings(fields: Sequence[Field], name: str, settings: Mapping[str, str]) -> Iterator[Violation]:
    known = tuple(field.name for field in fields)
    for key in sorted(settings.keys() - set(known)):
        text = f"{name} has no such setting; it has: {', '.join(known) or 'none'}"
        yield Violation(f"settings.{key[:64]}", "INVALID_FIELD", text, known)
    for key, value in settings.items():
        if key in known and (_CONTROL.search(value) or len(value) > _VALUE_LIMIT):
            yield Violation(f"settings.{key}", "INVALID_FIELD", "has a control character, or is too long")
