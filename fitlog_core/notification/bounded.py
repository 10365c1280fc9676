"""A call that is waited for so long and no longer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, call: Callable[[], T], late: T, failed: Callable[[Exception], T]) -> T:
    """Return what a call gives, or ``late`` if it takes too long. Never raises.

    A socket's timeout bounds one wait, not looking a name up and not an answer that trickles
    in, so the call has a thread, which is left behind when its time is up.

    :param seconds: How long to wait.
    :param call: What to do.
    :param late: What to return when the time is up.
    :param failed: Makes an answer of what the call raised. A traceback would show its
        arguments, which may be secrets.
    """
    answers: list[T] = []

    def work() -> None:
        try:
            answers.append(call())
        except Exception as error:  # noqa: BLE001 - a service may fail in any way; ``failed`` tells
            answers.append(failed(error))

    worker = threading.Thread(target=work, name="fitlog-notice", daemon=True)
    try:
        worker.start()
    except RuntimeError:  # no thread can start while the interpreter shuts down
        work()
    else:
        worker.join(seconds)
    return answers[0] if answers else late
