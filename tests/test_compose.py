"""docker-compose.yml and Dockerfile: valid, pinned, private, of the client's version."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from attribution.cli import cli
from tests.support.elastic_archive import VERSION

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted((ROOT / "docker").glob("*.sh"))
_PASSWORDS = ("ELASTIC_PASSWORD", "WHENCE_INDEX_PASSWORD", "WHENCE_SERVE_PASSWORD")
_SECRETS = dict.fromkeys(_PASSWORDS, "secret")
_ONE_SHOT = {"certificates", "users", "index"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The file as YAML, with its variables as they are."""
    parsed: dict[str, Any] = yaml.safe_load(read("docker-compose.yml"))
    return parsed


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def compose_command() -> list[str] | None:
    """Docker's compose in either form, if it runs; no daemon is needed for this."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) is None:
            continue
        done = subprocess.run([*command, "version"], capture_output=True, timeout=60, check=False)
        if done.returncode == 0:
            return command
    return None


def test_the_file_is_valid(compose: dict[str, Any], tmp_path: Path) -> None:
    command = compose_command()
    if command is None:
        check_references(compose)
        return
    files = ["--file", str(ROOT / "docker-compose.yml"), "--env-file", str(tmp_path / "env")]
    lines = [f"{name}={value}\n" for name, value in _SECRETS.items()]
    (tmp_path / "env").write_text("".join(lines))
    shown = run([*command, *files, "--profile", "gpu", "config"])
    assert shown.returncode == 0, shown.stderr
    config = yaml.safe_load(shown.stdout)
    assert set(config["services"]) == set(compose["services"])
    assert config["services"]["users"]["environment"]["ELASTIC_PASSWORD"] == "secret"
    (tmp_path / "env").write_text("")
    refused = run([*command, *files, "config"])
    assert refused.returncode != 0
    assert ".env.example" in refused.stderr


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def check_references(compose: dict[str, Any]) -> None:
    """Everything that is named exists."""
    services, volumes = compose["services"], compose["volumes"]
    for name, service in services.items():
        assert "image" in service, name
        assert set(service.get("depends_on", {})) <= set(services), name
        for volume in service.get("volumes", []):
            source = re.split(r"(?<!\})(?<!-):(?!-)", volume)[0]
            assert source in volumes or source.startswith((".", "${")), (name, volume)


def test_references_resolve_without_docker(compose: dict[str, Any]) -> None:
    check_references(compose)
    broken = {**compose, "volumes": {}}
    with pytest.raises(AssertionError):
        check_references(broken)


def test_images_are_pinned(compose: dict[str, Any]) -> None:
    images = {service["image"] for service in compose["services"].values()}
    froms = re.findall(r"^FROM (\S+)", read("Dockerfile"), re.MULTILINE)
    named = [image for image in (*images, *froms) if image != "base"]
    assert len(named) == 4
    for image in named:
        assert re.search(r":v?\d+\.\d+\.\d+(-[a-z-]+)?$", image), image


def test_our_image_is_named_after_our_version(compose: dict[str, Any]) -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    for name in ("index", "service"):
        assert compose["services"][name]["image"] == f"whence:{version}"


def test_server_and_client_have_one_major(compose: dict[str, Any]) -> None:
    image = compose["services"]["elasticsearch"]["image"]
    pinned = re.search(r"^elasticsearch==(\d+)\.", read("constraints.txt"), re.MULTILINE)
    assert pinned is not None, "constraints.txt does not pin elasticsearch"
    assert image.rpartition(":")[2].split(".")[0] == pinned[1]
    assert image.rpartition(":")[2] == VERSION, "the tests run against another server"
    extras = tomllib.loads(read("pyproject.toml"))["project"]["optional-dependencies"]
    wanted = next(one for one in extras["elasticsearch"] if one.startswith("elasticsearch"))
    assert f">={pinned[1]}" in wanted
    assert f"<{int(pinned[1]) + 1}" in wanted


def test_secrets_come_from_the_environment_only() -> None:
    text = read("docker-compose.yml")
    for name in _SECRETS:
        assert f"${{{name}:?" in text
        assert f"${{{name}:-" not in text
    example = dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", read(".env.example"), re.MULTILINE))
    assert {name: example[name] for name in _SECRETS} == dict.fromkeys(_SECRETS, "")
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text))
    assert used == set(example) - {"COMPOSE_PROFILES"}
    assert ".env" in read(".gitignore").split()


def test_security_is_on(compose: dict[str, Any]) -> None:
    environment = compose["services"]["elasticsearch"]["environment"]
    assert environment["xpack.security.enabled"] == "true"
    assert environment["xpack.security.http.ssl.enabled"] == "true"
    for name, service in compose["services"].items():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), (name, port)
    assert compose["services"]["service"]["environment"]["WHENCE_ELASTIC_USER"] == "whence_serve"


def test_memory_is_limited_and_health_is_checked(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert "mem_limit" in service, name
        assert ("healthcheck" in service) == (name not in _ONE_SHOT), name
    assert compose["services"]["generate"]["profiles"] == ["gpu"]
    assert [n for n, s in compose["services"].items() if "profiles" in s] == ["generate"]


@pytest.mark.parametrize("name", ["index", "service"])
def test_the_commands_are_ours(compose: dict[str, Any], name: str) -> None:
    command, *rest = compose["services"][name]["command"].split()
    shown = CliRunner().invoke(cli, [command, "--help"])
    assert shown.exit_code == 0
    for option in (word for word in rest if word.startswith("--")):
        assert option in shown.output


def test_the_image_installs_what_pyproject_has() -> None:
    extras = re.search(r"'\.\[([a-z,]+)\]'", read("Dockerfile"))
    assert extras is not None
    known = tomllib.loads(read("pyproject.toml"))["project"]["optional-dependencies"]
    assert set(extras[1].split(",")) <= set(known)
    copied = " ".join(re.findall(r"^COPY (?!--)(.*) \S+$", read("Dockerfile"), re.MULTILINE))
    carried = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    assert {name.partition("/")[0] for name in copied.split()} == carried
    assert all((ROOT / name).exists() for name in carried)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_can_be_read_by_sh(script: Path) -> None:
    done = subprocess.run(["sh", "-n", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_password_that_would_break_the_request_is_refused(tmp_path: Path) -> None:
    environment = {**_SECRETS, "WHENCE_INDEX_PASSWORD": 'a"b', "PATH": str(tmp_path)}
    shell = shutil.which("sh")
    assert shell is not None
    done = subprocess.run(
        [shell, ROOT / "docker" / "users.sh"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "letters, digits" in done.stderr
    assert 'a"b' not in done.stderr


def test_the_serving_role_may_not_write() -> None:
    role = json.loads(read("docker/roles/whence_serve.json"))
    granted = {one for index in role["indices"] for one in index["privileges"]}
    assert granted <= {"read", "view_index_metadata", "monitor"}
    assert set(role["cluster"]) <= {"monitor"}
