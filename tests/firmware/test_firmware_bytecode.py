"""Every module becomes bytecode for every port, and a slot's flash holds all of it."""

import json

import pytest

from gateway.boards import program, release
from gateway.boards.manifest import STAGE_ONE

SLOT_BYTES = 160 * 1024
"""What one of two slots may take of a chip's flash, beside the ring store and the port."""

MODULE_BYTES, JOINED_BYTES = 5 * 1024, 28 * 1024
"""A module that comes and goes, and the one that stays: a slot keeps them in blocks of 4 KiB."""


MANIFEST_BYTES = 8_192
"""The longest list of files that a board reads."""


@pytest.mark.parametrize("port", program.ARCHITECTURES)
def test_every_module_becomes_bytecode(port: str) -> None:
    files = program.slot_files(port)
    modules = set(program.modules()) - set(STAGE_ONE) - (set(program.JOINED) - {"main"})
    assert set(files) == {f"{name}.mpy" for name in modules}
    assert len(modules) > 40
    for name, content in files.items():
        assert content[:2] == b"M\x06", name
        assert len(content) <= (JOINED_BYTES if name == "main.mpy" else MODULE_BYTES), name
    assert sum(map(len, files.values())) <= SLOT_BYTES
    assert set(program.stage_one(port)) == {"main.py", "slots.mpy"}


def test_bytecode_is_smaller_than_its_source_and_a_board_can_read_the_list() -> None:
    files = program.slot_files("esp32")
    for name, path in program.modules().items():
        if name not in {*STAGE_ONE, *program.JOINED}:
            assert len(files[f"{name}.mpy"]) < path.stat().st_size, name
    made = release.make("1.0.0", 1, "esp32", program.MPY_VERSION, files)
    assert len(json.loads(made.text)["files"]) == len(files)
    assert len(made.text) <= MANIFEST_BYTES
