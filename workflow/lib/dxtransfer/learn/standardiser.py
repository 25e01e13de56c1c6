"""Centre and scale of a target cohort."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Standardiser:
    """Centre and scale of the target, from the training part of a fold.

    All of it is used, whatever the label budget is, since no label enters; a test sample never
    does. Missing values become 0, the mean.

    Attributes
    ----------
    mean, scale
        (features,).
    """

    mean: Floats
    scale: Floats

    @classmethod
    def fit(cls, X: Floats) -> "Standardiser":
        """From (samples, features) with NaN for missing values."""
        with warnings.catch_warnings():
            # A feature that no sample measures is no surprise: it becomes 0 throughout.
            warnings.simplefilter("ignore", RuntimeWarning)
            # In float32 a constant feature's rounding errors would pass for its deviation.
            mean = np.nanmean(X, axis=0, dtype=np.float64)
            scale = np.nanstd(X, axis=0, dtype=np.float64)
        return cls(np.asarray(np.nan_to_num(mean)), np.where(scale > 1e-6, scale, np.inf))

    def __call__(self, X: Floats) -> Floats:
        """Standardised features, float32."""
        Z: Floats = np.nan_to_num((X - self.mean) / self.scale).astype(np.float32)
        return Z
