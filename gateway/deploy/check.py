"""`make deploy-check`: would the installation on a Raspberry Pi resolve?

Asks pip to resolve the hashed lock for 64-bit Raspberry Pi OS without installing anything, every
package as a wheel (a Pi is not to compile), and reads the service unit.
"""

import configparser
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
UNIT: Final = Path(__file__).parent / "hinoban.service"

TARGETS: Final = {
    "Raspberry Pi OS 12 (bookworm), aarch64, Python 3.11": ("3.11", "2_36"),
    "Raspberry Pi OS 13 (trixie), aarch64, Python 3.13": ("3.13", "2_41"),
}
"""Target -> Python and glibc it has."""

OLDEST_GLIBC: Final = 17
NEEDED: Final = {
    "Unit": ("Description", "After"),
    "Service": ("User", "ExecStart", "ExecReload", "Restart", "StateDirectory", "NoNewPrivileges"),
    "Install": ("WantedBy",),
}


def resolve(python: str, glibc: str, lock: Path) -> str | None:
    """What hinders the installation on a target; None where everything resolves.

    Args:
        python: Version of Python there.
        glibc: Version of its C library, such as "2_36".
        lock: The hashed lock file.
    """
    newest = int(glibc.split("_")[1])
    platforms = [f"manylinux_2_{minor}_aarch64" for minor in range(newest, OLDEST_GLIBC - 1, -1)]
    with tempfile.TemporaryDirectory() as target:
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet",
                   "--disable-pip-version-check", "--only-binary=:all:", "--require-hashes",
                   "--ignore-installed", "--no-deps", "--target", target,
                   "--python-version", python, "--implementation", "cp",
                   *(f"--platform={platform}" for platform in platforms),
                   "--platform=manylinux2014_aarch64", "-r", str(lock)]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    return "\n".join(errors or done.stderr.splitlines()[-3:])


def unit_problems(path: Path) -> list[str]:
    """What is missing or refused in the service unit."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(path, encoding="utf-8")
    problems = [
        f"{path.name}: [{section}] has no {key}="
        for section, keys in NEEDED.items()
        for key in keys
        if not unit.has_option(section, key)
    ]
    if not problems and (analyze := shutil.which("systemd-analyze")):
        with tempfile.TemporaryDirectory() as folder:
            # The user and the command exist on the Pi, not here: judge the rest.
            copy = Path(folder) / path.name
            text = path.read_text(encoding="utf-8")
            text = text.replace("User=hinoban", "User=root").replace("Group=hinoban", "Group=root")
            for key in ("ExecStart", "ExecReload"):
                text = text.replace(unit["Service"][key], sys.executable)
            copy.write_text(text, encoding="utf-8")
            done = subprocess.run(
                [analyze, "verify", "--man=no", str(copy)],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
        problems += [line for line in done.stderr.splitlines() if path.name in line]
    return problems


def main() -> int:
    """Check both; print what was found."""
    failed = unit_problems(UNIT)
    judged = "holds" if shutil.which("systemd-analyze") else "has its keys; systemd is not here"
    sys.stdout.write("".join(f"{problem}\n" for problem in failed) or f"{UNIT.name}: {judged}\n")
    for name, (python, glibc) in TARGETS.items():
        hindrance = resolve(python, glibc, ROOT / "requirements.lock")
        sys.stdout.write(f"{name}: {hindrance or 'every package resolves to a wheel'}\n")
        if hindrance:
            failed.append(name)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
