"""The GP register (*Fastlegeregisteret*) over SOAP: whose patient somebody is, with a cache.

An answer is believed for as long as the configuration says and never beyond the end of its period. Unlike the address
register's, an old answer does not serve while the register is away: a message about a patient that goes to their former
GP is worse than one that waits. Source: the GP register's WSDL, and what clients of it match.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from nhnclinic.domain.gps import Doctor, PatientsGp
from nhnclinic.errors import ConfigError, RefusedError, TransportError
from nhnclinic.exchange.health import Pulse
from nhnclinic.registers.http import exchange
from nhnwire.errors import IdentifierError, ProtocolError
from nhnwire.identifiers import check_fnr
from nhnwire.registers import faults, soap
from nhnwire.registers.binding import BASIC, WS_HTTP
from nhnwire.registers.common import GenericFault
from nhnwire.registers.credentials import Credentials, basic_header
from nhnwire.registers.gp.service import GP_READ
from nhnwire.registers.gp.types import PatientToGPContractAssociation
from nhnwire.registers.simple import NO_TIME, instant

if TYPE_CHECKING:
    from nhnclinic.config import GpRegisterSettings
    from nhnclinic.exchange.bench import Wiring
    from nhnclinic.registers.http import Reply
    from nhnwire.registers.common import OpenPeriod
    from nhnwire.registers.gp.types import GPOnContractAssociation

OPERATION = "GetPatientGPDetails"
MAX_ANSWER = 4 * 1024 * 1024
"""Bytes of an answer about one patient."""
MOST = 5000
"""Patients that are remembered; the one asked for longest ago gives way."""
GP = "LPFL"
"""Table 7750: the GP, as opposed to those who share the list or stand in."""


@dataclass(frozen=True)
class _Known:
    found: PatientsGp
    until: datetime


class GpRegister:
    """Patients' GPs by the patients' numbers.

    Raises:
        ConfigError: the password's file cannot be read.

    Attributes:
        pulse: how the last question went.
    """

    def __init__(self, wiring: Wiring, settings: GpRegisterSettings) -> None:
        self._wiring = wiring
        self._url = settings.url
        self._way = BASIC if settings.url.lower().endswith("/basic") else WS_HTTP
        self._credentials = Credentials(settings.user, _password(settings))
        self._lifetime = timedelta(minutes=settings.believe_minutes)
        self._known: dict[str, _Known] = {}
        self.pulse = Pulse()

    async def gp_of(self, number: str, *, fresh: bool = False) -> PatientsGp:
        """Whose patient that is now.

        Args:
            number: fødselsnummer or D-number.
            fresh: ask the register, whatever is known.

        Raises:
            RefusedError: 422 for what is no number of a person, 404 for a person without a GP.
            TransportError: the register does not answer, or not us.
        """
        known = self._known.get(number)
        if known is not None and not fresh and self._wiring.clock.now() < known.until:
            return known.found
        self.forget(number)
        _check(number)
        try:
            found = await self._ask(number)
        except TransportError as error:
            self.pulse = Pulse(self.pulse.at, str(error))
            raise
        except RefusedError:
            self.pulse = Pulse(self._wiring.clock.now())
            raise
        now = self._wiring.clock.now()
        self.pulse = Pulse(now)
        until = now + self._lifetime
        self._known[number] = _Known(found, until if found.until is None else min(until, found.until))
        if len(self._known) > MOST:
            del self._known[next(iter(self._known))]
        return found

    def forget(self, number: str) -> None:
        """Ask the register anew next time."""
        self._known.pop(number, None)

    async def _ask(self, number: str) -> PatientsGp:
        action = GP_READ.action(OPERATION)
        body = GP_READ.request(OPERATION, {"patientNin": number})
        data = soap.request(
            body, self._way, action=action, message_id=f"urn:uuid:{self._wiring.parts.new_id()}", to=self._url
        )
        headers = {"Authorization": basic_header(self._credentials), "Content-Type": self._way.content_type()}
        if self._way.addressing:
            headers["Content-Type"] += f'; action="{action}"'
        else:
            headers["SOAPAction"] = f'"{action}"'
        reply = await exchange(self._wiring.http, "POST", self._url, headers=headers, data=data)
        if reply.status in {401, 403}:
            raise TransportError(
                f"the GP register does not let {self._credentials.user} in (HTTP {reply.status}): user or password in "
                "[gp_register] is wrong, or the user lacks the role FlrLookup.",
                status=reply.status,
                retry=False,
            )
        now = self._wiring.clock.now()
        try:
            return _gp(number, self._result(number, reply), now)
        except ProtocolError as error:
            raise TransportError(
                f"the GP register's answer (HTTP {reply.status}) cannot be read: {error}",
                status=reply.status,
                after=reply.retry_after(),
            ) from error

    def _result(self, number: str, reply: Reply) -> PatientToGPContractAssociation:
        """What it answered. Also raises `ProtocolError`, for what is no answer of this service."""
        envelope = soap.parse_reply(reply.body, self._way.version, max_size=MAX_ANSWER)
        fault = soap.read_fault(envelope)
        if fault is not None:
            detail = GP_READ.read_detail(fault)
            raise _said_no(number, (detail.message if isinstance(detail, GenericFault) else None) or fault.reason)
        found = GP_READ.read_response(OPERATION, envelope).result
        if found is None:
            raise _no_gp(number)
        if not isinstance(found, PatientToGPContractAssociation) or found.patient_nin not in {number, None}:
            raise TransportError("the GP register answered about somebody else", status=reply.status)
        return found


def _password(settings: GpRegisterSettings) -> str:
    if not settings.password_file:
        return settings.password
    try:
        return Path(settings.password_file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"[gp_register] password_file = {settings.password_file!r} cannot be read: {error}. "
            "Name a text file that holds the password and nothing else."
        ) from error


def _check(number: str) -> None:
    """Only numbers of people leave the house, whatever somebody typed into the address."""
    try:
        check_fnr(number)
    except IdentifierError as error:
        raise _unknown(number) from error


def _said_no(number: str, text: str) -> RefusedError | TransportError:
    """Both of the register's known refusals have the same error code, so the text decides (NHN's WSDLs and clients)."""
    said = text.strip()
    if said == faults.row("no-gp").message:
        return _no_gp(number)
    if said == faults.row("invalid-patient").message:
        return _unknown(number)
    return TransportError(f"the GP register refused: {said[:300]}", status=500, retry=False)


def _unknown(number: str) -> RefusedError:
    return RefusedError(
        422, "unknown_patient", f"{number[:20]} is no number of a patient.", "Give a fødselsnummer or D-number."
    )


def _no_gp(number: str) -> RefusedError:
    return RefusedError(
        404, "no_gp", f"The patient {number} is on no GP's list.", "Ask the patient, or ask again with fresh=true."
    )


def _gp(number: str, found: PatientToGPContractAssociation, now: datetime) -> PatientsGp:
    contract = found.gp_contract
    office = contract.gp_office if contract is not None else None
    doctors = [_doctor(one) for one in found.doctor_cycles or () if _lasts(one.valid, now)]
    gp = next((one for one in doctors if one.relation == GP), None)
    return PatientsGp(
        number=number,
        gp=gp,
        others=tuple(one for one in doctors if one is not gp),
        her_id=found.gp_her_id,
        contract=found.gp_contract_id,
        office=(office.name if office is not None else contract.name if contract is not None else None) or "",
        office_number=f"{contract.gp_office_organization_number:09d}" if contract is not None else "",
        since=_moment(found.period.from_) if found.period is not None else None,
        until=_moment(found.period.to) if found.period is not None else None,
    )


def _doctor(one: GPOnContractAssociation) -> Doctor:
    names = (one.gp.first_name, one.gp.middle_name, one.gp.last_name) if one.gp is not None else ()
    relation = (one.relationship.code_value if one.relationship is not None else None) or ""
    return Doctor(" ".join(filter(None, names)), str(one.hpr_number or ""), relation)


def _lasts(period: OpenPeriod | None, now: datetime) -> bool:
    begin, end = (_moment(period.from_), _moment(period.to)) if period is not None else (None, None)
    return (begin is None or begin <= now) and (end is None or now < end)


def _moment(value: datetime | None) -> datetime | None:
    return None if value is None or value == NO_TIME else instant(value)
