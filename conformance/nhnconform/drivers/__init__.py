"""Drivers: how the judge reaches a SUT, and the SUT file that says so.

Whatever goes wrong with a SUT is one of the typed errors of `nhnconform.errors`, within patience and with its reason.
"""

from nhnconform.drivers.base import Driver, PassiveDriver
from nhnconform.drivers.http import HttpDriver
from nhnconform.drivers.sutfile import TEMPLATE, Prepared, SutFile, SutFileError

__all__ = ["TEMPLATE", "Driver", "HttpDriver", "PassiveDriver", "Prepared", "SutFile", "SutFileError"]
