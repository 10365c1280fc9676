"""The training loop that fitlog_loop adapts. Yours lies elsewhere, and is longer."""


def train(settings, callbacks):
    """Fit ``w * 3 = 6`` by gradient descent, and tell the callbacks."""
    try:
        for callback in callbacks:
            callback.on_start(settings)
        w = 0.0
        for step in range(1, settings["steps"] + 1):
            w -= settings["lr"] * 6 * (w * 3 - 6)
            for callback in callbacks:
                callback.on_step(step, {"loss": (w * 3 - 6) ** 2}, {"w": w})
    except BaseException as error:
        for callback in callbacks:
            callback.on_end(error)
        raise
    for callback in callbacks:
        callback.on_end(None)
