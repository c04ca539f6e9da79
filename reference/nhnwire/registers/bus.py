"""The bus manager's web service, where one subscribes to the registers' events (the bus manager's WSDL).

The events themselves come over the message bus; they name what changed (`eventName`) and whose it is (`herId`).
"""

import enum

from nhnwire.registers.contract import contract, enumeration
from nhnwire.registers.service import Operation, WebService

BUS = "http://schemas.nhn.no/reg/serviceBusManagerV2"


@enumeration(BUS)
class SubscriptionEventSource(enum.StrEnum):
    """The registers that publish events."""

    ADDRESS_REGISTER = "AddressRegister"
    RESH = "Resh"
    HPR = "Hpr"
    LSR = "Lsr"
    CPPA = "Cppa"


@contract(BUS)
class EventSubscription:
    """A subscription and the queue its events come to; an empty `event_name` means all."""

    event_name: str | None = None
    event_source: SubscriptionEventSource = SubscriptionEventSource.ADDRESS_REGISTER
    queue_name: str | None = None
    user_system_ident: str | None = None


BUS_MANAGER = WebService(
    name="ServiceBusManagerServiceV2",
    ns=BUS,
    contract="IServiceBusManagerV2",
    operations=(
        Operation(
            "Subscribe",
            {"eventSource": SubscriptionEventSource, "eventName": str | None, "userSystemIdent": str | None},
            EventSubscription | None,
        ),
        Operation("Unsubscribe", {"queueName": str | None}),
        Operation("GetSubscriptions", {}, tuple[EventSubscription, ...] | None),
    ),
)

EVENTS: dict[SubscriptionEventSource, tuple[str, ...]] = {
    SubscriptionEventSource.ADDRESS_REGISTER: (
        "CommunicationPartyCreated",
        "CommunicationPartyUpdated",
        "CommunicationPartyTransportEnabled",
    ),
    SubscriptionEventSource.CPPA: ("CpaCreated", "CpaTerminated", "CppUpdated"),
}
"""Event names of the sources that messaging needs."""
