"""The frameworks' tests, each environment by itself: ``python tests/frameworks/run.py``.

Names of environments choose some of them; what follows ``--`` goes to pytest.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from environments import ENVIRONMENTS, ROOT, python_of


def main(arguments: list[str]) -> int:
    """Run the tests in each environment; return 0 if all passed.

    :param arguments: Names of environments, then ``--`` and pytest's arguments.
    """
    names, options = arguments, []
    if "--" in arguments:
        cut = arguments.index("--")
        names, options = arguments[:cut], arguments[cut + 1 :]
    unknown = [name for name in names if name not in ENVIRONMENTS]
    if unknown:
        print(f"no such environment: {', '.join(unknown)}; there are {', '.join(ENVIRONMENTS)}")
        return 2
    with ThreadPoolExecutor(1) as making:  # the next one, while the tests of one run
        made = {name: making.submit(python_of, name) for name in names or ENVIRONMENTS}
        failed = [name for name in made if not _passed(name, made[name].result(), options)]
    if failed:
        print(f"\nFAILED in: {', '.join(failed)}")
    return 1 if failed else 0


def _passed(name: str, python: Path, options: list[str]) -> bool:
    """Run pytest in one environment; a run without any test counts as failed."""
    command = [str(python), "-m", "pytest", "-q", "tests/frameworks", *options]
    print(f"\n== frameworks, environment {name}: {' '.join(command[1:])}", flush=True)
    began = time.monotonic()
    environment = {**os.environ, "FITLOG_TEST_FRAMEWORKS": name}
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    print(f"== environment {name}: exit {code} after {time.monotonic() - began:.0f} s", flush=True)
    return code == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
