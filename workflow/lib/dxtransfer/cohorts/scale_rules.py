"""On which scale one sample was delivered, told from its values alone."""

import numpy as np
from numpy.typing import NDArray

from dxtransfer.cohorts.assays import ASSAYS, LINEAR, Assay

# log2 of anything that is measured stays below 30; cycle thresholds of PCR, which are
# logarithms too, end at 40. Linear values of a whole sample reach the hundreds.
LARGEST_LOGARITHM = 50.0
# sums by which relative values are recognised; shares may lack features that were left out
SUM_OF_SHARES = (0.5, 1.05)
SUM_OF_PERCENT = (98.0, 102.0)
PER_MILLION = (0.99e6, 1.01e6)
# sums before taking logarithms, within half a percent: per million, and per 10,000 as in cells
SUMS_BEFORE_LOGARITHM = (1e6, 1e4)
BASES = {"log2": 2.0, "ln": np.e, "log10": 10.0}
# As logarithms to base e these would be more than a 16-bit scanner counts (65,536), more than
# 440,000 of a million transcripts, and 1e12, beyond what mass spectrometers deliver.
LOG2_FROM = {"microarray": 11.1, "microarray_two_colour": 11.1, "rnaseq": 13.0, "proteome": 27.7}
# As logarithms to base 2 or e these would be less than the brightest feature of any such sample.
LOG10_UP_TO = {"microarray": 5.0, "microarray_two_colour": 5.0, "proteome": 12.0}
# fewer features may by chance all be low
WHOLE_PROFILE = 1000
# a total below which estimated counts of a sample would be of no use
LEAST_ESTIMATED = 1e4
# of so many multiples that a share of them is whole by chance is out of the question
MULTIPLES = 20


def scale_of(sample: NDArray[np.float32], *, assay: str) -> str:
    """Tell the scale of a sample.

    Parameters
    ----------
    sample
        Its measured values, one at least.
    assay
        A name of `ASSAYS`.

    Returns
    -------
    str
        A name of `SCALES`; empty for a sample of zeros, which tells nothing. Rules in this order.
        With negative values: M values (methylation), NPX (Olink), values around 0 (see
        `_around_zero`), logarithms below 50, else linear. Up to 1: 0 and 1 alone, shares by their
        sum, else each feature a share by itself. Methylation up to 100 is percent. Whole numbers
        with a maximum of at least 50, or with 0 and 1 the most frequent values, are counts
        (intensities where the assay has these). A sum of 98 to 102 is percent, where the assay
        has it. A maximum below 50 means logarithms; so rounded logarithms (whole numbers from 3
        to 22) are logarithms. A sum of a million is TPM, all else linear.
    """
    about = ASSAYS[assay]
    low, high = float(sample.min()), float(sample.max())
    if low == high == 0:
        return ""
    if low < 0:
        return _with_negatives(sample, high, assay)
    whole = bool(np.all(sample == np.rint(sample)))
    total = float(sample.sum(dtype=np.float64))
    if high <= 1:
        return _up_to_one(total, whole, about)
    if "m_values" in about.scales and high <= 100:
        return "percent"
    if whole and (high >= LARGEST_LOGARITHM or "log" not in about.scales or _is_shallow(sample)):
        return about.linear if about.linear == "intensity" else "counts"
    if "percent" in about.scales and SUM_OF_PERCENT[0] <= total <= SUM_OF_PERCENT[1]:
        return "percent"
    if high < LARGEST_LOGARITHM:
        return logarithm_of(sample, assay=assay, whole=whole)
    if "tpm" in about.scales and PER_MILLION[0] <= total <= PER_MILLION[1]:
        return "tpm"
    return about.linear


def logarithm_of(sample: NDArray[np.float32], *, assay: str, whole: bool) -> str:
    """Name of the logarithm; `log` where its base cannot be told.

    It is told by what stands behind the values where that shows (see `exact_base`), else by a
    maximum that another base makes impossible for the assay.
    """
    if "npx" in ASSAYS[assay].scales:
        return "npx"
    exact = "" if whole else exact_base(sample)
    if exact:
        return exact
    high = float(sample.max())
    if high > LOG2_FROM.get(assay, np.inf):
        return "log2"
    if sample.size >= WHOLE_PROFILE and 1 < high <= LOG10_UP_TO.get(assay, 0):
        return "log10"
    return "log"


def exact_base(sample: NDArray[np.float32]) -> str:
    """Base b for which b^x - 1 sums to a million or 10,000, or is whole multiples of one value.

    Counts that were scaled per sample before x = log_b(value + 1) was taken are whole multiples
    of the smallest of them, in single cells nearly always; under a wrong base hardly any is.

    Returns
    -------
    str
        `log2`, `ln`, `log10`, or empty where none fits or a value is negative.
    """
    high = float(sample.max())
    if sample.min() < 0 or high >= LARGEST_LOGARITHM:
        return ""
    x = sample[sample > 0].astype(np.float64)
    if 2 * np.count_nonzero(x == np.rint(x)) > x.size:
        # rounded logarithms of every base would do
        return ""
    for name, base in BASES.items():
        y = np.power(base, x) - 1
        if any(abs(y.sum() / total - 1) < 0.005 for total in SUMS_BEFORE_LOGARITHM):
            return name
        if _are_multiples(y) or _are_multiples(y / y.min()):
            return name
    return ""


def contradiction(sample: NDArray[np.float32], stated: str, *, assay: str) -> str:
    """Why a sample cannot be on the stated scale; empty where it can.

    Ranges that no value may leave are checked by `dxtransfer.cohorts.scale.decide`. Counts may be
    estimates with fractions, as transcript quantifiers deliver them.
    """
    seen = scale_of(sample, assay=assay)
    total = float(sample.sum(dtype=np.float64))
    if not seen:
        return ""
    linear = stated == "counts" or stated in LINEAR
    shallow = seen in ("counts", "binary")
    if linear and not shallow and sample.size >= WHOLE_PROFILE and sample.max() < LARGEST_LOGARITHM:
        return "no value reaches 50"
    whole = bool(np.all(sample == np.rint(sample)))
    if stated == "counts" and not whole and (seen != "linear" or total < LEAST_ESTIMATED):
        return "values have fractions"
    if stated == "tpm" and total > 1.02e6:
        return "samples sum to more than a million"
    if stated == "fractions" and total > SUM_OF_SHARES[1]:
        return "samples sum to more than 1"
    if stated in ("z_scores", "ratios") and sample.min() >= 0:
        return "no value is negative"
    exact = "" if whole or stated not in BASES else exact_base(sample)
    return f"they are {exact} of counts or of shares" if exact not in ("", stated) else ""


def _with_negatives(sample: NDArray[np.float32], high: float, assay: str) -> str:
    about = ASSAYS[assay]
    logarithms = high < LARGEST_LOGARITHM
    if logarithms and ("m_values" in about.scales or "npx" in about.scales):
        return "m_values" if "m_values" in about.scales else "npx"
    if "z_scores" not in about.scales and logarithms and abs(np.median(sample)) <= 2:
        return "ratios"
    if _around_zero(sample):
        return "z_scores" if "z_scores" in about.scales else "ratios"
    if logarithms:
        return logarithm_of(sample, assay=assay, whole=False)
    return about.linear


def _around_zero(sample: NDArray[np.float32]) -> bool:
    """Whether the bulk lies around 0 as centred values do; the tails may be as heavy as they like.

    Logarithms of expression also go below 0, but for few features, or down to a floor that most
    of the absent ones share.
    """
    lower, middle, upper = np.quantile(sample, (0.05, 0.5, 0.95))
    return bool(np.mean(sample < 0) >= 0.25 and abs(middle) <= 1 and lower >= -4 and upper <= 5)


def _up_to_one(total: float, whole: bool, about: Assay) -> str:
    if whole and "binary" in about.scales:
        return "binary"
    shares = "fractions" in about.scales
    least = SUM_OF_SHARES[0] if "beta" in about.scales else 0.0
    if shares and least <= total <= SUM_OF_SHARES[1]:
        return "fractions"
    return "counts" if whole else "beta"


def _is_shallow(sample: NDArray[np.float32]) -> bool:
    """Whether 0, then 1, are the most frequent values, as in shallow counts."""
    frequency = np.bincount(sample.astype(np.int64), minlength=3)
    return bool(frequency[0] >= frequency[1] >= frequency[2:].max() and frequency[1] > 0)


def _are_multiples(y: NDArray[np.float64]) -> bool:
    """Whether values between 1.5 and 50 are whole but for rounding, and enough to say so."""
    tested = y[(y > 1.5) & (y < 50)]
    if tested.size < MULTIPLES:
        return False
    return bool(np.mean(np.abs(tested - np.rint(tested)) < 0.03) > 0.95)
