"""What a training is set to, as hyperparameters: arguments, model, adapters of PEFT, trial."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fitlog_core.recording.run import Run
from fitlog_core.secrets import is_secret, mask_values


def describe(run: Run, args: Any, model: Any) -> None:
    """Record the arguments, the model and the adapters of PEFT that are in it.

    :param run: The run that the training is recorded into.
    :param args: The Trainer's arguments.
    :param model: Its model, None if it has none yet.
    """
    run.add_hyper(_arguments(args), "args")
    run.add_hyper(_model(model), "model")
    for name, config in (getattr(model, "peft_config", None) or {}).items():
        where = "peft" if name == "default" else f"peft_{name}"
        run.add_hyper(mask_values(config.to_dict()), where)


def describe_trial(run: Run, state: Any) -> None:
    """Record what a trial of a hyperparameter search was given, and its name.

    :param run: The run of this trial.
    :param state: The Trainer's state.
    """
    run.add_hyper(mask_values(state.trial_params or {}), "trial")
    if state.trial_name:
        run.add_other(state.trial_name, "trial")


def _arguments(args: Any) -> dict[str, Any]:
    values = dict(args.to_dict())
    for name in filter(is_secret, values):  # the Trainer has put <HUB_TOKEN> there, set or not
        values[name] = getattr(args, name, None)
    return mask_values(values)


def _model(model: Any) -> dict[str, Any]:
    """Return a model's configuration, class and size."""
    if model is None:
        return {}
    config = getattr(model, "config", None)
    to_dict = getattr(config, "to_dict", None)
    values = to_dict() if callable(to_dict) else config
    known = _without_labels(values) if isinstance(values, Mapping) else {}
    every, trained = _sizes(model)
    return {
        **mask_values(known),
        "class": type(model).__name__,
        "num_parameters": every,
        "num_trainable_parameters": trained,
    }


def _without_labels(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with the number of labels instead of two columns for each."""
    values = {
        name: _without_labels(value) if isinstance(value, Mapping) else value
        for name, value in config.items()
        if name not in ("id2label", "label2id")
    }
    if isinstance(config.get("id2label"), Mapping):
        values.setdefault("num_labels", len(config["id2label"]))
    return values


def _sizes(model: Any) -> tuple[int, int]:
    parameters = getattr(model, "parameters", None)
    every = trained = 0
    for parameter in parameters() if callable(parameters) else ():
        count = getattr(parameter, "ds_numel", None) or parameter.numel()  # DeepSpeed splits them
        every += count
        trained += count if parameter.requires_grad else 0
    return every, trained
