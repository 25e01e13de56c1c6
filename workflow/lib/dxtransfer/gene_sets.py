"""Gene sets of the user, in the GMT format of MSigDB and others.

Neither pandas nor numpy is used, since every Snakemake call checks the file.
"""

from pathlib import Path

from dxtransfer.errors import InputError


def read_gene_sets(path: Path | str) -> dict[str, list[str]]:
    """Read a GMT file: in each row a name, a description and the genes, separated by tabs.

    Parameters
    ----------
    path
        UTF-8 text.

    Returns
    -------
    dict
        Name of each set to its genes, each once, in their order.

    Raises
    ------
    InputError
        For a file that is not text, holds no set, a row without a gene, a set that stands twice.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, IsADirectoryError):
        raise InputError(f"{path}: no such file") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text; save the gene sets as a GMT file") from None
    sets: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, *rest = (cell.strip() for cell in line.split("\t"))
        genes = list(dict.fromkeys(filter(None, rest[1:])))
        if not name or not genes:
            raise InputError(
                f"{path}, row {number}: no gene set; a GMT file has a name, a description and "
                "genes in each row, separated by tabs"
            )
        if name in sets:
            raise InputError(f"{path}, row {number}: the set {name!r} stands twice; rename one")
        sets[name] = genes
    if not sets:
        raise InputError(f"{path}: holds no gene set")
    return sets


def checked_gene_sets(path: str) -> str:
    """Read a file of gene sets before the first job, where it is there; give its path back."""
    if path and Path(path).exists():
        read_gene_sets(path)
    return path
