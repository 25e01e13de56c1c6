"""The command line: predict new patients with a finished bundle, without the workflow."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from dxtransfer.cohorts.assays import ASSAYS
from dxtransfer.cohorts.identifiers.kinds import KINDS
from dxtransfer.cohorts.ingest import ingest
from dxtransfer.cohorts.readers.annotation import read_annotation
from dxtransfer.cohorts.readers.registry import FORMATS, read_matrix
from dxtransfer.cohorts.samples import sample_frame
from dxtransfer.errors import InputError
from dxtransfer.files import atomic, checksum
from dxtransfer.predict.bundle import load_bundle
from dxtransfer.predict.predict import predict
from dxtransfer.sample_tables import read_samples


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line.

    Parameters
    ----------
    arguments
        Words after the program's name; those of the process where None.

    Raises
    ------
    SystemExit
        With one line for a person when the input is wrong.
    """
    parser = argparse.ArgumentParser(prog="dxtransfer", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("predict", help="predict the samples of a matrix")
    command.add_argument("--bundle", type=Path, required=True, help="folder of the model")
    command.add_argument("--matrix", type=Path, required=True, help="values, any format read")
    command.add_argument("--format", choices=tuple(FORMATS), help="told by the content if omitted")
    command.add_argument("--platform", help="of a GEO series on several, the one to read (GPL570)")
    command.add_argument("--samples", required=True, help="sample table (TSV or CSV)")
    command.add_argument("--assay", required=True, choices=tuple(ASSAYS))
    command.add_argument("--feature-id", dest="feature_id", default="", choices=("", *KINDS))
    command.add_argument("--annotation", help="table of probes and symbols")
    command.add_argument("--sample-column", dest="sample_column", default="")
    command.add_argument("--patient-column", dest="patient_column", default="")
    command.add_argument("--output", type=Path, required=True, help="table to write (TSV)")
    try:
        _predict(parser.parse_args(arguments))
    except InputError as error:
        sys.exit(f"dxtransfer: {error}")


def _predict(options: argparse.Namespace) -> None:
    if options.platform and not re.fullmatch(r"GPL\d+", options.platform):
        raise InputError(
            f"--platform: {options.platform!r} is no platform of GEO; write it as GPL570"
        )
    row = {name: str(value) for name, value in vars(options).items() if value}
    samples = sample_frame(read_samples(row))
    matrix = read_matrix(
        options.matrix,
        format=options.format,
        platform=options.platform,
        sample_names=list(samples.index),
    )
    cohort = {"cohort": options.matrix.name, "assay": options.assay}
    cohort["feature_id"] = options.feature_id
    adata = ingest(matrix, samples, cohort=cohort, checksum=checksum(options.matrix))
    annotation = read_annotation(options.annotation) if options.annotation else None
    table = predict(load_bundle(options.bundle), adata, annotation=annotation)
    with atomic(options.output) as temporary:
        table.to_csv(temporary, sep="\t", index=False)


if __name__ == "__main__":
    main()
