"""The registers' web services on real sockets, and a foreign client (zeep) of theirs, for tests."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import requests
import zeep
from lxml import etree
from requests.auth import HTTPBasicAuth
from zeep.transports import Transport

from nhnsim.network import Network, Options, up

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from nhnwire.registers.binding import Binding
    from nhnwire.registers.service import WebService

T = TypeVar("T")
ONLY = ("authority", "gp_register", "address_register")
GENERIC = "{http://register.nhn.no/Common}GenericFault"
VALIDATION = "{http://register.nhn.no/Common}ValidationFault"


class SoapHouse:
    """The network on a virtual clock in a thread of its own; clients are synchronous, as zeep is."""

    def __init__(self, state: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="soap")
        self.thread.start()
        self.network: Network = self.run(up(Options(state=state, only=ONLY, clock="virtual")))
        self.world = self.network.lab.world
        self.number = self.world.clinic_organisation_number
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(self.network.lab.trust)
        self.session.auth = HTTPBasicAuth(f"OrgUsr{self.number}", self.network.lab.password(self.number))

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(story, self.loop).result(60)

    def url(self, endpoint: str, path: str) -> str:
        return self.network.urls[endpoint] + path

    def client(self, url: str, service: WebService, way: Binding, wsdl: str = "") -> Any:
        """A client from the description that is served, or from another one: a file, with the files beside it."""
        transport: Any = _Beside(Path(wsdl).parent, self.session) if wsdl else Transport(session=self.session)  # type: ignore[no-untyped-call]  # zeep has no types
        made: Any = zeep.Client(wsdl or f"{url}?singleWsdl", transport=transport)  # type: ignore[no-untyped-call]  # as above
        if not wsdl:
            return made, made.bind(service.name, f"{way.name}_{service.contract}")
        name = next(key for key, one in made.wsdl.bindings.items() if type(one).__name__ == _KIND[way.version.name])
        return made, made.create_service(name, url if way.addressing else f"{url}/Basic")

    def post(self, url: str, data: bytes, headers: dict[str, str]) -> requests.Response:
        return self.session.post(url, data=data, headers=headers, timeout=60)

    def close(self) -> None:
        self.session.close()
        self.run(self.network.aclose())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


class _Beside(Transport):
    """Reads what a description imports from files beside it, by namespace, whatever address it names."""

    def __init__(self, folder: Path, session: requests.Session) -> None:
        super().__init__(session=session)  # type: ignore[no-untyped-call]  # zeep has no types
        roots = {path: etree.parse(path).getroot() for path in folder.iterdir() if path.suffix in {".wsdl", ".xsd"}}
        by_namespace = {(path.suffix, root.get("targetNamespace")): path for path, root in roots.items()}
        self._files = {
            place: by_namespace[kind, one.get("namespace")]
            for root in roots.values()
            for one in root.iter("{*}import")
            for kind, where in ((".wsdl", "location"), (".xsd", "schemaLocation"))
            if (place := one.get(where))
        }

    def load(self, url: str) -> bytes:
        found = self._files.get(url)
        return found.read_bytes() if found else super().load(url)  # type: ignore[no-untyped-call]


_KIND = {"1.1": "Soap11Binding", "1.2": "Soap12Binding"}


def detail(client: Any, caught: Any, name: str = GENERIC) -> Any:
    """The detail of a fault, as the client's own description reads it."""
    return client.get_element(name).parse(caught.value.detail[0], client.wsdl.types)
