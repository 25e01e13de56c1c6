"""A cohort that shares hardly a feature with the source's vocabulary is refused before training."""

import pytest

from dxtransfer.cohorts.shared_features import refuse_unshared
from dxtransfer.errors import InputError

SYMBOLS = [f"GENE{i}" for i in range(400)]
ENSEMBL = [f"ENSG{i:011d}" for i in range(400)]


def test_ids_of_another_kind_are_refused_with_the_table_that_would_map_them():
    with pytest.raises(InputError, match=r"cohort c: 0 of its 400 .* identifiers\.mapping"):
        refuse_unshared(ENSEMBL, SYMBOLS, cohort="c", min_shared=20)


def test_probes_are_refused_with_the_column_of_their_table():
    probes = [f"{i}_at" for i in range(400)]
    with pytest.raises(InputError, match="column annotation"):
        refuse_unshared(probes, SYMBOLS, cohort="c", min_shared=20)


def test_taxon_names_against_ids_are_refused():
    taxa = [f"s__Genus_species{i}" for i in range(400)]
    with pytest.raises(InputError, match="rename the features of one side"):
        refuse_unshared(taxa, [f"ncbi_{i}" for i in range(300)], cohort="c", min_shared=20)


@pytest.mark.parametrize(("shared", "passes"), [(19, False), (20, True)])
def test_the_limit_is_the_number_asked_for(shared, passes):
    names = [*SYMBOLS[:shared], *ENSEMBL[: 400 - shared]]
    if passes:
        refuse_unshared(names, SYMBOLS, cohort="c", min_shared=20)
    else:
        with pytest.raises(InputError, match="19 of its 400"):
            refuse_unshared(names, SYMBOLS, cohort="c", min_shared=20)


def test_five_per_cent_of_the_smaller_side_is_the_least():
    vocabulary = [f"G{i}" for i in range(1000)]
    few = [*vocabulary[:49], *(f"H{i}" for i in range(2000))]
    with pytest.raises(InputError, match="49 of its"):
        refuse_unshared(few, vocabulary, cohort="c", min_shared=20)
    refuse_unshared([*few, vocabulary[49]], vocabulary, cohort="c", min_shared=20)


def test_a_small_panel_that_is_shared_whole_passes():
    refuse_unshared(SYMBOLS[:12], SYMBOLS[:12], cohort="c", min_shared=20)
    with pytest.raises(InputError, match="11 of its 12"):
        refuse_unshared([*SYMBOLS[:11], "X"], SYMBOLS[:12], cohort="c", min_shared=20)
