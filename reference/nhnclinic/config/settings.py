"""The clinic's configuration: one TOML file, every key known, every mistake explained."""

from __future__ import annotations

import re
from pathlib import Path  # noqa: TC003 - used at run time by annotations that msgspec reads

import msgspec

from nhnclinic.errors import ConfigError

SOURCE_SYSTEM = "Provenett reference clinic, v0.1.0"


ROLES = ("administrator", "operator", "physician", "nurse", "secretary", "other")
"""What a user may be: the clinic's administrator, the vendor's operator, or an employee of some profession."""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file: unknown keys are refused."""


class ClockSettings(_Table, frozen=True):
    """`hub`: address of a clock hub (`host:port`); empty for real time."""

    hub: str = ""


class ApiSettings(_Table, frozen=True):
    """Where the clinic's own interface listens; port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 0


class OrganisationSettings(_Table, frozen=True):
    """The legal entity. `name` empty: as the address register has it. `phone` is written into messages."""

    number: str
    her_id: int
    name: str = ""
    phone: str = ""


class ServiceSettings(_Table, frozen=True):
    """A communication party of the clinic: a service, or a physician with a HER-id of her own."""

    her_id: int
    name: str = ""


class UserSettings(_Table, frozen=True):
    """Somebody who works here.

    Attributes:
        token: the bearer token of the interface (the first user's if several share it).
        role: what she is by profession; decides how she is presented in messages.
        roles: what else she is at the clinic, such as `administrator`; decides what she may do.
        her_id: of her own as a communication party, when the address register has her.
        position: what her position is called, for whoever forwards a message to it; by default her name.
    """

    id: str
    name: str
    token: str
    hpr: str = ""
    role: str = ""
    roles: tuple[str, ...] = ()
    her_id: int | None = None
    position: str = ""

    @property
    def all_roles(self) -> frozenset[str]:
        """Everything she is."""
        return frozenset({self.role, *self.roles}) - {""}


class PatientSettings(_Table, frozen=True):
    """A patient with a journal here."""

    number: str
    given_name: str
    family_name: str


class HelseIdSettings(_Table, frozen=True):
    """The client at HelseID.

    Attributes:
        key: path of its private key (PEM).
        tenancy: `single`: the clinic's own client; `multi`: its vendor's, which names the clinic in every request.
        child: organisation number of the sub-unit to act for; empty for the clinic itself.
        spelling: of organisations: as NHN's `libraries` or as its `samples` write them; HelseID takes both.
    """

    issuer: str
    client_id: str
    key: str
    kid: str
    tenancy: str = "single"
    child: str = ""
    spelling: str = "libraries"


class RegisterSettings(_Table, frozen=True):
    """The address register (cpapi v1).

    Attributes:
        events_seconds: domain time between two looks for who has changed; 0 for none, and then every party is asked
            for anew after a quarter of an hour.
    """

    url: str
    scope: str = "nhn:cp-api/access-v2-dpop"
    events_seconds: int = 300


class GpRegisterSettings(_Table, frozen=True):
    """The GP register (FLR): the address of its web service, and an organisation's user there.

    Attributes:
        url: SOAP 1.2 with WS-Addressing is spoken; an address that ends in `/Basic` is spoken to in SOAP 1.1.
        user: `OrgUsr` and the organisation number.
        password: this or `password_file`, the path of a text file with it.
        believe_minutes: domain time for which an answer is believed.
    """

    url: str
    user: str
    password: str = ""
    password_file: str = ""
    believe_minutes: int = 60


class Edi2Settings(_Table, frozen=True):
    """EDI 2.0.

    Attributes:
        version: of the interface: 2 or 3.
        receive: `polling`, or `stream`: hold version 3's stream of notifications, and poll only now and then.
        poll_seconds: domain time between two looks for messages.
        heartbeat_seconds: real time without a sign of life after which the stream counts as broken.
        lock: let no other client of the organisation at HelseID have our messages (version 3).
    """

    url: str
    version: int = 2
    receive: str = "polling"
    poll_seconds: int = 60
    heartbeat_seconds: int = 90
    lock: bool = False
    scope: str = "nhn:msh/api"
    source_system: str = SOURCE_SYSTEM


class DeadlineSettings(_Table, frozen=True):
    """Hours from GenDate within which an AppRec must have come (96 by HITS 1168)."""

    apprec_hours: int = 96


class Config(_Table, frozen=True):
    """Everything the clinic is told. Relative paths count from the file's own folder."""

    state: str
    trust: str
    organisation: OrganisationSettings
    services: tuple[ServiceSettings, ...]
    users: tuple[UserSettings, ...]
    helseid: HelseIdSettings
    address_register: RegisterSettings
    edi2: Edi2Settings
    gp_register: GpRegisterSettings | None = None
    database: str = ""
    handling: str = ""
    patients: tuple[PatientSettings, ...] = ()
    clock: ClockSettings = ClockSettings()
    api: ApiSettings = ApiSettings()
    deadlines: DeadlineSettings = DeadlineSettings()

    @property
    def own_her_ids(self) -> tuple[int, ...]:
        """All HER-ids messages may come to: the services, then the organisation."""
        return (*(service.her_id for service in self.services), self.organisation.her_id)

    @property
    def database_url(self) -> str:
        """The database, by default a file in the state folder."""
        return self.database or f"sqlite:///{self.state}/clinic.sqlite"


def load(path: Path) -> Config:
    """Read a configuration file.

    Raises:
        ConfigError: it cannot be read, is no TOML, has an unknown or missing key or a value that cannot be.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"the configuration {path} cannot be read: {error.strerror}.") from error
    return decode(data, folder=path.resolve().parent)


def decode(data: bytes, *, folder: Path) -> Config:
    """The configuration in these bytes; `folder` is where relative paths start.

    Raises:
        ConfigError: see `load`.
    """
    try:
        config = msgspec.toml.decode(data, type=Config)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"the configuration is not right: {error}. "
            "`python -m nhnclinic config-template` prints every key with its meaning."
        ) from error
    for problem in _problems(config):
        raise ConfigError(problem)
    return msgspec.structs.replace(
        config,
        state=str(folder / config.state),
        trust=str(folder / config.trust),
        handling=str(folder / config.handling) if config.handling else "",
        helseid=msgspec.structs.replace(config.helseid, key=str(folder / config.helseid.key)),
        gp_register=_placed(config.gp_register, folder),
    )


def _placed(settings: GpRegisterSettings | None, folder: Path) -> GpRegisterSettings | None:
    if settings is None or not settings.password_file:
        return settings
    return msgspec.structs.replace(settings, password_file=str(folder / settings.password_file))


def _problems(config: Config) -> list[str]:
    checks = (
        (config.edi2.version in {2, 3}, "[edi2] version must be 2 or 3."),
        (config.edi2.receive in {"polling", "stream"}, '[edi2] receive must be "polling" or "stream".'),
        (
            config.edi2.receive == "polling" or config.edi2.version == 3,
            '[edi2] receive = "stream" needs version = 3: version 2 has no stream.',
        ),
        (config.edi2.heartbeat_seconds > 0, "[edi2] heartbeat_seconds must be 1 or more."),
        (config.edi2.poll_seconds > 0, "[edi2] poll_seconds must be 1 or more."),
        (config.address_register.events_seconds >= 0, "[address_register] events_seconds must be 0 (off) or more."),
        (
            config.gp_register is None or bool(config.gp_register.password) != bool(config.gp_register.password_file),
            "[gp_register] needs password or password_file, and not both.",
        ),
        (
            config.gp_register is None or config.gp_register.believe_minutes >= 0,
            "[gp_register] believe_minutes must be 0 (ask every time) or more.",
        ),
        (config.helseid.tenancy in {"single", "multi"}, '[helseid] tenancy must be "single" or "multi".'),
        (config.helseid.spelling in {"libraries", "samples"}, '[helseid] spelling must be "libraries" or "samples".'),
        (re.fullmatch(r"(\d{9})?", config.helseid.child, re.ASCII), "[helseid] child must be nine digits, or empty."),
        (config.deadlines.apprec_hours > 0, "[deadlines] apprec_hours must be 1 or more (the standard says 96)."),
        (bool(config.services), "[[services]] must name at least one service; messages are sent in its name."),
        (bool(config.users), "[[users]] must name at least one user; without one nobody can use the interface."),
        (all(user.token for user in config.users), "[[users]] token must not be empty."),
        (
            len({user.id for user in config.users}) == len(config.users),
            "[[users]] id must be another one for each user.",
        ),
        (
            all(role in ROLES for user in config.users for role in user.roles),
            f"[[users]] roles must be among {', '.join(ROLES)}.",
        ),
        (
            len(set(config.own_her_ids)) == len(config.own_her_ids),
            "the HER-ids of [organisation] and [[services]] must differ.",
        ),
        (re.fullmatch(r"\d{9}", config.organisation.number), "[organisation] number must be nine digits."),
    )
    return [f"the configuration is not right: {text}" for holds, text in checks if not holds]
