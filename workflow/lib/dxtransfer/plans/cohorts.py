"""What the rules that read, check and join cohorts take, by the question that they ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dxtransfer.plans.wildcards import Wildcards
from dxtransfer.sheets import ACCESSIONS
from dxtransfer.study import Study

# of the block `accessions`, what a fetched accession depends on
ARCHIVES = ("mirror", "geo", "ncbi", "gdc")


@dataclass(frozen=True)
class CohortPlan:
    """Answers for the jobs of a cohort, from the cohort sheet and the configuration.

    Attributes
    ----------
    study
        The study.
    settings
        The checked configuration.
    mapping_file
        Table of genes and their names; empty where the configuration names none.
    """

    study: Study
    settings: Mapping[str, Any]
    mapping_file: str = ""

    def to_fetch(self) -> list[str]:
        """Manifests of all accessions of the study."""
        return [_manifest(accession) for accession in self.study.accessions()]

    def archives(self) -> dict[str, str]:
        """Where accessions come from; how often a server is asked is no part of it."""
        return {name: self.settings["accessions"][name] for name in ARCHIVES}

    def delivered(self, wildcards: Wildcards) -> dict[str, str]:
        """Files that a cohort consists of: matrix, and sample table where there is one."""
        row = self._row(wildcards)
        files = {name: row[name] for name in ("matrix", "samples") if name in row}
        if "accession" in row:
            files["matrix"] = _manifest(row["accession"])
        reads = f"results/{wildcards['study']}/reads/{wildcards['cohort']}.h5ad"
        files.setdefault("matrix", reads)
        return files

    def annotation(self, wildcards: Wildcards) -> str | list[str]:
        """Table of probes and symbols: the sheet's, or among what was fetched; else nothing."""
        row = self._row(wildcards)
        if "annotation" in row:
            return row["annotation"]
        return _manifest(row["accession"]) if "accession" in row else []

    def platform(self, wildcards: Wildcards) -> str:
        """Platform whose probes a cohort has, where the sheet chooses one of several."""
        return self._row(wildcards).get("platform", "")

    def mapping(self, wildcards: Wildcards) -> dict[str, str]:
        """Table of genes and their names, where the configuration names one."""
        return {"mapping": self.mapping_file} if self.mapping_file else {}

    def reading(self, wildcards: Wildcards) -> dict[str, str]:
        """What the sheet says about reading a cohort; its role changes no value."""
        row = self._row(wildcards)
        return {k: v for k, v in row.items() if k not in ("role", "annotation")}

    def drops_outliers(self, wildcards: Wildcards) -> bool:
        """Relative limits drop samples of a source, and only flag those of any other cohort."""
        return self._row(wildcards)["role"] == "source"

    def is_evaluated(self, wildcards: Wildcards) -> bool:
        """Whether predictions of a cohort are held against its labels."""
        return self._row(wildcards)["role"] == "external"

    def qc_of_source(self, wildcards: Wildcards) -> list[str]:
        """Cohorts of a source, or of the source of a target, after quality control."""
        source = wildcards.get("source", "") or self.study.source_of(wildcards["target"])
        folder = f"results/{wildcards['study']}/qc"
        return [f"{folder}/{cohort}.h5ad" for cohort in self.study.cohorts_in(source)]

    def qc_of_targets(self, wildcards: Wildcards) -> list[str]:
        """Summaries of quality control of the targets that learn from a source."""
        learning = [
            target
            for target in self.study.targets()
            if self.study.source_of(target) == wildcards["source"]
        ]
        return [f"results/{wildcards['study']}/qc/{target}.json" for target in learning]

    def features_learnt_with(self, wildcards: Wildcards) -> list[str]:
        """Features of the cohorts of a source and of the targets that learn from it."""
        source = wildcards["source"]
        targets = [t for t in self.study.targets() if self.study.source_of(t) == source]
        cohorts = [*self.study.cohorts_in(source), *targets]
        return [f"results/{wildcards['study']}/qc/{c}.features.tsv" for c in cohorts]

    def vocabulary_settings(self) -> dict[str, Any]:
        """What the choice of features and of the normalisation depends on."""
        return {k: v for k, v in self.settings["features"].items() if k != "min_shared"}

    def leaks(self, wildcards: Wildcards) -> str | list[str]:
        """Source samples that stand in a target, where the source is to go without them."""
        if self.settings["audit"]["on_leak"] == "stop":
            return []
        return f"results/{wildcards['study']}/audit/source_leaks.tsv"

    def _row(self, wildcards: Wildcards) -> Mapping[str, str]:
        return self.study.cohorts[wildcards["cohort"]]


def _manifest(accession: str) -> str:
    """List of the files of an accession; they stand beside it."""
    return f"{ACCESSIONS}/{accession}/manifest.json"
