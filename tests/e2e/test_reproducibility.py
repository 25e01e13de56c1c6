"""The same seed, machine and number of cores: the same bytes.

Tables made from the same predictions are compared in test_interruption.py.
"""

from pathlib import Path

import pytest

PREDICTIONS = "results/small/finetune/all/target"
SAME = (
    "results/small/source/all/pretrain/*/*",
    "results/small/splits/*.tsv",
    f"{PREDICTIONS}/*",
)


def one_of_each_strategy(folder: Path) -> list[str]:
    """Predictions of all strategies, after as many objectives as there are."""
    found: dict[str, list[str]] = {}
    for file in sorted((folder / PREDICTIONS).glob("*.parquet")):
        found.setdefault(file.name.split(".", 1)[1], []).append(f"{PREDICTIONS}/{file.name}")
    return [names[i % len(names)] for i, names in enumerate(found.values())]


@pytest.mark.slow
def test_a_second_run_from_scratch_gives_the_same_bytes(
    finished_study: Path, checkout: Path, snakemake
) -> None:
    made = one_of_each_strategy(finished_study)
    assert len(made) == 15
    ran = snakemake(checkout, *made, "--configfile", "tests/small/config.yaml")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for pattern in SAME:
        second = {
            str(file.relative_to(checkout)): file.read_bytes() for file in checkout.glob(pattern)
        }
        assert second, f"the second run has no {pattern}"
        first = {name: (finished_study / name).read_bytes() for name in second}
        assert [name for name in first if first[name] != second[name]] == []
    assert len(list((checkout / "results/small/source/all/pretrain").iterdir())) == 3
