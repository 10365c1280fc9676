"""The name under which the Trainer's ``report_to`` knows the callback."""

from __future__ import annotations

from fitlog_core.notices import say


def register(callback: type) -> None:
    """Make ``report_to="fitlog"`` build a callback.

    :param callback: Its class.
    """
    import transformers

    try:
        from transformers.integrations.integration_utils import INTEGRATION_TO_CALLBACK

        INTEGRATION_TO_CALLBACK["fitlog"] = callback
    except (ImportError, TypeError):
        say(
            f"transformers {transformers.__version__} takes no further name for report_to; give "
            "the Trainer callbacks=[FitlogCallback()] instead"
        )
