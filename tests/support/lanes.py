"""A pytest plugin: a few real-time stories at once, and everything else beside them.

The stories run whole plants in real time: mostly they wait, and what they assert suffers when many
of them start at the same moment. So only so many workers tell stories, one after the other, while
the others work through everything else; when all are told, they join those.
"""

from typing import Final

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

LANES: Final = 2
"""How many stories run at a time."""

STORIES: Final = ("tests/system/", "tests/simulators/test_sim_sites.py")
"""Where files of real-time stories are."""


class Lanes(LoadFileScheduling):
    """A file is run by one worker, and a story only where a lane is free."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        self.workqueue.move_to_end(self._next_of(node), last=False)
        super()._assign_work_unit(node)

    def _next_of(self, node: WorkerController) -> str:
        """The first file in the queue that suits a worker, else the first of all."""
        telling = {
            other
            for other, units in self.assigned_work.items()
            if any(is_story(scope) and not all(done.values()) for scope, done in units.items())
        }
        wanted = node in telling or len(telling) < LANES
        suited = (scope for scope in self.workqueue if is_story(scope) == wanted)
        return next(suited, next(iter(self.workqueue)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Lanes | None:
    return Lanes(config, log) if config.option.dist == "loadfile" else None


def is_story(scope: str) -> bool:
    """Whether a file's tests run a plant in real time."""
    return scope.startswith(STORIES)
