"""Crash points, marks, and a scene in which to use them.

`at` and `marked` are extensions of the reference clinic for `python -m nhnclinic serve --with nhnconform.crash:at?…`;
`nhnconform.crash.scene` starts a network and a clinic as processes and tells what became of a message.
"""

from nhnconform.crash.points import WHEN, WITH_A_MIDDLE, at, marked

__all__ = ["WHEN", "WITH_A_MIDDLE", "at", "marked"]
