"""The table of mutants: name, defect, the cases that must catch it, and the seam it is put in."""

from __future__ import annotations

import contextlib
import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nhnconform.errors import HarnessError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

RECEIVING = "nhnconform.mutants.receiving"
SENDING = "nhnconform.mutants.sending"
CALLING = "nhnconform.mutants.calling"
DAY = "nhnconform.mutants.day"
OFFICE = "nhnconform.mutants.office"
LEGAL = "nhnconform.mutants.honest"


@dataclass(frozen=True)
class Mutant:
    """One row.

    Attributes:
        name: unique, for people.
        defect: what is wrong (or merely different) in one sentence.
        kind: mutant, honest or harness.
        expected: cases that must catch it; none for an honest variant.
        with_: extensions of the clinic, as `nhnclinic serve --with` takes them.
        judge: `module:callable` of a context manager that breaks the judge while it is open.
        way: how the clinic uses EDI 2.0, a key of `nhnconform.adapter.WAYS`.
    """

    name: str
    defect: str
    kind: Literal["mutant", "honest", "harness"]
    expected: tuple[str, ...] = ()
    with_: tuple[str, ...] = ()
    judge: str = ""
    way: str = "v2"

    def applied(self) -> AbstractContextManager[None]:
        """Open it around the run; only harness mutants change anything in this process.

        Raises:
            HarnessError: there is no such callable: a mutant that reaches no seam proves nothing.
        """
        if not self.judge:
            return contextlib.nullcontext()
        module, _, name = self.judge.partition(":")
        try:
            manager: AbstractContextManager[None] = getattr(importlib.import_module(module), name)()
        except (ImportError, AttributeError) as error:
            raise HarnessError(f"the harness mutant {self.name} reaches no seam: {error}") from error
        return manager


def _defect(name: str, defect: str, seam: str, *expected: str) -> Mutant:
    return Mutant(name, defect, "mutant", expected, (seam,))


MUTANTS: tuple[Mutant, ...] = (
    _defect(
        "every-delivery-is-new",
        "a message is the same only when its transport id is: duplicates are filed and answered again",
        f"{RECEIVING}:every_delivery_is_new",
        "EDI-11",
    ),
    _defect(
        "answers-duplicates",
        "a duplicate is filed once but answered again",
        f"{RECEIVING}:answers_duplicates",
        "EDI-11",
    ),
    _defect(
        "any-msg-id-will-do",
        "a MsgId that is no UUID is accepted",
        f"{RECEIVING}:overlooks?code=E10",
        "EDI-13-E10",
    ),
    _defect(
        "anybody-is-a-patient",
        "a patient who is not identified is accepted",
        f"{RECEIVING}:overlooks?code=E36",
        "EDI-13-E36",
    ),
    _defect(
        "vague-about-the-patient",
        "an unidentified patient is rejected with X99 instead of the most precise code",
        f"{RECEIVING}:says_instead?code=E36&other=X99",
        "EDI-13-E36",
    ),
    _defect(
        "files-what-it-rejects",
        "a rejected message is in the inbox all the same",
        f"{RECEIVING}:files_what_it_rejects",
        "EDI-13-E10",
        "EDI-13-E36",
    ),
    _defect(
        "shows-no-text",
        "the text of a received note is lost",
        f"{RECEIVING}:shows_no_text",
        "EDI-12",
    ),
    _defect(
        "answers-receipts",
        "an application receipt is answered with an application receipt",
        f"{RECEIVING}:answers_receipts",
        "EDI-14",
    ),
    _defect(
        "no-version-1.1",
        "a Dialogmelding 1.1 is rejected as an unknown format",
        f"{RECEIVING}:refuses_version_1_1",
        "EDI-12-HELSEFAGLIG",
    ),
    _defect(
        "old-receipt-for-new-messages",
        "a clinical dialogue is answered with AppRec 1.0",
        f"{RECEIVING}:old_receipts",
        "EDI-12-HELSEFAGLIG",
    ),
    _defect(
        "rounds-the-time",
        "the receipt's IssueDate has lost the decimals of GenDate",
        f"{RECEIVING}:rounds_the_time",
        "EDI-27",
    ),
    _defect(
        "marks-before-it-keeps",
        "a message is marked as read before it is on disk",
        f"{RECEIVING}:marks_before_it_keeps",
        "EDI-10",
    ),
    _defect(
        "never-asks-whether-it-counted",
        "a receipt whose answer was lost is handed in again without asking whether it counts",
        f"{RECEIVING}:never_asks",
        "EDI-25",
    ),
    _defect(
        "hears-only-yes",
        "a negative receipt is taken for a positive one",
        f"{SENDING}:hears_only_yes",
        "EDI-15",
    ),
    _defect(
        "tells-nobody",
        "a negative receipt raises no alert",
        f"{SENDING}:tells_nobody",
        "EDI-15",
    ),
    _defect(
        "alarmed-by-success",
        "a positive receipt raises an alert",
        f"{SENDING}:alarmed_by_success",
        "EDI-15-POSITIVE",
    ),
    _defect(
        "waits-for-ever",
        "a receipt that does not come is never missed",
        f"{SENDING}:overdue_after?hours=100000",
        "EDI-16",
    ),
    _defect(
        "cannot-wait",
        "a receipt is missed after half an hour",
        f"{SENDING}:overdue_after?hours=0.5",
        "EDI-16",
    ),
    _defect(
        "too-late-is-too-late",
        "a receipt after 96 hours is ignored",
        f"{SENDING}:ignores_late_receipts",
        "EDI-16",
    ),
    _defect(
        "organisation-only",
        "a note names its sender at the level of the organisation only",
        f"{SENDING}:organisation_only",
        "EDI-02",
    ),
    _defect(
        "sends-twice",
        "a note is handed in twice",
        f"{SENDING}:sends_twice",
        "EDI-02",
    ),
    _defect(
        "no-heading",
        "a clinical dialogue has no heading",
        f"{SENDING}:no_heading",
        "EDI-02-HELSEFAGLIG",
    ),
    _defect(
        "forgets-the-question",
        "an answer does not copy the question",
        f"{SENDING}:forgets_the_question",
        "DLG-01",
    ),
    _defect(
        "loses-the-thread",
        "an answer refers to itself instead of the question",
        f"{SENDING}:loses_the_thread",
        "DLG-01",
    ),
    _defect(
        "anonymous-when-asking",
        "calls that ask for a status do not say which system they come from",
        f"{CALLING}:anonymous_when_asking",
        "EDI-01",
    ),
    _defect(
        "a-token-per-call",
        "every call fetches a new access token",
        f"{CALLING}:a_token_per_call",
        "HID-06",
    ),
    _defect(
        "a-proof-twice",
        "calls that ask for a status repeat the jti of the call before",
        f"{CALLING}:a_proof_twice",
        "HID-11",
    ),
    _defect(
        "long-lived-assertions",
        "an assertion that lives for an hour is tried first",
        f"{CALLING}:long_lived_assertions",
        "HID-03",
    ),
    _defect(
        "sends-as-no-member",
        "a clinic whose membership of the health network is missing sends and fetches",
        f"{OFFICE}:pretends?item=membership",
        "CLN-002",
    ),
    _defect(
        "anybody-sets-it-up",
        "roles are not looked at: whoever is known may change the setup",
        f"{OFFICE}:anybody_may",
        "CLN-007",
    ),
    _defect(
        "sends-without-integration",
        "a clinic whose integration is off sends",
        f"{OFFICE}:pretends?item=integration",
        "CLN-008",
    ),
    _defect(
        "sends-without-the-add-on",
        "a clinic without the add-on service sends",
        f"{OFFICE}:pretends?item=electronic_messages",
        "CLN-009",
    ),
    _defect(
        "sends-without-certificates",
        "a clinic whose certificates were taken away sends",
        f"{OFFICE}:pretends?item=certificates",
        "CLN-010",
    ),
    _defect(
        "sends-without-a-her-id",
        "a clinic without a HER-id sends",
        f"{OFFICE}:pretends?item=clinic_her_id",
        "CLN-011",
    ),
    _defect(
        "users-need-no-her-id",
        "a type that needs the user's HER-id is sent by users without one",
        f"{OFFICE}:pretends?item=user_her_id",
        "CLN-012",
    ),
    _defect(
        "any-edi-address-will-do",
        "an EDI address that is not the register's keeps nobody from sending",
        f"{OFFICE}:pretends?item=edi_address",
        "CLN-013",
    ),
    _defect(
        "sees-a-card",
        "the readiness says that a smart card is at hand though none is",
        f"{OFFICE}:pretends?item=smart_card",
        "CLN-017",
    ),
    _defect(
        "names-no-office",
        "practitioners are offered without the office they belong to",
        f"{OFFICE}:names_no_office",
        "CLN-024",
    ),
    _defect(
        "hides-practitioners",
        "the recipient field offers no practitioners",
        f"{OFFICE}:hides?kind=Person",
        "CLN-024",
        "CLN-266",
    ),
    _defect(
        "hides-organisations",
        "the recipient field offers no clinics and institutions",
        f"{OFFICE}:hides?kind=Organization",
        "CLN-025",
        "CLN-026",
    ),
    _defect(
        "hides-services",
        "the recipient field offers no services",
        f"{OFFICE}:hides?kind=Service",
        "CLN-027",
    ),
    _defect(
        "asks-for-notes-only",
        "the recipient field of other types than notes is not linked to the register",
        f"{OFFICE}:asks_for_notes_only",
        "CLN-266",
    ),
    _defect(
        "trusts-any-her-id",
        "a HER-id that the register does not know is written to all the same",
        f"{OFFICE}:trusts_any_her_id",
        "CLN-028",
    ),
    _defect(
        "one-sender-for-all",
        "whichever service is chosen, the first is the sender",
        f"{OFFICE}:one_sender",
        "CLN-029",
    ),
    _defect(
        "always-a-service",
        "a service is offered as sender though the clinic has registered none",
        f"{OFFICE}:always_a_service",
        "CLN-030",
    ),
    _defect(
        "keeps-no-journal",
        "the patient's journal stays empty",
        f"{DAY}:keeps_no_journal",
        "CLN-034",
    ),
    _defect(
        "one-category",
        "all types share one category in Feedback",
        f"{DAY}:one_category",
        "CLN-035",
    ),
    _defect(
        "filters-nothing",
        "the filter on a communication type lists everything",
        f"{DAY}:filters_nothing",
        "CLN-039",
    ),
    _defect(
        "offers-answers-to-all",
        "a note offers to be answered",
        f"{DAY}:offers_answers_to_all",
        "CLN-040",
    ),
    _defect(
        "signs-and-leaves",
        "a signed message stays open in the inbox",
        f"{DAY}:signs_and_leaves",
        "CLN-041",
        "CLN-060",
    ),
    _defect(
        "reports-in-one-word",
        "a deviation report says one word of what the user wrote",
        f"{DAY}:says_less?kind=DIALOG_AVVIK",
        "CLN-043",
    ),
    _defect(
        "vague-refusals",
        "what a type does not allow is refused as ill-formed",
        f"{DAY}:vague_refusals",
        "CLN-044",
    ),
    _defect(
        "starts-a-new-thread",
        "an answer does not refer to the question",
        f"{DAY}:starts_a_new_thread",
        "CLN-045",
    ),
    _defect(
        "cleans-attachments",
        "attachments are opened with other line ends",
        f"{DAY}:cleans_attachments",
        "CLN-047",
    ),
    _defect(
        "institutions-only",
        "nothing can be sent to a practitioner",
        f"{DAY}:institutions_only",
        "CLN-004",
    ),
    _defect(
        "forwarder-stays",
        "whoever forwards a message keeps it",
        f"{DAY}:forwarder_stays",
        "CLN-049",
        "CLN-268",
    ),
    _defect(
        "anybody-grants",
        "a physician may give access to all messages",
        f"{DAY}:anybody_grants",
        "CLN-051",
    ),
    _defect(
        "anybody-forwards",
        "a message is forwarded by who has no right to",
        f"{DAY}:anybody_forwards",
        "CLN-052",
    ),
    _defect(
        "forgets-the-secretary",
        "the secretary's position is not offered to forward to",
        f"{DAY}:forgets_the_secretary",
        "CLN-054",
    ),
    _defect(
        "functions-are-groups",
        "a forward to a function reaches the whole group",
        f"{DAY}:functions_are_groups",
        "CLN-055",
    ),
    _defect(
        "forwards-at-once",
        "a forward needs no confirmation",
        f"{DAY}:forwards_at_once",
        "CLN-057",
    ),
    _defect(
        "answers-in-one-word",
        "an answer says one word of what the user wrote",
        f"{DAY}:says_less?kind=DIALOG_SVAR",
        "CLN-061",
    ),
    _defect(
        "tells-the-sender",
        "the sender is told that the message was forwarded",
        f"{DAY}:tells_the_sender",
        "CLN-062",
    ),
    _defect(
        "resends-unchanged",
        "a failed message is sent anew without the corrections",
        f"{DAY}:resends_unchanged",
        "CLN-065",
    ),
    _defect(
        "a-log-without-errors",
        "the log does not say why a message failed",
        f"{DAY}:a_log_without_errors",
        "CLN-066",
    ),
    _defect(
        "one-heap",
        "a patient's overview groups nothing",
        f"{DAY}:one_heap",
        "CLN-069",
    ),
    _defect(
        "everybodys-sent",
        "a user finds what everybody has sent",
        f"{DAY}:everybodys_sent",
        "CLN-032",
    ),
    _defect(
        "one-page-of-help",
        "the how-to for sending is the same for every type",
        f"{DAY}:one_page_of_help",
        "CLN-031",
    ),
    _defect(
        "empty-paperclip",
        "the paperclip shows none of the patient's messages",
        f"{DAY}:empty_clips",
        "CLN-018",
    ),
    _defect(
        "one-shortcut-for-all",
        "whatever shortcut is pressed, a note opens",
        f"{DAY}:one_shortcut",
        "CLN-019",
    ),
    _defect(
        "whole-names-only",
        "the search over shortcuts wants the whole name",
        f"{DAY}:whole_names_only",
        "CLN-020",
    ),
    _defect(
        "finds-everything",
        "the attachment search does not look at what was typed",
        f"{DAY}:finds_everything",
        "CLN-021",
    ),
    _defect(
        "forgets-sick-leaves",
        "a half-written sick leave is not saved by itself",
        f"{DAY}:forgets_sick_leaves",
        "CLN-022",
    ),
    _defect(
        "keeps-every-draft",
        "whatever is half-written is saved by itself",
        f"{DAY}:keeps_every_draft",
        "CLN-023",
    ),
    _defect(
        "tabs-backwards",
        "the tab key goes to the group before",
        f"{DAY}:tabs_backwards",
        "CLN-072",
    ),
    _defect(
        "feedback-only",
        "messages of NAV and HELFO are in Feedback only",
        f"{DAY}:feedback_only",
        "CLN-037",
    ),
)

HONEST: tuple[Mutant, ...] = (
    Mutant(
        "receipts-as-documents",
        "receipts are written as XML and handed in as messages instead of asking the service for them",
        "honest",
        with_=(f"{LEGAL}:receipts_as_documents",),
    ),
    Mutant(
        "other-prefixes",
        "documents use other namespace prefixes and no line breaks",
        "honest",
        with_=(f"{LEGAL}:other_prefixes",),
    ),
    Mutant(
        "slow-start",
        "the clinic needs a while to start and to open its database",
        "honest",
        with_=(f"{LEGAL}:slow_start?seconds=1.5",),
    ),
)

HARNESS: tuple[Mutant, ...] = (
    Mutant(
        "stimulus-breaks-two-rules",
        "the letter that should have only a faulty MsgId also lacks its patient's number",
        "harness",
        ("EDI-13-E10",),
        judge="nhnconform.mutants.harness:stimulus_breaks_two_rules",
    ),
    Mutant(
        "stimulus-breaks-nothing",
        "the letter that should have an unidentified patient is faultless",
        "harness",
        ("EDI-13-E36",),
        judge="nhnconform.mutants.harness:stimulus_breaks_nothing",
    ),
    Mutant(
        "row-cannot-be-asked",
        "a row of an oracle table has an expression that cannot be evaluated",
        "harness",
        ("EDI-01",),
        judge="nhnconform.mutants.harness:row_cannot_be_asked",
    ),
)


def every() -> tuple[Mutant, ...]:
    """All rows of all kinds."""
    return (*MUTANTS, *HONEST, *HARNESS)


def mutant(name: str) -> Mutant:
    """One row by name.

    Raises:
        HarnessError: there is none.
    """
    for row in every():
        if row.name == name:
            return row
    raise HarnessError(f"there is no mutant {name!r}; there are {', '.join(row.name for row in every())}")
