"""What tests of every folder share: a copy of the workflow to run in, and the real cohorts."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of everything that a run reads, so that no test writes into the repository."""
    copy = tmp_path / "checkout"
    for folder in ("workflow", "config", "envs", "tests/small"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    shutil.copy(ROOT / "Snakefile", copy)
    return copy


@pytest.fixture(scope="session")
def real_cohorts() -> Path:
    """The folder of real cohorts; tests that read them skip where there is none."""
    folder = os.environ.get("DXTRANSFER_COHORTS")
    if not folder:
        pytest.skip("DXTRANSFER_COHORTS names no folder of real cohorts")
    return Path(folder)
