"""Whether probabilities are honest."""

from __future__ import annotations

import pytest

from missent.service.evaluation.calibration import Calibration


def test_a_perfect_forecast_has_full_skill() -> None:
    """Certain and right: no error at all."""
    calibration = Calibration()
    for mistake in (True, False, False):
        calibration.see(float(mistake), mistake=mistake)
    assert (calibration.brier, calibration.skill) == (0.0, 1.0)


def test_the_base_rate_has_no_skill() -> None:
    """Always saying one in four where one in four is wrong tells nothing."""
    calibration = Calibration()
    for mistake in (True, False, False, False):
        calibration.see(0.25, mistake=mistake)
    assert calibration.skill == pytest.approx(0.0)
    (only,) = calibration.bins()
    assert (only.forecasts, only.mean, only.observed) == (4, 0.25, 0.25)


def test_nothing_forecast_is_nothing_measured() -> None:
    """No figure is better than an invented one."""
    assert (Calibration().brier, Calibration().skill, Calibration().bins()) == (None, None, ())
