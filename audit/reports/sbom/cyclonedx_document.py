"""Writes a CycloneDX 1.6 document part by part, each validated by cyclonedx-python-lib.

Its validator compares each component with each: 10,000 of them take longer than anybody waits. A
part is a complete document with some of the components, so the library writes and validates it as
it is; that components differ from part to part follows from their ids. And the validator spends
20-40 ms on each address (it parses IRIs by a general grammar): addresses are held to a stricter
pattern by cyclonedx_elements.py, and the parts are validated without them.
"""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from cyclonedx.exception import MissingOptionalDependencyException
from cyclonedx.model.bom import Bom
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from attribution.errors import ReportError
from audit.reports.interface import Audit
from audit.reports.sbom.cyclonedx_elements import ROOT, CycloneDxElements
from audit.reports.sbom.sources import MISSING

__all__ = ["write_document"]


def write_document(audit: Audit, stream: BinaryIO) -> None:
    """Write the whole document.

    Raises:
        ReportError: too many matches to hold, the validator is not installed, or it finds the
            document not valid.
    """
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    parts = (_converted(bom, validator) for bom in CycloneDxElements(audit).parts())
    head = next(parts)
    del head["dependencies"]
    stream.write(json.dumps(head, indent=1)[:-2].encode("ascii"))  # without its closing brace
    stream.write(b',\n "components": [')
    separator = b"\n  "
    refs: list[str] = []
    for part in parts:
        for component in part["components"]:
            refs.append(component["bom-ref"])
            stream.write(separator + json.dumps(component).encode("ascii"))
            separator = b",\n  "
    dependencies = [{"ref": ROOT, "dependsOn": refs}, *({"ref": ref} for ref in refs)]
    stream.write(b'\n ],\n "dependencies": ' + json.dumps(dependencies).encode("ascii"))
    stream.write(b"\n}\n")


def _converted(bom: Bom, validator: JsonStrictValidator) -> dict[str, Any]:
    text = JsonV1Dot6(bom).output_as_string()
    part: dict[str, Any] = json.loads(text)
    without = [
        {key: value for key, value in component.items() if key != "externalReferences"}
        for component in part.get("components", ())
    ]
    try:
        problem = validator.validate_str(json.dumps({**part, "components": without}))
    except MissingOptionalDependencyException as exc:
        raise ReportError(f"report cyclonedx: {MISSING}") from exc
    if problem is not None:
        first = str(problem).partition("\n")[0]
        raise ReportError(
            f"report cyclonedx: its schema finds the document not valid: {first[:300]}. "
            "Use --report json, and report this as a bug"
        )
    return part
