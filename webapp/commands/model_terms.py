"""Opening a model for a command: its licence is shown, and asked for once."""

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

__all__ = ["accepted", "opened"]


@contextmanager
def opened(spec: str, accept: str | None = None) -> Iterator[Generator]:
    """A generator that may be used.

    Args:
        spec: what `open_generator` takes.
        accept: name of the licence that a flag accepts.

    Raises:
        LicenseNotAcceptedError: nobody accepted its licence, and nobody is there to be asked.
        GenerationError: it cannot be had.
    """
    acceptances = Acceptances()
    with TerminalTraining() as progress:
        generator = open_generator(spec, None, acceptances=acceptances, progress=progress)
    with generator:
        terms = accepted(
            generator.card, accept, acceptances, recorded_name(spec, generator.card.id)
        )
        if terms is not generator.card.license:
            generator.accept(terms)
        yield generator


def accepted(
    card: ModelCard, accept: str | None, acceptances: Acceptances, model: str | None = None
) -> ModelLicense:
    """The terms of a model, accepted: by the flag, or by who sits at the terminal.

    `model` is its name in the record; by default its id.

    Raises:
        LicenseNotAcceptedError: they were not.
    """
    terms = card.license
    if not terms.needs_acceptance:
        return terms
    if accept is not None:
        return acceptances.accept_named(accept, model or card.id, terms, "flag")
    for line in (f"{card.id} is under the licence {terms.name}. Who uses it agrees:", ""):
        click.echo(line, err=True)
    for restriction in terms.restrictions:
        click.echo(f"  - {restriction}", err=True)
    click.echo(f"\nThese are short words for {terms.url or 'its text'}, which counts.", err=True)
    asked = sys.stdin is not None and sys.stdin.isatty()
    if asked and click.confirm("Do you accept?", err=True):
        return acceptances.accept(model or card.id, terms, "prompt")
    raise LicenseNotAcceptedError(
        f"the licence of {card.id} was not accepted; read it, then give --accept-model-license "
        f"{terms.name} or set {ACCEPT_VARIABLE}={terms.name}"
    )
