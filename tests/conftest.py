"""What tests of every folder share: copies of the workflow, a finished study, real cohorts."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from archive import Archive, running_archive
from filelock import FileLock

from dxtransfer import network

ROOT = Path(__file__).parents[1]
LONG = ("slurm", "e2e", "workflow")
SMALL = ("--configfile", "tests/small/config.yaml")
KEPT = "workflow/lib/dxtransfer/__pycache__/fingerprint.json"

Snakemake = Callable[..., subprocess.CompletedProcess[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long folders first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: item.path.parent.name not in LONG)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than cores, since some wait for SLURM, a browser or another's study."""
    return (os.cpu_count() or 1) + 1


def copy_of_workflow(folder: Path) -> Path:
    """Copy everything that a run reads, so that no test writes into the repository."""
    for name in ("workflow", "config", "envs", "tests/small"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    # What is known of the library's code, so that no copy reads it anew.
    if (ROOT / KEPT).exists():
        (folder / KEPT).parent.mkdir()
        shutil.copy(ROOT / KEPT, folder / KEPT)
    shutil.copy(ROOT / "Snakefile", folder)
    return folder


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh copy of the workflow."""
    return copy_of_workflow(tmp_path / "checkout")


@pytest.fixture(scope="module")
def module_checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh copy of the workflow for all tests of a module."""
    return copy_of_workflow(tmp_path_factory.mktemp("module") / "checkout")


@pytest.fixture(scope="session")
def snakemake() -> Snakemake:
    """Run Snakemake in a folder, on two cores, without its colours: `snakemake(folder, *args)`."""

    def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "snakemake", "--cores", "2", "--nocolor", *args]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=1200)

    return run


@pytest.fixture(scope="session")
def finished_study(tmp_path_factory: pytest.TempPathFactory, snakemake: Snakemake) -> Path:
    """A checkout in which the small study ran to its end, once for all workers; only read it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = shared / "finished" / "checkout"
    with FileLock(shared / "finished.lock"):
        if not folder.exists():
            copy = copy_of_workflow(tmp_path_factory.mktemp("finished") / "checkout")
            ran = snakemake(copy, *SMALL)
            assert ran.returncode == 0, ran.stdout + ran.stderr
            folder.parent.mkdir()
            copy.rename(folder)
    return folder


@pytest.fixture
def finished_copy(finished_study: Path, tmp_path: Path) -> Path:
    """A copy of the finished study, modification times kept, to change and rerun."""
    return Path(shutil.copytree(finished_study, tmp_path / "copy"))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that would have been waited before another attempt; and no proxy is asked."""
    asked: list[float] = []
    monkeypatch.setattr(network, "wait", asked.append)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return asked


@pytest.fixture
def archive(pauses: list[float]) -> Iterator[Archive]:
    """A server that stands for GEO and the GDC."""
    with running_archive() as server:
        yield server


@pytest.fixture(scope="session")
def real_cohorts() -> Path:
    """The folder of real cohorts; tests that read them skip where there is none."""
    folder = os.environ.get("DXTRANSFER_COHORTS")
    if not folder:
        pytest.skip("DXTRANSFER_COHORTS names no folder of real cohorts")
    return Path(folder)
