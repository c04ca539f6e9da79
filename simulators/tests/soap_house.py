"""The registers' web services on real sockets, and a foreign client (zeep) of theirs, for tests."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, TypeVar

import requests
import zeep
from requests.auth import HTTPBasicAuth
from zeep.transports import Transport

from nhnsim.network import Network, Options, up

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

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
        """A client from the description that is served, or from another one."""
        made: Any = zeep.Client(wsdl or f"{url}?singleWsdl", transport=Transport(session=self.session))  # type: ignore[no-untyped-call]  # zeep has no types
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


_KIND = {"1.1": "Soap11Binding", "1.2": "Soap12Binding"}


def detail(client: Any, caught: Any, name: str = GENERIC) -> Any:
    """The detail of a fault, as the client's own description reads it."""
    return client.get_element(name).parse(caught.value.detail[0], client.wsdl.types)
