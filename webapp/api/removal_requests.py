"""`/api/v1/removal-requests`: an author asks to have code removed, and sees what was decided.

Off unless the service has a contact. Proof of control is left to the operator (`whence requests`).
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import AfterValidator, Field, StringConstraints

from attribution.errors import WhenceError
from webapp.api import shapes
from webapp.api.tags import TAGS
from webapp.logs import LOGGER
from webapp.problems import Problem
from webapp.removal.store import RemovalRequest, RequestStore
from webapp.removal.wording import says
from webapp.services import services

__all__ = ["api"]

api = APIBlueprint("removal-requests", __name__, abp_tags=[TAGS["corpus"]])

MAX_NAMES = 100  # of a request
MAX_STATEMENT = 2000  # characters


def _printable(text: str) -> str:
    """The text.

    Raises:
        ValueError: it has a control character.
    """
    for at, character in enumerate(text):
        if unicodedata.category(character) == "Cc" and character not in "\n\t":
            raise ValueError(
                f"character {at} is the control character U+{ord(character):04X}; leave it out"
            )
    return text


def _one_line(text: str) -> str:
    if "\n" in text:
        raise ValueError("it has several lines; give one")
    return _printable(text)


Statement = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_STATEMENT),
    shapes.Unicode,
    AfterValidator(_printable),
]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    shapes.Unicode,
    AfterValidator(_one_line),
]


class OptOutBody(shapes.Body):
    """What is to be removed."""

    kind: Literal["owner", "repository"] = Field(description="A package is a repository.")
    value: Line = Field(description="Its name, address or package URL.")


class RemovalBody(shapes.Body):
    """A request to remove code."""

    opt_outs: list[OptOutBody] = Field(min_length=1, max_length=MAX_NAMES)
    statement: Statement = Field(description="Why the code is yours.")
    contact: Annotated[Line, Field(min_length=3)] = Field(
        description="An address at which the operator can reach you. Only the operator sees it."
    )


class RequestAnswer(shapes.ResponseModel):
    """The state of a request."""

    reference: str = Field(description="Keep it: it is the only way to see the request.")
    state: Literal["open", "accepted", "declined"]
    says: str = Field(description="The state as a sentence.")
    made: str
    decided: str | None
    reason: str = Field(description="Of the decision; may be empty.")
    opt_outs: list[shapes.OptOutJson]
    contact: str = Field(description="Who decides.")


class RequestPath(shapes.Query):
    """Which request."""

    reference: Annotated[str, Field(max_length=100)]


@api.post("/api/v1/removal-requests", responses={201: RequestAnswer})
def ask(body: RemovalBody) -> Response:
    """Ask the operator to remove code.

    Keep the `reference` of the answer: it shows the state of the request.
    """
    from attribution.opt_out_lists import opt_out_of

    store, contact = _store()
    opt_outs = tuple(dict.fromkeys(opt_out_of(one.kind, one.value) for one in body.opt_outs))
    services().removal_limits.count(request.remote_addr or "unknown")
    try:
        made = store.add(opt_outs, body.statement, body.contact)
    except WhenceError as error:
        LOGGER.exception("removal request not stored")
        raise Problem(
            "requests-unavailable",
            f"the request could not be stored; write to {contact} instead",
            retry_after=60.0,
        ) from error
    LOGGER.info("removal request", extra={"fields": {"number": made.number}})
    return shapes.json_response(_shape(made, contact), 201)


@api.get("/api/v1/removal-requests/<reference>", responses={200: RequestAnswer})
def state(path: RequestPath) -> Response:
    """The state of a request, by its reference."""
    store, contact = _store()
    try:
        found = store.by_reference(path.reference)
    except WhenceError as error:
        raise Problem(
            "requests-unavailable", f"try again, or write to {contact}", retry_after=10.0
        ) from error
    if found is None:
        raise Problem(
            "request-not-found",
            f"there is no request with this reference of {len(path.reference)} characters; give "
            f"the whole one, or write to {contact}",
        )
    return shapes.json_response(_shape(found, contact))


def _store() -> tuple[RequestStore, str]:
    store, contact = services().requests, services().settings.contact
    if store is None or contact is None:
        raise Problem(
            "requests-off",
            "the service takes no requests, because it was started without --contact; write to "
            "its operator",
        )
    return store, contact


def _shape(made: RemovalRequest, contact: str) -> dict[str, object]:
    return {
        "reference": made.reference,
        "state": made.state,
        "says": says(made, contact),
        "made": made.made,
        "decided": made.decided,
        "reason": made.reason,
        "opt_outs": [{"kind": one.kind, "value": one.value} for one in made.opt_outs],
        "contact": contact,
    }


shapes.describe_answers(api)
