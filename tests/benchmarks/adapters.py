"""What the adapters and the client add in one process, as ratios to a reference."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import NamedTuple

from .rounds import HERE, OTHER, Checkouts, Figure, interleaved
from .worker import workers

ROUNDS = 150


class Row(NamedTuple):
    """What *candidate* adds to *bare*, over what *reference* adds to *basis*."""

    name: str
    candidate: str
    bare: str
    reference: str
    basis: str
    target: float


ROWS = (
    Row("WSGI, known cookie", "known", "bare", "reference", "bare", 0.08),
    Row("WSGI, anonymous", "anonymous", "bare", "reference", "bare", 0.045),
    Row(
        "ASGI, known cookie",
        "asgi known",
        "asgi bare",
        "asgi session",
        "asgi bare",
        0.45,
    ),
    Row(
        "Pyramid, known cookie",
        "pyramid known",
        "pyramid bare",
        "reference",
        "bare",
        0.15,
    ),
    Row(
        "Flask, known cookie, current_user read",
        "flask known",
        "flask bare",
        "flask login",
        "flask bare",
        0.35,
    ),
    Row("first sight of a token", "first sight", "bare", "reference", "bare", 0.9),
)


def measure(checkouts: Checkouts) -> list[Figure]:
    """Return a figure for each row, and one for a call of the API."""
    figures = [_figure(row, _least(set(row[1:5]), checkouts)) for row in ROWS]
    return [*figures, _api_call(_least({"api bare", "api call"}, checkouts))]


def _least(names: Collection[str], checkouts: Checkouts) -> dict[str, float]:
    """
    Return the least seconds of each candidate in each checkout.

    In a process of their own: Python specializes code for the types that it meets, and
    an application has one adapter, not all of them.
    """
    with workers(checkouts) as running:
        found = interleaved(
            {
                f"{checkout}/{name}": partial(worker.round, name)
                for name in sorted(names)
                for checkout, worker in running.items()
            },
            ROUNDS,
        )
    return {name: min(seconds) for name, seconds in found.items()}


def _figure(row: Row, least: Mapping[str, float]) -> Figure:
    def added(checkout: str) -> float:
        return least[f"{checkout}/{row.candidate}"] - least[f"{checkout}/{row.bare}"]

    unit = least[f"{HERE}/{row.reference}"] - least[f"{HERE}/{row.basis}"]
    compared = f"{OTHER}/{row.candidate}" in least
    against = added(HERE) / added(OTHER) if compared else None
    return Figure(row.name, added(HERE) / unit, row.target, against=against)


def _api_call(least: Mapping[str, float]) -> Figure:
    ours, other = least[f"{HERE}/api call"], least.get(f"{OTHER}/api call")
    return Figure(
        "a call of the API, over bare requests",
        ours / least[f"{HERE}/api bare"],
        1.25,
        against=ours / other if other else None,
    )
