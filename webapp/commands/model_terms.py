"""Opening a model for a command: shows its licence, and asks once whether the user accepts it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from inference.acceptance import ACCEPT_VARIABLE, Acceptances, recorded_name
from inference.errors import LicenseNotAcceptedError
from inference.interface import Generator, ModelCard, ModelLicense
from inference.opening import open_generator
from inference.training_progress import TerminalTraining

__all__ = ["accept_terms", "open_model"]


@contextmanager
def open_model(spec: str, accept: str | None = None) -> Iterator[Generator]:
    """A generator that may be used.

    Args:
        spec: what `open_generator` takes.
        accept: name of the licence that the user accepts by a flag.

    Raises:
        LicenseNotAcceptedError: its licence was not accepted, and there is no terminal to ask.
        GenerationError: it cannot be loaded.
    """
    acceptances = Acceptances()
    with TerminalTraining() as progress:
        generator = open_generator(spec, None, acceptances=acceptances, progress=progress)
    with generator:
        name = recorded_name(spec, generator.card.id)
        generator.accept(accept_terms(generator.card, accept, acceptances, name))
        yield generator


def accept_terms(
    card: ModelCard, accept: str | None, acceptances: Acceptances, model: str
) -> ModelLicense:
    """The terms of a model as accepted by the flag `accept` or by the user at the terminal.

    `model` is the model's name in the record.

    Raises:
        LicenseNotAcceptedError: they were not accepted.
        ModelError: the flag names another licence.
    """
    terms = card.license
    if not terms.needs_acceptance:
        if accept is not None and not terms.restrictions:
            click.echo(f"whence: the licence of {card.id} needs no acceptance", err=True)
        return terms
    if accept is not None:
        return acceptances.accept_named(accept, model, terms, "flag")
    lines = [f"{card.id} is under the licence {terms.name}. By using it you agree to:", ""]
    lines += [f"  - {restriction}" for restriction in terms.restrictions]
    lines += ["", f"This is a summary; the legal text is {terms.url or 'in its licence'}."]
    click.echo("\n".join(lines), err=True)
    at_terminal = sys.stdin is not None and sys.stdin.isatty()
    if at_terminal and click.confirm("Do you accept?", err=True):
        return acceptances.accept(model, terms, "prompt")
    raise LicenseNotAcceptedError(
        f"the licence of {card.id} was not accepted; read it, then give --accept-model-license "
        f"{terms.name} or set {ACCEPT_VARIABLE}={terms.name}"
    )
