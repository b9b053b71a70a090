"""`Commit`: the state of a version of an index, one small document in its meta index.

A commit replaces it by compare-and-swap, so of two writers only one can; readers read it whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any

from attribution.errors import (
    IndexDamagedError,
    IndexNotFoundError,
    IndexVersionError,
    ParamsMismatchError,
)
from attribution.index.elastic.client import Body, Cluster, Json
from attribution.index.elastic.layout import META, number_of, write_alias
from attribution.index.elastic.scan import complete, scan
from attribution.index.identity import now
from attribution.index.interface import Checkpoint
from attribution.index.occurrences import OptOutSet
from attribution.sketching.sketch import SketchParams
from attribution.types import IndexSummary, OptOut

__all__ = ["FORMAT", "Commit", "find_base", "load", "save"]

FORMAT = 2


@dataclass(frozen=True, slots=True)
class Commit:
    """A version of an index at a commit, and the requests to it."""

    cluster: Cluster = field(repr=False, compare=False)
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
    removing: bool = False  # what opt-outs cover is still to be deleted; see removal.finished
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
        """The name under which a part is written."""
        return write_alias(self.base, part)

    def post(
        self,
        verb: str,
        *parts: str,
        body: Body | None = None,
        **params: Any,
    ) -> Json:
        """Send a request to some parts; see `Cluster.request`."""
        names = ",".join(self.index(part) for part in parts)
        return self.cluster.request("POST", f"/{names}/{verb}", body, **params)

    @property
    def query(self) -> Json:
        """The query for the documents of this commit and earlier ones."""
        return {"range": {"generation": {"lte": self.generation}}}

    def aggregate(
        self, part: str, query: Json, aggregations: Json, *, timeout: float | None = None
    ) -> Json:
        """The answer of all shards to aggregations over the documents of a query.

        Args:
            timeout: seconds; None takes the setting for bulk requests.

        Raises:
            IndexIncompleteError: some shards did not answer.
        """
        body = {"size": 0, "track_total_hits": True, "query": query, "aggs": aggregations}
        timeout = timeout or self.cluster.access.bulk_timeout
        return complete(self.post("_search", part, body=body, timeout=timeout), self.cluster)

    def scan(self, part: str, query: Json | None = None, **options: Any) -> Iterator[Json]:
        """All hits of a query, by default `query`. See `scan.scan`."""
        return scan(self.cluster, self.index(part), query or self.query, **options)

    def summary(self) -> IndexSummary:
        """The facts about the index that every answer carries."""
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
    found = cluster.request("GET", f"/_alias/{name}", missing=True)
    bases = {
        version[0]
        for index, entry in found.items()
        if isinstance(entry, dict) and name in entry.get("aliases", {})
        if (version := number_of(index))
    }
    if len(bases) > 1:
        raise IndexDamagedError(
            f"the alias {name} names {' and '.join(sorted(bases))}; leave it on one of them"
        )
    if bases:
        return bases.pop()
    if number_of(f"{name}-{META}") and cluster.request(
        "GET", f"/{name}-{META}/_doc/state", missing=True
    ).get("found"):
        return name
    return None


def load(cluster: Cluster, base: str | None = None) -> Commit:
    """The last commit of a version; None means the version that is served.

    Raises:
        IndexNotFoundError, IndexDamagedError, IndexVersionError, ParamsMismatchError
    """
    base = base or find_base(cluster)
    where = cluster.location
    if base is None:
        raise IndexNotFoundError(
            f"there is no index at {where}; make one with `whence index SOURCE... --to {where}`"
        )
    answer = cluster.request("GET", f"/{base}-{META}/_doc/state", missing=True)
    if not answer.get("found"):
        raise IndexDamagedError(
            f"{base} at {where} has lost its state; restore it from a snapshot, or rebuild it"
        )
    try:
        commit = _read(cluster, base, answer)
    except (KeyError, TypeError, ValueError) as exc:
        raise IndexDamagedError(
            f"the state of {base} at {where} cannot be read ({exc!r}); restore it from a "
            "snapshot, or rebuild it"
        ) from exc
    ours = SketchParams().lexer_version
    if commit.params.lexer_version != ours:
        raise ParamsMismatchError(
            f"the index at {where} was built with version {commit.params.lexer_version} of the "
            f"lexer, this is {ours}; rebuild it with `whence index SOURCE... --to NEW_LOCATION`"
        )
    return commit


def _read(cluster: Cluster, base: str, answer: Json) -> Commit:
    data = json.loads(answer["_source"]["state"])
    version = data.pop("format")
    if version != FORMAT:
        remedy = "use a newer one" if version > FORMAT else "rebuild the index"
        raise IndexVersionError(
            f"{base} has format {version}, this Whence reads {FORMAT}; {remedy}"
        )
    data["params"] = SketchParams(**data["params"])
    data["removing"] = answer["_source"].get("removing", False)
    pairs = data["opt_outs"]
    dates = json.loads(answer["_source"].get("since", "{}"))
    data["opt_outs"] = OptOutSet(
        OptOut(kind, value, dates.get(f"{kind} {value}")) for kind, value in pairs
    )
    data["checkpoints"] = tuple(Checkpoint(*entry) for entry in data["checkpoints"])
    swap = answer["_seq_no"], answer["_primary_term"]
    return Commit(cluster, base, swap=swap, **data)


def save(commit: Commit) -> Commit:
    """Store the next commit; returns it as stored, so that another can follow.

    Raises:
        IndexLockedError: another process has stored one meanwhile.
    """
    commit = replace(commit, date=now())
    data = {field.name: getattr(commit, field.name) for field in fields(commit)}
    del data["cluster"], data["base"], data["swap"]
    data["format"] = FORMAT
    data["params"] = commit.params.as_dict()
    data["opt_outs"] = [(o.kind, o.value) for o in commit.opt_outs.opt_outs]
    data["checkpoints"] = [(c.source, c.position, c.done) for c in commit.checkpoints]
    # These two are beside the state, because older releases refuse a state with more in it.
    removing = data.pop("removing")
    since = {f"{o.kind} {o.value}": o.since for o in commit.opt_outs.opt_outs if o.since}
    number, term = commit.swap
    condition: Json = {"op_type": "create"}
    if number >= 0:
        condition = {"if_seq_no": number, "if_primary_term": term}
    cluster = commit.cluster
    answer = cluster.request(
        "PUT",
        f"/{commit.target(META)}/_doc/state",
        {"state": json.dumps(data), "since": json.dumps(since), "removing": removing},
        timeout=cluster.access.bulk_timeout,
        require_alias=True,
        **condition,
    )
    return replace(commit, swap=(answer["_seq_no"], answer["_primary_term"]))
