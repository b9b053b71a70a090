"""Requests to a cluster. The only file that imports the `elasticsearch` package.

Requests are plain JSON as in the documentation of Elasticsearch, not methods of the package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attribution.errors import (
    IndexFormatError,
    IndexUnavailableError,
    InputError,
    StorageError,
    WhenceError,
)
from attribution.extras import how_to_install
from attribution.index.elastic.access import Access, Location
from attribution.index.elastic.failures import refusal

try:
    import elasticsearch
    from elastic_transport import (
        ConnectionError as LostError,
    )
    from elastic_transport import (
        ConnectionTimeout,
        SerializationError,
        TlsError,
        TransportError,
    )
except ImportError as exc:
    raise InputError(
        "an Elasticsearch index needs the package `elasticsearch` 9; install it with "
        f"`{how_to_install('elasticsearch')}`"
    ) from exc

__all__ = ["Body", "Cluster", "Json", "failed_shards"]

Json = dict[str, Any]  # an answer of Elasticsearch
Body = Mapping[str, Any] | Sequence[bytes] | bytes  # JSON, or the lines of an NDJSON request

_JSON = {"accept": "application/json", "content-type": "application/json"}
_LINES = {"accept": "application/json", "content-type": "application/x-ndjson"}


class Cluster:
    """A cluster that answers requests. Threads may share it."""

    def __init__(self, location: Location, access: Access) -> None:
        """Prepare a client; the first request connects.

        Raises:
            InputError: a certificate or a setting is invalid.
        """
        self.location = location
        self.access = access
        options: dict[str, Any] = {}
        if location.hosts[0].startswith("https"):
            options = {"ca_certs": access.ca, "ssl_assert_fingerprint": access.fingerprint}
        if access.user is not None:
            options["basic_auth"] = (access.user, access.password)
        if access.api_key is not None:
            options["api_key"] = access.api_key
        try:
            self._client = elasticsearch.Elasticsearch(
                list(location.hosts),
                request_timeout=access.timeout,
                # Another node is tried when one is gone; a slow or busy one is not retried.
                max_retries=len(location.hosts) - 1,
                retry_on_timeout=False,
                retry_on_status=(),
                **{key: value for key, value in options.items() if value is not None},
            )
        except (ValueError, OSError) as exc:
            raise InputError(
                f"the settings for {location} cannot be used: {exc}; check WHENCE_ELASTIC_CA and "
                "WHENCE_ELASTIC_FINGERPRINT"
            ) from exc

    def request(
        self,
        method: str,
        path: str,
        body: Body | None = None,
        *,
        missing: bool = False,
        timeout: float | None = None,
        **params: str | int | bool,
    ) -> Json:
        """Send a request; returns the answer as JSON.

        Args:
            missing: a 404 is an answer, {} when it has no body, instead of an error.
            timeout: seconds; None takes the setting for look-ups.

        Raises:
            WhenceError: an error of `failures.refusal`, or of the connection.
        """
        client = self._client if timeout is None else self._client.options(request_timeout=timeout)
        shown = {k: str(v).lower() if isinstance(v, bool) else v for k, v in params.items()}
        try:
            answer = client.perform_request(
                method,
                path,
                params=shown or None,
                headers=_LINES if isinstance(body, (list, tuple, bytes)) else _JSON,
                body=body,
            )
        except elasticsearch.ApiError as exc:
            if missing and exc.meta.status == 404:
                return exc.body if isinstance(exc.body, dict) else {}
            raise self._refusal(exc) from exc
        except (TransportError, elasticsearch.UnsupportedProductError) as exc:
            raise self._lost(exc, timeout or self.access.timeout) from exc
        return answer.body if isinstance(answer.body, dict) else {}

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _refusal(self, exc: elasticsearch.ApiError) -> WhenceError:
        kind, reason = "", ""
        if isinstance(exc.body, dict):
            error = exc.body.get("error")
            if isinstance(error, dict):
                causes = error.get("root_cause") or [error]
                kind = str(causes[0].get("type") or error.get("type") or "")
                reason = str(causes[0].get("reason") or error.get("reason") or "")
            elif error is not None:
                reason = str(error)
        made = refusal(exc.meta.status, kind, reason, str(self.location))
        made.status = exc.meta.status  # type: ignore[attr-defined]  # for retries
        return made

    def _lost(self, exc: Exception, seconds: float) -> WhenceError:
        where = self.location
        if isinstance(exc, elasticsearch.UnsupportedProductError | SerializationError):
            return IndexFormatError(
                f"the server at {where} does not answer as Elasticsearch does ({exc}); check host "
                "and port; the address of a Whence service has no path, or with a port ends in /"
            )
        if isinstance(exc, TlsError):
            return IndexUnavailableError(
                f"the certificate of {where} is not trusted ({exc.message}); give the authority "
                "that signed it in WHENCE_ELASTIC_CA, or its WHENCE_ELASTIC_FINGERPRINT"
            )
        if isinstance(exc, ConnectionTimeout):
            return IndexUnavailableError(
                f"Elasticsearch at {where} did not answer within {seconds:g} s; look at its load, "
                "or raise WHENCE_ELASTIC_TIMEOUT"
            )
        if isinstance(exc, LostError):
            return IndexUnavailableError(
                f"Elasticsearch at {where} cannot be reached ({exc.message}); check that it runs, "
                "host, port, and http or https"
            )
        return StorageError(f"the request to {where} failed: {exc}")


def failed_shards(answer: Json) -> str | None:
    """The shards that did not answer a search, in words; None when all did."""
    shards = answer.get("_shards", {})
    failed = int(shards.get("failed", 0))
    if not failed and not answer.get("timed_out"):
        return None
    if not failed:
        return "a search timed out on some shards"
    reasons = shards.get("failures") or [{}]
    first = reasons[0]
    names = sorted({f"{r.get('index')}[{r.get('shard')}]" for r in reasons if r})
    why = (first.get("reason") or {}).get("reason") or (first.get("reason") or {}).get("type")
    return (
        f"{failed} of {shards.get('total')} shards failed: {', '.join(names) or 'unassigned'}"
        f"{f' ({why})' if why else ''}"
    )
