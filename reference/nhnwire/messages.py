"""What each message type code means: which document it carries, in which version, and which receipt answers it.

One row per code of table 8279 (`MsgInfo/Type/@V`). Sources: HIS 80603 and its profiles (HIS 1077, 1151, 1152, 1206,
HITS 1228), HITS 1168 (version of the receipt), HIS 1036 (attachments), HISD 1209:2018 (the action equals the code).
"""

from __future__ import annotations

from dataclasses import dataclass

from nhnwire.errors import UnsupportedFormatError

MSGHEAD = "http://www.kith.no/xmlstds/msghead/2006-05-24"
DIALOG_1_0 = "http://www.kith.no/xmlstds/dialog/2006-10-11"
DIALOG_1_1 = "http://www.kith.no/xmlstds/dialog/2013-01-23"
HENVISNING_1_1 = "http://www.kith.no/xmlstds/henvisning/2012-02-15"
EPIKRISE_1_2 = "http://www.kith.no/xmlstds/epikrise/2012-02-15"
SVARRAPPORT_1_4 = "http://www.kith.no/xmlstds/labsvar/2012-02-15"
REKVISISJON_1_6 = "http://www.kith.no/xmlstds/rekvisisjon/2012-02-15"
PASIENTLOGISTIKK_1_6 = "http://www.kith.no/xmlstds/po/Pasientlogistikk/2012-04-01"
POKOMPONENT_1_6 = "http://www.kith.no/xmlstds/po/poKomponent/2012-04-01"
APPREC_1_0 = "http://www.kith.no/xmlstds/apprec/2004-11-21"
APPREC_1_1 = "http://www.kith.no/xmlstds/apprec/2012-02-15"

DIALOG_NAMESPACES = {"1.0": DIALOG_1_0, "1.1": DIALOG_1_1}
APPREC_NAMESPACES = {"1.0": APPREC_1_0, "1.1": APPREC_1_1}


@dataclass(frozen=True, slots=True)
class MessageProfile:
    """One message type.

    Attributes:
        code: the code of table 8279.
        standard: name of the business document's standard.
        namespace: XML namespace of the business document's root.
        root: local name of that root.
        versions: versions of the document that this type may carry.
        apprec_version: version of the application receipt that answers it; empty when none does.
        themes: code tables allowed for a note's theme; empty when the type has no notes or leaves it open.
        main_role: AppRec 1.0 role of the main receiver: service provider (SPR) or requester (REQ).
        patient: the profile requires an identified patient.
        refers: a message of this type is always about an earlier one, so that it needs a ConversationRef.
        formats: MIME types its attachments may have; empty when the parties agree on their own.
    """

    code: str
    standard: str
    namespace: str
    root: str
    versions: tuple[str, ...]
    apprec_version: str
    themes: tuple[str, ...] = ()
    main_role: str = "SPR"
    patient: bool = True
    refers: bool = False
    formats: tuple[str, ...] = ()


_PDF = ("application/pdf",)
_PDF_OR_PICTURE = (*_PDF, "image/jpeg", "image/png")


def _dialog(
    code: str,
    version: str,
    *themes: str,
    main_role: str = "SPR",
    refers: bool = False,
    formats: tuple[str, ...] = (),
) -> MessageProfile:
    # A dialogue in schema 1.0 is answered by AppRec 1.0, one in 1.1 by AppRec 1.1 (HITS 1168).
    return MessageProfile(
        code,
        "Dialogmelding",
        DIALOG_NAMESPACES[version],
        "Dialogmelding",
        (version,),
        version,
        themes,
        main_role,
        refers=refers,
        formats=formats,
    )


PROFILES = {
    profile.code: profile
    for profile in (
        _dialog("DIALOG_NOTAT", "1.0", "7321"),
        _dialog("DIALOG_FORESPORSEL", "1.0"),
        _dialog("DIALOG_SVAR", "1.0", "9069", main_role="REQ", refers=True),
        _dialog("DIALOG_AVVIK", "1.0", "8117", refers=True),
        _dialog("DIALOG_HELSEFAGLIG", "1.1", "7322", formats=_PDF_OR_PICTURE),
        _dialog("DIALOG_STATUS_HENVISNING", "1.1", "9148", refers=True, formats=_PDF),
        _dialog("DIALOG_TIL_ARKIVERING", "1.1", "9602", formats=_PDF_OR_PICTURE),
        MessageProfile("APPREC", "AppRec", APPREC_1_1, "AppRec", ("1.0", "1.1"), "", patient=False),
    )
}

DOCUMENTS = {
    "HENVISNING": HENVISNING_1_1,
    "EPIKRISE": EPIKRISE_1_2,
    "SVAR_LAB": SVARRAPPORT_1_4,
    "SVAR_RTG": SVARRAPPORT_1_4,
    "REQ_LAB": REKVISISJON_1_6,
    "REQ_RTG": REKVISISJON_1_6,
    "LOG_INNLAGT": PASIENTLOGISTIKK_1_6,
    "LOG_UTSKRIVNINGSKLAR": PASIENTLOGISTIKK_1_6,
    "LOG_AVMELDING": PASIENTLOGISTIKK_1_6,
    "LOG_UTSKREVET": PASIENTLOGISTIKK_1_6,
    "LOG_DOD": PASIENTLOGISTIKK_1_6,
}
"""Types without a profile of dialogue messages, and the namespace of the version that is read and written here.

Sources: HIS 80517:2014, 80226:2014, 80822:2014, 80821:2014 and 80704:2014; other versions may come under some of them.
"""


def profile(code: str) -> MessageProfile:
    """The row of a message type.

    Raises:
        UnsupportedFormatError: (T10) when this house has no row for the code.
    """
    found = PROFILES.get(code)
    if found is None:
        raise UnsupportedFormatError(
            f"message type {code[:60]!r} is not supported",
            xpath="/MsgHead/MsgInfo/Type/@V",
            remedy=f"send one of {', '.join(PROFILES)}",
        )
    return found
