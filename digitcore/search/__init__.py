"""Search for good hyper-parameters with Optuna: what is searched, where it is kept, and the work of a trial."""
