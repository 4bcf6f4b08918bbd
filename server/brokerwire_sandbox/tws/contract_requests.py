"""Requests about contracts: details, option chains, searches, price increments."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from brokerwire_sandbox.tws.contract_messages import contract_details, option_parameters, symbol_samples
from brokerwire_sandbox.tws.contracts import ContractQuery
from brokerwire_sandbox.tws.listing import MARKET_RULES
from brokerwire_sandbox.tws.messages import market_rule
from brokerwire_sandbox.tws.requests import Request, at_least
from brokerwire_sandbox.tws.state import Refused
from brokerwire_sandbox.tws.wire import read_integer

if TYPE_CHECKING:
    from brokerwire_sandbox.tws.session import Session
    from brokerwire_sandbox.tws.terminal import Terminal

NO_DEFINITION = "No security definition has been found for the request"


class ContractRequests:
    """The handlers."""

    def __init__(self, terminal: "Terminal") -> None:
        """Serve `terminal`."""
        self._state = terminal.state

    def handlers(self) -> dict[str, Request]:
        """Return the handlers by message id."""
        return {
            "9": Request(self._details, 2),
            "78": Request(self._option_parameters, 1),
            "81": Request(self._matching, 1),
            "91": Request(self._market_rule),
        }

    def _details(self, session: "Session", fields: Sequence[str]) -> None:
        request_id = read_integer(at_least(fields, 18 if session.version < 176 else 19)[2])
        query = ContractQuery.read(fields[3:15])
        if fields[17]:
            query = ContractQuery(
                sec_id_type=fields[16], sec_id=fields[17], exchange=query.exchange, currency=query.currency
            )
        found = self._state.contracts.find(query)
        if not found:
            raise Refused(200, NO_DEFINITION)
        today = self._state.times.local(self._state.now).date()
        for contract in found:
            session.send("contractDetails", contract_details(contract, request_id, today, session.version))
        session.send("contractDetailsEnd", ["52", "1", str(request_id)])

    def _option_parameters(self, session: "Session", fields: Sequence[str]) -> None:
        request_id, con_id = read_integer(at_least(fields, 6)[1]), read_integer(fields[5])
        options = self._state.contracts.options_of(con_id)
        for exchange in options[0].exchanges if options else ():
            session.send("securityDefinitionOptionParameter", option_parameters(options, exchange, request_id))
        session.send("securityDefinitionOptionParameterEnd", ["76", str(request_id)])

    def _matching(self, session: "Session", fields: Sequence[str]) -> None:
        request_id = read_integer(at_least(fields, 3)[1])
        found = self._state.contracts.search(fields[2])
        session.send("symbolSamples", symbol_samples(found, request_id, session.version))

    def _market_rule(self, session: "Session", fields: Sequence[str]) -> None:
        rule = read_integer(at_least(fields, 2)[1])
        if rule not in MARKET_RULES:
            raise Refused(321, f"Error validating request.-'bW' : cause - Invalid market rule id {rule}")
        session.send("marketRule", market_rule(rule, MARKET_RULES[rule]))
