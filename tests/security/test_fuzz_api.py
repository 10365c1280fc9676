"""Requests made up from the board's own description of its API: answered as it says they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask import Flask
from fuzz_tools import fuzz
from hypothesis import given
from hypothesis import strategies as st
from old_logs import copy_old_logs
from schemathesis.checks import CHECKS
from web_board import RUN, board_of

from fitlog_web.openapi import document

HEADERS = {"Host": "localhost:5000", "X-Fitlog": "1", "Accept-Encoding": "identity"}
MODES = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
OPERATIONS = [(method, path) for path, methods in document()["paths"].items() for method in methods]
REAL = {
    "run_id": [RUN, "log_20261122_090452", "paper_SOTA_2024"],
    "path": ["meta.log", "loss.log"],
    "view": ["default.cfg"],
    "names": ["loss-Loss"],
    "runs": [RUN],
    "points": [1, 100],
}
HELD_TO = ("not_a_server_error", "status_code_conformance", "response_schema_conformance")


def as_a_server(app: Flask) -> Callable[..., list[bytes]]:
    """The app as a server calls it: with the slash before a path, and closing what it answered."""

    def serve(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        path = f"/{environ['PATH_INFO'].lstrip('/')}"
        environ |= {"PATH_INFO": path, "REQUEST_URI": f"/{environ['REQUEST_URI'].lstrip('/')}"}
        answered: Any = app(environ, start_response)
        try:
            return [b"".join(answered)]
        finally:
            answered.close()

    return serve


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[bytes]]:
    return as_a_server(board_of(copy_old_logs(tmp_path_factory.mktemp("fuzz") / "logs")))


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_made_up_requests_are_answered_as_described(
    served: Callable[..., list[bytes]], method: str, path: str
) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", served, headers=HEADERS)
    operation = schema[path][method.upper()]
    checks = CHECKS.get_by_names(list(HELD_TO))
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in MODES))

    @fuzz(8)
    @given(case=cases, data=st.data())
    def ask(case: schemathesis.Case, data: st.DataObject) -> None:
        for asked in (case.path_parameters, case.query):
            for name in sorted(set(asked or {}) & set(REAL)):
                if data.draw(st.booleans()):
                    asked[name] = data.draw(st.sampled_from(REAL[name]))
        case.call_and_validate(headers=HEADERS, checks=checks)

    ask()
