"""The register's web services: CommunicationPartyService, a table of functions, and ARExport, a stream of everybody."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from nhnsim.address_register import answers, directory, writes
from nhnsim.address_register.changes import ChangeError
from nhnsim.address_register.contracts import contract
from nhnsim.address_register.writes import Wish
from nhnsim.soap import naive, refused
from nhnwire.registers.party import export

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from nhnsim.address_register.routes import AddressRegister
    from nhnsim.address_register.search import Index
    from nhnsim.soap import Answer, Caller

    Plain: TypeAlias = Mapping[str, Callable[[Caller, Mapping[str, Any]], Any]]

PATH: Final = "/v1/AR"
EXPORT: Final = "/v1/ARExport"
BATCH: Final = 100
"""Parties that are made and sent at a time."""
INDEXED: Final = frozenset(
    {
        *("Search", "GetOrganizationsHavingCode"),
        *("SearchCertificatesForEncryption", "SearchCertificatesForValidatingSignature"),
    }
)
"""What looks into the index, which the event loop reads itself."""


class WebService:
    """The operations over one register.

    Args:
        register: the endpoint; its store is open once a request comes.
    """

    def __init__(self, register: AddressRegister) -> None:
        self._endpoint = register
        self._index: Index | None = None
        self._made: tuple[object, Plain, directory.Table] | None = None

    def answering(self, name: str) -> Answer:
        """The function of an operation."""

        async def answer(caller: Caller, asked: Mapping[str, Any]) -> Any:
            if name in INDEXED:
                self._index = await self._endpoint.indexed()
            plain, waiting = self._tables()
            if name in waiting:
                return await waiting[name](caller, asked)
            if name in INDEXED:
                return plain[name](caller, asked)
            made = await self._endpoint.worker.do(partial(plain[name], caller, asked))
            return await self._changed(made) if isinstance(made, Wish) else made

        return answer

    async def _changed(self, wish: Wish) -> None:
        try:
            await self._endpoint.change({"her_id": wish.her_id, **wish.fields})
        except ChangeError as error:
            raise refused("party-refused", what=str(error)) from error

    def _tables(self) -> tuple[Plain, directory.Table]:
        """The functions, for the store that is open now."""
        register = self._endpoint.register
        if self._made is None or self._made[0] is not register:
            asked = answers.Answers(register, self._indexed, self._endpoint.now)
            changed = writes.Writes(register, asked)
            kept = directory.Directory(register, self._indexed, asked, self._endpoint.certificates)
            plain: Plain = {**answers.table(asked), **writes.table(changed)}
            self._made = (register, plain, directory.table(kept))
        return self._made[1], self._made[2]

    def _indexed(self) -> Index:
        if self._index is None:
            raise LookupError("the index is asked for by an operation that is not in INDEXED")
        return self._index

    async def export(self, caller: Caller, asked: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """GetAllCommunicationPartiesXml of ARExport: every active party, some at a time."""
        del caller, asked
        return self._everybody()

    async def _everybody(self) -> AsyncIterator[bytes]:
        register, now = self._endpoint.register, naive(self._endpoint.now())
        active = (party for party in register.parties() if register.is_active(party))

        def batch() -> bytes:
            return export.elements(contract(register, party, now) for party in islice(active, BATCH))

        yield export.OPENING
        while part := await self._endpoint.worker.do(batch):
            yield part
        yield export.CLOSING
