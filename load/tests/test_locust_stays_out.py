"""Locust swaps the socket module for gevent's; nobody but Locust's own processes may load it."""

import subprocess
import sys

PACKAGES = ("provenett", "nhnconform", "nhnload", "nhnclinic", "nhnsim", "nhnfixtures", "nhntime", "nhnwire")


def test_no_package_loads_locust() -> None:
    """Importing every package of the house leaves gevent and Locust out of the process."""
    code = (
        "import importlib, pkgutil, sys\n"
        f"for name in {PACKAGES!r}:\n"
        "    package = importlib.import_module(name)\n"
        "    for found in pkgutil.walk_packages(package.__path__, name + '.'):\n"
        "        if not found.name.endswith(('__main__', 'migrations.env')) and '.locustfiles' not in found.name:\n"
        "            importlib.import_module(found.name)\n"
        "loaded = {'gevent', 'locust'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
