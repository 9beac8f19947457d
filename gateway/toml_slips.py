"""What a line that is no TOML was mostly meant to say."""

import re
from collections.abc import Callable
from typing import Final

_COMMA: Final = re.compile(r"=\s*([-+]?\d+),(\d+)\s*(?:[,}#]|$)")
_WORD: Final = re.compile(r"([A-Za-z0-9_-]+)\s*=\s*([A-Za-z_][A-Za-z0-9_./-]*)\s*(?:[,}#]|$)")
_SLIPS: Final[tuple[tuple[Callable[[str], object], str], ...]] = (
    (re.compile(r",\s*}").search, "Remove the comma before the }"),
    (lambda line: line.count('"') % 2, "A quotation mark is missing on this line"),
    (lambda line: line.count("{") > line.count("}"), "The closing } of this line is missing"),
)
_NO_TEXTS: Final = ("true", "false", "inf", "nan")


def remedy_of(line: str, message: str) -> str:
    """What to write instead.

    Args:
        line: The line as it stands.
        message: What `tomllib` says about it.
    """
    if "overwrite" in message or "declare" in message.lower() or "Duplicate" in message:
        name = line.strip().strip("[]").split("=")[0].strip()
        return f"{name} stands there already: rename or remove one"
    if found := _COMMA.search(line):
        return f"Decimals take a point: {found[1]}.{found[2]}"
    for key, word in _WORD.findall(line):
        if word not in _NO_TEXTS:
            return f'Words need quotes: {key} = "{word}"'
    return next(
        (remedy for slip, remedy in _SLIPS if slip(line)),
        "Mend the TOML on this line: texts in quotes, lists in [ ]",
    )
