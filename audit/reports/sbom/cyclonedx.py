"""CycloneDX 1.6 as JSON: the sources of copied code as components, with evidence.

The document is written in parts, each validated by cyclonedx-python-lib. Its validator compares
each component with every other, which takes too long for 10,000. A part is a complete document with
some of the components; ids keep components of different parts apart. The validator also takes
20-40 ms for each URL (it parses IRIs with a general grammar): cyclonedx_elements.py accepts only
URLs of a stricter pattern, and the parts are validated without them.
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
from attribution.extras import how_to_install
from audit.reports.interface import Audit, Report
from audit.reports.sbom.cyclonedx_elements import ROOT, CycloneDxElements

__all__ = ["CycloneDxReport"]


class CycloneDxReport(Report):
    """A bill of materials as CycloneDX 1.6 JSON, validated against its schema."""

    name = "cyclonedx"

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write the document.

        Raises:
            ReportError: too many matches, the validator is not installed, or it finds the document
                invalid.
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
    part: dict[str, Any] = json.loads(JsonV1Dot6(bom).output_as_string())
    without_urls = [
        {key: value for key, value in component.items() if key != "externalReferences"}
        for component in part.get("components", ())
    ]
    try:
        problem = validator.validate_str(json.dumps({**part, "components": without_urls}))
    except MissingOptionalDependencyException as exc:
        raise ReportError(
            "report cyclonedx: its validator is not installed; install it with "
            f"`{how_to_install('sbom')}`"
        ) from exc
    if problem is not None:
        first = str(problem).partition("\n")[0]
        raise ReportError(
            f"report cyclonedx: its schema finds the document not valid: {first[:300]}. "
            "Use --report json, and report this as a bug"
        )
    return part
