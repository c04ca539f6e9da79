"""What the judge says to a SUT: documents written independently of the reference implementation, and their order."""

from nhnconform.conversations.letters import Address, Letter, Person, Style, apprec_of

__all__ = ["Address", "Letter", "Person", "Style", "apprec_of"]
