"""One call that seeds every random number generator of a script."""

from __future__ import annotations

import os
import random as standard_random

from fitlog_core.errors import ArgumentTypeError

LARGEST_PICKED_SEED = 1_000_000


def seed_everything(
    rng_seed: int | None, random: bool, numpy: bool, pytorch: bool, deterministic: bool
) -> int:
    """Seed Python, NumPy and PyTorch, and ``PYTHONHASHSEED`` for child processes.

    :param rng_seed: The seed, or None to have one picked.
    :param random: Seed Python's own generator.
    :param numpy: Seed NumPy's, where it is installed.
    :param pytorch: Seed PyTorch's, where it is installed.
    :param deterministic: Have cuDNN use deterministic algorithms.
    :return: The seed.
    :raises ArgumentTypeError: if the seed is no whole number.
    """
    if rng_seed is None:
        seed = standard_random.SystemRandom().randint(0, LARGEST_PICKED_SEED)
    elif hasattr(type(rng_seed), "__index__"):
        seed = rng_seed.__index__()
    else:
        raise ArgumentTypeError(
            f"rng_seed must be a whole number or None, got {rng_seed!r} "
            f"of type {type(rng_seed).__name__}"
        )
    if random:
        standard_random.seed(seed)
    asked = {name for name, wanted in (("numpy", numpy), ("pytorch", pytorch)) if wanted}
    if asked:
        from fitlog_core import plugins

        plugins.notify(
            "fitlog_seed", seed=seed, frameworks=frozenset(asked), deterministic=deterministic
        )
    # Python refuses to start with a hash seed outside of 32 bits.
    os.environ["PYTHONHASHSEED"] = str(seed % 2**32)
    return seed
