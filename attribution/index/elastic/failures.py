"""Refusals of Elasticsearch as errors of ours, each with the remedy."""

from __future__ import annotations

from attribution.errors import (
    IndexFormatError,
    IndexLockedError,
    IndexNotFoundError,
    IndexUnavailableError,
    IndexVersionError,
    InputError,
    StorageError,
    WhenceError,
)

__all__ = ["MAJOR", "RETRIED", "refusal"]

MAJOR = 9  # of the server, as of the client

# Too busy, or no node behind the proxy: worth a retry.
RETRIED = frozenset({429, 502, 503, 504})


def refusal(status: int, kind: str, reason: str, where: str) -> WhenceError:
    """The error of ours for an answer with an HTTP status of 400 or more.

    Args:
        kind, reason: as Elasticsearch gives them; may be empty.
        where: the location of the index.
    """
    answer = f"{kind}: {reason}" if kind else reason or f"HTTP {status}"
    if status == 401:
        return IndexUnavailableError(
            f"Elasticsearch at {where} refused the credentials (HTTP 401); check "
            "WHENCE_ELASTIC_USER and WHENCE_ELASTIC_PASSWORD_FILE, or WHENCE_ELASTIC_API_KEY_FILE"
        )
    # A node with a full disk makes indexes read-only, and says so with 429 or 403.
    if kind == "cluster_block_exception" and ("disk" in reason or "read-only" in reason):
        return StorageError(
            f"Elasticsearch at {where} takes no more writes: {reason}; free disk space on its "
            "nodes, or add one, and run the command again: it resumes at its last commit"
        )
    if status == 403:
        return StorageError(
            f"Elasticsearch at {where} does not permit this user to do that "
            f"({answer}); use one with the privileges that docs/elasticsearch.md lists"
        )
    if status == 404:
        return IndexNotFoundError(
            f"there is no index at {where} ({answer}); make one with `whence index SOURCE... --to "
            "LOCATION`, or check the name"
        )
    if status == 413:
        return StorageError(
            f"a request was larger than Elasticsearch at {where} takes (HTTP 413); raise its "
            "http.max_content_length, or skip files of that size"
        )
    if status in (400, 406) and "compatible" in reason:
        return IndexVersionError(
            f"the server at {where} is not Elasticsearch {MAJOR} ({reason}); this version of "
            f"Whence needs a server of major version {MAJOR}"
        )
    if status == 400 and kind == "resource_already_exists_exception":
        return InputError(f"there is an index at {where} already; open it, or give a new name")
    if status == 409:
        return IndexLockedError(
            f"another process has written to {where} meanwhile ({answer}); run the command again "
            "when it is done"
        )
    if status == 429:
        return IndexUnavailableError(
            f"Elasticsearch at {where} is overloaded (HTTP 429, {answer}); try again later, or "
            "give it more nodes or memory"
        )
    if status >= 500:
        return IndexUnavailableError(
            f"Elasticsearch at {where} cannot answer (HTTP {status}, {answer}); look at its "
            "_cluster/health and try again"
        )
    return IndexFormatError(
        f"Elasticsearch at {where} refused a request (HTTP {status}, {answer}); another "
        "version of Whence may have built the index: rebuild it"
    )
