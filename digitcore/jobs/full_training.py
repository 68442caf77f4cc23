"""Train the settings of a study's trial with all images."""

from digitcore import files
from digitcore.jobs.queue import free_name, submit_run
from digitcore.runs.run import BEST_PARAMS_FILE, Run
from digitcore.search.promote import best_params, full_config
from digitcore.search.study import Study


def train_fully(study: Study, number: int | None = None, *, name: str | None = None) -> Run:
    """Queue a run with a trial's settings and all images; ``best_params.json`` will lie beside its model.

    Args:
        study: the study.
        number: the trial; None for the best one.
        name: the model's name; None for one made from the study's.

    Raises:
        StudyError: there is no such trial, or none is complete.
        ConfigError, RunError: the run cannot be queued.
    """
    params = best_params(study, number)
    run = submit_run(full_config(study, number, name=name or free_name(f"{study.name[:58]}_best")))
    files.write_json(run.folder / BEST_PARAMS_FILE, params)
    return run
