"""What the ensemble goes by is told in words, budget by budget."""

import pandas as pd

from dxtransfer.report.weights import told_weights

COLUMNS = [
    "inner_fold",
    "budget",
    "source_model",
    "source_learnt_feature_weights",
    "target_alone",
    "without_source",
]


def test_parts_are_told_largest_first_and_inner_folds_left_out():
    rows = [
        (0, "all", 0.1, 0.3, 0.6, ""),
        (0, "8", 0.7, 0.2, 0.1, ""),
        (0, "8", 0.5, 0.3, 0.2, None),
        (1, "8", 0.0, 0.0, 1.0, "never read"),
    ]
    assert told_weights(pd.DataFrame(rows, columns=COLUMNS)) == [
        "8 labelled patients: 60% model of the other cohorts, 25% model of this cohort with "
        "feature weights of the other cohorts, 15% model of this cohort alone.",
        "All labels: 60% model of this cohort alone, 30% model of this cohort with feature weights "
        "of the other cohorts, 10% model of the other cohorts.",
    ]


def test_a_source_without_a_part_is_told_with_the_reason():
    rows = [(0, "4", 0.0, 0.0, 1.0, "it is noise"), (0, "4", 0.5, 0.5, 0.0, "")]
    table = pd.DataFrame(rows, columns=COLUMNS)
    assert told_weights(table.head(1)) == [
        "4 labelled patients: 100% model of this cohort alone. The other cohorts had no part in "
        "any fit: it is noise."
    ]
    assert "The other cohorts had no part in 1 of 2 fits: it is noise." in told_weights(table)[0]
