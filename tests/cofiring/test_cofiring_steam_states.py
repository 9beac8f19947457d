"""Exported steam against another implementation of IAPWS-IF97, at fifty states."""

import numpy as np
import pytest
from iapws import IAPWS97

from agent.cofiring.steam import Water, exported
from agent.errors import BadSteamError

CONDENSATE, MAKE_UP, RETURNED, REFERENCE_DEGC = (0.5, 85.0), (0.4, 20.0), 0.7, 25.0


def states():
    """Process steam and live steam: 0.2 … 16 MPa, from just above saturation to 600 °C."""
    found = []
    for mpa in np.geomspace(0.2, 16.0, 10):
        boils_degc = IAPWS97(P=mpa, x=1).T - 273.15
        found += [(float(mpa), float(t)) for t in np.linspace(boils_degc + 2.0, 600.0, 5)]
    return found


def other(state):
    """Enthalpy [kJ/kg] and entropy [kJ/(kg·K)] by the other package."""
    mpa, degc = state
    water = IAPWS97(P=mpa, T=degc + 273.15)
    return water.h, water.s


@pytest.mark.parametrize("state", states(), ids=lambda s: f"{s[0]:.2f} MPa {s[1]:.0f} degC")
def test_heat_and_work_of_a_kilogram(state):
    found = exported(Water(*state), Water(*CONDENSATE), Water(*MAKE_UP), RETURNED, REFERENCE_DEGC)
    (h, s), (h_c, s_c), (h_m, s_m) = other(state), other(CONDENSATE), other(MAKE_UP)
    heat = h - RETURNED * h_c - (1.0 - RETURNED) * h_m
    entropy = s - RETURNED * s_c - (1.0 - RETURNED) * s_m
    assert found.heat_mj_per_kg == pytest.approx(heat / 1000.0, rel=1e-6)
    work = heat - (REFERENCE_DEGC + 273.15) * entropy
    assert found.work_mj_per_kg == pytest.approx(work / 1000.0, rel=1e-6)
    assert 0.0 < found.work_share < 1.0


@pytest.mark.parametrize(
    ("steam", "returned"),
    [
        pytest.param(Water(1.0, 2500.0), 0.5, id="hotter than the formulation"),
        pytest.param(Water(1.0, 20.0), 1.0, id="colder than what comes back"),
        pytest.param(Water(1.0, 200.0), 1.2, id="more comes back than left"),
    ],
)
def test_what_cannot_be_is_refused(steam, returned):
    with pytest.raises(BadSteamError):
        exported(steam, Water(*CONDENSATE), Water(*MAKE_UP), returned, REFERENCE_DEGC)
