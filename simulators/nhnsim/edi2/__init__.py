"""EDI 2.0: the message service with a REST interface, versions 2 and 3 (*meldingstjener*, "MSH API").

A client uploads business documents as plain XML; receivers on the same service fetch them. In version 2 they poll for
unread messages, in version 3 they follow notifications, by polling or as a stream. Both versions stand before one
post office: what was handed in at one counter can be fetched at the other.
"""
