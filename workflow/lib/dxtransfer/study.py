"""A study: which cohort plays which part, and whether its tables fit the task."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dxtransfer.errors import InputError
from dxtransfer.label_checks import check_labels, warnings_of
from dxtransfer.lanes import BULK, Lane
from dxtransfer.sample_tables import SampleTable, read_samples
from dxtransfer.sheets import PATHS
from dxtransfer.subgroup_checks import check_subgroups
from dxtransfer.tables import located

# Where the workflow puts a release of Ensembl, relative to the working directory.
REFERENCES = "resources/reference"


@dataclass(frozen=True)
class Study:
    """The cohorts of a study by the question that a rule asks.

    Attributes
    ----------
    cohorts
        Cohort name to its row of the sheet.
    """

    cohorts: Mapping[str, Mapping[str, str]]

    def targets(self) -> list[str]:
        """Cohorts that are cross-validated."""
        return [c for c, row in self.cohorts.items() if "target" in row["role"]]

    def to_predict(self) -> list[str]:
        """Cohorts that a finished model only predicts."""
        return [c for c, row in self.cohorts.items() if row["role"] in ("external", "new")]

    def trained_on(self) -> list[str]:
        """Cohorts that any training sees."""
        return [c for c, row in self.cohorts.items() if row["role"] not in ("external", "new")]

    def roles(self) -> dict[str, str]:
        """Role of each cohort."""
        return {c: row["role"] for c, row in self.cohorts.items()}

    def matrices(self) -> dict[str, str]:
        """File of each cohort's values."""
        return {c: row.get("matrix", "raw reads") for c, row in self.cohorts.items()}

    def from_reads(self) -> dict[str, str]:
        """Technology of each cohort that brings raw reads instead of a matrix."""
        rows = {c: row for c, row in self.cohorts.items() if "matrix" not in row}
        return {c: row.get("technology", BULK) for c, row in rows.items()}

    def lanes(self) -> dict[str, dict[str, list[Lane]]]:
        """Cohorts of raw reads, their samples that the sheet keeps, and the lanes of each."""
        tables = {c: read_samples(self.cohorts[c]) for c in self.from_reads()}
        return {c: {s: t.lanes[s] for s in t.kept()} for c, t in tables.items()}

    def accessions(self) -> list[str]:
        """Accessions that cohorts are fetched by, each once."""
        rows = self.cohorts.values()
        return list(dict.fromkeys(row["accession"] for row in rows if "accession" in row))

    def sources_by_target(self) -> dict[str, list[str]]:
        """Target to the source cohorts that it must share nothing with."""
        return {t: self.cohorts_in(self.source_of(t)) for t in self.targets()}

    def sources(self) -> list[str]:
        """Names of the sources that the targets learn from."""
        return sorted({self.source_of(target) for target in self.targets()})

    def source_of(self, target: str) -> str:
        """Name of the source of a target: `all`, or `without_{target}` where any was left out."""
        whole = self._sources()
        return "all" if self._left(target) == whole else f"without_{target}"

    def cohorts_in(self, source: str) -> list[str]:
        """Source cohorts behind a name that `source_of` gave."""
        if source == "all":
            return self._sources()
        return self._left(source.removeprefix("without_"))

    def _sources(self) -> list[str]:
        return [c for c, row in self.cohorts.items() if "source" in row["role"]]

    def _left(self, target: str) -> list[str]:
        study = self.cohorts[target]["study"]
        return [c for c in self._sources() if self.cohorts[c]["study"] != study]


def resource(
    settings: Mapping[str, Any], key: str, *, made: Collection[str] = (), needed: bool = True
) -> str:
    """File that a key of the configuration names, environment variables filled in.

    Parameters
    ----------
    settings
        The checked configuration.
    key
        Its dotted name.
    made
        Files that the workflow makes itself and that need not be there yet.
    needed
        Whether any job reads it; else it need not be there.

    Returns
    -------
    str
        Path, relative to the working directory or absolute; empty where the key is.

    Raises
    ------
    InputError
        For a variable that is not set and a file that is not there.
    """
    block, _, name = key.partition(".")
    value = str(settings[block][name])
    path = located(value, Path("config.yaml"), where=f"config: {key}") if value else ""
    if path and needed and path not in made and not Path(path).is_file():
        raise InputError(f"config: {key}: no file {path}")
    return path


def reference_files(
    settings: Mapping[str, Any], study: Study, *, made: Collection[str]
) -> dict[str, str]:
    """Files behind `reads.reference`: the transcripts, and the table of their genes, if any.

    Parameters
    ----------
    settings
        The checked configuration.
    study
        The study; without raw reads nothing has to be there.
    made
        Files that the workflow makes itself and that need not be there yet.

    Raises
    ------
    InputError
        For a file that is not there, or a release without a species.
    """
    needed = bool(study.from_reads())
    genes = resource(settings, "reads.transcripts_to_genes", needed=needed)
    transcripts = pinned_release(settings["reads"])
    if not transcripts:
        transcripts = resource(settings, "reads.reference", made=made, needed=needed)
    return {"transcripts": transcripts or "no reference"} | ({"genes": genes} if genes else {})


def pinned_release(reads: Mapping[str, Any]) -> str:
    """File that a release of Ensembl is fetched to; empty where the reference is another.

    Parameters
    ----------
    reads
        The `reads` block of the configuration.

    Raises
    ------
    InputError
        For a release without a species.
    """
    release = re.fullmatch(r"ensembl:(\d+)", reads["reference"])
    if not release:
        return ""
    if not reads["species"]:
        raise InputError(
            "config: reads.species is empty; a release of Ensembl needs it, such as homo_sapiens"
        )
    return f"{REFERENCES}/{reads['species']}.{release[1]}.cdna.fa.gz"


def check_study(
    study: Study,
    *,
    sheet: str,
    task: Mapping[str, Any],
    made: Collection[str],
    reads: Mapping[str, Any] | None = None,
    subgroups: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[str]:
    """Check files and sample tables against the task before the first job.

    Parameters
    ----------
    study
        The study.
    sheet
        Name of the cohort sheet, for messages.
    task
        The `task` block of the configuration.
    made
        Files that the workflow makes itself and that need not be there yet.
    reads
        The `reads` block of the configuration.
    subgroups
        `evaluation.subgroups` of the configuration.

    Returns
    -------
    list of str
        What a person should look at before the run, a line each.

    Raises
    ------
    InputError
        All errors of all cohorts, a line each, that name the file and what is wrong in it.
    """
    if not study.targets():
        raise InputError(f"{sheet}: no cohort has the role target")
    for target in study.targets():
        if not study.cohorts_in(study.source_of(target)):
            raise InputError(
                f"{sheet}: the target {target!r} has no source: no cohort of another study has "
                "the role source"
            )
    errors: list[str] = []
    warnings: list[str] = []
    for name, row in study.cohorts.items():
        missing = [
            f"{sheet}, cohort {name}, column {column}: no file {row[column]}"
            for column in PATHS
            if column in row
            and not (column == "matrix" and "accession" in row)
            and row[column] not in made
            and not Path(row[column]).exists()
        ]
        errors += missing
        if "samples" not in row or not Path(row["samples"]).exists():
            continue
        try:
            table = read_samples(row)
            if "matrix" not in row:
                _check_reads(table, row, made, reads or {})
            check_labels(table, row, task)
            if "target" in row["role"]:
                check_subgroups(table, row, subgroups or {})
            warnings += warnings_of(table, row, task)
        except InputError as error:
            errors.append(str(error))
    if errors:
        raise InputError("\n".join(errors))
    return warnings


def _check_reads(
    table: SampleTable, row: Mapping[str, str], made: Collection[str], reads: Mapping[str, Any]
) -> None:
    if not table.lanes:
        raise InputError(
            f"{row['samples']}: no column 'fastq_1', and the cohort sheet names no matrix for "
            f"{row['cohort']!r}; give the one or the other"
        )
    if row["assay"] == "single_cell" and row.get("technology", BULK) == BULK:
        raise InputError(
            f"{row['samples']}: raw reads of single cells; say in the cohort sheet's column "
            "technology how they were made, such as 10XV3"
        )
    for lane in (lane for lanes in table.lanes.values() for lane in lanes):
        for column, file in lane.reads.items():
            if file not in made and not Path(file).is_file():
                raise InputError(
                    f"{row['samples']}, row {lane.row}, column {column}: no file {file}"
                )
    if not reads.get("reference"):
        raise InputError(
            f"config: reads.reference is empty, and the cohort {row['cohort']!r} brings raw reads; "
            "name a FASTA of transcripts, or a release such as ensembl:112 with reads.species"
        )
