"""Known faults of dependencies are told; who could not be asked is not taken for a good answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "scripts" / "check_dependencies.py"
ADVISORY = {
    "id": 1,
    "url": "https://example.org/advisory",
    "title": "Draws what it should not",
    "severity": "high",
    "vulnerable_versions": "<2.0.0",
    "cwe": [],
    "cvss": {"score": 0, "vectorString": None},
}
KNOWS_NOTHING: dict[str, Any] = {
    "dependencies": [
        {"name": "flask", "version": "3.0.0", "vulns": []},
        {"name": "fitlog", "skip_reason": "fitlog is not on PyPI"},
    ]
}


class Registry:
    """Plays npm's audit endpoint."""

    def __init__(self) -> None:
        self.status, self.answer = 200, {}
        self.asked: list[str] = []
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                registry.asked.append(self.path)
                body = json.dumps(registry.answer).encode()
                self.send_response(registry.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                self.send_error(404)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, args=(0.02,)).start()


@pytest.fixture
def registry() -> Iterator[Registry]:
    made = Registry()
    yield made
    made.server.shutdown()
    made.server.server_close()


def checked(tmp_path: Path, registry: Registry, pip_says: object) -> tuple[int, str]:
    """How the script ends and what it prints, where pip-audit says that."""
    audit = tmp_path / "pip_audit"
    audit.mkdir()
    (audit / "__init__.py").touch()
    (audit / "__main__.py").write_text(f"print({json.dumps(pip_says)!r})\n")
    environment = {
        "PYTHONPATH": str(tmp_path),
        "npm_config_registry": registry.address,
        "npm_config_fetch_retries": "0",
        "npm_config_cache": str(tmp_path / "npm"),
    }
    done = subprocess.run(
        [sys.executable, str(SCRIPT)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_where_nobody_knows_of_a_fault_it_says_so(tmp_path: Path, registry: Registry) -> None:
    code, said = checked(tmp_path, registry, KNOWS_NOTHING)
    assert (code, said) == (0, "PyPI knows of no fault.\nnpm knows of no fault.\n")
    assert registry.asked == ["/-/npm/v1/security/advisories/bulk"]


def test_a_fault_is_told_with_the_package(tmp_path: Path, registry: Registry) -> None:
    registry.answer = {"uplot": [ADVISORY]}
    fault = {"id": "PYSEC-1", "fix_versions": ["3.1"]}
    knows = {"dependencies": [{"name": "flask", "version": "3.0.0", "vulns": [fault]}]}
    code, said = checked(tmp_path, registry, knows)
    assert code == 1
    assert "PyPI: flask 3.0.0: PYSEC-1, mended in 3.1\n" in said
    assert "npm: uplot" in said
    assert "Draws what it should not (https://example.org/advisory)" in said


def test_who_could_not_be_asked_is_told_and_is_no_good_answer(
    tmp_path: Path, registry: Registry
) -> None:
    registry.status = 405
    skipped = {"dependencies": [{"name": "flask", "skip_reason": "not found on PyPI"}]}
    code, said = checked(tmp_path, registry, skipped)
    assert code == 2
    assert "PyPI could not be asked: not found on PyPI" in said
    assert "npm could not be asked: " in said
    assert "no fault" not in said
