"""What the rules that count raw reads take, by the question that they ask."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dxtransfer.lanes import BULK, Lane
from dxtransfer.plans.wildcards import Wildcards
from dxtransfer.study import Study

TRIMMING = (
    "adapter_1",
    "adapter_2",
    "quality_cutoff",
    "min_length",
    "fragment_length",
    "fragment_sd",
)


@dataclass(frozen=True)
class ReadsPlan:
    """Answers for the jobs of cohorts that bring raw reads.

    Attributes
    ----------
    study
        The study.
    settings
        The block `reads` of the checked configuration.
    lanes
        Cohort of raw reads to its samples, and the lanes of each.
    """

    study: Study
    settings: Mapping[str, Any]
    lanes: Mapping[str, Mapping[str, list[Lane]]]

    def of_sample(self, wildcards: Wildcards) -> list[list[str]]:
        """Files of each lane of a sample."""
        return [lane.files() for lane in self.lanes[wildcards["cohort"]][wildcards["sample"]]]

    def by_name(self, wildcards: Wildcards) -> dict[str, list[str]]:
        """Mates of each lane of a cohort, by a name of their own."""
        return {
            sample if len(own) == 1 else f"{sample}.{lane.name}": lane.files()[-2:]
            for sample, own in self.lanes[wildcards["cohort"]].items()
            for lane in own
        }

    def fastq(self, wildcards: Wildcards) -> list[str]:
        """Files of a sample, or of a whole cohort."""
        named = wildcards.get("sample", "")
        samples = self.lanes[wildcards["cohort"]]
        chosen = [samples[named]] if named else samples.values()
        return [file for own in chosen for lane in own for file in lane.files()]

    def samples(self, wildcards: Wildcards) -> list[str]:
        """Samples of a cohort."""
        return list(self.lanes[wildcards["cohort"]])

    def numbers(self, wildcards: Wildcards) -> list[str]:
        """What is known of the reads of each sample, once they passed the checks."""
        kind = "bulk" if self.technology(wildcards) == BULK else "cells"
        folder = f"results/{wildcards['study']}/reads/{kind}/{wildcards['cohort']}"
        return [f"{folder}/{sample}/reads.json" for sample in self.samples(wildcards)]

    def technology(self, wildcards: Wildcards) -> str:
        """How the library of a cohort was made."""
        return self.study.from_reads()[wildcards["cohort"]]

    def cohorts(self, *, single_cell: bool) -> str:
        """Pattern for the cohorts of either kind; without one it matches nothing."""
        chosen = [c for c, made in self.study.from_reads().items() if (made != BULK) == single_cell]
        return "|".join(map(re.escape, chosen)) or "(?!)"

    def trimming(self) -> dict[str, Any]:
        """The part of the configuration that a bulk sample is quantified with."""
        return {name: self.settings[name] for name in TRIMMING}

    def quality_reports(self, wildcards: Wildcards) -> list[str]:
        """What the page on the quality of reads is made of."""
        bulk = {c: self.lanes[c] for c, made in self.study.from_reads().items() if made == BULK}
        folder = f"results/{wildcards['study']}/reads"
        return [f"{folder}/quality/{cohort}" for cohort in self.lanes] + [
            f"{folder}/bulk/{cohort}/{sample}/{program}.txt"
            for cohort, samples in bulk.items()
            for sample in samples
            for program in ("cutadapt", "kallisto")
        ]
