"""The suites: cases by subject, collected by pytest and played by `nhnconform.engine`; black-box.

=================  ==================  =============================================================
module             profile             subject
=================  ==================  =============================================================
edi2_send          edi2-send           what the SUT sends, and what it makes of the receipt
edi2_receive       edi2-receive        what the SUT does with what it receives
edi2_deadlines     edi2-deadlines      receipts that do not come (needs a clock that can leap)
edi2_durability    edi2-durability     power cuts (needs `restart`)
helseid_client     helseid-client      tokens and proofs
clinic_setup       clinic-setup        what a clinic needs before it can send, and that it says so
clinic_writing     clinic-writing      who can be written to, and who can be the sender
clinic_finding     clinic-log          help, and what a user has sent
clinic_at_hand     clinic-writing      paperclip, shortcuts, attachment search, drafts that are kept
clinic_receiving   clinic-receiving    mailboxes, categories, what may be done with a message
clinic_forwarding  clinic-forwarding   who may forward what to whom
clinic_log         clinic-log          failed messages, the message log, a patient's overview
clinic_documents   clinic-documents    lab answers, referrals, discharge summaries, requisitions, care messages
=================  ==================  =============================================================
"""
