"""The study that comes with a model."""

import shutil

from digitcore import paths
from digitcore.search import storage as storages
from digitcore.search.included import STUDY_FILE, include_studies
from digitcore.search.location import has_storage, storage_file
from digitcore.search.study import delete_study, list_studies
from tests.unit.search.studies import add_trial, new_study


def test_study_beside_a_model(models_dir):
    """A new file of studies begins with the study beside a model; once there is a file, it stays as it is."""
    study = new_study(name="shipped")
    add_trial(study, 0.1)
    study.optuna._storage.remove_session()
    (models_dir / "tuned").mkdir()
    shutil.move(storage_file(), models_dir / "tuned" / STUDY_FILE)
    storages._storages.clear()
    include_studies()
    (included,) = list_studies()
    assert (included.name, included.best().value) == ("shipped", 0.1)
    delete_study(included)
    include_studies()
    assert list_studies() == []
    assert [path.name for path in paths.runs_dir().iterdir() if path.suffix == ".new"] == []


def test_no_study(models_dir):
    """Without such a file nothing is made."""
    include_studies()
    assert not has_storage()
