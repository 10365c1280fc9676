"""TensorBoard: what a script sends to a ``SummaryWriter`` is recorded too.

``fitlog.autolog()`` and ``fitlog run`` call :func:`autolog` where PyTorch's writer or tensorboardX
is imported. TensorBoard gets what it always got.
"""

from __future__ import annotations

import functools
import inspect
import os
import threading
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from fitlog_core.recording import adapter, flat_names
from fitlog_core.recording.autolog import harmless, is_covered, is_owner, say_once
from fitlog_core.recording.run import Run
from fitlog_core.recording.tracebacks import own_frame
from fitlog_core.recording.values import is_number

NOT_RECORDED = (
    *("add_histogram", "add_histogram_raw", "add_images", "add_image_with_boxes", "add_video"),
    *("add_audio", "add_graph", "add_onnx_graph", "add_embedding", "add_pr_curve"),
    *("add_pr_curve_raw", "add_mesh", "add_custom_scalars", "add_tensor"),
)
_Given = Mapping[str, Any]


class _AtWork(threading.local):
    """Whether this thread is in a method of a writer, which may call others."""

    now = False


class _Writers:
    """What is known of the writers of this process."""

    def __init__(self) -> None:
        self._prefixes: dict[str, str] = {}
        self._counts: WeakKeyDictionary[Any, dict[str, int]] = WeakKeyDictionary()

    def prefix(self, writer: Any) -> str:
        """Return what tells a writer's names from those of the first one, which needs nothing."""
        said = getattr(writer, "log_dir", None) or getattr(writer, "logdir", None)  # tensorboardX's
        folder = os.path.abspath(str(said or ""))
        if folder not in self._prefixes:
            is_first = not self._prefixes
            self._prefixes[folder] = "" if is_first else os.path.basename(folder) + "/"
        return self._prefixes[folder]

    def step(self, writer: Any, name: str, given: Any) -> int | None:
        """Return the step of a value; without one they are counted, by name."""
        if given is not None:
            step = flat_names.whole_step(given)
            if step is None:
                say_once(
                    f"{name!r} has the step {given!r} in TensorBoard; steps are whole and "
                    "from 0, so it is not recorded"
                )
            elif step != given:
                say_once(
                    f"{name!r} has the step {given!r} in TensorBoard; it is recorded at {step}"
                )
            return step
        counts = self._counts.setdefault(writer, {})
        counts[name] = counts.get(name, -1) + 1
        return counts[name]


_at_work = _AtWork()
_writers = _Writers()


def autolog(writer: ModuleType) -> None:
    """Have what every writer is sent recorded.

    :param writer: ``torch.utils.tensorboard.writer`` or ``tensorboardX.writer``.
    """
    kind = writer.SummaryWriter
    for name, record in _RECORDED.items():
        _wrap(kind, name, record)
    for name in NOT_RECORDED:
        if hasattr(kind, name):
            _wrap(kind, name, functools.partial(_tell, name))


def _wrap(kind: type, name: str, record: Callable[[Any, _Given], None]) -> None:
    method = getattr(kind, name)
    names = list(inspect.signature(method).parameters)[1:]

    @functools.wraps(method)
    def recording(self: Any, *arguments: Any, **named: Any) -> Any:
        if _at_work.now or is_covered() or not is_owner():
            return method(self, *arguments, **named)
        _at_work.now = True
        try:
            if name == "add_figure":  # TensorBoard closes it
                record(self, {**dict(zip(names, arguments, strict=False)), **named})
                return method(self, *arguments, **named)
            answer = method(self, *arguments, **named)
            record(self, {**dict(zip(names, arguments, strict=False)), **named})
            return answer
        finally:
            _at_work.now = False

    setattr(kind, name, own_frame(recording))


def _run() -> Run:
    run = adapter.run_for()
    if run.is_of_adapter and not run.has_training:
        run.has_training = True
        adapter.record_script()
    return run


def _tell(name: str, writer: Any, given: _Given) -> None:
    say_once(f"{name} of TensorBoard is not recorded; TensorBoard alone gets it")


@harmless
def _scalar(writer: Any, given: _Given) -> None:
    _record(writer, str(given["tag"]), given["scalar_value"], given.get("global_step"))


@harmless
def _scalars(writer: Any, given: _Given) -> None:
    for name, value in given["tag_scalar_dict"].items():
        _record(writer, f"{given['main_tag']}/{name}", value, given.get("global_step"))


def _record(writer: Any, tag: str, value: Any, global_step: Any) -> None:
    if not is_number(value):
        say_once(f"{tag!r} is no number but {type(value).__name__}; it is not recorded")
        return
    name = _writers.prefix(writer) + tag
    step = _writers.step(writer, name, global_step)
    if step is not None:
        flat_names.record(_run(), {name: value}, step)


@harmless
def _hparams(writer: Any, given: _Given) -> None:
    run = _run()
    run.add_hyper(given["hparam_dict"])
    if given.get("metric_dict"):
        run.add_best_metric(flat_names.nested(given["metric_dict"]))


@harmless
def _text(writer: Any, given: _Given) -> None:
    step = given.get("global_step")
    at = "" if step is None else f" at step {step}"
    _run().add_to_line(f"{_writers.prefix(writer)}{given['tag']}{at}: {given['text_string']}")


@harmless
def _image(writer: Any, given: _Given) -> None:
    name = _writers.prefix(writer) + str(given["tag"])
    step = _writers.step(writer, name, given.get("global_step"))
    if step is not None:
        picture = _heights_first(given["img_tensor"], str(given.get("dataformats", "CHW")))
        _run().add_image(picture, step, name)


def _heights_first(image: Any, axes: str) -> Any:
    """Return an image as an array of height x width, or with channels last.

    :param image: A tensor or an array.
    :param axes: What its axes are, such as ``CHW``.
    """
    array = image.detach().cpu().numpy() if hasattr(image, "detach") else image
    axes = axes.upper()
    if not hasattr(array, "transpose") or sorted(axes) not in (["H", "W"], ["C", "H", "W"]):
        return image
    return array.transpose([axes.index(axis) for axis in "HWC" if axis in axes])


@harmless
def _figure(writer: Any, given: _Given) -> None:
    name = _writers.prefix(writer) + str(given["tag"])
    step = _writers.step(writer, name, given.get("global_step"))
    figures = given["figure"] if isinstance(given["figure"], list) else [given["figure"]]
    for position, figure in enumerate(figures if step is not None else ()):
        _run().add_figure(figure, step, f"{name}/{position}" if position else name)


_RECORDED: dict[str, Callable[[Any, _Given], None]] = {
    "add_scalar": _scalar,
    "add_scalars": _scalars,
    "add_hparams": _hparams,
    "add_text": _text,
    "add_image": _image,
    "add_figure": _figure,
}
