"""Every error fitlog raises on purpose, in one tree.

::

    FitlogError
    ├── UsageError                        the call is wrong; nothing was written
    │   ├── NotInitializedError           (RuntimeError)
    │   ├── LogDirectoryError             (RuntimeError)
    │   ├── LogDirectoryIsFileError       (FileExistsError)
    │   ├── LogDirectoryNotWritableError  (PermissionError)
    │   ├── SecondProgressError           (RuntimeError)
    │   ├── ArgumentError                 (ValueError)
    │   ├── ArgumentTypeError             (TypeError)
    │   └── ReservedNameError             (KeyError)
    ├── RunNotFoundError                  (LookupError)
    │   └── AmbiguousRunError
    ├── QueryError                        (ValueError)
    ├── ViewError                         (ValueError)
    │   └── ViewNotWritableError
    ├── ViewConflictError
    ├── ArchiveError
    ├── SnapshotError
    │   ├── ProjectNotFoundError
    │   ├── ProjectInitError
    │   ├── GitMissingError
    │   ├── SnapshotNotFoundError
    │   └── RevertError
    ├── PluginError
    └── MissingExtraError                 (ImportError)

The second base is the built-in exception that scripts written for fitlog 0.9
may already catch.
"""

from __future__ import annotations

from fitlog_core.sentences import masked, sentence


class FitlogError(Exception):
    """Base of every error that fitlog raises on purpose; it says back no secret it was given."""

    def __init__(self, *arguments: object) -> None:
        said = (masked(each) if isinstance(each, str) else each for each in arguments)
        super().__init__(*said)


class UsageError(FitlogError):
    """A call with wrong arguments or at the wrong time; nothing was written."""


class NotInitializedError(UsageError, RuntimeError):
    """A recording function was called before ``set_log_dir``."""


class LogDirectoryError(UsageError, RuntimeError):
    """The log directory was set twice to different places."""


class LogDirectoryIsFileError(UsageError, FileExistsError):
    """The log directory names something that is not a directory."""


class LogDirectoryNotWritableError(UsageError, PermissionError):
    """The log directory may not be written by this user."""


class SecondProgressError(UsageError, RuntimeError):
    """``add_progress`` was called twice in one run."""


class ArgumentError(UsageError, ValueError):
    """An argument has a value that cannot be recorded."""


class ArgumentTypeError(UsageError, TypeError):
    """An argument has a type that cannot be recorded."""


class ReservedNameError(UsageError, KeyError):
    """A name belongs to another part of the log."""

    def __str__(self) -> str:
        """Return the sentence itself; KeyError would show its quoted form."""
        return str(self.args[0])


class RunNotFoundError(FitlogError, LookupError):
    """No run of that id lies in the log directory."""


class AmbiguousRunError(RunNotFoundError):
    """Several runs answer to what was given."""


class QueryError(FitlogError, ValueError):
    """A search text cannot be understood.

    :param message: What is wrong, in one sentence.
    :param text: The whole search text.
    :param position: Index of the first character at fault, from 0.
    """

    def __init__(self, message: str, text: str = "", position: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.text = text
        self.position = position


class ViewError(FitlogError, ValueError):
    """A view file has a bad name or cannot be read."""


class ViewNotWritableError(ViewError):
    """A view file cannot be changed, as in a log directory that is read-only."""


class ViewConflictError(FitlogError):
    """A value of a view was changed by somebody else in the meantime.

    :param key: What was to be changed.
    :param expected: The value the change was based on.
    :param found: The value that stands there now.
    """

    def __init__(self, key: str, expected: object, found: object) -> None:
        super().__init__(
            sentence(
                "conflict",
                "{key} was changed meanwhile: it is {found!r} now and was {expected!r} when "
                "you began; look at both and decide",
                key=key,
                found=found,
                expected=expected,
            )
        )
        self.key = key
        self.expected = expected
        self.found = found


class ArchiveError(FitlogError):
    """A run cannot be erased: it is not in the trash, or still alive, or not a plain folder."""


class SnapshotError(FitlogError):
    """Code could not be recorded or brought back."""


class ProjectNotFoundError(SnapshotError):
    """No folder fit to be the project was found."""


class ProjectInitError(SnapshotError):
    """A project could not be set up."""


class GitMissingError(SnapshotError):
    """There is no git executable."""


class SnapshotNotFoundError(SnapshotError):
    """No snapshot has that id."""


class RevertError(SnapshotError):
    """A snapshot could not be written to a folder."""


class RemoteError(SnapshotError):
    """A git remote cannot be found or reached."""


class RerunError(FitlogError):
    """A run cannot be done again."""


class PluginError(FitlogError):
    """A plugin cannot be used."""


class MissingExtraError(FitlogError, ImportError):
    """An optional package is needed and not installed."""
