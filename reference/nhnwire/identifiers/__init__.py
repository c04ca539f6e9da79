"""Numbers that identify people, organisations and communication parties.

`digits`: weights, control digits, and the two rule sets for them by name. `people`: fødselsnummer, D-number, help
numbers, NAV's person id, and the synthetic series. `ages`: what a birth date means on a day. `parties`: organisation
number, HER-id, HPR number, RESH-id, and the check for each kind of identifier in a message.
"""

from __future__ import annotations

from nhnwire.identifiers.ages import LeapDay, age, age_of, sex_of
from nhnwire.identifiers.digits import (
    DUF_WEIGHTS,
    K1_WEIGHTS,
    K2_WEIGHTS,
    MODULUS,
    ORGANISATION_WEIGHTS,
    RuleSet,
    numbers_of,
    with_control_digits,
    with_duf_control,
    with_organisation_control_digit,
)
from nhnwire.identifiers.parties import (
    MAX_INT32,
    OrganisationSeries,
    check_her_id,
    check_hpr_number,
    check_identifier,
    check_organisation_number,
    check_resh_id,
)
from nhnwire.identifiers.people import (
    PersonNumber,
    Reading,
    check_duf,
    check_fnr,
    check_hnr,
    classify,
    is_synthetic_fnr,
)
from nhnwire.identifiers.series import Series, century_of, month_series

__all__ = [
    "DUF_WEIGHTS",
    "K1_WEIGHTS",
    "K2_WEIGHTS",
    "MAX_INT32",
    "MODULUS",
    "ORGANISATION_WEIGHTS",
    "LeapDay",
    "OrganisationSeries",
    "PersonNumber",
    "Reading",
    "RuleSet",
    "Series",
    "age",
    "age_of",
    "century_of",
    "check_duf",
    "check_fnr",
    "check_her_id",
    "check_hnr",
    "check_hpr_number",
    "check_identifier",
    "check_organisation_number",
    "check_resh_id",
    "classify",
    "is_synthetic_fnr",
    "month_series",
    "numbers_of",
    "sex_of",
    "with_control_digits",
    "with_duf_control",
    "with_organisation_control_digit",
]
