"""Judges an EHR: SUT contract, case engine, suites, oracles, mutants, reports."""
