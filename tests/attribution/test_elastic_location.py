"""URLs of Elasticsearch indexes, and the settings for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from attribution.errors import InputError
from attribution.index.elastic.access import Access, parse


@pytest.mark.parametrize(
    ("text", "hosts", "name"),
    [
        ("https://search.example:9200/code", ("https://search.example:9200",), "code"),
        ("https://search.example/code/", ("https://search.example:9200",), "code"),
        ("HTTPS://a:1,b:2/my.code-2", ("https://a:1", "https://b:2"), "my.code-2"),
        ("http://127.0.0.1:9201/x", ("http://127.0.0.1:9201",), "x"),
        ("http://localhost/x", ("http://localhost:9200",), "x"),
        ("http://[::1]:9200/x", ("http://[::1]:9200",), "x"),
    ],
)
def test_a_location_names_hosts_and_an_index(text: str, hosts: tuple[str, ...], name: str) -> None:
    location = parse(text)
    assert (location.hosts, location.name) == (hosts, name)
    assert parse(str(location)) == location


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("https://host:9200", "cannot be the name"),
        ("https://host:9200/", "cannot be the name"),
        ("https://host:9200/Upper", "lower-case"),
        ("https://host:9200/a/b", "cannot be the name"),
        ("https://host:9200/_all", "cannot be the name"),
        ("https://host:9200/a*", "cannot be the name"),
        ("https:///name", "names no host"),
        ("https://host:port/name", "names no host"),
        ("https://a,,b/name", "names no host"),
        ("http://search.example:9200/x", "in the clear"),
        ("http://10.0.0.1:9200/x", "in the clear"),
        ("http://127.0.0.1,10.0.0.1/x", "in the clear"),
    ],
)
def test_an_invalid_location_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse(text)


def test_a_password_in_a_location_is_refused_and_not_repeated() -> None:
    with pytest.raises(InputError) as caught:
        parse("https://ann:hunter2@host:9200/code")
    assert "hunter2" not in str(caught.value)
    assert "WHENCE_ELASTIC_PASSWORD_FILE" in str(caught.value)


def test_settings_come_from_the_environment_or_files(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2\n")
    access = Access.from_environment(
        {
            "WHENCE_ELASTIC_USER": "ann",
            "WHENCE_ELASTIC_PASSWORD_FILE": str(secret),
            "WHENCE_ELASTIC_CA": "/ca.pem",
            "WHENCE_ELASTIC_TIMEOUT": "2.5",
            "WHENCE_ELASTIC_SHARDS": "12",
            "WHENCE_ELASTIC_REPLICAS": "0",
        }
    )
    assert (access.user, access.password, access.ca) == ("ann", "hunter2", "/ca.pem")
    assert (access.timeout, access.shards, access.replicas) == (2.5, 12, 0)
    assert Access.from_environment({}) == Access()


def test_secrets_are_not_shown() -> None:
    assert "hunter2" not in repr(Access(user="ann", password="hunter2", api_key="hunter2"))


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"USER": "ann"}, "WHENCE_ELASTIC_PASSWORD is not set"),
        ({"PASSWORD": "hunter2"}, "WHENCE_ELASTIC_USER is not set"),
        ({"USER": "ann", "PASSWORD": "hunter2", "API_KEY": "hunter2"}, "both set"),
        ({"TIMEOUT": "soon"}, "'soon'; give a number"),
        ({"SHARDS": "0"}, "'0'; give a number of 1"),
        ({"PASSWORD_FILE": "/no/such/file"}, "/no/such/file, which cannot be read"),
    ],
)
def test_invalid_settings_are_named(environment: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        Access.from_environment({f"WHENCE_ELASTIC_{k}": v for k, v in environment.items()})
    assert "hunter2" not in str(caught.value)
