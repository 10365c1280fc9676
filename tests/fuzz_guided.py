"""Coverage-guided fuzzing of one target: ``python tests/fuzz_guided.py step-lines -runs=100000``.

What atheris finds to lead into code that nothing led into before is added to the corpus with
``--keep``. Other arguments are libFuzzer's, such as ``-max_total_time=60`` and ``-seed=1``.
"""

from __future__ import annotations

import base64
import io
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
MOST = 60  # files of a corpus
LIMITS = ("-timeout=20", "-rss_limit_mb=2048", "-max_len=2048", "-print_final_stats=1")


def fuzz(name: str, arguments: list[str]) -> None:
    """Fuzz a target; ends the process, with a status other than 0 where something was found."""
    import atheris  # a module of tests may want the corpus alone

    with atheris.instrument_imports(include=["fitlog_core", "fitlog"]):
        import fuzz_targets
    target, out = fuzz_targets.TARGETS[name], sys.stderr

    def try_one(data: bytes) -> None:
        sys.stderr = io.StringIO()  # what a user would be told of a damaged file
        try:
            target(data)
        except BaseException:
            out.write(f"{traceback.format_exc()}\nfound by {base64.b64encode(data).decode()}\n")
            raise
        finally:
            sys.stderr = out

    atheris.Setup([sys.argv[0], *arguments], try_one)
    atheris.Fuzz()


def keep(name: str, found: Path) -> None:
    """Add what was found to the corpus, the smallest files first, up to :data:`MOST` in all."""
    kept = CORPUS / name
    for path in sorted(found.iterdir(), key=lambda path: path.stat().st_size):
        if len(list(kept.iterdir())) < MOST:
            (kept / path.name[:16]).write_bytes(path.read_bytes())


def main(name: str, *arguments: str) -> int:
    """Run the target in a process of its own, as libFuzzer ends the one that it is in."""
    (CORPUS / name).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as found:
        given = [argument for argument in arguments if argument != "--keep"]
        prefix = f"-artifact_prefix={found}/fault-"
        command = [sys.executable, __file__, "--here", name, prefix, *given, found, CORPUS / name]
        status = subprocess.run(command, check=False).returncode
        if "--keep" in arguments and not status:
            keep(name, Path(found))
    return status


if __name__ == "__main__":
    if sys.argv[1] == "--here":
        fuzz(sys.argv[2], [*LIMITS, *sys.argv[3:]])
    sys.exit(main(*sys.argv[1:]))
