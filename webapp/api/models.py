"""GET /v1/models, as OpenAI's API lists them, and the acceptance of a model's licence."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any

from flask import Response, g, jsonify
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field, field_validator

from inference.acceptance import Acceptances
from inference.interface import ModelLicense
from webapp.api.generation_body import refuse
from webapp.api.tags import TAGS
from webapp.generation.models import Offer
from webapp.services import services

__all__ = ["api"]

api = APIBlueprint("models", __name__, abp_tags=[TAGS["generation"]])

_STARTED = int(time.time())  # a model is as old as the process that offers it


class ModelPath(BaseModel):
    """Names a model."""

    model: str = Field(description="A model's id, slashes included.")


class LicenseBody(BaseModel):
    """Says that the licence and its use restrictions were read and are accepted."""

    model_config = ConfigDict(strict=True)

    accept: bool = Field(json_schema_extra={"const": True})

    @field_validator("accept")
    @classmethod
    def _yes(cls, value: bool) -> bool:
        if not value:
            raise refuse("an acceptance can only be given: accept must be true")
        return value


_MODEL = {
    "type": "object",
    "required": ["id", "object", "created", "owned_by", "whence"],
    "properties": {
        "id": {"type": "string"},
        "object": {"const": "model"},
        "created": {"type": "integer"},
        "owned_by": {"type": "string"},
        "whence": {
            "type": "object",
            "description": "Ours: what the model is, how far its loading is, and its licence.",
        },
    },
}


def _answers(schema: dict[str, Any]) -> dict[str | int | HTTPStatus, Any]:
    return {200: {"description": "OK", "content": {"application/json": {"schema": schema}}}}


@api.get(
    "/v1/models",
    summary="The models that can be asked",
    responses=_answers(
        {
            "type": "object",
            "required": ["object", "data"],
            "properties": {"object": {"const": "list"}, "data": {"type": "array", "items": _MODEL}},
        }
    ),
)
def models() -> Response:
    """All models, the default one first; also those that cannot be asked yet, with the reason."""
    return jsonify(object="list", data=[_described(one) for one in services().models])


@api.get("/v1/models/<path:model>", summary="One model", responses=_answers(_MODEL))
def model(path: ModelPath) -> Response:
    """One model."""
    return jsonify(_described(services().models.offer(path.model)))


@api.post(
    "/v1/models/<path:model>/license",
    summary="Accept a model's licence and its use restrictions",
    responses=_answers(_MODEL),
)
def accept(path: ModelPath, body: LicenseBody) -> Response:
    """Record that they were accepted just now; answers with the model, which may be asked then."""
    del body  # it can only say yes
    offer = services().models.offer(path.model)
    generator = offer.generator()
    terms = generator.card.license
    if terms.needs_acceptance:
        how = f"page, key {g.key_name}" if g.get("key_name") else "page"
        generator.accept(Acceptances().accept(offer.recorded_name, terms, how))
    return jsonify(_described(offer))


def _described(offer: Offer) -> dict[str, Any]:
    card = offer.card
    ours: dict[str, Any] = {
        "state": offer.state.value,
        "state_reason": offer.state_reason,
        "engine": None,
        "modes": [],
        "context_tokens": None,
        "license": None,
        "description": "",
        "examples": [],
    }
    if card is not None:
        ours |= {
            "engine": card.engine,
            "modes": sorted(mode.value for mode in card.modes),
            "context_tokens": card.context_tokens,
            "license": _license(card.license),
            "description": card.description,
            "examples": list(card.examples),
        }
    return {
        "id": offer.id,
        "object": "model",
        "created": _STARTED,
        "owned_by": "whence",
        "whence": ours,
    }


def _license(terms: ModelLicense) -> dict[str, Any]:
    return {
        "name": terms.name,
        "url": terms.url,
        "restrictions": list(terms.restrictions),
        "accepted": terms.accepted,
        "needs_acceptance": terms.needs_acceptance,
    }
