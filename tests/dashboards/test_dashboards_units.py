"""The page's own tests: its pure functions, run by Vitest."""

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "dashboards" / "operator"


def test_the_pages_own_tests_pass() -> None:
    programs = Path(sys.executable).parent
    done = subprocess.run(
        [programs / "npm", "run", "--silent", "test"],
        cwd=PAGE,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Tests +\d+ passed", done.stdout)
