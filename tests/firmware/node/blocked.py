"""A whole board whose loop hangs, as in a name query or a handshake, for longer than a test waits.

Usage: blocked.py <firmware directory> <config> <kind> <marker>

Once the board runs, the loop is blocked: it writes the marker, does nothing else for 30 s, and
writes the marker again. `busy` computes, `sleep` rests in a call that does not come back.
"""

import asyncio
import sys
import time

sys.path.insert(0, sys.argv[1])

import config
import files
import folders
import main

BLOCK_S = 30


def block(kind, marker):
    """Hold the loop, and with it every task."""
    files.write(marker, b"blocked")
    if kind == "sleep":
        time.sleep(BLOCK_S)
    else:
        end_s = time.time() + BLOCK_S
        while time.time() < end_s:
            sum(range(100))
    files.write(marker, b"free")


async def board(path, kind, marker):
    settings, wrong = config.load(files.read(path))
    program = asyncio.create_task(main.run(settings, wrong))
    while not folders.names(str(settings["ring"])):  # noqa: ASYNC110, all it says is that file
        await asyncio.sleep(0.05)
    block(kind, marker)
    await program


asyncio.run(board(*sys.argv[2:5]))
