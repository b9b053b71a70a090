"""What a version of an index holds, as of its last commit: one small document in its meta index.

A commit replaces it by compare-and-swap, so of two writers only one can; readers read it whole.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from attribution.errors import (
    IndexDamagedError,
    IndexNotFoundError,
    IndexVersionError,
    ParamsMismatchError,
)
from attribution.index.elastic.client import Cluster, Json
from attribution.index.elastic.layout import META, number_of, write_alias
from attribution.index.interface import Checkpoint
from attribution.index.occurrences import OptOutSet
from attribution.sketching.sketch import SketchParams
from attribution.types import IndexSummary, OptOut

__all__ = ["FORMAT", "State", "find_base", "load", "now", "save"]

FORMAT = 2


@dataclass(frozen=True, slots=True)
class State:
    """A version of an index at a commit."""

    base: str  # first part of the names of its Elasticsearch indexes
    name: str  # of the corpus
    params: SketchParams
    cap: int
    generation: int = 0
    date: str = ""
    documents: int = 0
    occurrences: int = 0
    content_bytes: int = 0
    removed: bool = False  # something was, since the last compaction
    pending_removal_bytes: int = 0
    languages: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    skip_count: int = 0
    opt_outs: OptOutSet = field(default_factory=OptOutSet)
    checkpoints: tuple[Checkpoint, ...] = ()
    swap: tuple[int, int] = (-1, -1)  # sequence number and primary term it was read at

    def index(self, part: str) -> str:
        """The Elasticsearch index of a part."""
        return f"{self.base}-{part}"

    def target(self, part: str) -> str:
        """The name by which it is written to."""
        return write_alias(self.base, part)

    def path(self, part: str, verb: str) -> str:
        """The path of a request to it."""
        return f"/{self.base}-{part}/{verb}"

    def summary(self) -> IndexSummary:
        """What every answer says."""
        return IndexSummary(
            name=self.name,
            date=self.date,
            documents=self.documents,
            occurrences=self.occurrences,
            languages=len(self.languages),
            opt_outs=len(self.opt_outs.opt_outs),
            version=f"{self.base}.{self.generation}",
        )


def find_base(cluster: Cluster) -> str | None:
    """The version that the alias of an index names, or that the location names itself."""
    name = cluster.location.name
    found = cluster.ask("GET", f"/_alias/{name}", missing=True)
    versions = {number_of(index) for index in found if name in _aliases(found[index])} - {None}
    bases = [version[0] for version in versions if version]
    if len(bases) > 1:
        raise IndexDamagedError(
            f"the alias {name} names {' and '.join(sorted(bases))}; leave it on one of them"
        )
    if bases:
        return bases[0]
    if number_of(f"{name}-{META}") and cluster.ask(
        "GET", f"/{name}-{META}/_doc/state", missing=True
    ).get("found"):
        return name
    return None


def _aliases(entry: Any) -> Mapping[str, Any]:
    return entry.get("aliases", {}) if isinstance(entry, dict) else {}


def load(cluster: Cluster, base: str | None = None) -> State:
    """The state of the version that is served, or of the one that is named.

    Raises:
        IndexNotFoundError, IndexDamagedError, IndexVersionError, ParamsMismatchError
    """
    base = base or find_base(cluster)
    where = cluster.location
    if base is None:
        raise IndexNotFoundError(
            f"there is no index at {where}; make one with `whence index SOURCE... --to {where}`"
        )
    answer = cluster.ask("GET", f"/{base}-{META}/_doc/state", missing=True)
    if not answer.get("found"):
        raise IndexDamagedError(
            f"{base} at {where} has lost its state; restore it from a snapshot, or build it anew"
        )
    try:
        state = _read(base, answer)
    except (KeyError, TypeError, ValueError) as exc:
        raise IndexDamagedError(
            f"the state of {base} at {where} cannot be read ({exc!r}); restore it from a "
            "snapshot, or build it anew"
        ) from exc
    ours = SketchParams().lexer_version
    if state.params.lexer_version != ours:
        raise ParamsMismatchError(
            f"the index at {where} was built with version {state.params.lexer_version} of the "
            f"lexer, this is {ours}; build it anew with `whence index SOURCE... --to NEW_LOCATION`"
        )
    return state


def _read(base: str, answer: Json) -> State:
    data = json.loads(answer["_source"]["state"])
    if data["format"] != FORMAT:
        remedy = "use a newer one" if data["format"] > FORMAT else "build it anew"
        raise IndexVersionError(
            f"{base} has format {data['format']}, this Whence reads {FORMAT}; {remedy}"
        )
    return State(
        base=base,
        name=data["name"],
        params=SketchParams(**data["params"]),
        cap=data["cap"],
        generation=data["generation"],
        date=data["date"],
        documents=data["documents"],
        occurrences=data["occurrences"],
        content_bytes=data["content_bytes"],
        removed=data["removed"],
        pending_removal_bytes=data["pending_removal_bytes"],
        languages=data["languages"],
        skipped=data["skipped"],
        skip_count=data["skip_count"],
        opt_outs=OptOutSet(OptOut(kind, value) for kind, value in data["opt_outs"]),
        checkpoints=tuple(Checkpoint(*entry) for entry in data["checkpoints"]),
        swap=(answer["_seq_no"], answer["_primary_term"]),
    )


def save(cluster: Cluster, state: State) -> State:
    """Store the next state; what is returned can be followed by another.

    Raises:
        IndexLockedError: another process has stored one meanwhile.
    """
    state = replace(state, date=now())
    data = {
        "format": FORMAT,
        "name": state.name,
        "params": state.params.as_dict(),
        "cap": state.cap,
        "generation": state.generation,
        "date": state.date,
        "documents": state.documents,
        "occurrences": state.occurrences,
        "content_bytes": state.content_bytes,
        "removed": state.removed,
        "pending_removal_bytes": state.pending_removal_bytes,
        "languages": state.languages,
        "skipped": state.skipped,
        "skip_count": state.skip_count,
        "opt_outs": [(o.kind, o.value) for o in state.opt_outs.opt_outs],
        "checkpoints": [(c.source, c.position, c.done) for c in state.checkpoints],
    }
    number, term = state.swap
    condition: Json = {"op_type": "create"}
    if number >= 0:
        condition = {"if_seq_no": number, "if_primary_term": term}
    answer = cluster.ask(
        "PUT",
        f"/{state.target(META)}/_doc/state",
        {"state": json.dumps(data)},
        timeout=cluster.access.bulk_timeout,
        require_alias=True,
        **condition,
    )
    return replace(state, swap=(answer["_seq_no"], answer["_primary_term"]))


def now() -> str:
    """This second, ISO 8601."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
