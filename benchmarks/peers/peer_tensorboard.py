"""tensorboardX's SummaryWriter with its defaults; tensorboard's own readers."""

import os
import time

from tensorboardX import SummaryWriter
from tensorboardX.summary import hparams

IMPORT = "from tensorboardX import SummaryWriter"


class Run:
    def __init__(self, root, hyper):
        self.id = "run-%d-%d" % (time.time_ns(), os.getpid())
        self.w = SummaryWriter(logdir=os.path.join(root, self.id))
        self._add = self.w.add_scalar
        for s in hparams(hyper, {}):
            self.w.file_writer.add_summary(s)

    def log(self, step, name, value):
        self._add(name, value, step)

    def log_dict(self, step, d):
        add = self._add
        for k, v in d.items():
            add(k, v, step)

    def finish(self):
        self.w.close()


def open_run(root, hyper):
    return Run(root, hyper)


def _ids(root):
    return sorted(d for d in os.listdir(root) if d.startswith("run-"))


def read_series(root, name, run=None):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    acc = EventAccumulator(os.path.join(root, run or _ids(root)[0]), size_guidance={"scalars": 0})
    acc.Reload()
    return [(e.step, e.value) for e in acc.Scalars(name)]


def list_runs(root):
    from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
    from tensorboard.plugins.hparams import metadata as hp

    mux = EventMultiplexer(size_guidance={"scalars": 1})
    mux.AddRunsFromDirectory(root)
    mux.Reload()
    out = []
    for rid, tags in mux.Runs().items():
        hyper = {}
        acc = mux.GetAccumulator(rid)
        try:
            for tag, content in acc.PluginTagToContent(hp.PLUGIN_NAME).items():
                if tag == hp.SESSION_START_INFO_TAG:
                    info = hp.parse_session_start_info_plugin_data(content)
                    hyper = {k: v.number_value or v.string_value for k, v in info.hparams.items()}
        except KeyError:
            pass
        last = {t: mux.Scalars(rid, t)[-1].value for t in tags["scalars"]}
        out.append({"id": rid, "hyper": hyper, "last": last})
    return out
