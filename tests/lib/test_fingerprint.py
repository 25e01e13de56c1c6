"""A module's hash changes with its meaning alone, and no import stays hidden."""

import ast
from pathlib import Path

import pytest

import dxtransfer
from dxtransfer import fingerprint

PACKAGE_ROOT = Path(dxtransfer.__path__[0])
BODY = "LIMIT = 3\n\n\ndef within(x):\n    return x < LIMIT\n"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Write modules of a package of its own and hash them: `package(a="...", b="...")`."""
    monkeypatch.setattr(fingerprint, "ROOT", tmp_path)

    def forget():
        fingerprint._read.cache_clear()
        fingerprint._kept.cache_clear()

    def write(*asked, **modules):
        forget()
        for name, text in modules.items():
            path = tmp_path.joinpath(*name.split("__"))
            path.parent.mkdir(exist_ok=True)
            path.with_suffix(".py").write_text(text)
        return fingerprint.code(*(f"dxtransfer.{name}" for name in asked or ("a",)))

    yield write
    forget()


@pytest.mark.parametrize(
    "same",
    [
        "# a comment\n" + BODY,
        '"""A docstring."""\n\n' + BODY,
        BODY.replace("    return", '    """Say so."""\n    return'),
        BODY.replace("    return", "    # why\n\n\n    return"),
        BODY.replace("x < LIMIT", "(\n        x\n        < LIMIT\n    )"),
    ],
)
def test_comments_docstrings_and_layout_change_nothing(package, same):
    assert package(a=same) == package(a=BODY)


@pytest.mark.parametrize(
    "other",
    [
        BODY.replace("3", "4"),
        BODY.replace("<", "<="),
        BODY + "print('loaded')\n",
        BODY.replace("    return", '    name = """Say so."""\n    return'),
    ],
)
def test_a_change_of_meaning_changes_the_hash(package, other):
    assert package(a=other) != package(a=BODY)


@pytest.mark.parametrize(
    "line",
    [
        "from dxtransfer.b import x",
        "from dxtransfer import b",
        "import dxtransfer.b",
        "def late():\n    from dxtransfer.b import x",
        "if True:\n    import dxtransfer.b as other",
        "if True:\n    pass\nelse:\n    import dxtransfer.b",
        "try:\n    pass\nexcept OSError:\n    from dxtransfer import b",
        "try:\n    pass\nfinally:\n    from dxtransfer import b",
        "match 1:\n    case 1:\n        from dxtransfer import b",
        "class A:\n    def late(self):\n        with self:\n            from dxtransfer import b",
    ],
)
def test_imports_are_followed_wherever_they_stand(package, line):
    before = package(a=line, b="from dxtransfer.inner.c import x", inner__c=BODY)
    assert list(before) == ["dxtransfer.a", "dxtransfer.b", "dxtransfer.inner.c"]
    after = package(inner__c=BODY.replace("3", "4"))
    assert [name for name in before if before[name] != after[name]] == ["dxtransfer.inner.c"]


def test_a_circle_of_imports_ends_and_other_packages_do_not_count(package):
    found = package(a="import numpy\nfrom dxtransfer.b import x", b="import dxtransfer.a")
    assert list(found) == ["dxtransfer.a", "dxtransfer.b"]


@pytest.mark.parametrize(
    "line",
    [
        "from . import b",
        "from .b import x",
        "from dxtransfer.b import *",
        "from os import *",
        "import importlib\nimportlib.import_module('dxtransfer.b')",
        "from importlib import import_module\nimport_module('dxtransfer.b')",
        "__import__('dxtransfer.b')",
    ],
)
def test_an_import_that_would_hide_code_is_refused(package, line):
    with pytest.raises(ValueError, match=r"line \d"):
        package(a=line, b=BODY)


@pytest.mark.parametrize("name", ["nowhere", "learn.nowhere"])
def test_a_module_that_does_not_exist_is_refused(name):
    with pytest.raises(ValueError, match="no module"):
        fingerprint.code(f"dxtransfer.{name}")
    with pytest.raises(ValueError, match="no module"):
        fingerprint.code("numpy.linalg")


def test_a_file_is_parsed_once_for_all_processes(package, monkeypatch):
    first = package(a="from dxtransfer.b import x", b=BODY)
    parsed, parse = [], fingerprint._parsed
    monkeypatch.setattr(
        fingerprint, "_parsed", lambda text, path: parsed.append(text) or parse(text, path)
    )
    assert package() == first
    assert parsed == []
    other = BODY.replace("3", "4")
    after = package(b=other)
    assert parsed == [other]
    assert [name for name in first if first[name] != after[name]] == ["dxtransfer.b"]
    assert package(b=BODY) == first
    assert parsed == [other]


def test_another_python_or_another_way_to_hash_parses_anew(package, monkeypatch):
    first = package(a=BODY)
    monkeypatch.setattr(fingerprint, "_self", lambda: "another")
    monkeypatch.setattr(fingerprint, "_parsed", lambda text, path: ("0", []))
    assert package() == {"dxtransfer.a": "0"} != first


def test_what_is_kept_follows_a_module_that_becomes_a_package(package, tmp_path):
    package(a="from dxtransfer.b import c", b=BODY)
    tmp_path.joinpath("b.py").unlink()
    assert list(package(b__c=BODY)) == ["dxtransfer.a", "dxtransfer.b.c"]


@pytest.mark.parametrize("damage", ["", "{", "[]"])
def test_damage_to_what_is_kept_does_no_harm(package, tmp_path, damage):
    first = package(a=BODY)
    (kept,) = tmp_path.joinpath("__pycache__").iterdir()
    kept.write_text(damage)
    assert package() == first


def test_a_folder_that_cannot_be_written_to_does_no_harm(package, tmp_path):
    tmp_path.joinpath("__pycache__").write_text("no folder")
    assert list(package(a=BODY)) == ["dxtransfer.a"]


def test_every_module_of_the_package_can_be_hashed():
    for path in sorted(PACKAGE_ROOT.rglob("*.py")):
        parts = path.relative_to(PACKAGE_ROOT).with_suffix("").parts
        if parts[-1] != "__init__":
            name = ".".join(["dxtransfer", *parts])
            assert name in fingerprint.code(name)


def test_package_init_files_are_empty_since_they_are_not_followed():
    for path in PACKAGE_ROOT.rglob("__init__.py"):
        assert not ast.parse(path.read_text()).body, path
