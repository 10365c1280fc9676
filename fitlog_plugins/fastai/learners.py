"""What a fastai learner and its recorder say of a training, as a run has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_LOOKS_AT = 100  # of a schedule, to find its highest rate: peaks lie at hundredths


def of_epoch(recorder: Any) -> dict[str, Any]:
    """Return the values of an epoch by the recorder's names, the time left out.

    Where training or validation was cancelled, the recorder has no values of it.
    """
    if recorder is None or not recorder.values:
        return {}
    of_training = 1 + (len(recorder.metrics) if recorder.train_metrics else 0)
    names = list(recorder.metric_names[1:])
    if getattr(recorder, "cancel_train", False):
        names = names[of_training:]
    found = zip(names, recorder.values[-1], strict=False)  # the time comes after the values
    return {name: value for name, value in found if value is not None}


def by_split(found: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Sort values by their data; the smooth loss of the training is told from that of a step."""
    values: dict[str, dict[str, Any]] = {"train": {}, "val": {}}
    for name, value in found.items():
        if name == "train_loss":
            values["train"]["smooth_loss"] = value
        elif name.startswith("train_"):
            values["train"][name.removeprefix("train_")] = value
        else:
            values["val"][name.removeprefix("valid_")] = value
    return values


def described(learner: Any) -> dict[str, Any]:
    """Return what a learner trains and how."""
    model = getattr(learner.model, "module", learner.model)  # distributed: what is wrapped
    parameters: Iterable[Any] = model.parameters()
    size = sum(parameter.numel() for parameter in parameters)
    said = {
        "model": {"class": type(model).__name__, "num_parameters": size},
        "loss": _name_of(learner.loss_func),
        "optimizer": {"name": _name_of(learner.opt_func), **_settings_of(learner)},
        "epochs": learner.n_epoch,
    }
    batch_size = getattr(learner.dls, "bs", None)
    return said if batch_size is None else {**said, "batch_size": batch_size}


def _settings_of(learner: Any) -> dict[str, Any]:
    """Return the settings of the optimizer's last group, and the highest rate of a schedule."""
    settings = dict(learner.opt.hypers[-1])
    schedules = getattr(getattr(learner, "param_scheduler", None), "scheds", {})
    for name in schedules:
        settings.pop(name, None)
    if callable(schedules.get("lr")):
        rates = (schedules["lr"](at / _LOOKS_AT) for at in range(_LOOKS_AT + 1))
        highest = max(float(getattr(rate, "flat", [rate])[-1]) for rate in rates)
        settings["lr_max"] = float(f"{highest:.6g}")  # the schedule's numbers are of 32 bits
    return settings


def _name_of(function: Any) -> str:
    """Return the name of a function, of one with some arguments given, or of an object's class."""
    function = getattr(function, "func", function) if not isinstance(function, type) else function
    return str(getattr(function, "__name__", type(function).__name__))
