"""A user's own estimators, named in the configuration by their import path.

They are compared like a baseline and never shipped: what they keep of the training samples, and
how, is not known here.
"""

import hashlib
import inspect
import pkgutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dxtransfer.errors import InputError


def is_own(name: str) -> bool:
    """Whether a name is an import path; names of the library's own have no dot."""
    return "." in name


def make_own(path: str, *, seed: int = 0) -> Any:
    """Make the estimator behind an import path.

    Parameters
    ----------
    path
        Of a class or function that is called without arguments, such as
        `sklearn.naive_bayes.GaussianNB`.
    seed
        Given as `random_state`, where the estimator has one.
    """
    made = pkgutil.resolve_name(path)()
    if "random_state" in made.get_params():
        made.set_params(random_state=seed)
    return made


def check_own(names: Iterable[str], *, kind: str) -> None:
    """Check that every import path leads to an estimator for the task.

    Parameters
    ----------
    names
        Baselines of the configuration; those without a dot are passed over.
    kind
        Kind of the task.

    Raises
    ------
    InputError
        For a path that cannot be imported or called without arguments, and for an estimator that
        lacks a method.
    """
    predicts = "predict_proba" if kind in ("binary", "multiclass") else "predict"
    for path in filter(is_own, names):
        try:
            found = pkgutil.resolve_name(path)
        except Exception as error:
            raise InputError(
                f"config: baselines: {path!r} cannot be imported ({_told(error)}); install its "
                "package beside Snakemake, or name its folder in PYTHONPATH"
            ) from error
        if not callable(found):
            raise InputError(f"config: baselines: {path!r} is no class or function")
        try:
            made = found()
        except Exception as error:
            raise InputError(
                f"config: baselines: {path!r} cannot be called without arguments ({_told(error)}); "
                "name a function of your own that makes the estimator"
            ) from error
        for method in ("fit", predicts, "get_params"):
            if not callable(getattr(made, method, None)):
                raise InputError(
                    f"config: baselines: {path!r} has no {method}, which an estimator for a "
                    f"{kind} task needs"
                )


def version_of(path: str) -> dict[str, str]:
    """What an estimator's results depend on: its package's version and its own file's content.

    What is compiled has no such file; its version alone is told.
    """
    found = pkgutil.resolve_name(path)
    package = sys.modules[path.partition(".")[0]]
    try:
        content = Path(inspect.getfile(found)).read_bytes()
    except (TypeError, OSError):
        content = b""
    return {
        "version": str(getattr(package, "__version__", "")),
        "file": hashlib.sha256(content).hexdigest()[:12],
    }


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
