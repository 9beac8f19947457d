"""Reading the site's TOML file: the whole list of problems, or a configuration that holds."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.config import Config, MeterTables, Storage
from gateway.config_broken import Broken
from gateway.config_rules import broken_rules
from gateway.problems import ConfigError, Problem, did_you_mean
from gateway.toml_lines import Path as KeyPath
from gateway.toml_lines import line_of, lines_of
from gateway.toml_slips import remedy_of

_AT_LINE: Final = re.compile(r" \(at line (\d+), column \d+\)$")
_NAMED_BY: Final = ("id", "row")
_TLS: Final = ("tls_ca", "tls_certificate", "tls_key")

_EXAMPLE: Final = "gateway/deploy/example-plant.toml"

Table = TypeVar("Table", bound=BaseModel)
Tables = TypeVar("Tables", bound=MeterTables)

_REMEDIES: Final = {
    "missing": "Add it",
    "string_pattern_mismatch": "Use lower-case letters, digits, '-' and '_' (points also '.')",
    "bool_parsing": "Write true or false",
    "int_parsing": "Write a whole number without quotes",
    "int_type": "Write a whole number without quotes",
    "int_from_float": "Write a whole number",
    "float_parsing": "Write a number without quotes",
    "float_type": "Write a number without quotes",
    "string_type": "Write a text in quotes",
    "tuple_type": "Write a list in [ ]",
    "dict_type": "Write a table",
    "model_type": "Write a table",
}


class MetersOnly(MeterTables):
    """What `check --meter` takes from a site's file; the rest need not be there, nor be right."""

    storage: Storage | None = None


@dataclass(frozen=True, slots=True)
class ConfigFile(Generic[Tables]):
    """A site's file that fits the schema; its rules may still be broken.

    Args:
        name: The file's name.
        config: Relative paths are taken from the file's own folder.
        lines: Where each key stands.
        raw: The tables as written.
    """

    name: str
    config: Tables
    lines: dict[KeyPath, int]
    raw: Mapping[str, Any]

    def problem(self, path: KeyPath, value: str, reason: str, remedy: str) -> Problem:
        """A problem with a key of this file."""
        line = line_of(self.lines, path)
        return Problem(self.name, line, _words(path, self.raw), value, reason, remedy)

    def problems(self, found: Iterable[Broken]) -> list[Problem]:
        """Broken rules, with where they stand in this file."""
        return [
            self.problem(broken.path, broken.value, broken.reason, broken.remedy)
            for broken in found
        ]


def load_config(path: Path) -> Config:
    """Read and check a site's file alone, without what it names.

    Raises:
        ConfigError: With every problem found, each with line, value, reason and remedy.
    """
    file = read_config(path)
    if problems := file.problems(broken_rules(file.config)):
        raise ConfigError(problems)
    return file.config


def read_config(path: Path) -> ConfigFile[Config]:
    """Read a site's file as far as TOML and schema go.

    Raises:
        ConfigError: It cannot be read, is no TOML or does not fit the schema.
    """
    return _read(path, Config, Config.model_fields)


def read_meters(path: Path) -> ConfigFile[MetersOnly]:
    """Read [site], [[line]] and [[meter]] of a site's file as far as TOML and schema go.

    Raises:
        ConfigError: It cannot be read, is no TOML or these do not fit the schema.
    """
    return _read(path, MetersOnly, MetersOnly.model_fields)


def _read(path: Path, model: type[Tables], wanted: Iterable[str]) -> ConfigFile[Tables]:
    name = path.name
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        reason = err.strerror if isinstance(err, OSError) else "it is not UTF-8 text"
        raise ConfigError(
            [Problem(str(path), None, "file", "", f"cannot be read: {reason}", "Check the path")]
        ) from err
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as err:
        raise ConfigError([_syntax_problem(name, text, str(err))]) from err
    lines = lines_of(text)
    left_out = Config.model_fields.keys() - set(wanted)
    raw = {key: value for key, value in raw.items() if key not in left_out}
    try:
        config = model.model_validate(raw)
    except ValidationError as err:
        raise ConfigError(
            _schema_problem(name, lines, raw, detail)
            for detail in err.errors()
            if not _belongs_to_points(detail, raw)
        ) from err
    return ConfigFile(name, _with_paths(config, path.parent), lines, raw)


def _with_paths(config: Tables, folder: Path) -> Tables:
    tables: dict[str, object] = {
        "site": _below(config.site, folder, ("profiles",)),
        "line": tuple(_below(line, folder, _TLS) for line in config.line),
    }
    if isinstance(config, Config | MetersOnly) and config.storage is not None:
        tables["storage"] = _below(config.storage, folder, ("directory", "signing_key"))
    if isinstance(config, Config):
        tables |= {
            "cofiring": _below(config.cofiring, folder, ("lots_file",)),
            "mqtt": _below(config.mqtt, folder, (*_TLS, "password_file")),
            "footprint": config.footprint
            and _below(config.footprint, folder, (*_TLS, "password_file")),
            "provisioning": _below(config.provisioning, folder, ("directory", "wlan_key_file")),
            "recipient": tuple(_below(one, folder, ("url_file",)) for one in config.recipient),
            "heartbeat": config.heartbeat and _below(config.heartbeat, folder, ("url_file",)),
        }
    return config.model_copy(update=tables)


def _below(table: Table, folder: Path, keys: Sequence[str]) -> Table:
    """A table with its relative paths taken from the folder."""
    files = {key: getattr(table, key) for key in keys}
    return table.model_copy(update={key: folder / file for key, file in files.items() if file})


def _syntax_problem(name: str, text: str, message: str) -> Problem:
    found = _AT_LINE.search(message)
    line = int(found.group(1)) if found else None
    value = text.splitlines()[line - 1].strip() if line and line <= text.count("\n") + 1 else ""
    reason = _AT_LINE.sub("", message)
    remedy = remedy_of(value, message)
    return Problem(name, line, value.split("=")[0].strip() or "file", "", reason, remedy)


def _without_points(path: Sequence[str | int], raw: Mapping[str, Any]) -> list[str]:
    """The lines of a meter that has no points and whose lines were meant as such."""
    if len(path) < 3 or path[0] != "meter" or not isinstance(path[1], int):
        return []
    table = raw["meter"][path[1]]
    if "points" in table:
        return []
    known = _keys_beside(("meter", 0, "points"))
    return [key for key, value in table.items() if key not in known and isinstance(value, str)]


def _belongs_to_points(detail: ErrorDetails, raw: Mapping[str, Any]) -> bool:
    """Whether a key is unknown only because [meter.points] does not stand above it."""
    path = detail["loc"]
    return detail["type"] == "extra_forbidden" and path[-1] in _without_points(path, raw)


def _schema_problem(
    name: str, lines: dict[KeyPath, int], raw: Mapping[str, Any], detail: ErrorDetails
) -> Problem:
    path: KeyPath = tuple(part for part in detail["loc"] if part != "[key]")
    value = detail["input"]
    shown = "" if isinstance(value, dict | list) else repr(value)
    if detail["type"] == "extra_forbidden":
        known = _keys_beside(path)
        return Problem(
            name,
            line_of(lines, path),
            _words(path, raw),
            shown,
            f"the key {str(path[-1])!r} is unknown here",
            did_you_mean(str(path[-1]), known),
        )
    if detail["type"] == "missing":
        shown = ""
    expected = str(detail.get("ctx", {}).get("expected", ""))
    if detail["type"] == "literal_error" and isinstance(value, str):
        remedy = did_you_mean(value, re.findall(r"'([^']+)'", expected))
    elif detail["type"] == "literal_error":
        remedy = f"Use one of: {expected}"
    else:
        remedy = _REMEDIES.get(detail["type"], "Change it so")
    if detail["type"] == "missing" and len(path) == 1:
        remedy = f"Add it, as in {_EXAMPLE}; for meters alone use `check --meter`"
    elif detail["type"] == "missing" and (lines_below := _without_points(path, raw)):
        remedy = f"Put [meter.points] above the line of {lines_below[0]!r}"
    return Problem(
        name,
        line_of(lines, path),
        _words(path, raw),
        shown,
        detail["msg"][0].lower() + detail["msg"][1:],
        remedy,
    )


def _keys_beside(path: KeyPath) -> list[str]:
    """The keys that the table holding `path` may have, read off the models."""
    model: type[BaseModel] | None = Config
    for part in path[:-1]:
        if isinstance(part, int) or model is None:
            continue
        field = model.model_fields.get(part)
        model = None if field is None else _model_in(field.annotation)
    if model is None:
        return []
    return [field.alias or key for key, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    for candidate in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _words(path: KeyPath, raw: Mapping[str, Any]) -> str:
    """A path in words: an entry of a list by its id where it has one, else by its number."""
    words: list[str] = []
    here: Any = raw
    for part in path:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            here = None
        if isinstance(part, int):
            named = (str(here[key]) for key in _NAMED_BY if isinstance(here, dict) and key in here)
            words.append(next(named, f"no. {part + 1}"))
        else:
            words.append(part)
    return ".".join(words)
