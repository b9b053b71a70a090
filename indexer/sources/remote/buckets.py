"""Buckets: s3://, gs://, and Azure's az:// and abfs://, through the file systems of pyarrow.

They read with threads of their own and find credentials as the vendors' tools do. pyarrow is
installed anyway; s3fs, gcsfs and adlfs would bring forty packages.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from attribution.errors import InputError, SourceError
from indexer.sources.remote.attempts import (
    AbsentError,
    DeniedError,
    InterruptionError,
    repeated,
)
from indexer.sources.remote.interface import Connection, RemoteFile
from indexer.sources.remote.patterns import Pattern

__all__ = ["SCHEMES", "BucketConnection", "bucket_files", "file_system", "translated"]

_REMEDY = {
    "s3": "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN; "
    "temporary ones expire); for a public bucket write s3://anonymous@BUCKET/...",
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS, or run: gcloud auth application-default login; for "
    "a public bucket write gs://anonymous@BUCKET/...",
    "az": "set AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN, or run: az login",
}
_REMEDY["abfs"] = _REMEDY["az"]
SCHEMES = tuple(_REMEDY)
# How the vendors' libraries call it when credentials are missing, wrong or expired.
_DENIED = (
    "ACCESS_DENIED", "INVALID_ACCESS_KEY_ID", "INVALID_CLIENT_TOKEN_ID", "SIGNATURE_DOES_NOT_MATCH",
    "EXPIRED", "Expired", "InvalidToken", "UNRECOGNIZED_CLIENT", "HTTP status 401",
    "HTTP status 403", "HTTP response code 401", "HTTP response code 403", "PermissionDenied",
    "Unauthenticated", "AuthenticationFailed", "AuthorizationFailure", "Permission denied",
)  # fmt: skip
_ABSENT = ("NO_SUCH_KEY", "NO_SUCH_BUCKET", "NoSuchBucket", "RESOURCE_NOT_FOUND", "does not exist")


def bucket_files(address: str) -> Iterator[RemoteFile]:
    """The files at an address: one, those of a folder, or those that match a pattern.

    Raises:
        InputError: not the address of a bucket.
        SourceError: it cannot be listed.
    """
    from pyarrow.fs import FileSelector, FileType

    def listed() -> tuple[Any, str, Pattern, list[Any]]:
        with translated(address):
            system, path, root = file_system(address)
            pattern = Pattern(path)
            if pattern.is_plain:
                (named,) = system.get_file_info([pattern.folder])
                if named.type == FileType.File:
                    return system, root, pattern, [named]
            folder = FileSelector(pattern.folder, recursive=True, allow_not_found=True)
            return system, root, pattern, system.get_file_info(folder)

    system, root, pattern, found = repeated(listed, address, threading.Event())
    for file in sorted(found, key=lambda file: file.path):
        if file.type == FileType.File and pattern.matches(file.path):
            where = root + file.path
            connect = partial(BucketConnection, system, file.path, where, file.size)
            yield RemoteFile(where, file.size, str(file.mtime_ns), connect)


class BucketConnection(Connection):
    """One file of a bucket."""

    def __init__(self, system: Any, path: str, where: str, size: int) -> None:
        self._system = system
        self._path = path
        self._where = where
        self._size = size
        self._lock = threading.Lock()
        self._file: Any = None

    def read(self, start: int, stop: int) -> bytes:
        with translated(self._where):
            content: bytes = self._opened().read_at(stop - start, start)
        if len(content) < stop - start:
            raise InterruptionError("the connection broke")
        return content

    def _opened(self) -> Any:
        with self._lock:
            if self._file is None:
                file = self._system.open_input_file(self._path)
                if file.size() != self._size:
                    raise SourceError(
                        f"{self._where} changed while it was read: it had {self._size:,} bytes, "
                        f"now {file.size():,}; run the command again"
                    )
                self._file = file
            return self._file

    def close(self) -> None:
        self._file = None


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Translates the errors of pyarrow's file systems, which are one class for all causes.

    Raises:
        InterruptionError, SourceError: as `Connection.read`.
    """
    import pyarrow as pa

    try:
        yield
    except (OSError, ValueError, pa.ArrowException) as error:
        said = str(error)
        if any(word in said for word in _DENIED):
            remedy = _REMEDY[where.partition(":")[0]]
            raise DeniedError(
                f"{where} cannot be read: access is denied; {remedy} ({said})"
            ) from error
        if isinstance(error, FileNotFoundError) or any(word in said for word in _ABSENT):
            raise AbsentError(f"{where} cannot be read: there is no such file ({said})") from error
        if isinstance(error, OSError):
            raise InterruptionError(said) from error
        raise SourceError(f"{where} is no valid address ({said})") from error


def file_system(address: str) -> tuple[Any, str, str]:
    """The file system of a bucket, the path in it (from the bucket on), and what precedes that.

    Raises:
        InputError: not the address of a bucket.
        OSError: there is no such bucket.
    """
    scheme, _, rest = address.partition("://")
    host, slash, inside = rest.partition("/")
    user, at, bucket = host.rpartition("@")
    if scheme in ("az", "abfs"):
        container, account = (user, bucket) if at else (bucket, "")
        return _azure(address, account), container + slash + inside, f"{scheme}://"
    if not bucket or user not in ("", "anonymous"):
        raise InputError(
            f"{scheme}://{bucket}: write {scheme}://BUCKET/path, without a user or password; "
            f"{_REMEDY[scheme]}"
        )
    system = _google(bool(user)) if scheme == "gs" else _amazon(bucket, bool(user))
    return system, bucket + slash + inside, f"{scheme}://{user}{at}"


def _amazon(bucket: str, anonymous: bool) -> Any:
    from pyarrow.fs import S3FileSystem, resolve_s3_region

    own = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if not own:
        return S3FileSystem(anonymous=anonymous, region=resolve_s3_region(bucket))
    parts = urlsplit(own)
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    endpoint = {"endpoint_override": parts.netloc + parts.path, "scheme": parts.scheme}
    return S3FileSystem(anonymous=anonymous, region=region, **endpoint)


def _google(anonymous: bool) -> Any:
    from pyarrow.fs import GcsFileSystem

    return GcsFileSystem(anonymous=anonymous, retry_time_limit=timedelta(seconds=30))


def _azure(address: str, host: str) -> Any:
    from pyarrow.fs import AzureFileSystem

    environ = os.environ.get
    account = host.partition(".")[0] or environ("AZURE_STORAGE_ACCOUNT_NAME") or ""
    account = account or environ("AZURE_STORAGE_ACCOUNT") or ""
    if not account:
        raise InputError(
            f"{address}: write abfs://CONTAINER@ACCOUNT.dfs.core.windows.net/path, or set "
            "AZURE_STORAGE_ACCOUNT_NAME"
        )
    key = environ("AZURE_STORAGE_ACCOUNT_KEY") or environ("AZURE_STORAGE_KEY")
    return AzureFileSystem(account, account_key=key, sas_token=environ("AZURE_STORAGE_SAS_TOKEN"))
