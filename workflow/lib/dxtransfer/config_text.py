"""What YAML hides of a configuration: repeated keys, and words taken for other values."""

import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from dxtransfer.errors import InputError

PLAIN_NUMBER = re.compile(r"[+-]?(0|[1-9]\d*)(\.\d+)?")
# of a configuration, with its aliases written out; real ones have hundreds
MOST_VALUES = 100_000
ENDLESS = "blocks within blocks, or aliases (*) that repeat blocks, without an end; write them out"
TURNED = {
    "tag:yaml.org,2002:bool": "a truth value",
    "tag:yaml.org,2002:timestamp": "a date",
    "tag:yaml.org,2002:null": "nothing",
    "tag:yaml.org,2002:int": "a number",
    "tag:yaml.org,2002:float": "a number",
}


def check_texts(paths: Iterable[Path | str]) -> None:
    """Check the text of configuration files, of which Snakemake keeps the values alone.

    Raises
    ------
    InputError
        All errors, a line each: a key that appears twice in one block (YAML keeps the last
        without a word), and values or names of the block `task` that YAML takes for a truth
        value, a date or another number than is written (`yes`, `TRUE`, `off`, `010`, `1_000`). A
        file whose aliases have no end is an error of its own.
    """
    errors: list[str] = []
    for path in paths:
        try:
            root = yaml.compose(Path(path).read_text(), Loader=yaml.SafeLoader)
            if root is not None and _size(root, {}) > MOST_VALUES:
                raise InputError(f"{path}: {ENDLESS}")
        except RecursionError:
            raise InputError(f"{path}: {ENDLESS}") from None
        except (yaml.YAMLError, OSError, UnicodeDecodeError):
            # Snakemake has read it, so it is JSON or comes through a pipe.
            continue
        if isinstance(root, yaml.MappingNode):
            errors += _repeated(root, str(path), "")
            for key, value in root.value:
                if key.value == "task":
                    errors += _turned(value, str(path), "task")
    if errors:
        raise InputError("\n".join(errors))


def _size(node: yaml.Node, known: dict[int, float]) -> float:
    """Number of values once each alias is written out; without an end where it holds itself."""
    if id(node) not in known:
        known[id(node)] = math.inf
        inner = node.value if isinstance(node.value, list) else []
        parts = [part for item in inner for part in (item if isinstance(item, tuple) else [item])]
        known[id(node)] = 1 + sum(_size(part, known) for part in parts)
    return known[id(node)]


def _repeated(node: yaml.Node, path: str, block: str) -> Iterator[str]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(item, path, block)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: dict[str, int] = {}
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        if name in seen and name != "<<":
            yield (
                f"{path}, row {line}: the key {block + name!r} appears twice, in row {seen[name]} "
                "too; keep one of them"
            )
        seen[name] = line
        yield from _repeated(value, path, f"{block}{name}.")


def _turned(node: yaml.Node, path: str, block: str) -> Iterator[str]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _turned(key, path, block)
            yield from _turned(value, path, f"{block}.{key.value}")
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _turned(item, path, block)
    elif isinstance(node, yaml.ScalarNode) and node.style is None and node.value:
        kind = TURNED.get(node.tag, "")
        as_written = kind == "a number" and PLAIN_NUMBER.fullmatch(node.value)
        if kind and not as_written and node.value not in (".nan", "~"):
            yield (
                f"{path}, row {node.start_mark.line + 1}: {block}: YAML takes {node.value} for "
                f"{kind}; write it in quotes: '{node.value}'"
            )
