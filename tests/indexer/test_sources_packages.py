"""Installed Python packages: one repository each, by their dist-info."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

import pytest
from identify.vendor.licenses import LICENSES

from attribution.errors import SourceError
from attribution.licensing.evidence import LICENSE_FILE, PACKAGE_METADATA
from attribution.types import LicenseEvidence, NewFile, Skip
from indexer.sources import open_sources
from indexer.sources.packages import PackageSource
from tests.support.license_evidence import said

CODE = b"print('hello')\n"
TEXTS = {name: text.encode() for name, text in LICENSES}


def install(
    root: Path,
    name: str,
    files: dict[str, bytes],
    metadata: str = "",
    version: str = "1.0",
    *,
    record: bool = True,
    listed: tuple[str, ...] = (),
) -> None:
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}\n"
    files = {**files, f"{info}/METADATA": text.encode()}
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    if record:
        lines = [f'"{path}",sha256=x,1\n' for path in (*files, *listed, f"{info}/RECORD")]
        (root / info / "RECORD").write_text("".join(lines))


def read(root: Path) -> tuple[dict[str, NewFile], list[Skip]]:
    files: dict[str, NewFile] = {}
    skips: list[Skip] = []
    for source in open_sources(str(root)):
        for file, _ in source.read():
            if isinstance(file, Skip):
                skips.append(file)
            else:
                files[file.occurrence.path] = file
    return files, skips


def test_a_package_is_a_repository(tmp_path: Path) -> None:
    install(tmp_path, "My.Pack-age", {"mine/a.py": CODE}, "License: MIT", "2.3")
    install(tmp_path, "other", {"other.py": CODE})
    files, _ = read(tmp_path)
    occurrence = files["mine/a.py"].occurrence
    assert (occurrence.repository, occurrence.revision) == ("my-pack-age", "2.3")
    assert occurrence.origin == "pkg:pypi/my-pack-age"
    assert occurrence.date is None  # the date of the installation says nothing
    assert occurrence.license == LicenseEvidence("MIT", PACKAGE_METADATA)
    assert files["other.py"].occurrence.license.expression == "NOASSERTION"


@pytest.mark.parametrize("folder", ["x-1.0.dist-info", "x-1.0.dist-info/licenses"])
def test_its_licence_file_applies_to_all_of_it(tmp_path: Path, folder: str) -> None:
    files = {
        "x/a.py": CODE,
        f"{folder}/LICENSE": TEXTS["BSD-2-Clause"],
        "x/_vendor/y/b.py": CODE,
        "x/_vendor/y/LICENSE": TEXTS["ISC"],
    }
    install(
        tmp_path, "x", files, "License: BSD\nClassifier: License :: OSI Approved :: BSD License"
    )
    found, _ = read(tmp_path)
    license_ = said(found["x/a.py"].occurrence.license)
    assert license_ == LicenseEvidence(
        "BSD-2-Clause", LICENSE_FILE
    )  # by the text, which says which BSD
    vendored = found["x/_vendor/y/b.py"].occurrence
    assert vendored.vendored
    assert said(vendored.license) == LicenseEvidence("ISC", LICENSE_FILE)


def test_licence_files_of_sub_folders_apply_to_these(tmp_path: Path) -> None:
    licenses = "x-1.0.dist-info/licenses"
    files = {
        "x/a.py": CODE,
        "x/fft/b.py": CODE,
        f"{licenses}/LICENSE": TEXTS["MIT"],
        f"{licenses}/x/fft/LICENSE.md": TEXTS["BSD-3-Clause"],
    }
    install(tmp_path, "x", files, "License-Expression: MIT")
    found, _ = read(tmp_path)
    assert found["x/a.py"].occurrence.license.expression == "MIT"
    license_ = said(found["x/fft/b.py"].occurrence.license)
    assert license_ == LicenseEvidence("BSD-3-Clause", LICENSE_FILE)


def test_a_notice_may_name_a_file_that_is_not_installed(tmp_path: Path) -> None:
    install(tmp_path, "x", {"x.py": b"# See LICENSE.txt for details.\n" + CODE}, "License: MIT")
    assert read(tmp_path)[0]["x.py"].occurrence.license.expression == "MIT"


def test_a_conflict_shows_both_sides(tmp_path: Path) -> None:
    files = {"x.py": CODE, "x-1.0.dist-info/LICENSE": TEXTS["ISC"]}
    install(tmp_path, "x", files, "License: MIT")
    conflict = "the license file says ISC, but the package metadata says MIT"
    assert read(tmp_path)[0]["x.py"].occurrence.license.conflict == conflict


def test_files_that_no_package_lists_are_left_out_with_the_reason(tmp_path: Path) -> None:
    install(
        tmp_path, "x", {"x.py": CODE}, listed=("gone.py", "../../bin/x", "/etc/passwd", "x/../../y")
    )
    (tmp_path / "stray.py").write_bytes(CODE)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/x.cpython-311.pyc").write_bytes(b"\0")
    files, skips = read(tmp_path)
    assert set(files) == {"x.py"}
    reasons = {s.name: s.reason for s in skips if "dist-info" not in s.name}
    assert reasons == {
        f"{tmp_path.name}/stray.py": "unclaimed",
        "x/gone.py": "unreadable",
        "x/../../bin/x": "not code",
        f"x/{os.path.relpath('/etc/passwd', tmp_path)}": "not code",
        "x/../y": "not code",
    }


def test_a_package_without_a_record(tmp_path: Path) -> None:
    install(tmp_path, "x-y", {"x_y/a.py": CODE}, record=False)
    install(tmp_path, "z", {"zed/a.py": CODE, "one.py": CODE}, record=False)
    (tmp_path / "z-1.0.dist-info/top_level.txt").write_text("zed\none\n../evil\n")
    assert set(read(tmp_path)[0]) == {"x_y/a.py", "zed/a.py", "one.py"}


def test_the_older_form_of_a_package(tmp_path: Path) -> None:
    install(tmp_path, "new", {"new.py": CODE})
    info = tmp_path / "Old_Pack-3.1-py3.11.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Name: Old-Pack\nVersion: 3.1\nLicense: MIT\n")
    (info / "top_level.txt").write_text("oldpack\n")
    (tmp_path / "oldpack").mkdir()
    (tmp_path / "oldpack/a.py").write_bytes(CODE)
    occurrence = read(tmp_path)[0]["oldpack/a.py"].occurrence
    assert (occurrence.origin, occurrence.revision) == ("pkg:pypi/old-pack", "3.1")
    assert occurrence.license == LicenseEvidence("MIT", PACKAGE_METADATA)


def test_reading_resumes_after_any_item(tmp_path: Path) -> None:
    install(tmp_path, "x", {f"x/{i}.py": CODE for i in range(4)})

    def source() -> PackageSource:
        (found,) = [s for s in open_sources(str(tmp_path)) if isinstance(s, PackageSource)]
        return found

    items = list(source().read())
    for at, item in enumerate(items):
        assert list(source().read(item.position)) == items[at + 1 :]


def test_an_upgrade_changes_one_fingerprint(tmp_path: Path) -> None:
    install(tmp_path, "x", {"x.py": CODE})
    install(tmp_path, "y", {"y.py": CODE})
    before = {s.name: s.fingerprint() for s in open_sources(str(tmp_path))}
    install(tmp_path, "y", {"y.py": CODE, "y2.py": CODE})
    after = {s.name: s.fingerprint() for s in open_sources(str(tmp_path))}
    changed = {name.rpartition("/")[2] for name in after if after[name] != before[name]}
    assert changed == {"y-1.0.dist-info", tmp_path.name}  # and the folder of the unclaimed


def test_a_broken_package_is_reported(tmp_path: Path) -> None:
    (tmp_path / "bad-1.dist-info").mkdir()
    (tmp_path / "bad-1.dist-info/METADATA").write_bytes(b"\xff\xfe nonsense")
    source = open_sources(str(tmp_path))[0]
    with pytest.raises(SourceError, match=r"no metadata with a name and a version; reinstall"):
        list(source.read())


@pytest.mark.skipif(
    not list(Path(sysconfig.get_path("purelib")).glob("*.dist-info")),
    reason="no packages are installed here",
)
def test_the_packages_of_this_machine() -> None:
    files: dict[str, NewFile] = {}
    for source in open_sources(sysconfig.get_path("purelib")):
        if "/pytest-" in source.name or "/click-" in source.name:
            for file, _ in source.read():
                if isinstance(file, NewFile):
                    files[file.occurrence.path] = file
    core = files["click/core.py"]
    assert core.language == "python"
    assert core.occurrence.origin == "pkg:pypi/click"
    assert core.occurrence.license.expression == "BSD-3-Clause"
    license_ = said(files["_pytest/main.py"].occurrence.license)
    assert license_ == LicenseEvidence("MIT", LICENSE_FILE)
