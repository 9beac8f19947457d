"""Makes sure the real programs the tests run are here: with apt when root, else names them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = {
    "mosquitto": "mosquitto",
    "victoria-metrics": "victoria-metrics",
    "chromium": "chromium",
    "faketime": "faketime",
    "openssl": "openssl",
    "strace": "strace",
    "systemd-analyze": "systemd",
    "mkfs.ext4": "e2fsprogs",
    "unshare": "util-linux",
    "mount": "mount",
}
"""Program -> the Debian package that holds it."""

FILES = {
    "usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc": "fonts-noto-cjk",
    "usr/lib/postgresql/*/bin/postgres": "postgresql",
}
"""File that is on no PATH, as a pattern below / -> the Debian package that holds it."""

_ROOT = Path("/")


def missing() -> list[str]:
    """Packages whose program or file is not on this machine."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    programs = [pkg for program, pkg in PACKAGES.items() if not shutil.which(program, path=path)]
    return sorted(programs + [pkg for file, pkg in FILES.items() if not any(_ROOT.glob(file))])


def main() -> int:
    """Install what is missing, or say what a person must install."""
    packages = missing()
    if not packages:
        return 0
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.stderr.write(
            f"The tests need {', '.join(packages)}. Install them, then run this again:\n"
            f"  sudo apt-get install --no-install-recommends {' '.join(packages)}\n"
        )
        return 1
    sys.stderr.write(f"installing from Debian: {' '.join(packages)}\n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(["apt-get", "-qq", *command], check=False, env=environment)
        if done.returncode != 0:
            sys.stderr.write(f"apt-get {command[0]} failed; the tests need {', '.join(packages)}\n")
            return 1
    if left := missing():
        sys.stderr.write(f"installed, and yet not found: {', '.join(left)}\n")
    return 1 if missing() else 0


if __name__ == "__main__":
    sys.exit(main())
