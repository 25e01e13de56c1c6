"""Names of another organism than the study's are refused, and never by chance."""

import pytest

from dxtransfer.cohorts.identifiers.harmonise import harmonise
from dxtransfer.cohorts.identifiers.species import SPECIES, refuse_other_species
from dxtransfer.errors import InputError

MOUSE = ["Actb", "Gapdh", "Trp53", "Cd4", "Il6", "Xkr4", "0610009B22Rik"]
HUMAN = ["ACTB", "HLA-A", "HLA-DRA", "HLA-B", "TP53", "C1orf12"]


@pytest.mark.parametrize(
    ("names", "species", "told"),
    [
        (["ENSMUSG00000102693.1"] * 3, "human", "3 of 3 ids are of mouse"),
        (["ENSMUST00000193812.1"] * 3, "human", "3 of 3 ids are of mouse"),
        (["ENSRNOG00000000001"] * 3, "human", "of rat"),
        (["ENSDARG00000000001"] * 3, "human", "of zebrafish"),
        (["ENSXETG00000000001"] * 3, "human", "letters ENSXET"),
        (["ENSG00000141510"] * 3, "mouse", "of human"),
        (["mmu-miR-21-5p"] * 3, "human", "of mouse"),
        (["hsa-miR-21-5p"] * 3, "mouse", "of human"),
        (MOUSE, "human", r"spelt as mouse and rat genes \(Actb, Gapdh, Trp53\)"),
        (["GM1234", "GM567", "1700001C02RIK", "ACTB"], "human", "that only mice have"),
        (HUMAN, "mouse", "that only humans have"),
        (HUMAN, "rat", "that only humans have"),
    ],
)
def test_another_species_is_refused_with_the_evidence(names, species, told):
    with pytest.raises(InputError, match=f"^c: .*{told}.*the study's species is {species}"):
        harmonise(names, species=species, where="c")
    harmonise(names, species="other")
    harmonise(names, species=species, kind="other")


@pytest.mark.parametrize(
    ("names", "species"),
    [
        (HUMAN, "human"),
        (MOUSE, "mouse"),
        (MOUSE, "rat"),
        (["ENSG00000141510", "ENSG00000000003", "ENSMUSG00000102693"], "human"),
        (["Alanine", "Glucose", "Citrate", "Urea"], "human"),
        (["tp53", "actb", "gapdh", "il6"], "human"),
        (["s__Escherichia_coli", "s__Roseburia_hominis"], "human"),
    ],
)
def test_names_that_say_nothing_else_pass(names, species):
    refuse_other_species(names, species=species, where="c")


def test_a_few_spiked_in_ids_of_another_organism_pass():
    names = [f"ENSG{i:011d}" for i in range(90)] + [f"ENSMUSG{i:011d}" for i in range(10)]
    refuse_other_species(names, species="human", where="c")


def test_every_species_of_the_configuration_is_known():
    assert set(SPECIES) == {"human", "mouse", "rat"}
