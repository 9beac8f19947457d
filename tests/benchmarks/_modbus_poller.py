"""The poller alone: everything up to judged samples, which are then dropped.

``python _modbus_poller.py SITE`` reads the site's file. Runs until it is killed.
"""

import asyncio
import sys
from pathlib import Path

from gateway.clock import Clock, SystemTime
from gateway.modbus.poller import Poller, Reading
from gateway.site import load_site


async def drop(_reading: Reading) -> None:
    """Nobody is interested."""


async def main(path: Path) -> None:
    site = load_site(path)
    config = site.config
    clock = Clock(SystemTime("assume"))
    await Poller(config.meter, config.line, site.profiles, clock, drop).run()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
