"""The names of a board's values, kept once under their checksum."""

import binascii
import json

import files
import header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from journal import Journal


def keep(directory: str, values: "list[str]") -> int:
    """Keep names of values, and return their checksum.

    Raises:
        OSError: Flash is full or broken.
    """
    schema = int(binascii.crc32(json.dumps(values).encode()))
    if names(directory, schema) != values:
        files.write_sealed(_path(directory, schema), values)
    return schema


def names(directory: str, schema: int) -> "list[str] | None":
    """The names under a checksum, or None when they are lost."""
    found = files.read_sealed(_path(directory, schema))
    return [str(name) for name in found] if isinstance(found, list) else None


def of(log: "Journal", index: int, directory: str) -> "tuple[int, list[str] | None]":
    """The size of a block's slots [bytes], and the names it was written with, None when lost."""
    opening = header.Header(log.blocks, index).opening()
    return (32, None) if opening is None else (opening[3], names(directory, opening[4]))


def _path(directory: str, schema: int) -> str:
    return "%s/%08x.val" % (directory, schema)
