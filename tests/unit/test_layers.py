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
    assert top(imports(ROOT / "app.py")) - sys.stdlib_module_names <= {"ui", "streamlit", "starlette"}


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
    assert core_imports(module) <= {"errors", "paths", "files", "config", "augmentation", "preprocessing"}


def test_figures():
    """Figures are drawn from result objects, without a network."""
    assert not top(imports(ROOT / "digitcore/figures.py")) & {"keras", "tensorflow"}


def test_evaluation():
    """Measuring needs Keras at most."""
    assert "tensorflow" not in top(imports(ROOT / "digitcore/evaluation.py"))


@pytest.mark.parametrize("path", ["digitcore/recogniser.py", "ui/answers.py", "app.py"])
def test_imports_are_found(path):
    """These tests see imports: each of these files has some of our own."""
    assert top(imports(ROOT / path)) & {"digitcore", "ui"}


@pytest.mark.parametrize(
    "module", ["digitcore", "digitcore.registry", "digitcore.config", "digitcore.cli", "digitcore.images", "digitcore.data"]
)
def test_light_modules(module):
    """Importing it loads neither TensorFlow nor Keras, which take seconds."""
    code = f"import sys, {module}; print(sorted({{'keras', 'tensorflow', 'streamlit'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_listing_models_is_light():
    """Listing the models loads neither TensorFlow nor Keras."""
    code = (
        "import sys; from digitcore import registry; assert registry.list_models(); "
        "print(sorted({'keras', 'tensorflow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
