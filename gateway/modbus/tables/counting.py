"""Counting: how a table counts its registers, told from all of its rows together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.modbus.field import BITS, Kind
from gateway.modbus.tables import access, addresses
from gateway.modbus.tables.columns import Row
from gateway.modbus.tables.unclear import UnclearError


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row's value stands.

    Args:
        register: Kind of register.
        address: First register, zero-based.
        words: Registers it spans, where its address tells them.
    """

    register: Kind
    address: int
    words: int | None


@dataclass(frozen=True, slots=True)
class Counting:
    """How a table counts its registers.

    Args:
        is_hex: Whether its column of addresses says that they are hexadecimal.
        is_modicon: Whether 40001 is its first holding register, 30001 its first input register.
        first: What its first register is called, where it is none of these: 0 or 1.
        first_numbered: The same of numbers with their kind, such as "4:00001".
    """

    is_hex: bool
    is_modicon: bool
    first: int
    first_numbered: int

    def place(self, cells: Mapping[str, str], register: Kind) -> Place:
        """Where a row's value stands.

        Args:
            cells: Key of a column -> what stands in it.
            register: Kind of register where the row does not tell.

        Raises:
            UnclearError: Its address is missing, or none.
        """
        cell = cells.get("address", "")
        found = addresses.written(cell, is_hex=self.is_hex)
        if found is None:
            raise UnclearError(
                cell,
                "is no address" if cell else "its address is missing",
                "Write a number such as 100, 0x64 or 40101",
            )
        kind = found.kind or access.kind(cells.get("register", "")) or register
        meant = addresses.modicon(found.number) if found.style == "plain" else None
        if self.is_modicon and meant is not None:
            kind, number = meant
        else:
            is_numbered = found.style == "numbered"
            number = found.number - (self.first_numbered if is_numbered else self.first)
        if not 0 <= number <= 65_535:
            raise UnclearError(cell, f"is register {number}, which cannot be", "Use 0 to 65535")
        return Place(kind, number, found.words)


def counting_of(rows: Sequence[Row], heading: str, one_based: bool | None) -> Counting:
    """How a table counts.

    Args:
        rows: Its rows.
        heading: That of its column of addresses.
        one_based: Whether a person says that it counts from 1; None where nobody does.
    """
    is_hex = "hex" in heading.lower() and "dec" not in heading.lower()
    written = [
        (found, access.kind(row.cells.get("register", "")))
        for row in rows
        if (found := addresses.written(row.cells.get("address", ""), is_hex=is_hex))
    ]
    is_modicon = (
        one_based is not False
        and addresses.is_modicon(address for address, _ in written)
        and not any(_contradicts(address, told) for address, told in written)
    )
    first = 1 if one_based and not is_modicon else 0
    return Counting(is_hex, is_modicon, first, 0 if one_based is False else 1)


def _contradicts(address: addresses.Written, told: Kind | None) -> bool:
    """Whether a number such as 30001 or 15000 is no register number: its row says another kind.

    Single bits must be called so: 15000 is much more often a plain address.
    """
    meant = addresses.modicon(address.number) if address.style == "plain" else None
    if meant is None:
        return False
    return told != meant[0] if meant[0] in BITS else told not in {None, meant[0]}
