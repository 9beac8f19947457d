"""In place of the firmware's link: its own code beside it, but every stream leads to the host's."""

import sys

import day
import link_real  # noqa: F401, the firmware's module under another name takes what it takes

sys.modules.pop("link_real")  # it leaves the heap together with this one


async def open_stream(address, port, context, name):
    return await day.only.host.open()
