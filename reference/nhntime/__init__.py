"""Domain time: one clock for every process, moved by a hub.

Two clocks rule the house. *Domain time* drives deadlines, tokens, retention and certificate validity; it may be
real or virtual. *Patience* is real and monotonic, bounds every socket exchange, and is not found here.

A process takes its clock from :func:`open_clock` and works with five things::

    clock.now()  # aware datetime, UTC
    with clock.busy("GET /x"):
        ...  # a token: virtual time stands still while anybody holds one
    clock.spawn(coroutine, "poll")  # a task that holds a token whenever it is not asleep or parked
    await clock.sleep(60)  # only inside busy or spawn: the token is put down for the sleep
    signal = clock.signal()  # wake a parked task and hand it its token in the same instant
"""

from nhntime.agent import HubClock
from nhntime.clock import Clock, RealClock, Signal, VirtualClock, open_clock
from nhntime.errors import ClockError, ClockLostError, ClockMisuseError, ClockStuckError
from nhntime.hub import Hub

__all__ = [
    "Clock",
    "ClockError",
    "ClockLostError",
    "ClockMisuseError",
    "ClockStuckError",
    "Hub",
    "HubClock",
    "RealClock",
    "Signal",
    "VirtualClock",
    "open_clock",
]
