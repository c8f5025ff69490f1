"""How the project is cut: what may import what, what lies where, and how long a module may be."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = sorted((ROOT / "cnnlib").glob("*.py"))
PAGES = sorted((ROOT / "pages").rglob("*.py"))
MOST_LINES = 350
TOP_LEVEL = {
    *("app.py", "assets", "cnnlib", "pages", "tests", "requirements.txt", "README.md", "LICENSE")
}
KERAS = {"keras", "tensorflow", "tensorboard", "jax", "torch"}
# A cluster hands its workers a plugin of theirs, and a worker asks the cluster's module for the
# topic they share: the one pair that needs each other, the first of the two only when it connects.
MUTUAL = {("cluster", "worker")}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports(path: Path, *, at_load_only: bool = False) -> frozenset[str]:
    """Modules that a file imports, submodules of `cnnlib` and `pages` by their full names.

    What is imported for type checkers only is left out; with `at_load_only`, what functions import
    when they are called, too.
    """
    return frozenset(_imports(ast.parse(path.read_text(encoding="utf-8")), at_load_only))


def _imports(node: ast.AST, at_load_only: bool) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute"
            yield from _imported_from(child)
        else:
            for_types = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
            is_function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            if not for_types and not (is_function and at_load_only):
                yield from _imports(child, at_load_only)


def _imported_from(statement: ast.ImportFrom) -> Iterator[str]:
    folder = ROOT.joinpath(*statement.module.split("."))
    for alias in statement.names:
        is_module = (folder / f"{alias.name}.py").exists()
        yield f"{statement.module}.{alias.name}" if is_module else statement.module


def packages(modules: Iterable[str]) -> set[str]:
    return {module.split(".")[0] for module in modules}


def loaded_by(script: str, *arguments: str) -> set[str]:
    """Packages that a fresh interpreter has loaded after a script."""
    script += "\nimport sys\nprint('LOADED', *{name.split('.')[0] for name in sys.modules})"
    run = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert run.returncode == 0, run.stderr
    return set(run.stdout.rpartition("LOADED")[2].split())


IMPORT_ALL = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"


def test_the_library_loads_neither_streamlit_nor_keras():
    loaded = loaded_by(IMPORT_ALL, *map(module_name, LIBRARY))
    assert "cnnlib" in loaded
    assert not loaded & {"streamlit", "pages", *KERAS}


def test_what_the_pages_import_loads_no_keras():
    # Of ours: what else they import is loaded by these, or when they are opened, below.
    wanted = imports(ROOT / "app.py").union(*map(imports, PAGES))
    ours = sorted(name for name in wanted if name.startswith(("cnnlib.", "pages.")))
    assert {"cnnlib.datasets", "pages.support.navigation"} <= set(ours)
    loaded = loaded_by(IMPORT_ALL, *ours)
    assert {"streamlit", "pages"} <= loaded
    assert not loaded & KERAS


def test_opening_every_page_loads_no_keras():
    script = """
from streamlit.testing.v1 import AppTest
from pages.support import jobs, navigation
jobs.warm_engine = lambda: None  # this would start a worker, in a process of its own
app = AppTest.from_file("app.py", default_timeout=60).run()
for entry in navigation.ENTRIES:
    app.switch_page(entry.path).run()
    assert not app.exception, entry.path
"""
    loaded = loaded_by(script)
    assert {"streamlit", "cnnlib"} <= loaded
    assert not loaded & KERAS


def test_few_modules_import_keras_and_only_when_called():
    users = {path.stem for path in LIBRARY if packages(imports(path)) & KERAS}
    assert users == {"keras_model", "own_layers"}
    for path in [*LIBRARY, *PAGES, ROOT / "app.py"]:
        assert not packages(imports(path, at_load_only=True)) & KERAS, path


def test_only_what_runs_in_a_worker_touches_the_keras_model():
    users = {path.stem for path in LIBRARY if "cnnlib.keras_model" in imports(path)}
    assert users == {"averaged_training", "demo_runs", "downloads", "trainer", "worker"}
    theirs = {f"cnnlib.{name}" for name in ("keras_model", "worker", "downloads", "demo_runs")}
    for path in [*PAGES, ROOT / "app.py"]:
        assert not imports(path) & theirs


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_the_library_never_imports_streamlit_or_pages(path):
    assert not packages(imports(path)) & {"streamlit", "pages", "tests", "app"}


def arrows(*, at_load_only: bool) -> dict[str, set[str]]:
    """Which modules of the library each of them imports."""
    return {
        path.stem: {
            name.removeprefix("cnnlib.")
            for name in imports(path, at_load_only=at_load_only)
            if name.startswith("cnnlib.")
        }
        for path in LIBRARY
    }


def cycle_in(graph: dict[str, set[str]]) -> list[str]:
    """Some cycle of a graph, as the nodes along it; empty if there is none."""
    done: set[str] = set()

    def visit(node: str, way: list[str]) -> list[str]:
        if node in way:
            return [*way[way.index(node) :], node]
        if node not in done:
            for following in sorted(graph.get(node, ())):
                found = visit(following, [*way, node])
                if found:
                    return found
            done.add(node)
        return []

    return next(filter(None, (visit(node, []) for node in sorted(graph))), [])


def test_a_cycle_is_found_where_there_is_one():
    assert cycle_in({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert cycle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]


def test_the_librarys_imports_have_no_cycle():
    graph = arrows(at_load_only=True)
    assert "fields" in graph["spec"]
    assert cycle_in(graph) == []
    graph = arrows(at_load_only=False)
    for first, second in MUTUAL:
        assert second in graph[first]
        graph[first].discard(second)
    assert cycle_in(graph) == []


@pytest.mark.parametrize(
    ("module", "below"),
    [
        ("shapes", set()),
        ("fields", set()),
        ("limits", set()),
        ("layers", {"fields", "shapes"}),
        ("spec", {"augmentation", "fields", "layers", "limits", "schedules", "variants"}),
    ],
)
def test_the_foundations_rest_on_little(module, below):
    assert arrows(at_load_only=False)[module] == below


def test_the_top_level_holds_what_it_should_and_nothing_else():
    # Python's caches are not ours; everything else that is not hidden is.
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith((".", "__pycache__"))}
    assert found == TOP_LEVEL


def test_no_script_lies_where_streamlits_old_discovery_would_find_it():
    assert list((ROOT / "pages").glob("*.py")) == []


@pytest.mark.parametrize("path", [ROOT / "app.py", *LIBRARY, *PAGES], ids=module_name)
def test_modules_stay_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def committed_text() -> Iterator[tuple[Path, str]]:
    """Every file of ours that is text, settings included."""
    folders = ("assets", "cnnlib", "pages", "tests", ".streamlit", ".ci")
    files = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in folders:
        files += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    for path in files:
        if "__pycache__" not in path.parts:
            try:
                yield path, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # pictures, arrays


# Written so that this file is not among those it finds.
REGISTRY = re.compile(r"py[p]i\.org|pythonh[o]sted|npm[j]s|anacond[a]\.org|regis[t]ry\.|mirr[o]r\.")
MACHINE = re.compile(
    r"/r[o]ot/|/ho[m]e/\w|/Us[e]rs/\w|/w[o]rk/|/t[m]p/|\.py[e]nv|[A-Z]:\\\\U[s]ers"
)


@pytest.mark.parametrize("pattern", [REGISTRY, MACHINE], ids=["registry", "machine"])
def test_no_file_names_a_package_registry_or_a_place_on_one_machine(pattern):
    texts = dict(committed_text())
    assert {ROOT / "README.md", ROOT / ".streamlit" / "config.toml", Path(__file__)} <= set(texts)
    found = {
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path, text in texts.items()
        for match in pattern.finditer(text)
    }
    assert found == set()


def test_the_patterns_above_find_what_they_are_for():
    assert REGISTRY.search("https://" + "py" + "pi.org/simple")
    assert MACHINE.search('Path("' + "/ho" + 'me/somebody/data")')
    assert MACHINE.search("C:" + r"\\Us" + "ers")
