"""The CI integrations of docs/ci.md, run as far as possible without the services.

The YAML is validated by the schemas that check-jsonschema ships (and the hooks by pre-commit
itself); every script in it is run by bash on a tiny index, with fakes for pip and gh; the
hook is run by the real pre-commit in a real commit.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from jsonschema.validators import validator_for

from benchmarks.served import serving
from tests.support.reverse_proxy import certify, reverse_proxy
from webapp.guards.keys import KeyFile

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
GITLAB = ROOT / "templates" / "gitlab-ci.yml"
PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
BIN = Path(sys.executable).parent

COPIED = """\
def weighted_area(points, weights, *, origin=(0.0, 0.0)):
    total = 0.0
    previous = points[-1]
    for index, point in enumerate(points):
        cross = (previous[0] - origin[0]) * (point[1] - origin[1])
        cross -= (previous[1] - origin[1]) * (point[0] - origin[0])
        total += cross * weights[index % len(weights)]
        previous = point
    if total < 0:
        total = -total
    return total / 2.0
"""


def run(
    command: list[str], cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command with this environment's programs first, and without the user's git settings."""
    full = {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": os.environ["HOME"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "LANG": "C.UTF-8",
        **(env or {}),
    }
    return subprocess.run(
        command, cwd=cwd, env=full, capture_output=True, text=True, timeout=300, check=False
    )


def git(cwd: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
    done = run(["git", *who, *arguments], cwd, env)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whence caches results in the home folder: do not use the developer's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of one file under GPL-3.0-only."""
    folder = tmp_path_factory.mktemp("index")
    corpus = folder / "corpus" / "octo" / "shapes"
    corpus.mkdir(parents=True)
    header = "# SPDX-License-Identifier: GPL-3.0-only\n"
    (corpus / "area.py").write_text(header + COPIED, "utf-8")
    done = run(["whence", "index", "corpus", "--to", "index"], folder)
    assert done.returncode == 0, done.stderr
    return folder / "index"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A git checkout with a clean first commit."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "main.py").write_text("print('a program of my own')\n", "utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    return folder


# ---- all of it is what the services take ----


@lru_cache
def validator(schema: str) -> Any:
    shipped = resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    loaded = json.loads((shipped / f"{schema}.json").read_text("utf-8"))
    return validator_for(loaded)(loaded)


def valid(schema: str, path: Path) -> None:
    problems = [
        f"{list(problem.absolute_path)}: {problem.message}"
        for problem in validator(schema).iter_errors(yaml.load(path.read_text("utf-8"), _Yaml))
    ]
    assert problems == []


class _Yaml(yaml.SafeLoader):
    """Parse YAML 1.2, as the services do: `on` is a string."""

    yaml_implicit_resolvers: ClassVar = {
        first: [
            (tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:bool" or first in "tTfF"
        ]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def test_the_action_is_valid() -> None:
    valid("github-actions", ACTION)


def test_the_gitlab_template_is_valid() -> None:
    valid("gitlab-ci", GITLAB)


def test_the_hooks_are_valid() -> None:
    done = run([sys.executable, "-m", "pre_commit", "validate-manifest", str(HOOKS)], ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


SNIPPETS = re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("name", "text"), SNIPPETS)
def test_the_snippets_of_the_page_are_valid(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / Path(name).name
    path.write_text(text, "utf-8")
    if name.startswith(".github/workflows/"):
        valid("github-workflows", path)
    elif name == ".gitlab-ci.yml":
        valid("gitlab-ci", path)
    else:
        assert name == ".pre-commit-config.yaml"
        done = run([sys.executable, "-m", "pre_commit", "validate-config", str(path)], tmp_path)
        assert done.returncode == 0, done.stdout


def test_the_page_has_a_snippet_for_each_service() -> None:
    names = {name for name, _ in SNIPPETS}
    assert {".github/workflows/whence.yml", ".gitlab-ci.yml", ".pre-commit-config.yaml"} <= names


def action() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(ACTION.read_text("utf-8"))
    return loaded


def steps() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = action()["runs"]["steps"]
    return listed


def test_the_page_names_each_input_output_and_variable() -> None:
    for name in (*action()["inputs"], *action()["outputs"]):
        assert f"`{name}`" in PAGE
    job = yaml.safe_load(GITLAB.read_text("utf-8"))["whence-audit"]
    for name in job["variables"]:
        assert not name.startswith("WHENCE_") or f"`{name}`" in PAGE


def test_every_input_is_used() -> None:
    text = ACTION.read_text("utf-8")
    assert {name for name in action()["inputs"] if f"inputs.{name}" not in text} == set()


def test_no_external_text_is_inserted_into_a_script() -> None:
    scripts = [step["run"] for step in steps() if "run" in step]
    assert len(scripts) == 4
    for script in scripts:
        assert "${{" not in script


def test_other_actions_are_pinned_to_a_commit() -> None:
    used = [step["uses"] for step in steps() if "uses" in step]
    used.remove("github/codeql-action/upload-sarif@v4")  # its commit is not known here
    for name in used:
        assert re.fullmatch(r"actions/[\w/-]+@[0-9a-f]{40}", name)


# ---- the scripts of the GitHub action ----


def step(name: str) -> dict[str, Any]:
    return next(step for step in steps() if step["name"] == name)


class Runner:
    """A GitHub runner, as far as the scripts need it."""

    def __init__(self, folder: Path, checkout: Path) -> None:
        self.checkout = checkout
        self.temp = folder / "runner temp"
        self.temp.mkdir()
        self.output, self.summary = folder / "output", folder / "summary"
        self.programs = folder / "programs"
        self.programs.mkdir()
        self.job: dict[str, str] = {}  # variables of the whole job

    def run(self, name: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a step as GitHub does; its environment has exactly what the step declares."""
        assert set(env) == set(step(name)["env"])
        self.output.write_text("")
        self.summary.write_text("")
        return run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step(name)["run"]],
            self.checkout,
            {
                "PATH": f"{self.programs}:{os.environ['PATH']}",
                "RUNNER_TEMP": str(self.temp),
                "GITHUB_OUTPUT": str(self.output),
                "GITHUB_STEP_SUMMARY": str(self.summary),
                **self.job,
                **env,
            },
        )

    def program(self, path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        path.chmod(0o755)
        return path

    def audit(self, index: Path | str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Run the audit with the `whence` of this environment."""
        return self._audit(f'exec "{BIN}/whence" "$@"', INDEX=str(index), **changes)

    def arguments(self, **changes: str) -> list[str]:
        """The arguments of `whence`."""
        done = self._audit('printf "%s\\0" "$@" > "$RUNNER_TEMP/arguments"', **changes)
        assert done.returncode == 0, done.stderr
        return (self.temp / "arguments").read_text("utf-8").split("\0")[:-1]

    def _audit(self, script: str, **changes: str) -> subprocess.CompletedProcess[str]:
        whence = self.temp / "whence-venv" / "bin" / "whence"
        self.program(whence, f"#!/bin/sh\n{script}\n")
        inputs = {
            "INDEX": "index",
            "POLICY": "",
            "PATHS": ".",
            "SINCE": "",
            "FAIL_ON": "",
            "PRIVATE": "false",
        }
        return self.run("Audit", **{**inputs, **changes})

    @property
    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.output.read_text().splitlines())


@pytest.fixture
def runner(tmp_path: Path, checkout: Path) -> Runner:
    return Runner(tmp_path, checkout)


@pytest.mark.parametrize(
    ("version", "package"),
    [("", "/the action[elasticsearch]"), ("1.2", "whence[elasticsearch]==1.2")],
)
def test_the_action_installs(runner: Runner, version: str, package: str) -> None:
    log = runner.temp / "log"
    python = runner.program(
        runner.programs / "python3",
        '#!/bin/bash\nprintf "%s\\n" "$*" >> "$RUNNER_TEMP/log"\n'
        'if [ "$3" = venv ]; then mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; fi\n',
    )
    done = runner.run("Install Whence", PYTHON=str(python), SOURCE="/the action", VERSION=version)
    assert done.returncode == 0, done.stderr
    made, installed, warm = log.read_text().splitlines()
    assert made == f"-I -m venv {runner.temp}/whence-venv"
    assert installed == f"-I -m pip install --quiet --disable-pip-version-check {package}"
    assert warm == "-I -m attribution.warmup"


@pytest.mark.parametrize("version", ["--index-url=https://evil", "1 @ https://evil", "$(touch x)"])
def test_only_a_release_number_is_accepted_as_version(runner: Runner, version: str) -> None:
    done = runner.run("Install Whence", PYTHON="/bin/false", SOURCE="/a", VERSION=version)
    assert done.returncode == 2
    assert "::error::version" in done.stdout


def test_a_clean_checkout_passes(runner: Runner, index: Path) -> None:
    done = runner.audit(index)
    assert done.returncode == 0, done.stderr
    assert runner.outputs["exit-code"] == "0"
    assert runner.run("Result", CODE="0").returncode == 0


def test_findings_are_reported_in_all_forms_and_fail_at_the_end(
    runner: Runner, index: Path
) -> None:
    (runner.checkout / "::error file=x::.py").write_text(COPIED, "utf-8")
    done = runner.audit(index)
    assert done.returncode == 0, done.stderr  # later steps must run
    first, *_, last = done.stdout.splitlines()
    stop = first.removeprefix("::stop-commands::")  # the output contains no commands
    assert re.fullmatch(r"[0-9a-f]{32}", stop)
    assert last == f"::{stop}::"
    outputs = runner.outputs
    assert outputs["exit-code"] == "1"
    sarif = json.loads(Path(outputs["sarif"]).read_text("utf-8"))
    assert [r["level"] for r in sarif["runs"][0]["results"]] == ["error"]
    assert Path(outputs["markdown"]).read_text("utf-8").startswith("<!-- whence-audit -->")
    assert runner.summary.read_text("utf-8") == Path(outputs["markdown"]).read_text("utf-8")
    assert "<html" in Path(outputs["html"]).read_text("utf-8")
    assert "GPL-3.0-only" in done.stdout
    assert runner.run("Result", CODE="1").returncode == 1


def test_a_missing_index_is_not_a_clean_result(runner: Runner) -> None:
    runner.audit("/nowhere/index")
    assert runner.outputs["exit-code"] == "2"
    assert runner.run("Result", CODE="2").returncode == 2


def test_a_missing_result_is_not_a_clean_result(runner: Runner) -> None:
    assert runner.run("Result", CODE="").returncode == 2


EVIL = "$(touch pwned) `touch pwned`; touch pwned \"' \\ *"


@pytest.mark.parametrize(
    ("inputs", "arguments"),
    [
        ({}, ["--", "."]),
        ({"INDEX": EVIL}, ["--index", EVIL]),
        ({"INDEX": f"/a b\n\n{EVIL}\n"}, ["--index", "/a b", "--index", EVIL]),
        ({"PRIVATE": "true"}, ["--private"]),
        ({"POLICY": EVIL}, ["--policy", EVIL]),
        ({"SINCE": EVIL}, ["--since", EVIL]),
        ({"FAIL_ON": "note"}, ["--fail-on", "note"]),
        ({"PATHS": f"a b.py\n\n{EVIL}\n--help\n"}, ["--", "a b.py", EVIL, "--help"]),
    ],
)
def test_inputs_are_passed_to_the_audit_unchanged(
    runner: Runner, inputs: dict[str, str], arguments: list[str]
) -> None:
    called = runner.arguments(**inputs)
    at = called.index(arguments[0])
    assert called[at : at + len(arguments)] == arguments
    assert called.count("--") == 1
    assert list(runner.checkout.rglob("pwned")) == []
    assert {"--policy", "--since", "--fail-on", "--private"} & set(called) == set(arguments[:1]) - {
        "--",
        "--index",
    }


GH = """#!/bin/bash
# a fake gh that lists the comments in $RUNNER_TEMP/comments.json and logs its arguments
printf '%s\\n' "$*" >> "$RUNNER_TEMP/gh.log"
[ ! -e "$RUNNER_TEMP/forbidden" ] || { echo 'HTTP 403' >&2; exit 1; }
while [ $# -gt 0 ]; do
  if [ "$1" = --jq ]; then exec jq -r "$2" "$RUNNER_TEMP/comments.json"; fi
  shift
done
"""
OURS = {"id": 7, "user": {"type": "Bot"}, "body": "<!-- whence-audit -->\nold"}
OTHERS = [
    {"id": 3, "user": {"type": "User"}, "body": "<!-- whence-audit -->\nforged"},
    {"id": 5, "user": {"type": "Bot"}, "body": "another bot on <!-- whence-audit -->"},
]


@pytest.mark.skipif(
    shutil.which("jq") is None, reason="the fake gh needs jq, which the real one contains"
)
@pytest.mark.parametrize(
    ("comments", "code", "call"),
    [
        (OTHERS, "1", "--method POST repos/o/r/issues/12/comments"),
        ([*OTHERS, OURS], "1", "--method PATCH repos/o/r/issues/comments/7"),
        ([*OTHERS, OURS, {**OURS, "id": 9}], "2", "--method PATCH repos/o/r/issues/comments/7"),
        ([OURS], "0", "--method PATCH repos/o/r/issues/comments/7"),
        (OTHERS, "0", None),
    ],
)
def test_one_comment_is_created_and_updated(
    runner: Runner, comments: list[dict[str, Any]], code: str, call: str | None
) -> None:
    runner.program(runner.programs / "gh", GH)
    (runner.temp / "comments.json").write_text(json.dumps(comments))
    env = {"GH_TOKEN": "t", "REPOSITORY": "o/r", "NUMBER": "12", "MARKDOWN": "/a b.md"}
    done = runner.run("Comment on the pull request", CODE=code, **env)
    assert done.returncode == 0
    assert "::warning::" not in done.stdout
    calls = (runner.temp / "gh.log").read_text().splitlines()[1:]
    assert calls == ([f"api --silent {call} -F body=@/a b.md"] if call else [])


def test_a_forbidden_comment_does_not_change_the_result(runner: Runner) -> None:
    runner.program(runner.programs / "gh", GH)
    (runner.temp / "forbidden").touch()
    env = {"GH_TOKEN": "t", "REPOSITORY": "o/r", "NUMBER": "12", "MARKDOWN": "/a.md", "CODE": "1"}
    done = runner.run("Comment on the pull request", **env)
    assert done.returncode == 0
    assert "::warning::" in done.stdout


# ---- the GitLab job ----


def gitlab(
    checkout: Path, programs: Path, whence: str, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run the script of the job with sh, as GitLab does, and with a fake pip."""
    job = yaml.safe_load(GITLAB.read_text("utf-8"))["whence-audit"]
    programs.mkdir(exist_ok=True)
    for name, script in (("python", 'printf "%s\\n" "$*" > pip.log'), ("whence", whence)):
        (programs / name).write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        (programs / name).chmod(0o755)
    variables = {
        name: str(value).replace("$CI_PROJECT_DIR", str(checkout))
        for name, value in job["variables"].items()
    }
    known = {"WHENCE_INDEX": "index", "WHENCE_PACKAGE": "whence @ https://example.com"}
    return run(
        ["sh", "-e", "-c", "\n".join(job["script"])],
        checkout,
        {"PATH": f"{programs}:{os.environ['PATH']}", **variables, **known, **env},
    )


@pytest.mark.parametrize(
    ("env", "arguments"),
    [
        ({}, ["--", "."]),
        ({"CI_MERGE_REQUEST_DIFF_BASE_SHA": "c0ffee"}, ["--since", "c0ffee"]),
        ({"WHENCE_POLICY": EVIL}, ["--policy", EVIL]),
        ({"WHENCE_FAIL_ON": "never"}, ["--fail-on", "never"]),
        ({"WHENCE_PATHS": f"a b.py\n{EVIL}\n--help\n"}, ["--", "a b.py", EVIL, "--help"]),
    ],
)
def test_variables_are_passed_to_the_gitlab_job_unchanged(
    checkout: Path, tmp_path: Path, env: dict[str, str], arguments: list[str]
) -> None:
    script = 'printf "%s\\0" "$@" > arguments'
    done = gitlab(checkout, tmp_path / "programs", script, **env)
    assert done.returncode == 0, done.stderr
    called = (checkout / "arguments").read_text("utf-8").split("\0")[:-1]
    at = called.index(arguments[0])
    assert called[at : at + len(arguments)] == arguments
    installed = (checkout / "pip.log").read_text().rstrip("\n")
    assert installed == (
        "-I -m pip install --quiet --disable-pip-version-check whence @ https://example.com"
    )
    assert not (checkout / "pwned").exists()


@pytest.mark.parametrize("code", [1, 2])
def test_the_gitlab_job_keeps_the_exit_code(checkout: Path, tmp_path: Path, code: int) -> None:
    assert gitlab(checkout, tmp_path / "programs", f"exit {code}").returncode == code


@pytest.mark.parametrize("lacking", ["WHENCE_INDEX", "WHENCE_PACKAGE"])
def test_an_unconfigured_gitlab_job_is_not_a_clean_result(
    checkout: Path, tmp_path: Path, lacking: str
) -> None:
    done = gitlab(checkout, tmp_path / "programs", "exit 0", **{lacking: ""})
    assert done.returncode == 2
    assert lacking in done.stderr


def test_the_gitlab_job_writes_its_artifacts(checkout: Path, index: Path, tmp_path: Path) -> None:
    (checkout / "a.py").write_text(COPIED, "utf-8")
    script = f'exec "{BIN}/whence" "$@"'
    done = gitlab(checkout, tmp_path / "programs", script, WHENCE_INDEX=str(index))
    assert done.returncode == 1, done.stderr
    artifacts = yaml.safe_load(GITLAB.read_text("utf-8"))["whence-audit"]["artifacts"]
    for path in (*artifacts["paths"], *artifacts["reports"].values()):
        assert (checkout / path).stat().st_size
    issues = json.loads((checkout / artifacts["reports"]["codequality"]).read_text("utf-8"))
    assert [issue["location"]["path"] for issue in issues] == ["a.py"]  # nothing from .cache


# ---- the hook of pre-commit ----

Commit = Callable[[], "subprocess.CompletedProcess[str]"]


def hooked(checkout: Path, tmp_path: Path, arguments: list[str], **env: str) -> Commit:
    """Install our hook by the real pre-commit, with the packages of this environment.

    Returns:
        What commits everything.
    """
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    ours = yaml.safe_load(HOOKS.read_text("utf-8"))
    for hook in ours:
        assert hook["language"] == "python"
        hook["language"] = "system"
    (hooks / HOOKS.name).write_text(yaml.safe_dump(ours), "utf-8")
    git(hooks, "init", "-q")
    git(hooks, "add", ".")
    git(hooks, "commit", "-qm", "hooks")
    hook = {"id": "whence-audit", "args": arguments}
    config = {
        "repos": [{"repo": str(hooks), "rev": git(hooks, "rev-parse", "HEAD"), "hooks": [hook]}]
    }
    (checkout / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), "utf-8")
    env["PRE_COMMIT_HOME"] = str(tmp_path / "home")
    done = run([sys.executable, "-m", "pre_commit", "install"], checkout, env)
    assert done.returncode == 0, done.stdout

    def commit() -> subprocess.CompletedProcess[str]:
        git(checkout, "add", ".")
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        return run(["git", *who, "commit", "-m", "more"], checkout, env)

    return commit


def test_a_commit_with_copied_code_is_rejected(checkout: Path, index: Path, tmp_path: Path) -> None:
    commit = hooked(checkout, tmp_path, ["--index", str(index)])
    (checkout / "naïve $(touch pwned) area.py").write_text(COPIED, "utf-8")
    stopped = commit()
    assert stopped.returncode == 1
    assert "exit code: 1" in stopped.stderr
    assert "GPL-3.0-only" in stopped.stderr
    ignored = "# whence: ignore written by me before octo/shapes had it\n" + COPIED
    (checkout / "naïve $(touch pwned) area.py").write_text(ignored, "utf-8")
    passed = commit()
    assert passed.returncode == 0, passed.stderr
    assert "Passed" in passed.stderr
    assert not (checkout / "pwned").exists()


# ---- through a service with a key and TLS ----


@pytest.fixture(scope="module")
def secured(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a job that uses the service: its address, a key and the authority."""
    folder = tmp_path_factory.mktemp("service")
    certify(folder)
    key = KeyFile(folder / "keys").add("ci")
    options = ("--index", str(index), "--keys", str(folder / "keys"), "--proxies", "1")
    with (
        serving(folder, *options) as service,
        reverse_proxy(service.port, certificate=folder) as at,
    ):
        yield {
            "WHENCE_INDEX": at,
            "WHENCE_KEY": key,
            "WHENCE_SERVICE_CA": str(folder / "whence.pem"),
            "WHENCE_SERVICE_PATIENCE": "0",
        }


@pytest.mark.parametrize("private", ["false", "true"])
def test_the_action_uses_a_service(runner: Runner, secured: dict[str, str], private: str) -> None:
    (runner.checkout / "a.py").write_text(COPIED, "utf-8")
    runner.job = secured
    done = runner.audit(secured["WHENCE_INDEX"], PRIVATE=private)
    assert runner.outputs["exit-code"] == "1", done.stderr
    assert "GPL-3.0-only" in done.stdout
    assert ("fingerprints alone" in " ".join(done.stdout.split())) is (private == "true")
    assert secured["WHENCE_KEY"] not in done.stdout + done.stderr


def test_the_action_without_the_key_is_not_a_clean_result(
    runner: Runner, secured: dict[str, str]
) -> None:
    runner.job = {**secured, "WHENCE_KEY": ""}
    done = runner.audit(secured["WHENCE_INDEX"])
    assert runner.outputs["exit-code"] == "2"
    assert "needs a key" in done.stdout + done.stderr


def test_the_action_asks_a_folder_and_a_service(
    runner: Runner, secured: dict[str, str], tmp_path: Path
) -> None:
    own = tmp_path / "own"
    (own / "corpus").mkdir(parents=True)
    (own / "corpus" / "part.py").write_text("def own_part(ship):\n    return ship.anchor()\n" * 9)
    assert run(["whence", "index", "corpus", "--to", "index"], own).returncode == 0
    (runner.checkout / "a.py").write_text(COPIED, "utf-8")
    runner.job = secured
    runner.audit(f"{own / 'index'}\n{secured['WHENCE_INDEX']}\n")
    assert runner.outputs["exit-code"] == "1"
    runner.job = {**secured, "WHENCE_KEY": "whk_wrong"}
    done = runner.audit(f"{own / 'index'}\n{secured['WHENCE_INDEX']}\n")
    assert runner.outputs["exit-code"] == "2"
    assert "refuses the key" in done.stdout + done.stderr


def test_the_gitlab_job_uses_a_service(
    checkout: Path, secured: dict[str, str], tmp_path: Path
) -> None:
    (checkout / "a.py").write_text(COPIED, "utf-8")
    script = f'exec "{BIN}/whence" "$@"'
    done = gitlab(checkout, tmp_path / "programs", script, **secured)
    assert done.returncode == 1, done.stderr
    assert "GPL-3.0-only" in done.stdout
    (checkout / ".cache").rename(tmp_path / "old cache")
    wrong = {**secured, "WHENCE_KEY": "whk_wrong"}
    done = gitlab(checkout, tmp_path / "programs", script, **wrong)
    assert done.returncode == 2


def test_the_hook_uses_a_service(checkout: Path, secured: dict[str, str], tmp_path: Path) -> None:
    commit = hooked(checkout, tmp_path, [], **secured)
    (checkout / "area.py").write_text(COPIED, "utf-8")
    stopped = commit()
    assert stopped.returncode == 1
    assert "GPL-3.0-only" in stopped.stderr


# ---- any shell ----


def test_the_snippets_for_any_shell_run(checkout: Path, index: Path) -> None:
    (checkout / "a.py").write_text(COPIED, "utf-8")
    plain, lenient = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    env = {"WHENCE_INDEX": str(index)}
    assert run(["sh", "-e", "-c", plain], checkout, env).returncode == 1
    assert (checkout / "whence-junit.xml").stat().st_size
    assert run(["sh", "-e", "-c", lenient], checkout, env).returncode == 0
    broken = run(["sh", "-e", "-c", lenient], checkout, {"WHENCE_INDEX": "/nowhere"})
    assert broken.returncode == 2
