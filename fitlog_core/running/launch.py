"""The file that ``fitlog run`` has Python start where it was not the script at once.

Started by its path, so that nothing but the standard library is loaded before the script's own
path is in place, and so that the process is the script's: its number, its signals, its exit code.
"""

import os
import sys


def _own_folder_left() -> bool:
    """Take this file's folder off the path; False where Python was told not to put one there."""
    folder = os.path.dirname(os.path.abspath(__file__))
    was_there = bool(sys.path) and os.path.abspath(sys.path[0]) == folder
    if was_there:
        del sys.path[0]
    return was_there


def _find_fitlog() -> None:
    """Let fitlog be found where it lies in no folder of packages, as in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    try:
        import fitlog_core.running  # noqa: F401 - whether it is found is all that is asked
    except ModuleNotFoundError:
        sys.path.append(package)


if __name__ == "__main__":
    _puts_path = _own_folder_left()
    _find_fitlog()
    from fitlog_core.running.options import Options
    from fitlog_core.running.program import become

    become(Options.from_word(sys.argv[1]), sys.argv[2], sys.argv[3:], puts_path=_puts_path)
