from importlib.metadata import version
from pathlib import Path

import pandas as pd

from dxtransfer.files import atomic, read_json
from dxtransfer.logs import logged
from dxtransfer.report.page import page

NAMES = ("metrics", "comparisons", "gains", "label_efficiency", "calibration", "confusion")
NAMES += ("calibration_summary", "thresholds", "subgroups", "permutation", "patients_saved")
PACKAGES = ("snakemake", "scanpy", "anndata", "torch", "pandas", "scikit-learn", "numpy")


def read(path: str) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t", dtype={"sample": str, "patient": str, "budget": str})


with logged(snakemake.log[0]):
    given, params = snakemake.input, snakemake.params
    tables = {name: read(given[name]) for name in NAMES}
    audits = [read(path) for path in (given.audit, *given.audits)]
    explained = {name: given[name] for name in ("attributions", "stability")}
    if given.enrichment:
        explained["enrichment"] = given.enrichment[0]
    if given.stratified:
        explained["stratified"] = given.stratified[0]
    external = {Path(path).stem: path for path in given.external}
    drawn = [p for folder in (given.figures, given.explained) for p in Path(folder).glob("*.svg")]
    qc = pd.DataFrame([read_json(path) for path in given.summaries])
    qc["role"] = qc["cohort"].map(params.roles)
    samples = pd.concat([read(p).assign(cohort=Path(p).stem) for p in given.samples])
    unused = read(given.left_out).assign(cohort=snakemake.wildcards.target)
    leaks = [read(path) for path in given.get("leaks", [])]
    predictions = {Path(path).stem: path for path in given.predictions}
    html = page(
        target=snakemake.wildcards.target,
        study=snakemake.wildcards.study,
        settings=params.settings,
        verdict=read_json(given.verdict),
        contrasts={part: tuple(member) for part, member in params.contrasts.items()},
        over_targets=read(given.verdicts),
        evaluation=tables,
        figures={path.stem: path.read_text() for path in sorted(drawn)},
        qc=qc,
        coverage=pd.concat([read(path) for path in given.coverage], ignore_index=True),
        audit=pd.concat([t for t in audits if len(t)] or audits[:1], ignore_index=True),
        samples_left_out=pd.concat([samples.loc[samples["kept"] == "no"], unused, *leaks]),
        weights=read(given.weights[0]) if given.weights else None,
        predictions={cohort: read(path) for cohort, path in predictions.items()},
        model=read_json(given.model),
        **{name: read(path) for name, path in explained.items()},
        external={cohort: read(path) for cohort, path in external.items()},
        history={Path(path).parent.name: read(path) for path in given.histories},
        provenance={
            "versions": {name: version(name) for name in PACKAGES},
            "inputs": [
                {"cohort": c, "file": params.matrices[c], "sha256": checksum}
                for c, checksum in zip(qc["cohort"], qc["checksum"], strict=True)
            ],
            "tables": {name: given[name] for name in (*NAMES, "verdict", "verdicts", "audit")}
            | explained
            | {f"external.{cohort}": path for cohort, path in external.items()}
            | {f"predictions.{cohort}": path for cohort, path in predictions.items()},
        },
    )
    with atomic(snakemake.output[0]) as temporary:
        temporary.write_text(html)
