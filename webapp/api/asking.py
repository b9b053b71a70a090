"""Asking the attributor for a request: bounds, turns and counts, in one place."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from attribution.lexing.languages import language_of_path
from attribution.types import Attribution, Snippet

if TYPE_CHECKING:  # attribution's kernels take a second to import: not at start
    from attribution.commands.desk import Desk
    from webapp.services import Services

__all__ = ["Asker"]


@dataclass(frozen=True, slots=True)
class Asker:
    """A desk of the current index, behind the gate of look-ups."""

    services: Services
    desk: Desk

    @classmethod
    def open(
        cls, services: Services, max_sources: int | None = None, min_confidence: float | None = None
    ) -> Asker:
        """Make an asker; cheap.

        Raises:
            WhenceError: there is no index, or it cannot be used.
        """
        from attribution.attributor import Attributor
        from attribution.commands.desk import Desk

        attributor = services.attributor(max_sources, min_confidence)
        settings = replace(attributor.settings, max_bytes=services.settings.max_body)
        index, seeds = attributor.index, attributor.seeds
        return cls(services, Desk(index, Attributor(index, settings, seeds)))

    def ask(self, code: str, language: str | None, name: str | None) -> Attribution:
        """The answer for one snippet; waits for its turn.

        Raises:
            BusyError: too many look-ups wait.
            CorpusIndexError: the index is damaged or does not answer.
        """
        known = language_of_path(name) if name else None  # `language` overrules it
        name = name or "-"
        try:
            snippet = Snippet(code.encode(), known, name)
        except UnicodeEncodeError as error:
            return self.refuse(
                name,
                f"character {error.start} is a lone surrogate, which is no text; send pairs of "
                "surrogates, or the bytes as Latin-1",
            )
        began = time.perf_counter()
        with self.services.lookups:
            self.services.metrics.lookup("wait", time.perf_counter() - began)
            answer = self.desk.ask(snippet, language)
        self.services.metrics.answered(answer)
        return answer

    def refuse(self, name: str, reason: str) -> Attribution:
        """The answer for what is not looked up, and why."""
        answer = self.desk.refuse(Snippet(b"", None, name), reason)
        self.services.metrics.answered(answer)
        return answer
