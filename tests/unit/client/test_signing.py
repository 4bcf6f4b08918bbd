"""Signed requests: one text per content, and a signature that holds for nothing else."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st

from brokerwire.signing import SIGNED, Signer, canonical_text
from brokerwire.v1 import order_service_pb2, orders_pb2
from tests.support.signatures import KEY, NOW, PUBLIC_KEY, VECTORS, Vector, signer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from google.protobuf.message import Message

each_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.about)
PUBLIC = Ed25519PublicKey.from_public_bytes(PUBLIC_KEY)


@each_vector
def test_a_request_has_the_text_and_signature_of_its_vector(vector: Vector) -> None:
    assert MessageToDict(vector.request) == vector.json
    request = copy.deepcopy(vector.request)
    request.ClearField("signature")
    signer().sign(request, now=NOW)
    assert canonical_text(request) == vector.text
    assert request.signature.signature == vector.signature


def test_the_vectors_reach_every_field_of_every_signed_message() -> None:
    reached: set[str] = set()
    for vector in VECTORS:
        reached |= set(_fields_set(vector.request))
    for kind in SIGNED:
        missing = set(_all_fields(kind.DESCRIPTOR)) - reached - {"OrderSignature.signature"}
        assert not missing


@each_vector
def test_every_change_of_a_field_changes_the_text(vector: Vector) -> None:
    texts = [vector.text, *map(canonical_text, _changes(vector.request))]
    assert len(set(texts)) == len(texts)
    assert len(texts) > 2


@each_vector
def test_no_byte_of_text_or_signature_can_be_flipped(vector: Vector) -> None:
    text = vector.text.encode()
    PUBLIC.verify(vector.signature, text)
    for forged in _flipped(text):
        with pytest.raises(InvalidSignature):
            PUBLIC.verify(vector.signature, forged)
    for forged in _flipped(vector.signature):
        with pytest.raises(InvalidSignature):
            PUBLIC.verify(forged, text)


tag = st.text(alphabet='ab\\n\n=[].,0"\u00e9\U0001f4c8', max_size=6)
content = st.tuples(tag, tag, st.dictionaries(tag, tag, max_size=3), st.booleans())


def _order(parts: Any) -> orders_pb2.OrderRequest:
    account, key, tags, extended = parts
    return orders_pb2.OrderRequest(account_id=account, client_order_id=key, tags=tags, extended_hours=extended)


@given(content, content)
def test_two_contents_share_a_text_only_if_they_are_the_same(one: Any, other: Any) -> None:
    assert (canonical_text(_order(one)) == canonical_text(_order(other))) is (_order(one) == _order(other))


def test_a_submit_is_signed_in_its_order_and_a_cancel_not_at_all() -> None:
    submit = order_service_pb2.SubmitOrderRequest(order=VECTORS[0].request)
    submit.order.ClearField("signature")
    signer().sign(submit, now=NOW)
    assert submit.order.signature.signature == VECTORS[0].signature
    cancel = order_service_pb2.CancelOrderRequest(account_id="a")
    signer().sign(cancel)
    assert cancel == order_service_pb2.CancelOrderRequest(account_id="a")


def test_signing_again_takes_the_place_of_the_first_signature() -> None:
    request = copy.deepcopy(VECTORS[0].request)
    signer().sign(request, now=NOW + 5)
    signer().sign(request, now=NOW)
    assert request.signature.signature == VECTORS[0].signature


def test_a_signer_reads_a_key_file_and_never_shows_the_key(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    read = Signer.from_file(file, "sk_test")
    request = copy.deepcopy(VECTORS[0].request)
    read.sign(request, now=NOW)
    assert request.signature.signature == VECTORS[0].signature
    assert repr(read) == "Signer(key_id='sk_test')"


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ValueError, match="Ed25519"):
        Signer.from_file(file, "sk_test")


def _flipped(data: bytes) -> Iterator[bytes]:
    for index in range(len(data)):
        forged = bytearray(data)
        forged[index] ^= 1 << index % 8
        yield bytes(forged)


def _fields_set(message: Message) -> Iterator[str]:
    for field, value in message.ListFields():
        yield f"{message.DESCRIPTOR.name}.{field.name}"
        if field.message_type and not field.message_type.GetOptions().map_entry:
            for each in value if field.is_repeated else [value]:
                yield from _fields_set(each)


def _all_fields(descriptor: Any) -> Iterator[str]:
    for field in descriptor.fields:
        yield f"{descriptor.name}.{field.name}"
        plain = ("Decimal", "Timestamp")
        if (
            field.message_type
            and field.message_type.name not in plain
            and not field.message_type.GetOptions().map_entry
        ):
            yield from _all_fields(field.message_type)


def _changes(message: Any) -> Iterator[Any]:
    """Copies of a request, each with one field of it, at any depth, changed; and each with one field gone."""
    for field, value in message.ListFields():
        if field.full_name == "brokerwire.v1.OrderSignature.signature":
            continue
        without = copy.deepcopy(message)
        without.ClearField(field.name)
        yield without
        if field.is_repeated:
            continue
        if field.message_type:
            for changed in _changes(value):
                other = copy.deepcopy(message)
                getattr(other, field.name).CopyFrom(changed)
                if other != without:
                    yield other
        elif value or not field.has_presence:
            other = copy.deepcopy(message)
            if not isinstance(value, bool):
                setattr(other, field.name, value + ("x" if isinstance(value, str) else 1))
                yield other
