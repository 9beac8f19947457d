"""What people told of silos, put in order; refused where it is of something that nobody knows."""

from collections.abc import Iterable, Mapping

from agent.cofiring.feeding import Discharge, Discharges, EmptyCheck, Feeding, Filling
from agent.cofiring.lot import Lot
from agent.errors import UnknownFuelError


def by_id(lots: Iterable[Lot]) -> dict[str, Lot]:
    """Lots by id.

    Raises:
        UnknownFuelError: Two share an id.
    """
    found: dict[str, Lot] = {}
    for lot in lots:
        if lot.id in found:
            raise UnknownFuelError(f"lot {lot.id!r} is declared twice; give each its own id")
        found[lot.id] = lot
    return found


def sorted_events(
    feeding: Feeding, lots: Mapping[str, Lot]
) -> tuple[dict[str, list[Filling | EmptyCheck]], dict[str, Discharges]]:
    """Fillings and empty checks by silo in time order, and what left silos by hand.

    Raises:
        UnknownFuelError: A silo is not traced, or a lot is not known or of another fuel.
    """
    silos = {silo.id: silo for silo in feeding.silos}
    steps: dict[str, list[Filling | EmptyCheck]] = {}
    discharges: dict[str, list[Discharge]] = {}
    for event in feeding.events:
        silo = silos.get(event.silo)
        if silo is None:
            raise UnknownFuelError(
                f"{event.id}: silo {event.silo!r} is not traced; give it `blending` in the site's "
                f"file, or use one of: {', '.join(sorted(silos)) or 'none is'}"
            )
        if isinstance(event, Discharge):
            discharges.setdefault(silo.id, []).append(event)
            continue
        if isinstance(event, Filling):
            lot = lots.get(event.lot)
            if lot is None or lot.fuel != silo.fuel:
                raise UnknownFuelError(
                    f"{event.id}: lot {event.lot!r} is no known lot of {silo.fuel}, which silo "
                    f"{silo.id} holds; import the lot first"
                )
        steps.setdefault(silo.id, []).append(event)
    for known in steps.values():
        known.sort(key=lambda step: (step.t_us, step.id))
    return steps, {silo: Discharges(each) for silo, each in discharges.items()}
