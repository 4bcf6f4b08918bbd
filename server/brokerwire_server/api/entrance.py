"""The entrance: who calls, whether it may call this at all, and for how long a stream may stay."""

import asyncio

from brokerwire_server.api.methods import Call, Method
from brokerwire_server.domain.access import Role
from brokerwire_server.engine.access import Access, Credentials, Grant, denied
from brokerwire_server.engine.acting import act_as, need_second_factor


class Entrance:
    """Lets calls in. What a principal may do within a method is for the engine to say."""

    def __init__(self, access: Access) -> None:
        """Ask `access`."""
        self._access = access

    async def enter(self, method: Method, call: Call) -> Grant:
        """Have the running task work for the principal of a call, where it may call the method.

        Raises:
            UnauthenticatedError: no credential that is valid.
            DeniedError: the principal's roles do not have the method, or a second factor is missing or wrong.
            OverloadedError: the principal calls too often.
        """
        grant = await self._access.admit(call.credentials, changes=method.mutates)
        principal = grant.principal
        act_as(principal)
        if not method.urgent:
            self._access.permits.call(principal)
        if not principal.has(method.role):
            raise denied(principal, f"role:{method.role.value}", f"may not call {method.label}")
        if method.whole_gateway and principal.accounts:
            text = f"may not call {method.label}, which concerns all accounts"
            raise denied(principal, "account:*", text)
        if method.second_factor:
            need_second_factor(method.label)
        return grant

    def look(self, credentials: Credentials) -> None:
        """Let somebody read what is no method. Raises as `enter` does."""
        principal = self._access.authenticator.identify(credentials).principal
        self._access.permits.call(principal)
        if not principal.has(Role.READ):
            raise denied(principal, f"role:{Role.READ.value}", "may not read this")

    def stay(self, grant: Grant) -> "Stay":
        """Let the running task, a stream's, stay until its grant ends. Raises `OverloadedError`."""
        return Stay(self._access, grant)


class Stay:
    """A stream's stay: it is cut when the token is revoked or over, or the principal changed."""

    def __init__(self, access: Access, grant: Grant) -> None:
        """Begin it for the running task."""
        self._access = access
        self._principal = grant.principal
        self._task = asyncio.current_task()
        self._cut = False
        self._timer: asyncio.TimerHandle | None = None
        access.permits.enter_stream(grant.principal)
        access.directory.hold(grant, self.cut)
        if grant.expire_time:
            seconds = max(access.directory.seconds_until(grant.expire_time), 0)
            self._timer = asyncio.get_running_loop().call_later(seconds, self.cut)

    def cut(self) -> None:
        """End the stream now."""
        if not self._cut and self._task is not None:
            self._cut = True
            self._task.cancel()

    def was_cut(self, error: BaseException) -> bool:
        """Whether it was this that canceled the task; then it is taken back."""
        if not self._cut or not isinstance(error, asyncio.CancelledError) or self._task is None:
            return False
        return self._task.uncancel() == 0

    def end(self) -> None:
        """End the stay."""
        if self._timer is not None:
            self._timer.cancel()
        self._access.directory.release(self.cut)
        self._access.permits.leave_stream(self._principal)
