"""What tests of the whole chain share: a pretraining long enough to be hit in the middle."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

EPOCHS = 200
LONGER = f"pretrain: {{training: {{epochs: {EPOCHS}, patience: {EPOCHS}}}}}\n"
OBJECTIVES = ("supervised", "masked")

Arguments = Callable[..., tuple[str, ...]]


@pytest.fixture(scope="session")
def longer() -> Arguments:
    """Write the settings of a long pretraining; give the arguments for some of its encoders."""

    def arguments(folder: Path, *objectives: str) -> tuple[str, ...]:
        (folder / "longer.yaml").write_text(LONGER)
        source = "results/small/source/all/pretrain"
        encoders = [f"{source}/{objective}/encoder.safetensors" for objective in objectives]
        config = ("--configfile", "tests/small/config.yaml", "longer.yaml")
        # one thread each, so that two cores are room for two trainings at once
        return (*encoders, *config, "--set-threads", "pretrain=1")

    return arguments


@pytest.fixture(scope="session")
def uninterrupted(
    finished_study: Path, tmp_path_factory: pytest.TempPathFactory, snakemake, longer: Arguments
) -> Path:
    """The finished study, where two encoders were then pretrained for longer in one go."""
    folder = Path(
        shutil.copytree(finished_study, tmp_path_factory.mktemp("uninterrupted") / "checkout")
    )
    ran = snakemake(folder, *longer(folder, *OBJECTIVES))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder
