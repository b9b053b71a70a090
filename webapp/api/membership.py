"""`GET /api/v1/membership`: whether code of an owner or repository is in the index."""

from __future__ import annotations

from shlex import quote

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from attribution.reports.json_report import index_json
from attribution.reports.membership_json import holding_json, name_json
from webapp.api import shapes
from webapp.api.cursors import EXPIRED, next_cursor, offset_of
from webapp.api.index import description_of
from webapp.api.tags import TAGS
from webapp.services import services

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
    removal: str = Field(description="How to ask for removal.")
    next_cursor: str | None
    index: shapes.IndexJson


@api.get("/api/v1/membership", responses={200: MembershipAnswer, 410: EXPIRED})
def membership(query: MembershipQuery) -> Response:
    """Whether the index has code of an owner, and from which repositories."""
    from attribution.index.occurrences import OptOutSet
    from attribution.repository_names import read_name, repository_key

    index = services().index()
    summary = index.summary()
    name = read_name(query.owner)
    owner = name.path
    offset = offset_of(query.cursor, summary.version, owner)
    documents = occurrences = total = 0
    package = False  # whether the name is that of a package without an owner
    page = []
    with services().lookups:
        for total, holding in enumerate(index.membership(owner), 1):
            documents += holding.documents
            occurrences += holding.occurrences
            package = package or repository_key(holding.repository) == repository_key(owner)
            if offset < total <= offset + query.limit:
                page.append(holding_json(holding))
        similar = [] if total else index.similar_names(owner)
    opt_outs = OptOutSet(description_of(index).opt_outs)
    end = offset + query.limit
    return shapes.json_response(
        {
            **name_json(query.owner, name, similar, found=total > 0),
            "repositories": page,
            "repositories_total": total,
            "documents": documents,
            "occurrences": occurrences,
            # "name/" is an owner, "name" a package of that name
            "opted_out": opt_outs.covers(owner) or opt_outs.covers(owner + "/"),
            "removal": _removal(owner, package or name.kind == "repository"),
            "next_cursor": next_cursor(summary.version, owner, end) if total > end else None,
            "index": index_json(summary),
        }
    )


def _removal(owner: str, is_repository: bool) -> str:
    kind = "repository" if is_repository else "owner"
    contact = services().settings.contact or "the operator of this service"
    return (
        f"Ask {contact} to remove the {kind} {owner} with `whence remove --{kind} {quote(owner)}`. "
        "No answer contains it from then on, it is not indexed again, and a compaction deletes it "
        "from the disk. This does not change models that were trained on the code."
    )


shapes.describe_answers(api)
