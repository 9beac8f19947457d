"""Rules that balances must hold: known names, and no two that say the same."""

from collections.abc import Iterator

from agent.cofiring.balances import HEAT
from gateway.config import Config
from gateway.config_broken import Broken, unknown


def broken_balances(config: Config) -> Iterator[Broken]:
    """Terms nobody measures, and balances that repeat another."""
    fuels = {f"{HEAT}{fuel.id}" for fuel in config.fuel}
    totals = {
        point.point
        for meter in config.meter
        for field, point in meter.points.items()
        if "_total_" in field
    }
    seen: dict[frozenset[tuple[str, float]], str] = {}
    for n, balance in enumerate(config.balance):
        for name in balance.terms:
            if name not in fuels and name not in totals:
                yield unknown(("balance", n, "terms", name), name, "total", totals | fuels)
        terms = balance.terms.items()
        # A balance and the same with other signs or units say one thing.
        largest = max((weight for _, weight in terms), key=abs)
        same = frozenset((name, weight / largest) for name, weight in terms) if largest else None
        if same is None or same in seen:
            yield Broken(
                ("balance", n),
                balance.id,
                "weighs nothing" if same is None else f"says the same as {seen[same]}",
                "Leave it out, or mend its terms",
            )
        else:
            seen[same] = balance.id
