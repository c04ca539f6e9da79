"""What is asked (279 requirements and the rules beyond the schemas), and what of it a run has proved."""

from nhnconform.requirements.catalogue import Declared, Requirement, declared, requirements
from nhnconform.requirements.evidence import Evidence, EvidenceError, read, read_record
from nhnconform.requirements.golden import RuleProof, rule_proofs
from nhnconform.requirements.standing import Standing, Status, standings

__all__ = [
    "Declared",
    "Evidence",
    "EvidenceError",
    "Requirement",
    "RuleProof",
    "Standing",
    "Status",
    "declared",
    "read",
    "read_record",
    "requirements",
    "rule_proofs",
    "standings",
]
