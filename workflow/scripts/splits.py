import anndata

from dxtransfer.labels import classes_of
from dxtransfer.learn.splits import make_splits
from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    task, obs = snakemake.params.task, anndata.read_h5ad(snakemake.input[0], backed="r").obs
    names = classes_of(list(obs[task["label"]]), task=task)
    known = [bool(name) for name in names]
    splits = make_splits(
        list(obs.index[known]),
        obs["patient"].astype(str)[known].tolist(),
        [name for name in names if name],
        **snakemake.params.settings,
        seed=snakemake.params.seed,
    )
    logger.info("%d folds, %d labelled samples", splits["fold"].max(), sum(known))
    splits.to_csv(snakemake.output[0], sep="\t", index=False)
