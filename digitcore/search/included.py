"""The study that comes with the model ``lenet_tuned``, so that there is something to look at before anybody has searched."""

import os
import shutil

from digitcore import paths
from digitcore.search.location import storage_file, uses_file

#: The file beside a model that holds the study which found its settings.
STUDY_FILE = "study.db"


def include_studies() -> None:
    """Begin a new file of studies with the one that lies beside a model. A file that exists is left as it is.

    Raises:
        OSError: the file cannot be written.
    """
    if not uses_file() or storage_file().exists():
        return
    for source in sorted(paths.models_dir().glob(f"*/{STUDY_FILE}")):
        paths.runs_dir().mkdir(parents=True, exist_ok=True)
        draft = storage_file().with_suffix(f".{os.getpid()}.new")
        shutil.copyfile(source, draft)
        try:
            os.link(draft, storage_file())  # unlike a move, it fails if another process has just made the file
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return
