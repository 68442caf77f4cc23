"""The study that comes with a model."""

import json
import shutil

from digitcore import paths
from digitcore.networks import registry
from digitcore.runs.run import BEST_PARAMS_FILE
from digitcore.search import storage as storages
from digitcore.search.included import STUDY_FILE, TRIALS_DIR, include_studies
from digitcore.search.location import has_storage, storage_file
from digitcore.search.space import trial_config
from digitcore.search.study import StudyStatus, delete_study, list_studies
from tests.unit.search.studies import add_trial, new_study


def test_study_beside_a_model(models_dir):
    """A new file of studies begins with the study beside a model; once there is a file, it stays as it is."""
    study = new_study(name="shipped")
    add_trial(study, 0.1)
    study.optuna._storage.remove_session()
    (models_dir / "shipped" / TRIALS_DIR / "0").mkdir(parents=True)
    shutil.move(storage_file(), models_dir / "shipped" / STUDY_FILE)
    storages._storages.clear()
    include_studies()
    (included,) = list_studies()
    assert (included.name, included.best().value, included.best().has_network) == ("shipped", 0.1, True)
    delete_study(included)
    include_studies()
    assert list_studies() == []
    assert [path.name for path in paths.runs_dir().iterdir() if path.suffix == ".new"] == []


def test_no_study(models_dir):
    """Without such a file nothing is made."""
    include_studies()
    assert not has_storage()


def test_shipped_study():
    """The study that comes with ``lenet_tuned`` found its settings, and the network of its best trial can be opened."""
    include_studies()
    (study,) = list_studies()
    params = json.loads((paths.models_dir() / "lenet_tuned" / BEST_PARAMS_FILE).read_text())
    best = study.best()
    assert (study.name, study.status, params["study"]) == ("lenet_tuned", StudyStatus.FINISHED, "lenet_tuned")
    assert (best.number, best.params, best.has_network) == (params["trial"], params["params"], True)
    card = registry.find("lenet_tuned").card
    trial = trial_config(study.config.base, best.params)
    assert (card["arguments"], card["config"]["learning_rate"]) == (trial.arguments, trial.learning_rate)
