"""PyTorch Lightning and Fabric: a logger that records into a run.

::

    from fitlog_plugins.lightning import FitlogLogger

    trainer = Trainer(logger=FitlogLogger("logs"))
"""

from fitlog_plugins.lightning.beginning import FitlogBeginning
from fitlog_plugins.lightning.logger import FitlogLogger

__all__ = ["FitlogBeginning", "FitlogLogger"]
