"""`Acceptances`: which model licences were accepted here, by whom it was said, and when.

    {"acceptances": [{"license", "model", "time" (ISO 8601, UTC), "how"}, ...]}

in `model-licenses.json` below the user's configuration folder (XDG; WHENCE_CONFIG_HOME names
another one). Nothing is ever taken out: it is a record.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from inference.errors import ModelError
from inference.interface import ModelLicense

__all__ = ["ACCEPT_VARIABLE", "Acceptance", "Acceptances", "How", "recorded_name"]

ACCEPT_VARIABLE = "WHENCE_ACCEPT_MODEL_LICENSE"  # holds the name of the licence that is accepted

How = str  # "flag", "environment", "prompt" or "page"; a page may add whose key: "page, key ci"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One line of the record."""

    license: str
    model: str  # the model for which it was asked
    time: str  # ISO 8601, UTC
    how: How


class Acceptances:
    """The record of a user."""

    def __init__(
        self, folder: Path | None = None, environment: Mapping[str, str] = os.environ
    ) -> None:
        """Take the record in a folder; None: the user's. Nothing is read or written yet."""
        self._environment = environment
        self.path = (folder or _config_folder(environment)) / "model-licenses.json"

    def known(self, model: str, terms: ModelLicense) -> ModelLicense:
        """The terms, with the time at which they were accepted, if they were.

        The environment counts as an acceptance and is recorded as one.

        Raises:
            ModelError: the record cannot be read or written.
        """
        if not terms.needs_acceptance:
            return terms
        for line in self.all():
            if line.model == model and line.license == terms.name:
                return replace(terms, accepted=line.time)
        if _same(self._environment.get(ACCEPT_VARIABLE, ""), terms.name):
            return self.accept(model, terms, "environment")
        return terms

    def accept(self, model: str, terms: ModelLicense, how: How) -> ModelLicense:
        """Record that a model's terms were accepted just now; returns them as accepted.

        Raises:
            ModelError: the record cannot be read or written.
        """
        time = datetime.now(UTC).isoformat(timespec="seconds")
        self._write([*self.all(), Acceptance(terms.name, model, time, how)])
        return replace(terms, accepted=time)

    def accept_named(self, name: str, model: str, terms: ModelLicense, how: How) -> ModelLicense:
        """Accept by the licence's name, as a flag does.

        Raises:
            ModelError: the model's licence has another name; or as `accept`.
        """
        if not terms.needs_acceptance:
            return terms
        if not _same(name, terms.name):
            raise ModelError(
                f"{model} is under {terms.name}, and {name!r} was accepted: name the licence that "
                "you read"
            )
        return self.accept(model, terms, how)

    def all(self) -> list[Acceptance]:
        """All that was accepted, oldest first.

        Raises:
            ModelError: the record cannot be read.
        """
        try:
            lines = json.loads(self.path.read_text(encoding="utf-8"))["acceptances"]
            return [
                Acceptance(*(str(line[field]) for field in ("license", "model", "time", "how")))
                for line in lines
            ]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"the record of accepted licences {self.path} cannot be read ({error}): mend it, "
                "or move it away and accept anew"
            ) from error

    def _write(self, lines: list[Acceptance]) -> None:
        """Whole or not at all: a reader or a crash never sees half of it."""
        text = json.dumps({"acceptances": [asdict(line) for line in lines]}, indent=1)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".model-licenses-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text + "\n")
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self.path)
            finally:
                Path(name).unlink(missing_ok=True)
        except OSError as error:
            raise ModelError(
                f"the acceptance cannot be recorded in {self.path}: {error.strerror or error}; "
                "name a folder that can be written by WHENCE_CONFIG_HOME"
            ) from error


def _same(said: str, name: str) -> bool:
    return bool(name) and said.strip().casefold() == name.casefold()


def _config_folder(environment: Mapping[str, str]) -> Path:
    if own := environment.get("WHENCE_CONFIG_HOME"):
        return Path(own)
    xdg = environment.get("XDG_CONFIG_HOME")
    return (Path(xdg) if xdg else Path.home() / ".config") / "whence"


def recorded_name(spec: str, model_id: str) -> str:
    """The name under which a model's acceptance is recorded and asked for.

    Args:
        spec: what `inference.opening` took.
        model_id: the model's id, which of a local model is only its folder's name.
    """
    kind, _, name = spec.partition(":")
    return name if kind == "local" else model_id
