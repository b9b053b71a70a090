"""Write the TypeScript types of the data that our scripts read, from the Python that writes it.

The types check the scripts (`make lint`) and nothing else, so they are not kept in the repository:
`Api` has the schemas of the service's OpenAPI and its paths, `Report` the dataclasses that the
HTML report embeds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from audit.reports.html.detail import Detail
from audit.reports.html.report import EmbeddedData
from webapp.app import create_app
from webapp.settings import ServeSettings

__all__ = ["typescript", "write_types"]

_SIMPLE = {
    "integer": "number",
    "number": "number",
    "string": "string",
    "boolean": "boolean",
    "null": "null",
}


def write_types(path: Path) -> None:
    """Write the declarations of both namespaces."""
    description = create_app(ServeSettings()).test_client().get("/openapi.json").get_json()
    _, report = msgspec.json.schema_components([Detail, EmbeddedData])
    lines = [
        *_namespace("Api", description["components"]["schemas"]),
        *_paths(description["paths"]),
        *_namespace("Report", {name: _always_written(schema) for name, schema in report.items()}),
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _namespace(name: str, schemas: Mapping[str, Any]) -> Iterator[str]:
    yield f"declare namespace {name} {{"
    for title, schema in schemas.items():
        yield f"  type {_named(title)} = {typescript(schema)};"
    yield "}"


def _always_written(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a dataclass: fields with a default are written too."""
    return {**schema, "required": list(schema.get("properties", ()))}


def _paths(paths: Mapping[str, Any]) -> Iterator[str]:
    """The JSON that each path answers with, by method."""
    for method in ("get", "post"):
        yield f"interface Api{method.capitalize()} {{"
        for path, methods in paths.items():
            responses = methods.get(method, {}).get("responses", {})
            answer = responses.get("200") or responses.get("201", {})
            schema = answer.get("content", {}).get("application/json", {}).get("schema")
            if schema:
                yield f"  {json.dumps(path)}: {typescript(schema, 'Api.')};"
        yield "}"


def typescript(schema: Mapping[str, Any], prefix: str = "") -> str:
    """A JSON Schema as a TypeScript type; `prefix` goes before the names of referenced types."""
    if "$ref" in schema:
        return prefix + _named(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    for key, operator in (("anyOf", " | "), ("oneOf", " | "), ("allOf", " & ")):
        if key in schema:
            return f"({operator.join(typescript(each, prefix) for each in schema[key])})"
    kind = schema.get("type")
    if isinstance(kind, list):
        return f"({' | '.join(typescript({**schema, 'type': each}, prefix) for each in kind)})"
    if kind == "array":
        if "prefixItems" in schema:
            items = ", ".join(typescript(each, prefix) for each in schema["prefixItems"])
            return f"[{items}]"
        return f"{typescript(schema.get('items', {}), prefix)}[]"
    if kind == "object" or (kind is None and "properties" in schema):
        return _object(schema, prefix)
    return _SIMPLE.get(str(kind), "unknown")


def _object(schema: Mapping[str, Any], prefix: str) -> str:
    fields = [
        f"{json.dumps(name)}{'' if name in schema.get('required', ()) else '?'}: "
        f"{typescript(field, prefix)}"
        for name, field in schema.get("properties", {}).items()
    ]
    if not fields:
        values = schema.get("additionalProperties")
        of = typescript(values, prefix) if isinstance(values, Mapping) else "unknown"
        return f"Record<string, {of}>"
    return "{ " + "; ".join(fields) + " }"


def _named(title: str) -> str:
    return title.removesuffix("Json").replace("_", "")
