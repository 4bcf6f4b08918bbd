"""A secret shows itself in no way that a program shows its values."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import pprint
import traceback
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec import Struct

from brokerwire_server.domain.secrets import Secret, scrub

if TYPE_CHECKING:
    from collections.abc import Callable

VALUE = "Vx83canaryLd47secret"


class Holder(Struct):
    """A record with a secret in it."""

    secret: Secret


@dataclass
class Plain:
    """Another one."""

    secret: Secret


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{:>40}".format,
        "{!r}".format,
        lambda secret: f"{secret}{secret!r}{secret!s}{secret:x}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 - the old way shows things too
        lambda secret: repr([secret, {secret: secret}, (secret,)]),
        lambda secret: repr(Holder(secret)) + repr(Plain(secret)),
        pprint.pformat,
        lambda secret: repr(dir(secret)) + repr(hash(secret)),
    ],
)
def test_no_way_of_showing_it_shows_it(show: Callable[[Secret], str]) -> None:
    shown = show(Secret(VALUE))
    assert VALUE not in shown


@pytest.mark.parametrize(
    "encode",
    [
        json.dumps,
        msgspec.json.encode,
        msgspec.msgpack.encode,
        msgspec.to_builtins,
        lambda secret: msgspec.json.encode(Holder(secret)),
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        lambda secret: asdict(Plain(secret)),
        vars,
    ],
)
def test_no_encoder_takes_it(encode: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError) as caught:
        encode(Secret(VALUE))
    assert VALUE not in str(caught.value)


def test_no_traceback_shows_it_even_with_the_values_of_variables() -> None:
    def fail(secret: Secret) -> None:
        raise ValueError(secret)

    try:
        fail(Secret(VALUE))
    except ValueError as error:
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "Secret(***)" in shown
    # The test's own constant is a variable too, but not one of these frames.
    assert VALUE not in shown


def test_no_log_line_shows_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        logging.getLogger("test").info("key %s %r", Secret(VALUE), Secret(VALUE))
    assert VALUE not in caplog.text
    assert "***" in caplog.text


def test_it_equals_only_the_same_secret_and_is_scrubbed_from_texts() -> None:
    assert Secret(VALUE) == Secret(VALUE)
    assert Secret(VALUE) != Secret(VALUE[:-1])
    assert Secret(VALUE) != VALUE
    assert scrub(f"refused: {VALUE}", [Secret(VALUE), Secret("")]) == "refused: ***"
