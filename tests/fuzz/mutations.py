"""Changes of a file, drawn by a seed: torn in transfer, edited by hand, or meant to harm."""

import gzip
import io
import json
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
from pyarrow import parquet

WEIRD = [
    "", "NA", " NA ", "#N/A", "-", "--", "x", "1e999", "-inf", "nan", '"', '""', "'", "Total", " ",
    "0x10", "1,5", "1.5.2", "9" * 400, "é", "\u2028", "\x85", "\x1b[0m", "\0", "-0", "1_000",
    "=1+1", "#REF!", "TRUE", "2023-09-02", "1e-400", "00012", "a" * 200_000, "a\rb",
    "{x}", "../../x", "%s",
]  # fmt: skip
NOTES = ["Note: abc def", "Total", "# c", "title", "", "!x", "^y", "\t\t\t", ",,,", '"open', "\x0c"]
HUGE = [2**31, 2**32, 2**63 - 1, -(2**63), -1, 10**9, 10**12, 1, 0]


def mutate(path: Path, family: str, rng: random.Random) -> tuple[str, bool]:
    """Change a file, or one of a folder, in place.

    Returns
    -------
    tuple
        What was done, and whether it may have given a value the name of another.
    """
    told, moves = [], False
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        file = path
        if path.is_dir():
            files = sorted(f for f in path.rglob("*") if f.is_file())
            if not files:
                break
            file = rng.choice(files)
        done, moved = _families(family, file)(file, rng)
        told.append(done)
        moves |= moved
        if moved and done.startswith("_"):
            # what is torn is not edited any more: the libraries that edit may not survive it
            break
    # a cell too many and one too few in a row of the same length is another row, not a wrong one
    longer, shorter = ("_insert", "_join_rows"), ("_drop ", "_break_row", "_strip")
    both = all(any(done.startswith(kind) for done in told) for kind in (longer, shorter))
    return ", ".join(told), moves or both


def _families(family: str, file: Path) -> Callable[[Path, random.Random], tuple[str, bool]]:
    if file.name.endswith((".json", ".zgroup", ".zattrs", ".zarray")):
        return _json
    return {
        "text": _text, "yaml": _yaml, "hdf5": _hdf5, "excel": _excel, "parquet": _parquet,
        "zarr": _chunk,
    }[family]  # fmt: skip


# --- bytes --------------------------------------------------------------------------------------


def _flip(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5, 20])):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _splice(data: bytes, rng: random.Random) -> bytes:
    start, end = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    at = rng.randrange(len(data) + 1)
    return data[:at] + data[start:end] + data[at + rng.choice([0, end - start]) :]


def _zeros(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data) + 1)
    size = rng.choice([1, 4, 8, 64])
    return data[:start] + rng.choice([b"\0", b"\xff"]) * size + data[start + size :]


def _numbers(data: bytes, rng: random.Random) -> bytes:
    size = rng.choice([4, 8])
    number = rng.choice(HUGE) % 2 ** (8 * size)
    at = rng.randrange(max(1, len(data) - size))
    return data[:at] + number.to_bytes(size, "little") + data[at + size :]


BYTES = [_flip, _flip, _cut, _splice, _zeros, _numbers]


def _bytes(file: Path, rng: random.Random) -> tuple[str, bool]:
    change = rng.choice(BYTES)
    file.write_bytes(change(file.read_bytes(), rng))
    return change.__name__, True


# --- text ---------------------------------------------------------------------------------------


def _text(file: Path, rng: random.Random) -> tuple[str, bool]:
    if rng.random() < 0.2:
        change = rng.choice([_flip, _cut, _splice])
        file.write_bytes(change(file.read_bytes(), rng))
        return f"{change.__name__} of {file.name}", change is _splice
    if rng.random() < 0.1:
        return _whole(file, rng), False
    text = file.read_bytes().decode("utf-8", "surrogateescape")
    mark = max("\t;, ", key=text.count)
    rows = [line.split(mark) for line in text.split("\n")]
    change = rng.choice(ROWS)
    change(rows, rng)
    text = "\n".join(mark.join(row) for row in rows)
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    return f"{change.__name__} of {file.name}", False


def _whole(file: Path, rng: random.Random) -> str:
    """Another encoding, packing or line end of the whole."""
    data = file.read_bytes()
    text = data.decode("utf-8", "replace")
    packed = gzip.compress(data)
    changed = {
        "empty": b"", "crlf": data.replace(b"\n", b"\r\n"), "cr": data.replace(b"\n", b"\r"),
        "bom": b"\xef\xbb\xbf" + data, "utf-16": text.encode("utf-16"), "gzip": packed,
        "torn gzip": _cut(packed, rng), "bad gzip": _flip(packed, rng), "gzip twice":
        gzip.compress(packed), "gzip and junk": packed + b"junk", "two members": packed + packed,
        "long line": data.replace(b"\n", b"\t" * 100_000 + b"\n", 1), "bomb":
        gzip.compress(data + b"0" * (1 << 27), 1), "lines": data + b"\n" * 100_000,
    }  # fmt: skip
    name = rng.choice(sorted(changed))
    file.write_bytes(changed[name])
    return name


def _cell(rows: list[list[str]], rng: random.Random) -> tuple[list[str], int]:
    row = rng.choice([row for row in rows if row] or [[""]])
    return row, rng.randrange(len(row))


def _edit(rows: list[list[str]], rng: random.Random) -> None:
    row, place = _cell(rows, rng)
    row[place] = rng.choice(WEIRD)


def _drop(rows: list[list[str]], rng: random.Random) -> None:
    row, place = _cell(rows, rng)
    del row[place]


def _insert(rows: list[list[str]], rng: random.Random) -> None:
    row, place = _cell(rows, rng)
    row.insert(place, rng.choice(["", "", "x"]))


def _append(rows: list[list[str]], rng: random.Random) -> None:
    for row in rng.choice([rows, rows[1:], rows[:1], [rng.choice(rows)]]):
        if row != [""]:
            row.append(rng.choice(["", "", "extra"]))


def _drop_column(rows: list[list[str]], rng: random.Random) -> None:
    _, place = _cell(rows, rng)
    for row in rng.choice([rows[1:], rows[:1], rows]):
        if place < len(row):
            del row[place]


def _strip(rows: list[list[str]], rng: random.Random) -> None:
    for row in rng.sample(rows, k=max(1, len(rows) // 3)):
        del row[len(row) - rng.randrange(len(row) + 1) :]


def _double_row(rows: list[list[str]], rng: random.Random) -> None:
    at = rng.randrange(len(rows))
    rows.insert(rng.choice([at, 0, len(rows)]), list(rows[at]))


def _drop_row(rows: list[list[str]], rng: random.Random) -> None:
    del rows[rng.randrange(len(rows))]
    rows[:] = rows or [[""]]


def _add_row(rows: list[list[str]], rng: random.Random) -> None:
    rows.insert(rng.randrange(len(rows) + 1), [rng.choice(NOTES)])


def _join_rows(rows: list[list[str]], rng: random.Random) -> None:
    at = rng.randrange(len(rows))
    rows[at : at + 2] = [[cell for row in rows[at : at + 2] for cell in row]]


def _break_row(rows: list[list[str]], rng: random.Random) -> None:
    at = rng.randrange(len(rows))
    place = rng.randrange(len(rows[at]) + 1)
    rows[at : at + 1] = [rows[at][:place], rows[at][place:]]


def _swap_rows(rows: list[list[str]], rng: random.Random) -> None:
    a, b = (rng.randrange(len(rows)) for _ in range(2))
    rows[a], rows[b] = rows[b], rows[a]


def _quote(rows: list[list[str]], rng: random.Random) -> None:
    row, place = _cell(rows, rng)
    row[place] = rng.choice(['"', "'"]) + row[place] + rng.choice(["", '"', '""'])


ROWS = [
    _edit, _edit, _edit, _drop, _insert, _append, _drop_column, _strip, _double_row, _drop_row,
    _add_row, _join_rows, _break_row, _swap_rows, _quote,
]  # fmt: skip

YAML = [
    "&a [*a]", "!!python/object:os.system x", "{a: {a: {a: }}}", "yes", "~", "1e999", "-1", "[]",
    "{}", "'", '"', "- x", "? x", "<<: *x", "0x1F", "1:30", "[" * 500, "9" * 400, ".nan",
    "2020-01-01",
]  # fmt: skip
LAUGHS = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 8)}]\n"
    for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)


def _yaml(file: Path, rng: random.Random) -> tuple[str, bool]:
    if rng.random() < 0.4:
        return _text(file, rng)
    lines = file.read_text("utf-8", "replace").split("\n")
    at = rng.randrange(len(lines))
    key, colon, _ = lines[at].partition(":")
    done = rng.choice(["value", "key", "double", "indent", "laughs", "block"])
    if done == "value":
        lines[at] = f"{key}{colon or ':'} {rng.choice(YAML)}"
    elif done == "key":
        lines[at] = lines[at].replace(key.strip(), rng.choice(YAML))
    elif done == "double":
        lines.insert(at, lines[rng.randrange(len(lines))])
    elif done == "indent":
        lines[at] = rng.choice(["", "  ", "\t", "    "]) + lines[at].strip()
    elif done == "laughs":
        lines.insert(0, LAUGHS + "task: *j")
    else:
        del lines[at : at + rng.randrange(6)]
    file.write_text("\n".join(lines), "utf-8")
    return done, False


# --- JSON, HDF5, zarr ---------------------------------------------------------------------------


def _json(file: Path, rng: random.Random) -> tuple[str, bool]:
    text = file.read_text("utf-8", "replace")
    numbers = list(re.finditer(r"-?\d+", text))
    done = rng.choice(["number", "number", "word", "bytes"])
    if done == "number" and numbers:
        found = rng.choice(numbers)
        changed = rng.choice([*map(str, HUGE), "1e999", "[]", '"x"', "null", "1.5"])
        file.write_text(text[: found.start()] + changed + text[found.end() :], "utf-8")
    elif done == "word":
        words = re.findall(r'"[^"]+"', text) or ['""']
        file.write_text(text.replace(rng.choice(words), rng.choice(words), 1), "utf-8")
    else:
        return _bytes(file, rng)
    return f"{done} of {file.name}", True


def _chunk(file: Path, rng: random.Random) -> tuple[str, bool]:
    if rng.random() < 0.2:
        file.unlink()
        return f"without {file.name}", True
    return _bytes(file, rng)


def _hdf5(file: Path, rng: random.Random) -> tuple[str, bool]:
    if rng.random() < 0.35 or not h5py.is_hdf5(file):
        return _bytes(file, rng)
    with h5py.File(file, "a") as opened:
        names: list[str] = []
        opened.visit(names.append)
        if not names:
            return "nothing", False
        name = rng.choice(names)
        if rng.random() < 0.2:
            return _attribute(opened, rng.choice(names), rng), True
        if isinstance(opened[name], h5py.Group):
            del opened[name]
            done = rng.choice(["deleted", "array", "link", "circle"])
            if done == "array":
                opened[name] = np.arange(3)
            elif done == "link":
                opened[name] = h5py.ExternalLink("other.h5", "/x")
            elif done == "circle":
                opened[name] = h5py.SoftLink("/")
            return f"{done} {name}", True
        return _dataset(opened, name, rng), True


def _attribute(opened: h5py.File, name: str, rng: random.Random) -> str:
    attributes = opened[name].attrs
    if not len(attributes):
        return "nothing"
    key = rng.choice(sorted(attributes))
    if rng.random() < 0.3:
        del attributes[key]
        return f"without {name}@{key}"
    new = rng.choice(
        [rng.choice(HUGE), [rng.choice(HUGE), 4], [4, 8, 1], "x", "", 1.5, "csc_matrix"]
    )
    attributes[key] = new
    return f"{name}@{key} {new}"


def _dataset(opened: h5py.File, name: str, rng: random.Random) -> str:
    stored = opened[name]
    if stored.size is None or stored.size > 1000:
        return "nothing"
    values, kept = np.atleast_1d(stored[()]), dict(stored.attrs)
    number = values.dtype.kind in "iuf"
    flat = values.ravel()
    done = rng.choice(["cell", "cell", "shorter", "longer", "turned", "kind", "deeper", "declared",
                       "empty", "scalar", "object"])  # fmt: skip
    made: dict[str, Any] = {"data": values}
    if done == "cell" and number and flat.size:
        new = rng.choice([*HUGE, 2, 3, 7])
        flat = flat.astype("f8" if values.dtype.kind == "f" else "i8")
        flat[rng.randrange(flat.size)] = rng.choice([np.inf, np.nan, new]) if (
            values.dtype.kind == "f"
        ) else new  # fmt: skip
        made["data"] = flat.reshape(values.shape)
    elif done == "shorter":
        made["data"] = values[: rng.randrange(len(values) + 1)]
    elif done == "longer":
        made["data"] = np.concatenate([values, values[: rng.randrange(len(values) + 1)]])
    elif done == "turned":
        made["data"] = values[::-1]
    elif done == "kind":
        kind = rng.choice(["f2", "f8", "i1", "u8", "c16", "S3", "?"])
        made["data"] = values.astype(kind) if number else np.arange(len(values))
    elif done == "deeper":
        made["data"] = values[..., None]
    elif done == "declared":
        shape = rng.choice([(10**9,), (10**12,), (10**5, 10**6), (2**40, 3)])
        made = {"shape": shape, "dtype": stored.dtype, "chunks": True}
    elif done == "empty":
        made = {"data": h5py.Empty("f4")}
    elif done == "scalar":
        made = {"data": 3}
    elif done == "object":
        made = {"data": np.array(["x"] * len(values), dtype=object), "dtype": h5py.string_dtype()}
    if "dtype" not in made and np.asarray(made["data"]).dtype.kind == "O":
        made["dtype"] = h5py.string_dtype()
    del opened[name]
    opened.create_dataset(name, **made)
    opened[name].attrs.update(kept)
    return f"{done} {name}"


# --- workbooks and parquet ----------------------------------------------------------------------


def _excel(file: Path, rng: random.Random) -> tuple[str, bool]:
    if rng.random() < 0.3 or not zipfile.is_zipfile(file):
        return _bytes(file, rng)
    with zipfile.ZipFile(file) as archive:
        try:
            members = {name: archive.read(name) for name in archive.namelist()}
        except Exception:
            return _bytes(file, rng)
    name = rng.choice([n for n in members if "sheet1" in n] * 3 + sorted(members))
    text = members[name].decode("utf-8", "replace")
    done = rng.choice(
        ["place", "place", "value", "type", "tag", "bytes", "without", "doctype", "big"]
    )
    if done == "place":
        places = re.findall(r'r="[A-Z]+\d+"', text) or ["<"]
        new = rng.choice(
            ["XFD1048576", "A1", "ZZZ99999999", "A0", "", "AAAAAAA1", "XFD1", "B1048576"]
        )
        text = text.replace(rng.choice(places), f'r="{new}"', 1)
    elif done == "value":
        values = re.findall(r">[^<>]+<", text) or ["<"]
        weird = rng.choice(WEIRD).replace("<", "").replace("\0", "")
        text = text.replace(rng.choice(values), f">{weird}<", 1)
    elif done == "type":
        kind = rng.choice(["s", "e", "b", "d", "str", "inlineStr", "x"])
        text = re.sub(r"<c r", f'<c t="{kind}" r', text, count=rng.choice([1, 1, 0]))
    elif done == "tag":
        tags = re.findall(r"<[^>]+>", text) or ["<"]
        text = text.replace(rng.choice(tags), rng.choice(["", "<row>", "</row>", "<c>", "<!--"]), 1)
    elif done == "doctype":
        laughs = "".join(
            f'<!ENTITY {b} "{f"&{a};" * 9}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        )
        text = f'<!DOCTYPE x [<!ENTITY a "x">{laughs}]>' + text.replace("<v>", "<v>&i;", 1)
    elif done == "big":
        text += " " * (1 << 24)
    members[name] = text.encode("utf-8", "replace")
    if done == "bytes":
        members[name] = rng.choice(BYTES)(members[name], rng)
    elif done == "without":
        del members[name]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return f"{done} of {name}", True


def _parquet(file: Path, rng: random.Random) -> tuple[str, bool]:
    if rng.random() < 0.4:
        return _bytes(file, rng)
    try:
        table = parquet.read_table(io.BytesIO(file.read_bytes()))
    except Exception:
        return _bytes(file, rng)
    at = rng.randrange(table.num_columns)
    name = table.column_names[at]
    done = rng.choice(["kind", "renamed", "without", "metadata", "short", "nested"])
    column = table.column(at)
    if done == "kind":
        changed = rng.choice([
            pa.array([rng.choice(WEIRD[:12]) for _ in range(len(column))]),
            pa.array([True] * len(column)), pa.nulls(len(column)),
            pa.array([2**62] * len(column)), pa.array([np.inf] * len(column)),
            pa.array([b"x"] * len(column)), pa.array([3] * len(column), pa.timestamp("ns")),
            pa.array([3] * len(column), pa.decimal128(10, 2)), pa.array(["x"] * len(column)).
            dictionary_encode(), pa.array([1.5] * len(column), pa.float16()),
        ])  # fmt: skip
        table = table.set_column(at, name, changed)
    elif done == "renamed":
        new = rng.choice([table.column_names[0], "", "x", "__index_level_0__"])
        table = table.rename_columns(
            [new if i == at else n for i, n in enumerate(table.column_names)]
        )
    elif done == "without":
        table = table.remove_column(at)
    elif done == "metadata":
        known = json.loads((table.schema.metadata or {}).get(b"pandas", b"{}"))
        known["index_columns"] = rng.choice([[], ["x"], [name], [{"kind": "range"}], 3])
        table = table.replace_schema_metadata({b"pandas": json.dumps(known).encode()})
    elif done == "short":
        table = table.slice(0, rng.randrange(table.num_rows + 1))
    else:
        table = table.set_column(at, name, pa.array([[1, 2]] * len(column)))
    parquet.write_table(table, file)
    return f"{done} {name}", True
