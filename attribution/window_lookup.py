"""The look-up of one window of a snippet: candidates, the best of them aligned, and what was cut.

An index proposes its best candidates for a window, up to a limit. Where code that many documents
share fills that limit, the parts that nothing explains yet are proposed again without the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from attribution.coverage import Readings, tokens_in
from attribution.deadline import Deadline
from attribution.matching.seed_cache import SeedCache
from attribution.partial_index import PartialIndex
from attribution.selection import (
    LONG,
    Aligner,
    Selection,
    SnippetBySyntax,
    candidate_limit,
    select,
)
from attribution.settings import AttributorSettings
from attribution.sketching.sketch import Sketch, SketchParams
from attribution.verdict import common_count

__all__ = ["SnippetLookup", "WindowLookup"]

_LEXICAL_CANDIDATES = 2  # by rare words, when fingerprints find nothing
_ROUNDS = 8  # proposals for what earlier ones left unexplained


@dataclass(frozen=True, slots=True)
class WindowLookup:
    """What the look-up of a window found. Spans are of the window."""

    selection: Selection
    snippet: SnippetBySyntax
    proposed: int  # documents
    verified: int  # documents
    common: int | None  # about how many documents contain parts of it, if it is common code
    expired: bool  # the time was over before everything was compared


@dataclass(frozen=True, slots=True)
class SnippetLookup:
    """Looks up the windows of one snippet."""

    index: PartialIndex
    languages: tuple[str, ...]  # under whose syntaxes it is sketched, the most probable first
    seeds: SeedCache
    deadline: Deadline
    settings: AttributorSettings
    params: SketchParams
    documents: int  # in the index
    rare_words: bool = True  # whether to try them where fingerprints find nothing

    def look_up(self, readings: Readings, sketch: Sketch) -> WindowLookup:
        """Look up a window.

        Args:
            readings: of the window, whole lines.
            sketch: of the window.

        Raises:
            CorpusIndexError: the index is damaged or does not answer.
        """
        limit = candidate_limit(sketch.tokens)
        proposal = self.index.propose(sketch, limit=limit)
        snippet = SnippetBySyntax(readings, sketch, proposal, self.params, self.documents)
        aligner = Aligner(self.index, snippet, self.seeds, self.deadline)
        selection = select(proposal.candidates, sketch, aligner, self.settings)
        proposed, verified = len(proposal.candidates), len(selection.verified)
        if not proposed and self.rare_words:
            verified = self._try_rare_words(sketch, aligner, selection)
        elif proposed >= limit and sketch.tokens >= LONG:
            more = self._look_up_rest(sketch, aligner, selection)
            proposed, verified = proposed + more, len(selection.verified)
        return WindowLookup(
            selection=selection,
            snippet=snippet,
            proposed=proposed,
            verified=verified,
            common=common_count(sketch, proposal, self.params.raw_k),
            expired=aligner.deadline(),
        )

    def _try_rare_words(self, sketch: Sketch, aligner: Aligner, selection: Selection) -> int:
        """Align documents that share the snippet's rare words; returns how many there were.

        Only for a snippet that shares no fingerprint. Doing it for every doubtful one found 0.3 %
        more and doubled the time of a look-up.
        """
        proposal = self.index.propose(_words_only(sketch), limit=_LEXICAL_CANDIDATES, lexical=True)
        candidates = [candidate for candidate in proposal.candidates if candidate.lexical > 0]
        selection.add(aligner.align(candidates))
        return len(candidates)

    def _look_up_rest(self, sketch: Sketch, aligner: Aligner, selection: Selection) -> int:
        """Look up what is not explained yet until nothing is added; returns how many proposals."""
        limit = candidate_limit(sketch.tokens)
        least = self.settings.min_confidence
        rest, found, proposed = sketch, selection, 0
        for _ in range(_ROUNDS):
            if aligner.deadline() or not found.reported(least):
                break
            rest = self._unexplained(rest, aligner.snippet, selection)
            if not rest.raw.size and not rest.renamed.size:
                break
            candidates = self.index.propose(rest, limit=limit).candidates
            known = {match.document.id for match in selection.verified}
            new = [candidate for candidate in candidates if candidate.document not in known]
            found = select(new, rest, aligner, self.settings)
            selection.add(found.verified)
            selection.limit = selection.limit or found.limit
            proposed += len(new)
            if len(candidates) < limit:
                break
        return proposed

    def _unexplained(
        self, sketch: Sketch, snippet: SnippetBySyntax, selection: Selection
    ) -> Sketch:
        """The sketch with only the fingerprints of tokens that no reported match covers."""
        tokens = snippet.under(self.languages[0]).tokens
        explained = np.zeros(sketch.tokens + 1, np.bool_)
        for verified in selection.reported(self.settings.min_confidence):
            for match in verified.matches:
                first, stop = tokens_in(tokens, match.snippet)
                explained[first:stop] = True
        raw, renamed = (~explained[at] for at in (sketch.raw_positions, sketch.renamed_positions))
        return replace(
            _words_only(sketch),
            words=(),
            raw=sketch.raw[raw],
            raw_positions=sketch.raw_positions[raw],
            renamed=sketch.renamed[renamed],
            renamed_positions=sketch.renamed_positions[renamed],
        )


def _words_only(sketch: Sketch) -> Sketch:
    hashes, positions = np.empty(0, np.uint64), np.empty(0, np.uint32)
    return replace(
        sketch,
        raw=hashes,
        raw_positions=positions,
        renamed=hashes,
        renamed_positions=positions,
        bands=hashes,
    )
