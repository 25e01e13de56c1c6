"""The studies of the accuracy protocol: a cohort sheet, its configuration, and its targets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dxtransfer.config import checked, read_schema
from dxtransfer.errors import InputError
from dxtransfer.sheets import read_cohorts
from dxtransfer.study import Study
from dxtransfer.tables import read_table

RESULTS = Path("results/accuracy")
SCHEMAS = Path(__file__).parents[3] / "workflow" / "schemas"
SPLITS = ("development", "confirmation")
TABLES = ("metrics", "comparisons")
COLUMNS = ["dataset", "target", "split"]


@dataclass(frozen=True)
class Dataset:
    """One sheet, as a study under results/accuracy/.

    Attributes
    ----------
    name
        That of the sheet, without its ending.
    settings
        The configuration beside the sheet, study, sheet and defaults filled in.
    splits
        Target to its split, of the split that is asked for.
    sources
        Target to the name of its source.
    """

    name: str
    settings: Mapping[str, Any]
    splits: Mapping[str, str]
    sources: Mapping[str, str]

    def table(self, target: str, name: str) -> Path:
        """A table of the evaluation of a target."""
        return RESULTS / self.name / "evaluate" / self.sources[target] / target / f"{name}.tsv"

    def predictions(self, target: str, name: str) -> Path:
        """Predictions of a strategy, by its objective and name."""
        folder = RESULTS / self.name / "finetune" / self.sources[target] / target
        return folder / f"{name}.parquet"

    def folds(self, target: str) -> Path:
        """Folds and label budgets of a target."""
        return RESULTS / self.name / "splits" / f"{target}.tsv"

    def tables(self) -> list[str]:
        """What Snakemake is asked for."""
        return [str(self.table(target, name)) for target in self.splits for name in TABLES]

    def write(self) -> Path:
        """Write the configuration that Snakemake reads."""
        file = RESULTS / f"{self.name}.config.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(dict(self.settings), sort_keys=False))
        return file


def datasets(sheets: Sequence[Path], *, split: str, repeats: int | None) -> list[Dataset]:
    """Read and check all sheets.

    Parameters
    ----------
    sheets
        Each with a configuration of the same name beside it (`tb.tsv`, `tb.yaml`), and a table
        `targets.tsv` that says of which split its targets are; without one, they are all of
        development.
    split
        `development`, `confirmation` or `all`.
    repeats
        Instead of the configuration's `splits.repeats`, where given.

    Raises
    ------
    InputError
        In one line, for anything that is not there or does not fit.
    """
    names = [sheet.stem for sheet in sheets]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"two sheets have the name {twice[0]}; their results would be mixed")
    found = [_dataset(sheet, split, repeats) for sheet in sheets]
    if not any(dataset.splits for dataset in found):
        raise InputError(f"{', '.join(map(str, sheets))}: no target of the split {split!r}")
    return [dataset for dataset in found if dataset.splits]


def _dataset(sheet: Path, split: str, repeats: int | None) -> Dataset:
    cohorts = read_cohorts(sheet, schema=read_schema(SCHEMAS / "cohorts.schema.yaml"))
    file = sheet.with_suffix(".yaml")
    if not file.is_file():
        raise InputError(f"{sheet}: no configuration {file} beside it")
    settings = yaml.safe_load(file.read_text())
    settings |= {"study": f"accuracy/{sheet.stem}", "cohorts": str(sheet)}
    if repeats is not None:
        settings["splits"] = {**settings.get("splits", {}), "repeats": repeats}
    settings = checked(settings, schema=read_schema(SCHEMAS / "config.schema.yaml"))
    study = Study(cohorts)
    listed = _listed(sheet, study.targets())
    chosen = {t: s for t, s in listed.items() if split in ("all", s)}
    sources = {target: study.source_of(target) for target in chosen}
    return Dataset(sheet.stem, settings, chosen, sources)


def _listed(sheet: Path, targets: Iterable[str]) -> dict[str, str]:
    """Split of each target of a sheet."""
    splits = dict.fromkeys(targets, SPLITS[0])
    table = sheet.with_name("targets.tsv")
    if not table.is_file():
        return splits
    header, rows = read_table(table)
    if header != COLUMNS:
        raise InputError(f"{table}: its columns are {', '.join(header)}, not {', '.join(COLUMNS)}")
    own = {number: cells for number, cells in rows.items() if cells[0] == sheet.stem}
    for number, (_, target, split) in own.items():
        if target not in splits:
            raise InputError(f"{table}, row {number}: {target!r} is no target of {sheet}")
        if split not in SPLITS:
            raise InputError(f"{table}, row {number}: {split!r} is neither {' nor '.join(SPLITS)}")
        splits[target] = split
    missing = sorted(set(splits) - {cells[1] for cells in own.values()})
    if own and missing:
        raise InputError(f"{table}: the target {missing[0]!r} of {sheet} has no row")
    return splits
