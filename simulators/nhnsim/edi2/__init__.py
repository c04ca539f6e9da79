"""EDI 2.0: the message service with a REST interface, version 2 (*meldingstjener*, "MSH API v2").

A client uploads business documents as plain XML; receivers on the same service fetch them by polling. Status
and application receipts come back on the same path.
"""
