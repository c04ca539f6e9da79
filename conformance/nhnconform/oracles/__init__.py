"""Oracles: what the standards say, as tables of XPath assertions on raw bytes.

A verdict never rests on the code it judges: nothing here imports `nhnwire`, the clinic or the simulators. Bytes are
read by an own hardened reader, HTTP requests and JWTs by own code, and schemas are judged by two engines that must
agree::

    oracles = Oracles(schema)
    oracles.document(data)  # everything that holds for a business document; [] is good
    oracles.check("apprec-echo", data, original=stimulus)
    oracles.check("edi-request", request_bytes)
"""

from nhnconform.oracles.findings import Finding
from nhnconform.oracles.judge import Oracles
from nhnconform.oracles.tables import Row, Table, table, table_names

__all__ = ["Finding", "Oracles", "Row", "Table", "table", "table_names"]
