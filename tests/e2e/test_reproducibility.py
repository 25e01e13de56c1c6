"""The same seed, machine and number of cores: the same bytes."""

from pathlib import Path

import pytest

EVALUATED = "results/small/evaluate/all/target"
SAME = (
    "results/small/source/all/pretrain/*/*",
    "results/small/splits/*.tsv",
    "results/small/finetune/all/target/*.parquet",
    f"{EVALUATED}/*.tsv",
)


@pytest.mark.slow
def test_a_second_run_from_scratch_gives_the_same_bytes(
    finished_study: Path, checkout: Path, snakemake
) -> None:
    made = (f"{EVALUATED}/metrics.tsv", f"{EVALUATED}/patients_saved.tsv")
    ran = snakemake(checkout, *made, "--configfile", "tests/small/config.yaml")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for pattern in SAME:
        first, second = (
            {str(file.relative_to(folder)): file.read_bytes() for file in folder.glob(pattern)}
            for folder in (finished_study, checkout)
        )
        assert first, f"the finished study has no {pattern}"
        assert sorted(first) == sorted(second)
        assert [name for name in first if first[name] != second[name]] == []
