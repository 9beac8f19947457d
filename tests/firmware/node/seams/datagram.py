"""In place of the firmware's datagrams: there is no network but the scripted broker."""

import sys

from datagram_real import *  # noqa: F403, the firmware's module under another name

sys.modules.pop("datagram_real")  # it leaves the heap together with this one


def open_datagrams(address, port):
    raise OSError(101, "no such network")
