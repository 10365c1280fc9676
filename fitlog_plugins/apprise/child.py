"""The process that imports apprise, tells its targets and prints how each fared."""

from __future__ import annotations

import html
import json
import logging
import os
import sys
import threading
import time
from typing import Any

UNKNOWN = "apprise does not know such a URL, or a part of it is missing; see its list of services"


def main() -> None:
    """Read a task from stdin, do it, print one line and end at once."""
    task = json.load(sys.stdin)
    try:
        import apprise
    except ModuleNotFoundError as error:
        is_it = error.name == "apprise"
        print_line("missing" if is_it else f"apprise cannot be imported: {error}")
    else:
        print_line(_tell_all(apprise, task))
    os._exit(0)  # a thread that still waits for an answer is not waited for


def print_line(answer: object) -> None:
    """Write one line of JSON."""
    sys.stdout.write(f"\n{json.dumps(answer)}\n")
    sys.stdout.flush()


def _tell_all(apprise: Any, task: dict[str, Any]) -> list[str | None]:
    """Tell every target in a thread of its own; return how each fared."""
    seconds = task["seconds"]
    answers: list[str | None] = [f"no answer within {seconds:.0f} s"] * len(task["targets"])

    def tell(number: int, target: str) -> None:
        try:
            answers[number] = _tell(apprise, target, task)
        except Exception as error:  # noqa: BLE001 - of any of a hundred services
            answers[number] = f"{type(error).__name__}: {error}"

    threads = [
        threading.Thread(target=tell, args=(number, target), daemon=True)
        for number, target in enumerate(task["targets"])
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0.0))
    return list(answers)


def _tell(apprise: Any, target: str, task: dict[str, Any]) -> str | None:
    said = _Said()
    logger = logging.getLogger("apprise")
    logger.addHandler(said)
    try:
        service = apprise.Apprise.instantiate(target, asset=apprise.AppriseAsset(app_id="fitlog"))
        if service is None:
            return UNKNOWN
        is_taken = service.notify(**_as_service_takes(service, task))
    finally:
        logger.removeHandler(said)
    return None if is_taken else ("; ".join(said.lines) or "refused, without a reason")


def _as_service_takes(service: Any, task: dict[str, Any]) -> dict[str, Any]:
    """Return a message in a service's own format; logged text is no HTML, so it is escaped."""
    resolve = getattr(service, "resolve_format", None)  # of those that take several
    shown = resolve("text") if callable(resolve) else service.notify_format
    title, body = task["title"], task["body"]
    if str(getattr(shown, "value", shown)) == "html":
        title, body = html.escape(title), html.escape(body).replace("\n", "<br/>\n")
    return {"title": title, "body": body, "notify_type": task["kind"], "body_format": shown}


class _Said(logging.Handler):
    """What apprise says of one target; each has a thread of its own."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread = threading.get_ident()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line of this thread."""
        if record.thread == self._thread:
            self.lines.append(record.getMessage())
