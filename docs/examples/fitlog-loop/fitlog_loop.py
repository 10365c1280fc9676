"""Records what tiny_loop trains: ``train(settings, [LoopRecorder("logs")])``."""

from __future__ import annotations

from fitlog_core.recording.adapter import run_for, run_for_training


class LoopRecorder:
    """A callback of tiny_loop that records into one fitlog run a training."""

    def __init__(self, log_dir=None, *, run=None):
        self.run = run_for(log_dir, run)

    def on_start(self, settings):
        """Take the next run where this one has been trained in, and go on if it had ended."""
        self.run = run_for_training(self.run)
        self.run.reopen()
        self.run.add_hyper(settings)

    def on_step(self, step, losses, metrics):
        """Record under the loop's own step; fitlog never counts by itself."""
        self.run.add_loss(losses, step=step)
        self.run.add_metric(metrics, step=step)

    def on_end(self, error):
        """Say how the training ended; plugins are told when the script ends."""
        self.run.conclude(error=error)
