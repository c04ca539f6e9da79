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
EDI = "nhnconform.mutants.edi"
JUDGING = "nhnconform.mutants.judging"
TOKENS = "nhnconform.mutants.tokens"
DOCUMENTS = "nhnconform.mutants.documents"
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


def _defect(name: str, defect: str, seam: str, *expected: str, way: str = "v2") -> Mutant:
    return Mutant(name, defect, "mutant", expected, (seam,), way=way)


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
        "AR-02",
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
        "messages of NAV, HELFO and the care services are in Feedback only",
        f"{DAY}:feedback_only",
        "CLN-037",
        "CLN-038",
    ),
    _defect(
        "care-beside-only",
        "care messages are in their own inbox and not in Feedback",
        f"{DAY}:care_beside_only",
        "CLN-038",
    ),
    _defect(
        "one-group-short",
        "a patient's overview has no group for lab results",
        f"{DAY}:one_group_short",
        "CLN-072",
    ),
    _defect(
        "no-discharge-summaries",
        "a discharge summary is rejected as an unknown format",
        f"{DOCUMENTS}:refuses?kind=EPIKRISE",
        "CLN-003",
    ),
    _defect(
        "x-rays-are-lab-answers",
        "an answer of radiology is filed as one of the laboratory",
        f"{DOCUMENTS}:takes_for?kind=SVAR_RTG&other=SVAR_LAB",
        "CLN-003",
    ),
    _defect(
        "refers-without-a-problem",
        "a referral does not say why",
        f"{DOCUMENTS}:refers_without_a_problem",
        "CLN-003",
    ),
    _defect(
        "takes-copy-receivers",
        "a copy receiver of a requisition is taken, and forgotten",
        f"{DOCUMENTS}:takes_copy_receivers",
        "CLN-074",
    ),
    _defect(
        "old-requisitions",
        "requisitions are of version 1.5",
        f"{DOCUMENTS}:old_requisitions",
        "CLN-074",
    ),
    _defect(
        "takes-small-documents",
        "a document of more than ten megabytes is not read",
        f"{EDI}:takes_small_documents",
        "EDI-03",
    ),
    _defect(
        "writes-latin-1",
        "what ISO 8859-1 lacks is sent as a question mark",
        f"{EDI}:writes_latin_1",
        "EDI-04",
    ),
    _defect(
        "wants-a-declaration",
        "a document without an XML declaration is rejected as unreadable",
        f"{EDI}:wants_a_declaration",
        "EDI-04-DECLARATION",
    ),
    _defect(
        "claims-success",
        "a message that EDI 2.0 refuses is shown as sent",
        f"{EDI}:claims_success",
        "EDI-05",
        "EDI-06",
    ),
    _defect(
        "never-takes-no",
        "a message that EDI 2.0 refuses is handed in again and again",
        f"{EDI}:never_takes_no",
        "EDI-05",
        "EDI-06",
    ),
    _defect(
        "one-receipt-for-all",
        "of several own receivers only the first answers",
        f"{EDI}:one_receipt_for_all",
        "EDI-07",
    ),
    _defect(
        "answers-for-everybody",
        "a message is answered for own receivers that it was not carried to",
        f"{EDI}:answers_for_everybody",
        "EDI-08",
    ),
    _defect(
        "one-page-only",
        "what does not fit on a full page of the list is never fetched",
        f"{EDI}:one_page_only",
        "EDI-09",
    ),
    _defect(
        "transport-is-fine",
        "a message that the transport rejects stays as sent",
        f"{EDI}:transport_is_fine",
        "EDI-17",
    ),
    _defect(
        "strict-about-words",
        "an answer with an unknown member or word is no answer",
        f"{EDI}:strict_about_words",
        "EDI-18",
    ),
    _defect(
        "never-renews",
        "a token that was refused is used again",
        f"{TOKENS}:never_renews",
        "EDI-24",
    ),
    _defect(
        "another-message-each-time",
        "what is handed in again has a new MsgId",
        f"{EDI}:another_message_each_time",
        "EDI-25-POST",
    ),
    _defect(
        "impatient",
        "a service that is down is asked every two seconds",
        f"{EDI}:impatient",
        "EDI-25-PACE",
    ),
    _defect(
        "expands-entities",
        "entities of received documents are expanded",
        f"{EDI}:expands_entities",
        "EDI-26",
    ),
    _defect(
        "looks-thrice",
        "each look for messages is three",
        f"{EDI}:looks_thrice",
        "EDI-28",
    ),
    _defect(
        "configures-once",
        "configurations are put at the very first start only",
        f"{EDI}:configures_once",
        "EDI-19",
        way="v3",
    ),
    _defect(
        "locked-out-silently",
        "a lock by another client is taken for an empty list",
        f"{EDI}:locked_out_silently",
        "EDI-20",
        way="v3",
    ),
    _defect(
        "begins-anew",
        "after a start all notifications are asked for from the beginning",
        f"{EDI}:begins_anew",
        "EDI-21",
        way="v3",
    ),
    _defect(
        "fetches-the-refused",
        "the document of a refused message is asked for",
        f"{EDI}:told_of_the_refused?instead=document",
        "EDI-23",
        way="v3",
    ),
    _defect(
        "hides-the-refused",
        "nobody is told of a refused message",
        f"{EDI}:told_of_the_refused?instead=other",
        "EDI-23",
        way="v3",
    ),
    _defect(
        "streams-from-the-beginning",
        "the stream is opened from the first notification there ever was",
        f"{EDI}:streams_from_the_beginning",
        "EDI-22",
        way="v3-stream",
    ),
    _defect(
        "knocks-on-a-closed-door",
        "a stream that is refused is asked for again and again",
        f"{EDI}:knocks_on_a_closed_door",
        "EDI-22-REFUSED",
        way="v3-stream",
    ),
    _defect(
        "knows-the-token-endpoint",
        "the token endpoint is built in, and HelseID's metadata are not read",
        f"{TOKENS}:other_tokens?kind=knows-the-endpoint",
        "HID-01",
    ),
    _defect(
        "reads-metadata-every-time",
        "HelseID's metadata are read for every token",
        f"{TOKENS}:other_tokens?kind=reads-every-time",
        "HID-02",
    ),
    _defect(
        "one-assertion-for-two",
        "a token request that is repeated has the assertion of before",
        f"{TOKENS}:other_tokens?kind=one-assertion-for-two",
        "HID-04",
    ),
    _defect(
        "forgets-the-nonce",
        "proofs for the token endpoint lack the nonce that was asked for",
        f"{TOKENS}:forgets_the_nonce",
        "HID-05",
    ),
    _defect(
        "details-in-prose",
        "an assertion names the organisation in a form of its own first",
        f"{TOKENS}:details_in_prose",
        "HID-07",
    ),
    _defect(
        "asks-and-asks",
        "HelseID is asked thirty times in a row for a scope that it rejects",
        f"{TOKENS}:other_tokens?kind=asks-and-asks",
        "HID-08",
        way="v2-supplier",
    ),
    _defect(
        "gives-up-on-helseid",
        "after one error of HelseID no token is asked for any more",
        f"{TOKENS}:other_tokens?kind=gives-up",
        "HID-09",
    ),
    _defect(
        "shows-its-key",
        "proofs of calls for a status show the private key",
        f"{TOKENS}:shows_its_key",
        "HID-10",
    ),
    _defect(
        "own-names-for-others",
        "receivers are called otherwise than the register calls them",
        f"{TOKENS}:own_names_for_others",
        "AR-01",
    ),
    _defect(
        "believes-names-for-ever",
        "an organisation that got a new name keeps its old one",
        f"{TOKENS}:believes_for_ever?what=names",
        "AR-03",
    ),
    _defect(
        "writes-to-the-deactivated",
        "a party that was active once is written to for ever",
        f"{TOKENS}:believes_for_ever?what=active",
        "AR-05",
    ),
    _defect(
        "wants-four-digits",
        "a register entry whose postal code lost its zero cannot be read",
        f"{TOKENS}:wants_four_digits",
        "AR-06",
    ),
    _defect(
        "rejects-without-words",
        "rejections have codes and no texts",
        f"{JUDGING}:without_words",
        "APP-08",
    ),
    _defect(
        "copies-are-main",
        "copy receivers answer as if they were main receivers",
        f"{JUDGING}:copies_are_main",
        "APP-10",
    ),
    _defect(
        "alarmed-by-a-second-yes",
        "a second positive receipt raises an alert",
        f"{JUDGING}:alarmed_by_a_second_yes",
        "APP-13",
    ),
    _defect(
        "files-for-no-service",
        "a message that names nobody at level 2 is filed",
        f"{JUDGING}:anybody_here_will_do?named=nothing",
        "APP-18",
    ),
    _defect(
        "files-for-unknown-persons",
        "a message to a physician who is not here is filed",
        f"{JUDGING}:anybody_here_will_do?named=person",
        "APP-19",
    ),
    _defect(
        "files-for-unknown-services",
        "a message to a service that is not here is filed",
        f"{JUDGING}:anybody_here_will_do?named=service",
        "APP-20",
    ),
    _defect(
        "answers-others-mail",
        "a message for somebody else's organisation is rejected rather than left alone",
        f"{JUDGING}:answers_others_mail",
        "APP-21",
    ),
    _defect(
        "first-fault-only",
        "of several faults the receipt names the first",
        f"{JUDGING}:first_fault_only",
        "APP-26",
    ),
    _defect(
        "vague-about-the-schema",
        "a document of an unknown schema is rejected with X99",
        f"{RECEIVING}:says_instead?code=T10&other=X99",
        "APP-33",
    ),
    _defect(
        "vague-about-the-xml",
        "a document that is not well-formed is rejected with X99",
        f"{RECEIVING}:says_instead?code=T01&other=X99",
        "APP-34",
    ),
    _defect(
        "answers-rejected-again",
        "a rejected message is rejected as often as it comes",
        f"{JUDGING}:answers_rejected_again",
        "APP-41",
    ),
    _defect(
        "no-birth-dates",
        "a help number beside a birth date identifies nobody",
        f"{JUDGING}:wants_a_birth_date",
        "RT-IDTYPES-A",
    ),
    _defect(
        "no-help-numbers",
        "a felles hjelpenummer identifies nobody",
        f"{JUDGING}:knows_no?kind=FHN",
        "RT-IDTYPES-B",
    ),
    _defect(
        "no-d-numbers",
        "a D-number identifies nobody",
        f"{JUDGING}:knows_no?kind=DNR",
        "RT-IDTYPES-C",
    ),
    _defect(
        "one-number-each",
        "a patient with two identifiers is not identified",
        f"{JUDGING}:one_number_each",
        "RT-IDTYPES-D",
    ),
    _defect(
        "any-digits-will-do",
        "control digits of a fødselsnummer are not looked at",
        f"{RECEIVING}:overlooks?code=E31",
        "RT-FNR",
    ),
    _defect(
        "numbers-suffice",
        "a number identifies a patient without a name",
        f"{JUDGING}:numbers_suffice",
        "RT-PATIENT",
    ),
    _defect(
        "silent-about-strangers",
        "a message about somebody without a record is put aside without a receipt",
        f"{JUDGING}:silent_about_strangers",
        "RT-UNKNOWN-PATIENT",
    ),
    _defect(
        "one-life-only",
        "after an orderly restart nothing is taken in",
        f"{EDI}:one_life_only",
        "EDI-02-AFTER",
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
    Mutant(
        "capital-ids",
        "MsgIds are written in capitals",
        "honest",
        with_=(f"{LEGAL}:capital_ids",),
    ),
    Mutant(
        "byte-order-mark",
        "documents begin with UTF-8's byte order mark",
        "honest",
        with_=(f"{LEGAL}:with_byte_order_mark",),
    ),
    Mutant(
        "norwegian-time",
        "times in documents have Norway's offset",
        "honest",
        with_=(f"{LEGAL}:norwegian_time",),
    ),
    Mutant(
        "marks-last",
        "a message is marked as read when it is filed, just before its receipt",
        "honest",
        with_=(f"{LEGAL}:marks_last",),
    ),
    Mutant(
        "slow-receipts",
        "somebody looks at each message first: receipts are given three minutes later",
        "honest",
        with_=(f"{LEGAL}:slow_receipts?minutes=3",),
    ),
    Mutant(
        "a-connection-each",
        "every call closes its connection",
        "honest",
        with_=(f"{LEGAL}:a_connection_each",),
    ),
    Mutant(
        "talkative",
        "calls carry headers that nobody has asked for",
        "honest",
        with_=(f"{LEGAL}:talkative",),
    ),
    Mutant(
        "version-3",
        "EDI 2.0 is used in version 3, by polling",
        "honest",
        way="v3",
    ),
    Mutant(
        "version-3-stream",
        "EDI 2.0 is used in version 3, by its stream",
        "honest",
        way="v3-stream",
    ),
    Mutant(
        "version-3-documents",
        "EDI 2.0 is used in version 3, and receipts are handed in as XML",
        "honest",
        with_=(f"{LEGAL}:receipts_as_documents",),
        way="v3",
    ),
    Mutant(
        "suppliers-client",
        "the client at HelseID is the supplier's",
        "honest",
        way="v2-supplier",
    ),
    Mutant(
        "suppliers-client-samples",
        "the client is the supplier's, and organisations are spelled as in NHN's samples",
        "honest",
        way="v2-supplier-samples",
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
    Mutant(
        "stimulus-is-no-xml",
        "letters are cut after their first line",
        "harness",
        ("EDI-12",),
        judge="nhnconform.mutants.harness:stimulus_is_no_xml",
    ),
    Mutant(
        "schema-engines-disagree",
        "the second schema engine finds fault with everything",
        "harness",
        ("EDI-12",),
        judge="nhnconform.mutants.harness:schema_engines_disagree",
    ),
    Mutant(
        "counterpart-is-refused",
        "the counterpart's documents are refused by the network",
        "harness",
        ("EDI-11",),
        judge="nhnconform.mutants.harness:counterpart_is_refused",
    ),
    Mutant(
        "control-port-is-gone",
        "the control port answers nothing about the journal",
        "harness",
        ("EDI-02",),
        judge="nhnconform.mutants.harness:control_port_is_gone",
    ),
    Mutant(
        "journal-is-nonsense",
        "the network's journal has entries without a number",
        "harness",
        ("EDI-02-HELSEFAGLIG",),
        judge="nhnconform.mutants.harness:journal_is_nonsense",
    ),
    Mutant(
        "faults-cannot-be-armed",
        "the network takes no faults",
        "harness",
        ("EDI-24",),
        judge="nhnconform.mutants.harness:faults_cannot_be_armed",
    ),
    Mutant(
        "time-cannot-be-moved",
        "the clock's hub moves no time",
        "harness",
        ("EDI-16",),
        judge="nhnconform.mutants.harness:time_cannot_be_moved",
    ),
    Mutant(
        "echo-table-is-wrong",
        "the table that compares a receipt with its message asks for something else",
        "harness",
        ("EDI-12-HELSEFAGLIG",),
        judge="nhnconform.mutants.harness:echo_table_is_wrong",
    ),
    Mutant(
        "table-is-missing",
        "an oracle table cannot be found",
        "harness",
        ("HID-03",),
        judge="nhnconform.mutants.harness:table_is_missing",
    ),
    Mutant(
        "case-has-a-defect",
        "the code of a case raises an error of its own",
        "harness",
        ("EDI-27",),
        judge="nhnconform.mutants.harness:case_has_a_defect",
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
