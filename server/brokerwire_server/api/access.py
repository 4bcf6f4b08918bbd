"""AccessService."""

from brokerwire.v1 import access_service_pb2 as pb
from brokerwire_server.api.convert.access import principal_from, principal_message, signing_key_message, token_message
from brokerwire_server.api.convert.values import invalid, optional_time, required
from brokerwire_server.api.methods import Call
from brokerwire_server.api.paging import Page
from brokerwire_server.api.reads import Reads
from brokerwire_server.domain.access import LOCAL, Principal, PrincipalRecord, Role
from brokerwire_server.engine.acting import acting, need_second_factor
from brokerwire_server.engine.gateway import Gateway

MAX_DESCRIPTION = 200
MAX_ADDRESSES = 100


class AccessService:
    """Manages principals, tokens and second factors. Every change is in the audit trail."""

    def __init__(self, gateway: Gateway, reads: Reads) -> None:
        """Manage the access of `gateway`."""
        self._gateway = gateway
        self._reads = reads
        self._directory = gateway.access.directory
        self._factors = gateway.access.factors

    async def who_am_i(self, request: pb.WhoAmIRequest, call: Call) -> pb.WhoAmIResponse:
        """Read the principal of this call."""
        principal = acting()
        record = self._directory.principals.get(principal.name) or PrincipalRecord(principal=principal)
        response = pb.WhoAmIResponse(principal=self._message(record))
        self._reads.fill(response.read_info)
        return response

    # --- principals ------------------------------------------------------------------------------------------------

    async def list_principals(self, request: pb.ListPrincipalsRequest, call: Call) -> pb.ListPrincipalsResponse:
        """List principals by name."""
        page = Page(request)
        shown, token = page.cut(sorted(self._directory.principals.values(), key=_name), _name)
        response = pb.ListPrincipalsResponse(principals=map(self._message, shown), next_page_token=token)
        self._reads.fill(response.read_info)
        return response

    async def create_principal(self, request: pb.CreatePrincipalRequest, call: Call) -> pb.CreatePrincipalResponse:
        """Make a principal."""
        record = principal_from(request)
        self._guard("making a principal with a role above READ", record.principal)
        made = await self._directory.create(record)
        response = pb.CreatePrincipalResponse(principal=self._message(made))
        self._reads.fill(response.read_info)
        return response

    async def update_principal(self, request: pb.UpdatePrincipalRequest, call: Call) -> pb.UpdatePrincipalResponse:
        """Change what a principal may do."""
        record = principal_from(request)
        self._guard("giving a principal a role above READ", record.principal)
        changed = await self._directory.update(record)
        response = pb.UpdatePrincipalResponse(principal=self._message(changed))
        self._reads.fill(response.read_info)
        return response

    async def delete_principal(self, request: pb.DeletePrincipalRequest, call: Call) -> pb.DeletePrincipalResponse:
        """Remove a principal."""
        if not request.name:
            raise required("name", "name the principal")
        await self._directory.delete(request.name)
        self._factors.forget(request.name)
        await self._gateway.signing.revoke_all(request.name)
        response = pb.DeletePrincipalResponse()
        self._reads.fill(response.read_info)
        return response

    # --- tokens ----------------------------------------------------------------------------------------------------

    async def list_tokens(self, request: pb.ListTokensRequest, call: Call) -> pb.ListTokensResponse:
        """List tokens by id."""
        page, now = Page(request), self._gateway.seams.now()
        tokens = [
            token
            for token in self._directory.tokens
            if request.principal in ("", token.principal) and (request.include_ended or token.valid_at(now))
        ]
        shown, next_page = page.cut(tokens, lambda token: token.token_id)
        response = pb.ListTokensResponse(tokens=map(token_message, shown), next_page_token=next_page)
        self._reads.fill(response.read_info)
        return response

    async def create_token(self, request: pb.CreateTokenRequest, call: Call) -> pb.CreateTokenResponse:
        """Make a token, and show it this once."""
        if not request.principal:
            raise required("principal", "name the principal")
        if len(request.description) > MAX_DESCRIPTION:
            raise invalid("description", f"at most {MAX_DESCRIPTION} characters")
        if len(request.allowed_addresses) > MAX_ADDRESSES:
            raise invalid("allowed_addresses", f"at most {MAX_ADDRESSES}")
        self._guard("making a token with a role above READ", self._directory.get(request.principal).principal)
        try:
            record, text = await self._directory.create_token(
                request.principal,
                expire_time=optional_time(request, "expire_time"),
                addresses=tuple(request.allowed_addresses),
                description=request.description,
                created_by=acting().name,
            )
        except ValueError as error:
            field = "expire_time" if "90 days" in str(error) else "allowed_addresses"
            raise invalid(field, str(error)[:200]) from None
        # The request, which is audited anyway, does not know the token's id.
        self._gateway.audit.record("token.create", target=record.token_id, details={"principal": record.principal})
        response = pb.CreateTokenResponse(token=token_message(record), bearer_token=text)
        self._reads.fill(response.read_info)
        return response

    async def revoke_token(self, request: pb.RevokeTokenRequest, call: Call) -> pb.RevokeTokenResponse:
        """End a token."""
        if not request.token_id:
            raise required("token_id", "name the token")
        record = await self._directory.revoke(request.token_id)
        response = pb.RevokeTokenResponse(token=token_message(record))
        self._reads.fill(response.read_info)
        return response

    # --- second factors --------------------------------------------------------------------------------------------

    async def enrol_second_factor(
        self, request: pb.EnrolSecondFactorRequest, call: Call
    ) -> pb.EnrolSecondFactorResponse:
        """Begin to enrol a second factor."""
        self._need_named(request.principal)
        if self._factors.any:
            need_second_factor("enrolling a second factor where there is one already")
        response = pb.EnrolSecondFactorResponse(provisioning_uri=self._factors.begin(request.principal))
        self._reads.fill(response.read_info)
        return response

    async def confirm_second_factor(
        self, request: pb.ConfirmSecondFactorRequest, call: Call
    ) -> pb.ConfirmSecondFactorResponse:
        """End an enrolment."""
        self._need_named(request.principal)
        if not request.code:
            raise required("code", "the code that the authenticator shows")
        await self._factors.confirm(request.principal, request.code)
        response = pb.ConfirmSecondFactorResponse(principal=self._named(request.principal))
        self._reads.fill(response.read_info)
        return response

    async def remove_second_factor(
        self, request: pb.RemoveSecondFactorRequest, call: Call
    ) -> pb.RemoveSecondFactorResponse:
        """Remove a second factor."""
        self._need_named(request.principal)
        await self._factors.remove(request.principal)
        response = pb.RemoveSecondFactorResponse(principal=self._named(request.principal))
        self._reads.fill(response.read_info)
        return response

    # --- signing keys ----------------------------------------------------------------------------------------------

    async def list_signing_keys(self, request: pb.ListSigningKeysRequest, call: Call) -> pb.ListSigningKeysResponse:
        """List the keys that sign orders."""
        page = Page(request)
        keys = [
            key
            for key in self._gateway.signing.keys
            if request.principal in ("", key.principal) and (request.include_ended or not key.revoke_time)
        ]
        shown, token = page.cut(keys, lambda key: key.key_id)
        response = pb.ListSigningKeysResponse(signing_keys=map(signing_key_message, shown), next_page_token=token)
        self._reads.fill(response.read_info)
        return response

    async def add_signing_key(self, request: pb.AddSigningKeyRequest, call: Call) -> pb.AddSigningKeyResponse:
        """Register a public key."""
        self._need_named(request.principal)
        if len(request.description) > MAX_DESCRIPTION:
            raise invalid("description", f"at most {MAX_DESCRIPTION} characters")
        if self._factors.any:
            need_second_factor("registering a signing key")
        key = await self._gateway.signing.add(request.principal, request.public_key, request.description)
        self._gateway.audit.record("signing_key.create", target=key.key_id, details={"principal": key.principal})
        response = pb.AddSigningKeyResponse(signing_key=signing_key_message(key))
        self._reads.fill(response.read_info)
        return response

    async def revoke_signing_key(self, request: pb.RevokeSigningKeyRequest, call: Call) -> pb.RevokeSigningKeyResponse:
        """Take no more signatures of a key."""
        if not request.key_id:
            raise required("key_id", "name the key")
        key = await self._gateway.signing.revoke(request.key_id)
        response = pb.RevokeSigningKeyResponse(signing_key=signing_key_message(key))
        self._reads.fill(response.read_info)
        return response

    # --- what they share -------------------------------------------------------------------------------------------

    def _guard(self, action: str, principal: Principal) -> None:
        """Ask for a second factor before more than READ is given away, once there is one at this gateway."""
        if self._factors.any and not principal.roles <= {Role.READ}:
            need_second_factor(action)

    def _need_named(self, name: str) -> None:
        if not name:
            raise required("principal", "name the principal")
        if name != LOCAL.name:
            self._directory.get(name)

    def _named(self, name: str) -> pb.Principal:
        return self._message(self._directory.principals.get(name) or PrincipalRecord(principal=LOCAL))

    def _message(self, record: PrincipalRecord) -> pb.Principal:
        return principal_message(record, enrolled=self._factors.enrolled(record.principal.name))


def _name(record: PrincipalRecord) -> str:
    return record.principal.name
