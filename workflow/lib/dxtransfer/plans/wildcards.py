"""What a job is about, by name: Snakemake's wildcards, or a dict."""

from typing import Protocol


class Wildcards(Protocol):
    """Values by name, such as study, cohort, target, source, objective, strategy and sample."""

    def __getitem__(self, name: str, /) -> str:
        """Value of a name that is there."""

    def get(self, name: str, default: str, /) -> str:
        """Value of a name, or `default` where it is not there."""
