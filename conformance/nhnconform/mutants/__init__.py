"""Who judges the judge: clinics with one known defect, honest ones that are merely different, and a broken judge.

A *mutant* must be caught by its expected case and leave at least 80 % of the cases green. An *honest* variant does
something legal that the reference clinic does not: every case must pass. A *harness* mutant is broken on our side: its
expected case must end as `harness_error`, never as a failure of the SUT.
"""

from nhnconform.mutants.table import HARNESS, HONEST, MUTANTS, Mutant, every, mutant

__all__ = ["HARNESS", "HONEST", "MUTANTS", "Mutant", "every", "mutant"]
