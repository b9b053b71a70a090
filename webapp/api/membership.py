"""`GET /api/v1/membership`: whether code of an owner or repository is in the index."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote
from typing import TYPE_CHECKING

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from attribution.reports.json_report import index_json
from attribution.reports.membership_json import holding_json, name_json
from webapp.api import shapes
from webapp.api.cursors import EXPIRED, next_cursor, offset_of
from webapp.api.index import description_of
from webapp.api.removal_requests import MAX_NAMES
from webapp.api.tags import TAGS
from webapp.guards.auth import client_name
from webapp.removal.wording import what_is_asked
from webapp.services import services

if TYPE_CHECKING:  # attribution's kernels take a second to import: not at start
    from attribution.types import OptOut

__all__ = ["api"]

api = APIBlueprint("membership", __name__, abp_tags=[TAGS["corpus"]])


class MembershipQuery(shapes.Query):
    """Which owner."""

    owner: shapes.Text = Field(
        description="An owner, a package, owner/name, or the address or package URL of one. Case "
        "is ignored."
    )
    limit: int = Field(100, ge=1, le=1000, description="Repositories per page.")
    cursor: str | None = Field(None, max_length=1000, description="next_cursor of the page before.")


class RepositoryAnswer(shapes.ResponseModel):
    """What the index has of one repository."""

    repository: str
    documents: int
    occurrences: int
    licenses: list[str] = Field(description="SPDX expressions, most frequent first.")


class RemovedAnswer(shapes.ResponseModel):
    """A removal that covers the name, or a repository of it."""

    kind: str = Field(description="owner or repository.")
    value: str
    since: str | None = Field(description="When it was recorded, if the index knows it.")
    says: str = Field(description="A sentence with the date.")


class PathAnswer(shapes.ResponseModel):
    """A file in a repository."""

    repository: str
    path: str


class StayingAnswer(shapes.ResponseModel):
    """A file that a removal leaves in the index, because other repositories have it too."""

    document: str
    removed: list[PathAnswer] = Field(description="Up to three of the occurrences that would go.")
    elsewhere: list[PathAnswer] = Field(description="Up to three of those that would stay.")
    elsewhere_total: int


class PreviewAnswer(shapes.ResponseModel):
    """What a removal would do."""

    occurrences: int = Field(description="That would be removed.")
    files: int = Field(description="Distinct contents of these.")
    files_deleted: int = Field(description="Those that no other repository has.")
    files_staying: int
    staying: list[StayingAnswer] = Field(description="The first 100.")


class MembershipAnswer(shapes.ResponseModel):
    """Whether the index has code of an owner, and which."""

    owner: str = Field(description="As in the request.")
    name: str = Field(description="The name that it was read as: owner/name, owner or package.")
    host: str | None = Field(description="The host in an address, which is not compared.")
    found: bool
    suggestions: list[str] = Field(description="Names in the index like it, if it was not found.")
    repositories: list[RepositoryAnswer] = Field(description="By name.")
    repositories_total: int
    documents: int = Field(description="Of all repositories; shared ones count in each.")
    occurrences: int
    opted_out: bool = Field(description="Whether the owner or repository is excluded on request.")
    removed: list[RemovedAnswer] = Field(description="What was removed on request, and when.")
    removal_preview: PreviewAnswer | None = Field(
        description="What a removal would do; null if nothing was found, on later pages, and for a "
        f"group of more than {MAX_NAMES} repositories."
    )
    removal: str = Field(description="How to ask for removal.")
    opt_outs: list[shapes.OptOutJson] = Field(description="What a removal would name.")
    requests: str | None = Field(
        description="What the operator will ask of the sender of a request; null: the service "
        "takes none."
    )
    next_cursor: str | None
    index: shapes.IndexJson


@api.get("/api/v1/membership", responses={200: MembershipAnswer, 410: EXPIRED})
def membership(query: MembershipQuery) -> Response:
    """Whether the index has code of an owner, and from which repositories."""
    from attribution.reports.removal_json import named_removals, preview_json, removed_json
    from attribution.repository_names import read_name

    index = services().index()
    summary = index.summary()
    name = read_name(query.owner)
    owner = name.path
    offset = offset_of(query.cursor, summary.version, owner)
    documents = occurrences = total = 0
    names = []
    page = []
    preview = None
    with services().lookups.turn(client_name()):
        for total, holding in enumerate(index.membership(owner), 1):
            documents += holding.documents
            occurrences += holding.occurrences
            names.append(holding.repository)
            if offset < total <= offset + query.limit:
                page.append(holding_json(holding))
        similar = [] if total else index.similar_names(owner)
        removals = named_removals(name, names)
        many = len(removals) > MAX_NAMES  # repositories of a group
        if total and not offset and not many:
            preview = preview_json(index, removals)
    removed = removed_json(index, owner, description_of)
    end = offset + query.limit
    return shapes.json_response(
        {
            **name_json(query.owner, name, similar, found=total > 0),
            "repositories": page,
            "repositories_total": total,
            "documents": documents,
            "occurrences": occurrences,
            "opted_out": any(not one["value"].startswith(owner + "/") for one in removed),
            "removed": removed,
            "removal_preview": preview,
            "removal": _removal_of_many(len(removals), owner) if many else _removal(removals),
            "opt_outs": [] if many else [{"kind": o.kind, "value": o.value} for o in removals],
            "requests": None if many or services().requests is None else what_is_asked(_contact()),
            "next_cursor": next_cursor(summary.version, owner, end) if total > end else None,
            "index": index_json(summary),
        }
    )


def _contact() -> str:
    return services().settings.contact or "the operator of this service"


def _removal_of_many(number: int, group: str) -> str:
    return (
        f"Ask {_contact()} to remove the {number} repositories of {group}: they are too many for a "
        "preview and for one request. Look up single repositories for these."
    )


def _removal(removals: Sequence[OptOut]) -> str:
    what = " and ".join(f"the {one.kind} {one.value}" for one in removals)
    options = " ".join(f"--{one.kind} {quote(one.value)}" for one in removals)
    return (
        f"Ask {_contact()} to remove {what} with `whence remove {options}`. "
        "No answer contains it from then on, it is not indexed again, and a compaction deletes it "
        "from the disk. This does not change models that were trained on the code."
    )


shapes.describe_answers(api)
