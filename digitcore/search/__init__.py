"""Search for good hyper-parameters with Optuna: what is searched, where it is kept, and the work of a trial."""

import warnings

from optuna.exceptions import ExperimentalWarning

# Heartbeats and retries are "experimental" since 2021; the version of Optuna is pinned.
warnings.filterwarnings("ignore", category=ExperimentalWarning)
