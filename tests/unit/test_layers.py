"""Who may import whom: the core stays free of Streamlit, and light to start."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OWN = ("digitcore", "ui", "pages", "app")


def imports(path):
    """Everything that a file imports, anywhere in it, as dotted names; of our own packages, down to the module."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1]] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found.add(module)
            if module.split(".")[0] in OWN:
                found |= {f"{module}.{alias.name}" for alias in node.names if is_module(f"{module}.{alias.name}")}
    return found - set(OWN[:3])


def is_module(name):
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def top(names):
    """The packages of dotted names."""
    return {name.split(".")[0] for name in names}


def python_files(folder):
    return sorted((ROOT / folder).rglob("*.py"))


def each(folder):
    return pytest.mark.parametrize("path", python_files(folder), ids=lambda path: path.relative_to(ROOT).as_posix())


def core_imports(module):
    """The digitcore modules that a digitcore module imports."""
    names = imports(ROOT / "digitcore" / f"{module}.py")
    return {name.split(".")[1] for name in names if name.startswith("digitcore.")}


def test_the_folders_are_there():
    """There is something to look at in each folder."""
    assert len(python_files("digitcore")) > 10
    assert python_files("ui")
    assert python_files("pages")


@each("digitcore")
def test_core(path):
    """The core imports neither Streamlit nor what is built on it."""
    assert not top(imports(path)) & {"streamlit", "ui", "pages", "app"}


@each("ui")
def test_ui(path):
    """What the pages share imports no page."""
    assert not top(imports(path)) & {"pages", "app"}


@each("pages")
def test_pages(path):
    """A page imports no other page."""
    assert not top(imports(path)) & {"pages", "app"}


def test_app():
    """The entry file imports ``ui``, Streamlit, the server that Streamlit stands on, and the standard library alone."""
    assert top(imports(ROOT / "app.py")) - sys.stdlib_module_names <= {"server", "ui", "streamlit", "starlette"}


def test_streamlit_stays_on_top():
    """Streamlit, and components made for it, are imported in ``ui``, ``pages`` and ``app.py`` alone."""
    for folder in ("digitcore", "benchmarks"):
        for path in python_files(folder):
            assert not any(name.startswith(("streamlit", "starlette")) for name in top(imports(path))), path
    assert any("streamlit" in top(imports(path)) for path in python_files("ui"))


@pytest.mark.parametrize("module", ["errors", "paths", "files"])
def test_ground_floor(module):
    """What everything stands on imports no other module of the core but the errors."""
    assert core_imports(module) <= {"errors"}


def test_config():
    """Settings know their distortions and errors, and nothing else of the core."""
    assert core_imports("config") <= {"augmentation", "errors"}


@pytest.mark.parametrize("module", ["images", "ink", "preprocessing", "data", "architectures", "augmentation", "segmentation"])
def test_first_floor(module):
    """What works on pictures and data knows neither models nor training."""
    pictures = {"images", "ink"} if module == "segmentation" else set()
    assert core_imports(module) <= {"errors", "paths", "files", "config", "augmentation", "preprocessing"} | pictures


GROUND = {"errors", "paths", "files", "config"}


@pytest.mark.parametrize(
    ("module", "known"),
    [
        ("runs", GROUND),
        ("recipes", {"config", "augmentation"}),
        ("optimizers", {"config"}),
        ("reporter", {"runs"}),
        ("checkpoint", GROUND),
        ("callbacks", GROUND | {"runs", "reporter", "checkpoint"}),
        ("datasets", GROUND | {"data", "images", "segmentation"}),
        ("batches", {"augmentation", "evaluation"}),
        ("launchers", GROUND | {"runs", "registry", "datasets"}),
        ("worker", {"errors", "runs", "start_up", "training", "architectures"}),
        ("start_up", set()),
    ],
)
def test_training_floor(module, known):
    """Each module of the training half knows what it stands on, and nothing that stands on it."""
    assert core_imports(module) <= known


def test_worker_is_started_by_command_line():
    """Nothing imports the worker; whoever starts one does it by command line."""
    for folder in ("digitcore", "ui", "pages"):
        for path in python_files(folder):
            assert "digitcore.worker" not in imports(path), path


def test_only_training_knows_the_callbacks():
    """What acts while a network is trained is known to ``training`` alone."""
    for path in python_files("digitcore"):
        if path.stem not in ("training", "callbacks"):
            assert not {"digitcore.callbacks", "digitcore.training"} & imports(path) or path.stem in ("cli", "worker"), path


def test_figures():
    """Figures are drawn from result objects, without a network."""
    assert not top(imports(ROOT / "digitcore/figures.py")) & {"keras", "tensorflow"}


#: What compares models, without running one.
MEASURING = ["scores", "calibration", "evaluation", "curves", "comparison", "distortions", "evaluation_sets"]


@pytest.mark.parametrize("module", MEASURING)
def test_measuring(module):
    """What is measured is arrays: no network is known, and no scikit-learn, which the start-up hides for a moment."""
    assert not top(imports(ROOT / f"digitcore/{module}.py")) & {"tensorflow", "sklearn"}
    assert not core_imports(module) & {"recogniser", "registry", "reading", "training"}


@pytest.mark.parametrize("path", ["digitcore/recogniser.py", "ui/answers.py", "app.py"])
def test_imports_are_found(path):
    """These tests see imports: each of these files has some of our own."""
    assert top(imports(ROOT / path)) & {"digitcore", "ui"}


LIGHT = [
    "registry",
    "config",
    "cli",
    "export",
    "folder_test",
    "prepared",
    "images",
    "data",
    "runs",
    "launchers",
    "worker",
    "datasets",
    "recipes",
    "start_up",
]
LIGHT += [*MEASURING, "evaluations", "evaluator", "robustness"]


def test_light_modules():
    """Importing them loads neither TensorFlow nor Keras, which take seconds, nor Streamlit."""
    code = f"""
import importlib, sys
for module in ["digitcore", *(f"digitcore.{{name}}" for name in {LIGHT})]:
    importlib.import_module(module)
    print(module, sorted({{"keras", "tensorflow", "streamlit"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [line for line in done.stdout.splitlines() if not line.endswith(" []")] == []
    assert len(done.stdout.splitlines()) == len(LIGHT) + 1


def test_listing_models_is_light():
    """Listing the models loads neither TensorFlow nor Keras."""
    code = (
        "import sys; from digitcore import registry; assert registry.list_models(); "
        "print(sorted({'keras', 'tensorflow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
