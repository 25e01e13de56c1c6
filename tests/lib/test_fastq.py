"""Reads are looked at from end to end, and wrong ones are told in one line."""

import gzip
import re

import pytest

from dxtransfer.cohorts.reads.fastq import check_mates, look
from dxtransfer.errors import InputError


def written(path, names, *, quality="I", end="\n"):
    text = "".join(f"@{n}{end}ACGTACGT{end}+{end}{quality * 8}{end}" for n in names)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.mark.parametrize("name", ["r.fastq", "r.fastq.gz"])
@pytest.mark.parametrize("reads", [1, 999, 2050, 200_000])
def test_all_reads_are_counted_and_far_ones_are_looked_at(name, reads, tmp_path):
    seen = look(written(tmp_path / name, [f"r{i}" for i in range(reads)]))
    assert seen.reads == reads
    assert seen.names == {number: f"r{number}" for number in seen.names}
    assert set(range(min(reads, 1000))) <= set(seen.names)
    assert max(seen.names) >= reads / 2 - 1


def test_packed_files_are_told_by_their_content(tmp_path):
    packed = written(tmp_path / "r.fastq.gz", ["a"])
    assert look(packed.rename(tmp_path / "r.fq")).reads == 1


def test_windows_line_ends_and_a_missing_last_one_are_read(tmp_path):
    assert look(written(tmp_path / "r.fq", ["a", "b"], end="\r\n")).names == {0: "a", 1: "b"}
    (tmp_path / "s.fq").write_text("@a\nACGT\n+\nIIII")
    assert look(tmp_path / "s.fq").reads == 1


def test_an_old_encoding_far_inside_a_file_is_found(tmp_path):
    file = written(tmp_path / "r.fq", map(str, range(8000)), quality="5")
    with file.open("a") as handle:
        handle.write("".join(f"@{i}\nACGTACGT\n+\n{'h' * 8}\n" for i in range(200)))
    with pytest.raises(InputError, match=r"mixed quality encodings: read 1 .* read 8001"):
        look(file)


@pytest.mark.parametrize("quality", ["!", "5", "I", "S"])
def test_qualities_of_today_are_right(quality, tmp_path):
    assert look(written(tmp_path / "r.fq", ["a"], quality=quality)).reads == 1


@pytest.mark.parametrize("start", [b"BAM\x01", b"PK\x03\x04", b"BZh9", b"NCBI.sra"])
def test_other_formats_are_refused_by_name(start, tmp_path):
    (tmp_path / "r.fq").write_bytes(start + b"x" * 50)
    with pytest.raises(InputError, match="not FASTQ but"):
        look(tmp_path / "r.fq")


@pytest.mark.parametrize(
    "styles",
    [("r{}/1", "r{}/2"), ("r{} 1:N:0:ACGT", "r{} 2:N:0:ACGT"), ("SRR.{} x length=9",) * 2],
)
def test_mates_are_paired_by_name_in_every_style(styles, tmp_path):
    looks = [
        look(written(tmp_path / f"{mate}.fq", [style.format(i) for i in range(20)]))
        for mate, style in enumerate(styles)
    ]
    check_mates(*looks)
    if styles[0] != styles[1]:
        with pytest.raises(InputError, match="swap fastq_1 and fastq_2"):
            check_mates(*looks[::-1])
        with pytest.raises(InputError, match=r"as those of .* are"):
            check_mates(looks[0], looks[0])


def test_unequal_and_misplaced_mates_are_refused(tmp_path):
    first = look(written(tmp_path / "1.fq", map(str, range(20))))
    fewer = look(written(tmp_path / "2.fq", map(str, range(19))))
    with pytest.raises(InputError, match=re.escape("19 reads, where")):
        check_mates(first, fewer)
    moved = look(written(tmp_path / "3.fq", map(str, range(1, 21))))
    with pytest.raises(InputError, match="its name is"):
        check_mates(first, moved)
