"""The wheel as a publisher installs it: the base dependencies and nothing else, one name of our own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from arna.contracts.registry import Entity
from tests.support.samples import sample_event

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
PLATFORM = {
    "apache-airflow",
    "great-expectations",
    "pandas",
    "psycopg",
    "psycopg-binary",
    "sqlalchemy",
    "fastapi",
    "pyarrow",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content, unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (archive,) = folder.glob("*.whl")
    with zipfile.ZipFile(archive) as content:
        content.extractall(folder / "content")
    return folder / "content"


@pytest.fixture(scope="module")
def closure(wheel: Path) -> dict[str, Distribution]:
    """Every distribution that installing the wheel without extras brings, by name."""
    found: dict[str, Distribution] = {}
    (info,) = wheel.glob("*.dist-info")
    waiting = [Requirement(one) for one in Distribution.at(info).requires or ()]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in found or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        found[name] = distribution(name)
        for line in found[name].requires or ():
            below = Requirement(line)
            extras = wanted.extras or {""}
            if below.marker is None or any(below.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(Requirement(line.partition(";")[0]))
    return found


@pytest.fixture(scope="module")
def site(wheel: Path, closure: dict[str, Distribution], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """``sys.path`` of a machine on which only the wheel is installed."""
    folder = tmp_path_factory.mktemp("site")
    for one in closure.values():
        for file in one.files or ():
            top = file.parts[0]
            if top not in {"..", "__pycache__"} and not (folder / top).exists():
                (folder / top).symlink_to(Path(str(one.locate_file(top))))
    return [str(wheel), str(folder)]


def run(site: list[str], code: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    program = f"import sys; sys.path[:0] = {site!r}; sys.path.remove('')\n{code}"
    return subprocess.run(
        [sys.executable, "-S", "-E", "-c", program, *arguments], cwd=cwd, capture_output=True, text=True, timeout=60
    )


CLI = "from arna.cli.main import main; main()"


def test_brings_one_name_into_site_packages(wheel: Path) -> None:
    names = {path.name for path in wheel.iterdir()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"arna"}


def test_no_module_of_the_wheel_imports_a_name_of_the_checkout(wheel: Path) -> None:
    loose = re.compile(r"^\s*(?:from|import) (producers|consumers|expectations|dags|sql)\b", re.MULTILINE)
    assert [str(path) for path in wheel.rglob("*.py") if loose.search(path.read_text())] == []


def test_pulls_in_neither_airflow_nor_great_expectations_nor_postgresql(closure: dict[str, Distribution]) -> None:
    assert PLATFORM & set(closure) == set()
    assert "kafka-python" in closure


def test_the_five_lines_of_the_readme_import(site: list[str], tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(from datetime.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    imports = [line for line in example.splitlines() if line.startswith("from ")]
    done = run(site, "\n".join([*imports, "print(EventPublisher.__module__)"]), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "arna.producers.publisher"


def test_checks_a_file_without_the_platform(site: list[str], tmp_path: Path) -> None:
    event = json.loads(sample_event(Entity.CERTIFICATION).to_structured()[0])
    (tmp_path / "one.jsonl").write_text(json.dumps(event) + "\n{\n", encoding="utf-8")
    done = run(site, CLI, "publish", "certification", "one.jsonl", "--dry-run", "--json", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert (report["read"], report["accepted"], report["refused"]) == (2, 1, 1)


def test_says_plainly_what_the_platform_needs(site: list[str], tmp_path: Path) -> None:
    done = run(site, CLI, "reconcile", cwd=tmp_path)
    assert done.returncode == 1
    assert "arna[platform]" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_lists_every_command(site: list[str], tmp_path: Path) -> None:
    done = run(site, CLI, "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "publish" in done.stdout
