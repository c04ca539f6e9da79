"""Drivers: how the judge reaches a SUT, and the SUT file that says so.

Whatever goes wrong with a SUT is one of the typed errors of `nhnconform.errors`, within patience and with its reason.
"""

from nhnconform.drivers.base import Driver, PassiveDriver
from nhnconform.drivers.command import CommandDriver
from nhnconform.drivers.http import HttpDriver
from nhnconform.drivers.manual import ManualDriver
from nhnconform.drivers.prompt import Prompt
from nhnconform.drivers.sutfile import TEMPLATE, Prepared, SutFile, SutFileError, json_schema

__all__ = [
    "TEMPLATE",
    "CommandDriver",
    "Driver",
    "HttpDriver",
    "ManualDriver",
    "PassiveDriver",
    "Prepared",
    "Prompt",
    "SutFile",
    "SutFileError",
    "json_schema",
]
