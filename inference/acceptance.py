"""`Acceptances`: a record of the model licences that a user accepted.

    {"acceptances": [{"license", "model", "time" (ISO 8601, UTC), "how"}, ...]}

in `model-licenses.json` below the user's configuration folder (XDG, or WHENCE_CONFIG_HOME). Entries
are never removed.
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

__all__ = ["ACCEPT_VARIABLE", "Acceptance", "Acceptances", "recorded_name"]

ACCEPT_VARIABLE = "WHENCE_ACCEPT_MODEL_LICENSE"  # holds the name of the licence that is accepted


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One entry of the record."""

    license: str
    model: str  # by its recorded name
    time: str  # ISO 8601, UTC
    how: str  # "flag", "environment", "prompt", "page" or "page, key NAME"


class Acceptances:
    """The record of a user. Nothing is read or written until a method is called.

    Args:
        folder: of the record; None: the user's configuration folder.
        environment: variables; WHENCE_ACCEPT_MODEL_LICENSE accepts a licence.
    """

    def __init__(
        self, folder: Path | None = None, environment: Mapping[str, str] = os.environ
    ) -> None:
        self._environment = environment
        self.path = (folder or _config_folder(environment)) / "model-licenses.json"

    def known(self, model: str, terms: ModelLicense) -> ModelLicense:
        """The terms, with the time of their acceptance if they were accepted.

        The environment variable counts as an acceptance and is recorded.

        Raises:
            ModelError: the record cannot be read or written.
        """
        if not terms.needs_acceptance:
            return terms
        for entry in self.all():
            if entry.model == model and entry.license == terms.name:
                return replace(terms, accepted=entry.time)
        if terms.is_called(self._environment.get(ACCEPT_VARIABLE, "")):
            return self.accept(model, terms, "environment")
        return terms

    def accept(self, model: str, terms: ModelLicense, how: str) -> ModelLicense:
        """Record that a model's terms are accepted now, and return them as accepted.

        Raises:
            ModelError: the record cannot be read or written.
        """
        time = datetime.now(UTC).isoformat(timespec="seconds")
        self._write([*self.all(), Acceptance(terms.name, model, time, how)])
        return replace(terms, accepted=time)

    def accept_named(self, name: str, model: str, terms: ModelLicense, how: str) -> ModelLicense:
        """Accept the terms if they are those of the licence `name`.

        Raises:
            ModelError: the model has another licence; or as `accept`.
        """
        if not terms.needs_acceptance:
            return terms
        if not terms.is_called(name):
            raise ModelError(
                f"{model} is under {terms.name}, but the licence {name!r} was accepted: give the "
                "name of the model's licence"
            )
        return self.accept(model, terms, how)

    def all(self) -> list[Acceptance]:
        """All entries, oldest first.

        Raises:
            ModelError: the record cannot be read.
        """
        try:
            entries = json.loads(self.path.read_text(encoding="utf-8"))["acceptances"]
            fields = ("license", "model", "time", "how")
            return [Acceptance(*(str(entry[field]) for field in fields)) for entry in entries]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise ModelError(
                f"the record of accepted licences {self.path} cannot be read ({error}): repair it, "
                "or move it away and accept again"
            ) from error

    def _write(self, entries: list[Acceptance]) -> None:
        """Replace the file as a whole, so that readers never see half of it."""
        text = json.dumps({"acceptances": [asdict(entry) for entry in entries]}, indent=1)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", dir=self.path.parent, encoding="utf-8", delete=False
            ) as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            Path(file.name).replace(self.path)
        except OSError as error:
            raise ModelError(
                f"the acceptance cannot be recorded in {self.path}: {error.strerror or error}; set "
                "WHENCE_CONFIG_HOME to a folder that can be written"
            ) from error


def _config_folder(environment: Mapping[str, str]) -> Path:
    if own := environment.get("WHENCE_CONFIG_HOME"):
        return Path(own)
    xdg = environment.get("XDG_CONFIG_HOME")
    return (Path(xdg) if xdg else Path.home() / ".config") / "whence"


def recorded_name(spec: str, model_id: str) -> str:
    """The name of a model in the record.

    Args:
        spec: what `inference.opening` takes; a local model is recorded by its path.
        model_id: the model's id, which for a local model is only its folder's name.
    """
    kind, _, name = spec.partition(":")
    return name if kind == "local" else model_id
