"""GET /v1/models, as OpenAI's API lists them, and the acceptance of a model's licence."""

from __future__ import annotations

import dataclasses
import time
from typing import Any, Literal

from flask import Response, jsonify
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field, field_validator

from inference.acceptance import Acceptances
from inference.interface import Chat, Completion, Infill
from webapp.api import shapes
from webapp.api.generation_body import unsupported
from webapp.api.tags import TAGS
from webapp.generation.models import ModelSlot
from webapp.guards.auth import current_key
from webapp.services import services

__all__ = ["api"]

api = APIBlueprint("models", __name__, abp_tags=[TAGS["generation"]])

_STARTED = int(time.time())  # the age of every model: when this process started


class ModelPath(BaseModel):
    """Names a model."""

    model: str = Field(description="A model's id, slashes included.")


class LicenseBody(BaseModel):
    """Accepts a model's licence and its use restrictions."""

    model_config = ConfigDict(strict=True)

    accept: bool = Field(json_schema_extra={"const": True})

    @field_validator("accept")
    @classmethod
    def _yes(cls, value: bool) -> bool:
        if not value:
            raise unsupported("accept must be true: an acceptance cannot be withdrawn")
        return value


class ModelJson(shapes.ResponseModel):
    """A model."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    whence: dict[str, Any] = Field(
        description="Whence's own: a description, the state of loading, and the licence."
    )


class ModelList(shapes.ResponseModel):
    """All models, the default first."""

    object: Literal["list"]
    data: list[ModelJson]


@api.get("/v1/models", summary="List the models", responses={200: ModelList})
def models() -> Response:
    """All models, the default first. The state of each says whether it can be used yet."""
    return jsonify(object="list", data=[_described(slot) for slot in services().models])


@api.get("/v1/models/<path:model>", summary="One model", responses={200: ModelJson})
def model(path: ModelPath) -> Response:
    """One model."""
    return jsonify(_described(services().models.slot(path.model)))


@api.post(
    "/v1/models/<path:model>/license",
    summary="Accept a model's licence and its use restrictions",
    responses={200: ModelJson},
)
def accept(path: ModelPath, body: LicenseBody) -> Response:
    """Record the acceptance, and return the model, which can be used from then on."""
    del body  # it can only be true
    slot = services().models.slot(path.model)
    generator = slot.generator()
    terms = generator.card.license
    if terms.needs_acceptance:
        how = f"page, key {key.name}" if (key := current_key()) else "page"
        generator.accept(Acceptances().accept(slot.recorded_name, terms, how))
    return jsonify(_described(slot))


def _described(slot: ModelSlot) -> dict[str, Any]:
    card = slot.card
    whence: dict[str, Any] = {
        "state": slot.state.value,
        "state_reason": slot.state_reason,
        "engine": None,
        "modes": [],
        "context_tokens": None,
        "license": None,
        "description": "",
        "examples": [],
        "chat_examples": [],
        "infill_examples": [],
    }
    if card is not None:
        whence |= {
            "engine": card.engine,
            "modes": sorted(mode.value for mode in card.modes),
            "context_tokens": card.context_tokens,
            "license": dataclasses.asdict(card.license)
            | {"needs_acceptance": card.license.needs_acceptance},
            "description": card.description,
            "examples": [prompt.text for prompt in card.examples if isinstance(prompt, Completion)],
            "chat_examples": [
                prompt.messages[-1].content for prompt in card.examples if isinstance(prompt, Chat)
            ],
            "infill_examples": [
                dataclasses.asdict(prompt) for prompt in card.examples if isinstance(prompt, Infill)
            ],
        }
    return {
        "id": slot.id,
        "object": "model",
        "created": _STARTED,
        "owned_by": "whence",
        "whence": whence,
    }
