"""Optuna's samplers and pruners, as a study's settings name them."""

import warnings
from math import ceil

import numpy as np
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner
from optuna.samplers import BaseSampler, CmaEsSampler, RandomSampler, TPESampler

from digitcore.search.config import SearchConfig

#: TPE learns from the trials before; so many are random, or a quarter of the budget if that is more, at most ten.
FIRST_RANDOM, RANDOM_SHARE, MOST_RANDOM = 5, 4, 10
#: TPE looks near the best quarter of the trials, at most 25. Optuna's tenth is one or two trials of a short study.
GOOD_SHARE, MOST_GOOD = 4, 25
#: The median of fewer trials says little.
FIRST_UNPRUNED = 4
#: The first epoch says little about the others.
FIRST_PRUNED_EPOCH = 2


def build_sampler(config: SearchConfig, *, slot: int = 0, trials_before: int = 0) -> BaseSampler:
    """The sampler of one worker.

    Args:
        config: the study's settings.
        slot: the worker's number; each draws other random numbers.
        trials_before: the number of trials that exist; a study that goes on does not repeat its draws.
    """
    seed = int(np.random.SeedSequence([config.seed, slot, trials_before]).generate_state(1)[0])
    if config.sampler == "tpe":
        random = min(MOST_RANDOM, max(FIRST_RANDOM, config.trials // RANDOM_SHARE))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # ``gamma`` goes with Optuna 6
            return TPESampler(
                n_startup_trials=random,
                gamma=lambda trials: min(MOST_GOOD, ceil(trials / GOOD_SHARE)),
                multivariate=True,
                constant_liar=config.workers > 1,
                seed=seed,
            )
    if config.sampler == "cma_es":
        return CmaEsSampler(warn_independent_sampling=False, seed=seed)
    # The points of a grid wait in the database; see ``study.create_study``.
    return RandomSampler(seed=seed)


def build_pruner(config: SearchConfig) -> BasePruner:
    """The pruner of a study; it compares trials epoch by epoch."""
    if config.pruner == "median":
        return MedianPruner(n_startup_trials=FIRST_UNPRUNED, n_warmup_steps=FIRST_PRUNED_EPOCH)
    if config.pruner == "hyperband":
        return HyperbandPruner(min_resource=1, max_resource=max(config.base.epochs, 1), reduction_factor=3)
    return NopPruner()
