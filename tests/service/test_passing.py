"""What passes the guard becomes part of the sender's circle; what is held does not, until it leaves."""

from __future__ import annotations

from pathlib import Path

from tests.service.stage import ANN, MARY, TYPED, build, envelope, mail

BOTH = "John <john@army.ml>, Mary <mary@army.mil>"


def test_only_who_was_served_is_tied(tmp_path: Path) -> None:
    """Mary had her copy, in company; the typed address waits and ties nobody."""
    stage = build(tmp_path)
    stage.guard.decide(envelope(TYPED, MARY), mail(BOTH), edge="milter", prepared=False)
    circle = stage.store.view(ANN, [MARY, TYPED], stage.clock.now()).circle
    tie = circle.tie(MARY)
    assert (circle.letters, tie.sent, tie.alone) == (1, 1, 0)
    assert circle.tie(TYPED).sent == 0
    stage.store.close()
