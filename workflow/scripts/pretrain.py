import csv
import hashlib
import json
from pathlib import Path

import numpy as np
from safetensors.torch import save_file

from dxtransfer.cohorts.store import Store
from dxtransfer.files import checksum, write_json
from dxtransfer.learn.checkpoints import Checkpoint
from dxtransfer.learn.pretrain.registry import OBJECTIVES
from dxtransfer.learn.pretrain.source import Source
from dxtransfer.learn.training import use_threads
from dxtransfer.logs import logged

with logged(snakemake.log[0]):
    given, params, store = snakemake.input, snakemake.params, Store(snakemake.input.store)
    use_threads(snakemake.threads)
    kind, auxiliary = params.kind, params.settings.get("auxiliary", {})
    codes = np.loadtxt(given.labels, skiprows=1, ndmin=2)
    known = [params.code, params.settings, params.seed, kind, checksum(given.labels, store.path)]
    stamp = hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()
    checkpoint = Checkpoint(Path(params.checkpoints), stamp)
    pretrained, history = OBJECTIVES[snakemake.wildcards.objective](
        Source.of(
            store, codes, seed=params.seed, task=kind, classes=params.classes, auxiliary=auxiliary
        ),
        settings=params.settings,
        checkpoint=checkpoint,
    )
    save_file(pretrained.tensors(), snakemake.output.weights)
    write_json(snakemake.output.encoder, pretrained.settings())
    with open(snakemake.output.history, "w", newline="") as handle:
        table = csv.DictWriter(handle, history[0], delimiter="\t", lineterminator="\n")
        table.writeheader()
        table.writerows(history)
    checkpoint.remove()
