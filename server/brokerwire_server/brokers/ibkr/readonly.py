"""Whether TWS lets orders through: its API is read-only until a person changes that."""

from brokerwire_server.brokers.ibkr import codes
from brokerwire_server.brokers.ibkr.session import Session, TwsError

WORDS = (
    "the API of TWS is read-only: no order can be placed or seen. Untick Read-Only API in its API settings "
    "(IB Gateway: Configure, Settings, API); it is noticed soon after"
)
_PATIENCE = 3.0


async def is_read_only(session: Session) -> bool:
    """Ask for order ids: a read-only TWS refuses even that. One that says nothing is taken for writable."""
    try:
        await session.call("reqIds", 1, answers=["nextValidId"], end=None, timeout=_PATIENCE)
    except TwsError as error:
        if error.code == codes.READ_ONLY:
            return True
        raise
    except TimeoutError:
        return False
    return False
