"""``wandb.config`` and ``wandb.summary``: mappings that record what is put into them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from types import ModuleType
from typing import Any

from fitlog_core.recording.autolog import say_once
from fitlog_core.recording.hyperparameters import as_mapping

_Recorder = Callable[[dict[str, Any]], None]


class Recorded(MutableMapping[str, Any]):
    """A mapping whose values are attributes too; each change is recorded.

    :param record: Takes the values that changed.
    """

    def __init__(self, record: _Recorder) -> None:
        object.__setattr__(self, "_values", {})
        object.__setattr__(self, "_record", record)

    def update(self, values: Any = None, /, allow_val_change: Any = None, **named: Any) -> None:
        """Take values from a mapping, a Namespace or a dataclass.

        :param values: The values.
        :param allow_val_change: wandb's switch; values may always change here.
        :param named: Further values.
        """
        new = {str(name): value for name, value in {**_mapping(values), **named}.items()}
        self._values.update(new)
        if new:
            self._record(new)

    def see(self, values: Mapping[str, Any]) -> None:
        """Take values to be read; they are recorded already."""
        self._values.update(values)

    def as_dict(self) -> dict[str, Any]:
        """Return a copy of the values."""
        return dict(self._values)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.update({name: value})

    def __delitem__(self, name: str) -> None:
        del self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_values"][name]
        except KeyError:
            raise AttributeError(f"there is no {name!r}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self.update({name: value})

    def __delattr__(self, name: str) -> None:
        try:
            del self._values[name]
        except KeyError:
            raise AttributeError(f"there is no {name!r}") from None

    def __repr__(self) -> str:
        return repr(self._values)


class Config(Recorded):
    """The hyperparameters.

    :param record: As for :class:`Recorded`.
    """

    def __init__(self, record: _Recorder) -> None:
        super().__init__(record)
        object.__setattr__(self, "_locked", frozenset())

    def lock(self, values: Mapping[str, Any]) -> None:
        """Take values that stay, whatever is said later: as in wandb, those of a sweep."""
        self.update(values)
        object.__setattr__(self, "_locked", frozenset(values))

    def update(self, values: Any = None, /, allow_val_change: Any = None, **named: Any) -> None:
        """Take values as :meth:`Recorded.update` does, but those that stay."""
        asked = {**_mapping(values), **named}
        stay = [name for name in asked if name in self.__dict__["_locked"]]
        for name in stay:
            if asked.pop(name) != self[name]:
                say_once(f"wandb.config: {name!r} stays what the sweep says")
        super().update(asked)

    def setdefaults(self, values: Any) -> None:
        """Take the values of names that have none."""
        pairs = _mapping(values)
        self.update({name: value for name, value in pairs.items() if name not in self})

    def persist(self) -> None:
        """Do nothing: each change is recorded at once."""


class Summary(Recorded):
    """What the table is to show of the run."""


def _mapping(values: Any) -> dict[Any, Any]:
    """Return hyperparameters in whatever form a script has them; absl's flags, too."""
    if callable(getattr(values, "flag_values_dict", None)):
        values = values.flag_values_dict()
    found = as_mapping(values)
    if isinstance(found, Mapping):
        return dict(found)
    if hasattr(found, "__dict__") and not isinstance(found, (type, ModuleType)):
        return {name: value for name, value in vars(found).items() if not name.startswith("_")}
    if found is not None:
        say_once(f"wandb.config takes no {type(found).__name__}; it is not recorded")
    return {}
