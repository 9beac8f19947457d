"""What a person sees of a restatement before it is written."""

from gateway.command import recompute
from gateway.command.words import out
from gateway.footprint.recompute import Move


def shown(moves) -> str:
    with out.capture() as capture:
        recompute._show(moves)
    return capture.get()


def test_longer_periods_come_first_with_by_how_much_they_move(monkeypatch):
    monkeypatch.setattr(out, "width", 200)
    fields = {"fossil_co2_kg": (200.0, 201.0), "status": ("provisional", "validated")}
    moves = [
        Move("", "a.u.electricity.minute", "2026-10-01T00:00:00Z", {"net_kwh": (None, 3.0)}),
        Move("", "a.u.electricity.month", "2026-10-01T00:00:00Z", fields),
    ]
    lines = shown(moves).splitlines()
    assert lines[0].startswith("2 records move: 1 × month, 1 × minute")
    month = next(n for n, line in enumerate(lines) if "electricity.month" in line)
    minute = next(n for n, line in enumerate(lines) if "electricity.minute" in line)
    assert month < minute
    assert "200 → 201 (+0.50%)" in lines[month]
    assert "provisional → validated" in lines[month]
    assert "unknown → 3" in lines[minute]
    assert shown([]) == "nothing moves\n"
