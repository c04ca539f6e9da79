"""The clinic's configuration: one TOML file, every key known, every mistake explained."""

from nhnclinic.config.network import NO_PHONE, OPERATOR, from_up
from nhnclinic.config.settings import (
    ROLES,
    SOURCE_SYSTEM,
    ApiSettings,
    ClockSettings,
    Config,
    DeadlineSettings,
    Edi2Settings,
    GpRegisterSettings,
    HelseIdSettings,
    OrganisationSettings,
    PatientSettings,
    RegisterSettings,
    ServiceSettings,
    UserSettings,
    decode,
    load,
)
from nhnclinic.config.template import TEMPLATE

__all__ = [
    "NO_PHONE",
    "OPERATOR",
    "ROLES",
    "SOURCE_SYSTEM",
    "TEMPLATE",
    "ApiSettings",
    "ClockSettings",
    "Config",
    "DeadlineSettings",
    "Edi2Settings",
    "GpRegisterSettings",
    "HelseIdSettings",
    "OrganisationSettings",
    "PatientSettings",
    "RegisterSettings",
    "ServiceSettings",
    "UserSettings",
    "decode",
    "from_up",
    "load",
]
