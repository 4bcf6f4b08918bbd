"""Pages lose nothing, and their tokens fit their own request alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerwire.v1 import order_service_pb2 as pb
from brokerwire_server.api.paging import Page
from brokerwire_server.domain.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.parametrize(("asked", "size"), [(0, 100), (1, 1), (1000, 1000), (5000, 1000)])
def test_sizes_have_a_default_and_a_maximum(asked: int, size: int) -> None:
    assert Page(pb.ListOrdersRequest(page_size=asked)).size == size


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="page_size"):
        Page(pb.ListOrdersRequest(page_size=-1))


@given(st.sets(st.text("abc", min_size=1, max_size=4)), st.integers(1, 5))
def test_cut_pages_hold_everything_once(names: set[str], size: int) -> None:
    items, seen, token = sorted(names), list[str](), ""
    while True:
        page, token = Page(pb.ListOrdersRequest(page_size=size, page_token=token)).cut(items, str)
        seen += page
        if not token:
            break
    assert seen == items


async def test_the_other_order_holds_everything_once() -> None:
    async def fetch(cursor: str, limit: int) -> tuple[Sequence[int], str]:
        start = int(cursor or 0)
        items = list(range(2_500))[start : start + limit]
        return items, str(start + limit) if start + limit < 2_500 else ""

    seen, token = list[int](), ""
    while True:
        page, token = await Page(pb.ListOrdersRequest(page_size=999, page_token=token)).read_reversed(fetch)
        seen += page
        if not token:
            break
    assert seen == list(reversed(range(2_500)))


@pytest.mark.parametrize(
    "other",
    [
        pb.ListOrdersRequest(open_only=True),
        pb.ListOrdersRequest(account_ids=["a"]),
        pb.ListFillsRequest(),
    ],
    ids=["filter", "account", "method"],
)
def test_a_token_of_another_request_is_refused(other: pb.ListOrdersRequest) -> None:
    other.page_token = Page(pb.ListOrdersRequest()).token("cursor")
    with pytest.raises(InvalidRequestError) as caught:
        Page(other)
    assert caught.value.reason == "INVALID_PAGE_TOKEN"


def test_size_and_sequence_may_change_between_pages() -> None:
    token = Page(pb.ListOrdersRequest(page_size=5)).token("cursor")
    later = pb.ListOrdersRequest(page_size=7, page_token=token)
    later.min_sequences.add(account_id="a", sequence=1)
    assert Page(later).cursor == "cursor"


@pytest.mark.parametrize("token", ["x", "é", "AAAA", "=" * 9, "gA"])
def test_a_damaged_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidRequestError):
        Page(pb.ListOrdersRequest(page_token=token))
