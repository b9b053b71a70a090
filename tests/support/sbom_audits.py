"""Audits for the tests of bills of materials: of one finding, and with all that could break ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from attribution.types import Source
from audit.types import FileReport, FileState, Finding, Severity
from tests.support.audit_runs import (
    FakeAudit,
    clean_audit,
    sample_audit,
    sample_finding,
    sample_source,
)

__all__ = ["HOSTILE_AUDITS", "of", "one"]


def one(source: Source, *, name: str = "a.py", license_: str | None = None) -> FakeAudit:
    """An audit of one finding."""
    finding = sample_finding("", 10, [sample_source("MIT")], "denied", Severity.ERROR)
    finding = replace(finding, name=name, passage=replace(finding.passage, sources=(source,)))
    found = source.occurrences[0].license.expression if source.occurrences else "NOASSERTION"
    finding = replace(finding, ruling=replace(finding.ruling, license=license_ or found))
    return of(finding)


def of(*findings: Finding) -> FakeAudit:
    return FakeAudit([FileReport(f.name, FileState.CHECKED, findings=(f,)) for f in findings])


def _hostile_audits() -> Iterator[FakeAudit]:
    yield sample_audit()
    yield clean_audit()
    yield FakeAudit([], replace(clean_audit().summary, index=None, root="\n\x1b[2J\udcff"))
    source = sample_source("MIT")
    place = source.occurrences[0]
    for changed in (
        replace(
            place, origin="https://exa mple\n/<>\"'%zz", revision="\u202e ../#?", path="\udc80"
        ),
        replace(place, origin="javascript:alert(1)", repository="", path="", revision=None),
        replace(place, origin="pkg:pypi/../../x@1?a=b#c", repository="\0"),
        replace(place, origin="pkg:", path="../../etc/passwd"),
    ):
        yield one(replace(source, occurrences=(changed,)), name="\udcff\n/../a.py")
    yield one(replace(source, occurrences=(), occurrences_total=0, origin=None))
    for license_ in ("Foo AND", "LicenseRef-x OR MIT", "DocumentRef-a:LicenseRef-b", "\n<x> 日本"):
        yield one(sample_source(license_), license_=license_)


HOSTILE_AUDITS = list(_hostile_audits())
