"""What code a rule depends on, as hashes that Snakemake compares as params.

Snakemake reruns a rule when its script changes, but does not look into the library that the
script imports. `code` follows the imports of a module and gives one hash per module, over the
syntax tree without comments, docstrings and layout, so that only a change of meaning counts.

Every job of Snakemake reads all rules anew, so what was found of a text is kept beside Python's own
compiled files, for this Python and this module.
"""

import ast
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from dxtransfer.files import atomic

PACKAGE = "dxtransfer"
ROOT = Path(__file__).parent
DYNAMIC = {"__import__", "import_module"}


def code(*modules: str) -> dict[str, str]:
    """Hash modules of this package and all modules of it that they import.

    Parameters
    ----------
    modules
        Full names, such as ``dxtransfer.cohorts.qc``.

    Returns
    -------
    dict
        Module name to the first 12 hexadecimal digits of its SHA-256, sorted by name.

    Raises
    ------
    ValueError
        For a module that does not exist, and for relative, dynamic or starred imports, since they
        would hide a dependency.
    """
    kept = _kept()
    before, found = len(kept), dict[str, str]()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in found:
            found[module], imported = _read(_file(module))
            waiting.extend(imported)
    if len(kept) > before:
        # A folder that cannot be written to only costs time.
        with suppress(OSError), atomic(_kept_in()) as temporary:
            temporary.write_text(json.dumps(kept))
    return dict(sorted(found.items()))


def _file(module: str) -> Path:
    path = ROOT.joinpath(*module.split(".")[1:])
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file() and module.split(".")[0] == PACKAGE:
            return candidate
    raise ValueError(f"no module {module} in {PACKAGE}")


@cache
def _read(path: Path) -> tuple[str, set[str]]:
    text, kept = path.read_text(), _kept()
    key = hashlib.sha256((_self() + text).encode()).hexdigest()
    if key not in kept:
        kept[key] = _parsed(text, path)
    digest, imports = kept[key]
    return digest, {_module(*names) for names in imports}


def _parsed(text: str, path: Path) -> tuple[str, list[list[str]]]:
    tree = ast.parse(text, filename=str(path))
    if any(name in text for name in DYNAMIC):
        _refuse_dynamic(tree, path)
    statements = list(_statements(tree.body))
    imports = list(_imports(statements, path))
    for node in (tree, *statements):
        _drop_docstring(node)
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:12], imports


def _kept_in() -> Path:
    return ROOT / "__pycache__" / "fingerprint.json"


@cache
def _self() -> str:
    """What a syntax tree and its hash depend on beside the text."""
    return sys.version + Path(__file__).read_text()


@cache
def _kept() -> dict[str, Any]:
    """Hash of the meaning and imports, by a hash of what they depend on."""
    try:
        kept = json.loads(_kept_in().read_text())
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements, nested ones too: a tenth of the tree's nodes."""
    for node in body:
        yield node
        for field in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(node, field, ()))
        for branch in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            yield from _statements(branch.body)


def _imports(statements: Iterable[ast.stmt], path: Path) -> Iterator[list[str]]:
    """A module of this package, or a module and a name in it, which may be a module, too."""
    for node in statements:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith(f"{PACKAGE}."):
                    yield [alias.name]
        elif isinstance(node, ast.ImportFrom):
            if node.level or any(alias.name == "*" for alias in node.names):
                raise ValueError(f"{path.name}, line {node.lineno}: absolute imports by name only")
            base = str(node.module)
            if base.split(".")[0] == PACKAGE:
                yield from ([base, alias.name] for alias in node.names)


def _module(base: str, name: str = "") -> str:
    """`from dxtransfer.cohorts import qc` means a module, `from dxtransfer.errors import X` not."""
    folder = ROOT.joinpath(*base.split(".")[1:])
    return f"{base}.{name}" if name and folder.is_dir() else base


def _refuse_dynamic(tree: ast.Module, path: Path) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in DYNAMIC:
            raise ValueError(f"{path.name}, line {node.lineno}: a dynamic import hides code")


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _drop_docstring(node: ast.AST) -> None:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        first = node.body[0] if node.body else None
        if (
            isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and isinstance(first.value.value, str)
        ):
            node.body = node.body[1:]
