"""What the alarm finds after a restart: its state, and what commands have set.

Needed at the start and when a command comes; it leaves the heap in between.
"""

import alarm
import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alarm import Edge, LocalAlarm


def restore(local: "LocalAlarm", rows: object, values: "list[str]") -> "list[Edge]":
    """Give an alarm its state of before the restart; silences are over.

    Args:
        local: The alarm, still normal.
        rows: An earlier `saved`; what makes no sense is passed over.
        values: The board's values; alarms of others are passed over.

    Returns:
        An edge for each condition that stood, to be told again.
    """
    edges: "list[Edge]" = []
    seen: "list[object]" = []
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, list) or len(row) != 4 or row[:2] in seen or row[1] not in values:
            continue
        condition, point, state, died = row
        if condition == "sensor_fault":
            local.faults.append(point)
        elif condition == local.duty(point)[0] and state in alarm.STATES:
            one = alarm.Standing(condition, point, state)
            if state == alarm.SILENCED:
                one.state = alarm.SOUNDING
            one.died = bool(died)
            local.standing.append(one)
            if one.state == alarm.SOUNDING:
                edges.append((condition, "raised", point, None, local.duty(point)[1]))
        seen.append(row[:2])
    local.save()
    return edges


def orders(directory: str) -> "dict[str, float]":
    """What commands have set: ``temp_degc``, ``co_ppm``, ``report_s``, as far as known."""
    kept = files.read_sealed(directory + "/set")
    given = kept if isinstance(kept, dict) else {}
    return {key: value for key, value in given.items() if isinstance(value, (int, float))}


def keep_orders(directory: str, changes: "dict[str, float]") -> bool:
    """Keep what a command has set; returns whether flash took it."""
    known = orders(directory)
    known.update(changes)
    try:
        files.write_sealed(directory + "/set", known)
    except OSError:
        return False
    return True
