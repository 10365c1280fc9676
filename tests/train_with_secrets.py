"""A training that is full of secrets; it reads them from a file outside its project.

Usage: train_with_secrets.py PLANTED.json
"""

from __future__ import annotations

import argparse
import configparser
import contextlib
import dataclasses
import json
import os
import sys
import traceback
from typing import Any

import fitlog
from fitlog_core.hookspecs import hookimpl
from fitlog_core.notices import say
from fitlog_core.plugins import PluginHost
from fitlog_core.recording.run import Run


class Faulty:
    """A plugin that says a secret when it fails."""

    def __init__(self, text: str) -> None:
        self._text = text

    @hookimpl
    def fitlog_run_started(self, run: Run) -> None:
        raise RuntimeError(self._text)


def made(kind: str, values: dict[str, Any]) -> Any:
    """Hyperparameters in the form in which a script keeps them."""
    if kind == "namespace":
        return argparse.Namespace(**values)
    if kind == "fitlogconfig":
        return fitlog.FitlogConfig(**values)
    if kind == "dataclass":
        return dataclasses.make_dataclass("Config", list(values))(**values)
    if kind == "configparser":
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_dict({"section": values})
        return parser
    return values


def train(name: str, kind: dict[str, Any]) -> None:
    sys.argv = ["train.py", *kind["argv"]]
    text = kind["text"]
    with open("settings.py", "w", encoding="utf-8") as file:  # a snapshot is of what changed
        file.write(f"name = {name!r}\n")
    fitlog.commit(__file__, f"tried {text}")
    with contextlib.suppress(RuntimeError), Run("logs") as run:
        run.add_hyper(made(kind["made"], kind["hyper"]))
        run.add_hyper(kind["hyper"], "group")
        run.add_hyper(text, "words")
        run.add_other(text, "said")
        run.add_other({"environ": dict(os.environ), "kind": name, **kind["hyper"]})
        run.add_to_line(text)
        run.add_to_line({"configuration": kind["hyper"], "text": text})
        run.add_metric({"score": 0.5, "words": text}, 1)
        run.add_best_metric({"score": 0.5, "words": text})
        run.add_loss(0.25, 1)
        try:
            run.add_other(text)
        except ValueError:
            traceback.print_exc()
        host = PluginHost()
        host.register(Faulty(text), "faulty")
        host.notify("fitlog_run_started", run=run)
        say(f"a warning about {text}")
        raise RuntimeError(text)


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        planted = json.load(file)
    for name, kind in planted["kinds"].items():
        train(name, kind)
    os.environ["FITLOG_APPRISE_URLS"] = planted["apprise"]
    train("apprise", next(iter(planted["kinds"].values())))


if __name__ == "__main__":
    main()
