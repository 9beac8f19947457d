"""The last failures of a board's tasks, kept over restarts; loaded when there is one to keep."""

import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from supervisor import Supervisor

_MOST_CRASHES = 4
_MOST_WRITES = 4  # in one boot; a crash that repeats shall not wear flash
_MOST_TEXT = 100


def add(watcher: "Supervisor", task: str, text: str) -> None:
    """Keep one failure; the same one again is kept once.

    Args:
        watcher: Whose log; its ``crashes`` change, and its file.
        task: Which task failed.
        text: How, in words; a long one is cut.
    """
    text = text[:_MOST_TEXT]
    crashes = watcher.crashes
    if crashes and crashes[-1][2:] == [task, text]:
        return
    crashes.append([watcher.boot, watcher.uptime.ms(), task, text])
    del crashes[:-_MOST_CRASHES]
    if watcher.writes < _MOST_WRITES:
        watcher.writes += 1
        try:
            files.write_sealed(watcher.path, crashes)
        except OSError:
            pass  # it stays in memory
