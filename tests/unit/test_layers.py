"""Who may import whom: one table, and what has to stay light to import."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: The rooms of ``digitcore``, in order: a room imports only those above it, the ground, and itself.
GROUND = ("errors", "paths", "files", "geometry")
ROOMS = (
    "preprocessing",
    "datasets",
    "networks",
    "evaluation",
    "explain",
    "export",
    "runs",
    "training",
    "search",
    "jobs",
    "figures",
    "cli",
)
CORE = [f"digitcore.{name}" for name in (*GROUND, *ROOMS[:-1])]

#: Folder or file -> what it may import besides itself, the standard library, and what the last table allows.
MAY_IMPORT = {
    **{f"digitcore/{name}.py": [f"digitcore.{above}" for above in GROUND[:index]] for index, name in enumerate(GROUND)},
    **{f"digitcore/{room}": [f"digitcore.{name}" for name in (*GROUND, *ROOMS[:index])] for index, room in enumerate(ROOMS)},
    "digitcore/__init__.py": ["digitcore.networks"],
    "digitcore/__main__.py": ["digitcore.cli"],
    "server": CORE,
    "ui/shared": [*CORE, "server"],
    "ui/explorer": ["ui.shared.glossary"],
    "ui/filmstrip": [],
    "ui/matrix": ["digitcore.figures"],
    "ui/recognise": [*CORE, "server", "ui.shared"],
    "ui/layers": [*CORE, "server", "ui.shared", "ui.explorer", "ui.filmstrip"],
    "ui/train": [*CORE, "server", "ui.shared"],
    "ui/search": [*CORE, "server", "ui.shared"],
    "ui/compare": [*CORE, "server", "ui.shared", "ui.matrix"],
    "ui/frame.py": ["server", "ui.shared"],
    "ui/__init__.py": [],
    "pages/recognise.py": ["digitcore.errors", "ui.recognise", "ui.shared"],
    "pages/layers.py": ["digitcore.errors", "ui.layers", "ui.shared"],
    "pages/train.py": ["digitcore.errors", "ui.train", "ui.shared"],
    "pages/search.py": ["digitcore.errors", "ui.search", "ui.shared"],
    "pages/compare.py": ["digitcore.errors", "ui.compare", "ui.shared"],
    "app.py": ["server"],
}

#: Library -> where alone it may be imported; the first page opens before TensorFlow is loaded.
ONLY_IN = {
    "streamlit": ["app.py", "pages", "ui", "server"],
    "streamlit_drawable_canvas": ["ui/shared/canvas.py"],
    "starlette": ["app.py", "server"],
    "ray": ["digitcore/jobs/ray_client.py"],
    "plotly": ["digitcore/figures"],
    "optuna": ["digitcore/search", "digitcore/figures/drawn_study.py", "digitcore/figures/search.py", "ui/search"],
    "sklearn": [],
    "matplotlib": [],
}


def files_of(place):
    path = ROOT / place
    return [path] if path.suffix else sorted(path.rglob("*.py"))


def all_files():
    return [path for place in ("app.py", "pages", "ui", "server", "digitcore") for path in files_of(place)]


def imports(path):
    """Everything that a file imports, anywhere in it, as dotted names; of our own packages, down to the module."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are absolute here"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def lies_in(name, places):
    return any(name == place or name.startswith(f"{place}.") for place in places)


@pytest.mark.parametrize("place", MAY_IMPORT)
def test_rooms(place):
    """Each room imports what stands above it in the table, and nothing else of ours."""
    own = place.removesuffix(".py").replace("/", ".")
    for path in files_of(place):
        ours = {name for name in imports(path) if name.split(".")[0] in ("digitcore", "server", "ui", "pages", "app")}
        wrong = sorted(name for name in ours if not lies_in(name, [own, *MAY_IMPORT[place]]))
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def test_every_file_has_a_room():
    """The table speaks of every file; nothing but the ground stands directly in ``digitcore``."""
    covered = {path for place in MAY_IMPORT for path in files_of(place)}
    assert covered == set(all_files())


@pytest.mark.parametrize("library", ONLY_IN)
def test_libraries(library):
    """A library is imported in its own places alone."""
    allowed = {path for place in ONLY_IN[library] for path in files_of(place)}
    found = {path for path in all_files() if any(lies_in(name, [library]) for name in imports(path))}
    assert found <= allowed, sorted(found - allowed)
    assert bool(found) == bool(allowed), "These tests see imports."


def test_worker_is_started_by_command_line():
    """Nothing imports the worker; whoever starts one does it by command line."""
    assert not [path for path in all_files() if any(lies_in(name, ["digitcore.jobs.worker"]) for name in imports(path))]


#: Modules that import TensorFlow or Keras at their top, by room; every other module is imported without them.
HEAVY = {
    "networks": {"architectures", "recogniser"},
    "explain": None,  # all of it
    "training": {
        *("batches", "calibrate", "callbacks", "card", "checkpoint", "continuation", "losses", "optimizers", "session"),
        *("snapshots", "throughput", "train", "untrained"),
    },
    "search": {"networks", "trial", "work"},
}


def light_modules():
    for path in files_of("digitcore"):
        name = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
        room, module = (*name.split("."), "", "")[1:3]
        if not (room in HEAVY and module and (HEAVY[room] is None or module in HEAVY[room])) and not name.endswith("__main__"):
            yield name


def test_light_modules():
    """All modules but those named in ``HEAVY`` load neither TensorFlow nor Keras, which take seconds, nor Streamlit."""
    modules = list(light_modules())
    assert len(modules) > 40
    code = f"""
import importlib, sys
for module in {modules}:
    importlib.import_module(module)
    print(module, sorted({{"keras", "tensorflow", "streamlit"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [line for line in done.stdout.splitlines() if not line.endswith(" []")] == []
    assert len(done.stdout.splitlines()) == len(modules)


def test_listing_models_is_light():
    """Listing the models loads neither TensorFlow nor Keras."""
    code = (
        "import sys; from digitcore.networks import registry; assert registry.list_models(); "
        "print(sorted({'keras', 'tensorflow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
