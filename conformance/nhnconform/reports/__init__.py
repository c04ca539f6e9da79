"""Reports: each made from one stream of events, none knowing of the others.

`write(folder, results)` puts `results.json`, `junit.xml`, `report.html` and the evidence there.
"""

from nhnconform.reports.results import Results
from nhnconform.reports.terminal import lines, live
from nhnconform.reports.write import write

__all__ = ["Results", "lines", "live", "write"]
