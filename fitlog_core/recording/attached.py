"""Adds a recorder to the trainings of a framework, and changes nothing else of them."""

from __future__ import annotations

import functools
import inspect
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from fitlog_core.recording.adapter import recorded_into
from fitlog_core.recording.autolog import harmless, is_owner
from fitlog_core.recording.run import Run
from fitlog_core.recording.session import session
from fitlog_core.recording.tracebacks import own_frame

End = Callable[[Any, "BaseException | None"], None]

_MARK = "_fitlog_records"


class _AtWork(threading.local):
    """What this thread is in.

    :ivar now: A training that is recorded, or one that is not to be.
    :ivar is_trial: A trial of a search that is recorded.
    """

    now = False
    is_trial = False


_at_work = _AtWork()


class Call:
    """What a function was called with.

    :param parameters: The function's, in their order.
    :param arguments: By position; the caller's own objects.
    :param named: By name.
    """

    def __init__(
        self,
        parameters: Mapping[str, inspect.Parameter],
        arguments: tuple[Any, ...],
        named: Mapping[str, Any],
    ) -> None:
        self._parameters = parameters
        self._places = list(parameters)
        self.arguments = list(arguments)
        self.named = dict(named)

    def get(self, name: str) -> Any:
        """Return an argument, or what the function takes without it.

        :param name: The parameter's name.
        """
        place = self._places.index(name)
        if place < len(self.arguments):
            return self.arguments[place]
        return self.named.get(name, self._parameters[name].default)

    def put(self, name: str, value: Any) -> None:
        """Give the function another value, in the way the caller gave his.

        :param name: The parameter's name.
        :param value: The value.
        """
        place = self._places.index(name)
        if place < len(self.arguments):
            self.arguments[place] = value
        else:
            self.named[name] = value

    def add_first(self, name: str, kind: type, make: Callable[[], Any]) -> Any:
        """Put a callback before those that a list of them has, unless one of its kind is there.

        :param name: The parameter's name.
        :param kind: The callback's class.
        :param make: Makes the callback.
        :return: The callback; None if there was one.
        """
        given = self.get(name)
        if given is not None and not isinstance(given, (list, tuple)):
            given = list(given)
            self.put(name, given)  # an iterator gives its elements once
        if any(isinstance(each, kind) for each in given or ()):
            return None
        made = make()
        self.put(name, [made, *(given or ())])
        return made


def attach(
    places: Iterable[Any],
    name: str,
    add: Callable[[Call], End | None],
    *,
    is_search: bool = False,
) -> None:
    """Have the trainings of a function recorded, wherever a framework names it.

    :param places: Modules or classes that have it; what has none is passed over.
    :param name: The function's name there.
    :param add: Adds a recorder to a call, and returns what is called at its end, with what it
        returned or with what it raised; None if nothing is to be called.
    :param is_search: It searches by many trainings. One that is a part of a trial is left alone.
    """
    made: dict[Any, Any] = {}
    for place in places:
        function = getattr(place, name, None)
        if function is not None and not hasattr(function, _MARK):
            if function not in made:
                made[function] = _recording(function, add, is_search)
            setattr(place, name, made[function])


def train_parts(*modules: str) -> None:
    """Say which modules train parts of something else, such as folds: these are recorded by none.

    :param modules: Their names; what lies below them counts, too.
    """
    known = dict.fromkeys((*session.train_parts, *(f"{module}." for module in modules)))
    session.train_parts = tuple(known)


@contextmanager
def unattached() -> Iterator[None]:
    """Have nothing attached to what trains in this thread meanwhile: it is recorded already."""
    before, _at_work.now = _at_work.now, True
    try:
        yield
    finally:
        _at_work.now = before


@contextmanager
def trial(run: Run) -> Iterator[None]:
    """Have what trains in this thread meanwhile recorded into the run of a search's trial.

    :param run: The trial's.
    """
    before = _at_work.now, _at_work.is_trial
    _at_work.now, _at_work.is_trial = False, True
    try:
        with recorded_into(run):
            yield
    finally:
        _at_work.now, _at_work.is_trial = before


def _recording(function: Any, add: Callable[[Call], End | None], is_search: bool) -> Any:
    parameters = inspect.signature(function).parameters
    begin = harmless(add)

    @functools.wraps(function)
    def recording(*arguments: Any, **named: Any) -> Any:
        if not _is_to_be_recorded():
            return function(*arguments, **named)
        call = Call(parameters, arguments, named)
        end = None if is_search and _at_work.is_trial else begin(call)
        with unattached():  # the call is outside of every guard of ours
            try:
                answer = function(*call.arguments, **call.named)
            except SystemExit:  # the script's end, which its exit code describes
                raise
            except BaseException as error:
                _tell(end, None, error)
                raise
            _tell(end, answer, None)
            return answer

    setattr(recording, _MARK, True)
    return own_frame(recording)


def _tell(end: End | None, answer: Any, error: BaseException | None) -> None:
    if end is not None:
        harmless(end)(answer, error)


@harmless
def _is_to_be_recorded() -> bool:
    """Tell whether a training that begins is one of the script's own."""
    is_ours = is_owner() and not _at_work.now
    return is_ours and not session.debug and not _is_part() and not session.is_silenced()


def _is_part() -> bool:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = f"{frame.f_globals.get('__name__', '')}."
        if name.startswith(session.train_parts):
            return True
        frame = frame.f_back
    return False
