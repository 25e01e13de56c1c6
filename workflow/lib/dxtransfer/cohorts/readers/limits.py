"""How much of what a file declares is believed: sizes that it can hold, in memory that there is."""

from pathlib import Path
from typing import Any

import h5py

from dxtransfer.errors import InputError
from dxtransfer.memory import check_memory

# Bytes that any file may declare, and above them how many times what it stores. Deflate packs at
# most 1032 times, and real tables much less: one value in a thousand that is not 0 packs 510 times.
SMALL, RATIO = 1 << 26, 1100
# groups within groups; a table of AnnData has three
DEEPEST = 8


def check_declared(stored: Any, *, path: Path, name: str) -> None:
    """Refuse an array of an HDF5 file or zarr store that declares more than the file can hold.

    Raises
    ------
    InputError
        For such an array, one that does not fit into memory, and one whose values lie in other
        files.
    """
    size = int(stored.dtype.itemsize)
    for length in stored.shape or ():
        size *= int(length)
    if isinstance(stored, h5py.Dataset):
        if stored.is_virtual or stored.external:
            raise InputError(f"{path}: the values of {name} lie in other files; write it whole")
        held = stored.id.get_storage_size()
    else:
        held = stored.nbytes_stored() if size > SMALL else size
        # one chunk is unpacked at a time, however little of it is used
        chunk = int(stored.dtype.itemsize)
        for length in stored.chunks:
            chunk *= int(length)
        check_memory(chunk, what=f"a chunk of {name}", path=path)
    if size > SMALL and size > RATIO * held:
        raise InputError(
            f"{path}: {name} declares {' x '.join(map(str, stored.shape))} values, of which the "
            f"file can hold none or few ({held:,} bytes); fetch or write it again"
        )
    # values become float32, whatever they are in the file
    wide = max(1, stored.dtype.itemsize // 4)
    check_memory(size // wide, what=name, path=path)


def checked_member(group: Any, name: str, *, path: Path, depth: int = 0) -> Any:
    """Member of a group of HDF5 or zarr, after a look at the sizes of all arrays in it.

    Raises
    ------
    KeyError
        Where there is no such member.
    InputError
        As `check_declared`, and for a link into another file.
    """
    if isinstance(group, h5py.Group):
        link = group.get(name, getlink=True)
        if isinstance(link, h5py.ExternalLink):
            raise InputError(f"{path}: {name} is a link into another file; write it whole")
    member = group[name]
    if hasattr(member, "shape"):
        check_declared(member, path=path, name=name)
    elif depth > DEEPEST:
        raise InputError(f"{path}: groups within groups without an end at {name}; write it again")
    else:
        for inner in member:
            checked_member(member, inner, path=path, depth=depth + 1)
    return member
