"""`GET /api/v1/membership`: "am I in the corpus", by owner or repository, and how to get out."""

from __future__ import annotations

from shlex import quote

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from attribution.reports.json_report import index_json
from webapp.api import shapes
from webapp.api.cursors import EXPIRED, next_cursor, offset_of
from webapp.api.index import description_of
from webapp.api.tags import TAGS
from webapp.services import services

__all__ = ["api"]

api = APIBlueprint("membership", __name__, abp_tags=[TAGS["corpus"]])


class MembershipQuery(shapes.Query):
    """Who asks."""

    owner: shapes.Text = Field(description="An owner, a package, or owner/name; case is ignored.")
    limit: int = Field(100, ge=1, le=1000, description="Repositories of a page.")
    cursor: str | None = Field(None, max_length=1000, description="next_cursor of the page before.")


class HoldingAnswer(shapes.Answer):
    """What is held of one repository."""

    repository: str
    documents: int
    occurrences: int
    licenses: list[str] = Field(description="SPDX expressions, most frequent first.")


class MembershipAnswer(shapes.Answer):
    """Whether and what the index holds of an owner."""

    owner: str
    found: bool
    repositories: list[HoldingAnswer] = Field(description="By name.")
    repositories_total: int
    documents: int = Field(description="Of all repositories; one in several counts in each.")
    occurrences: int
    opted_out: bool = Field(description="Whether the owner or repository is left out on request.")
    removal: str = Field(description="How to ask for removal.")
    next_cursor: str | None
    index: shapes.IndexJson


@api.get("/api/v1/membership", responses={200: MembershipAnswer, 410: EXPIRED})
def membership(query: MembershipQuery) -> Response:
    """Whether the index holds code of an owner, and of which repositories."""
    from attribution.index.occurrences import OptOutSet, owner_key

    index = services().index()
    summary = index.summary()
    owner = owner_key(query.owner)
    offset = offset_of(query.cursor, summary.version, owner)
    documents = occurrences = total = 0
    package = False  # something is called just so, without an owner
    page = []
    with services().lookups:
        for total, holding in enumerate(index.membership(owner), 1):
            documents += holding.documents
            occurrences += holding.occurrences
            package = package or holding.repository.casefold() == owner
            if offset < total <= offset + query.limit:
                page.append(
                    {
                        "repository": holding.repository,
                        "documents": holding.documents,
                        "occurrences": holding.occurrences,
                        "licenses": list(holding.licenses),
                    }
                )
    opt_outs = OptOutSet(description_of(index).opt_outs)
    end = offset + query.limit
    return shapes.json_response(
        {
            "owner": query.owner,
            "found": total > 0,
            "repositories": page,
            "repositories_total": total,
            "documents": documents,
            "occurrences": occurrences,
            # "name/" asks whether the owner is left out, "name" whether a package of that name is
            "opted_out": opt_outs.covers(owner) or opt_outs.covers(owner + "/"),
            "removal": _removal(owner, package),
            "next_cursor": next_cursor(summary.version, owner, end) if total > end else None,
            "index": index_json(summary),
        }
    )


def _removal(owner: str, package: bool) -> str:
    kind = "repository" if package or "/" in owner else "owner"
    contact = services().settings.contact or "whoever runs this service"
    return (
        f"Ask {contact} to take out the {kind} {owner}. Who runs it "
        f"does so with `whence remove --{kind} {quote(owner)}`: it is gone from every answer at "
        "once, is not indexed again, and a compaction takes its bytes off the disk. A model that "
        "was trained on the code is not changed by this."
    )


shapes.describe_answers(api)
