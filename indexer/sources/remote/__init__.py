"""Datasets that are read where they are: on the hub, in a bucket, behind a web address."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attribution.errors import InputError
from indexer.sources.remote.buckets import SCHEMES, bucket_files
from indexer.sources.remote.http import web_file
from indexer.sources.remote.hub import hub_files
from indexer.sources.remote.interface import RemoteFile

__all__ = ["ADDRESSES", "RemoteFile", "is_address", "remote_files"]


def _web_files(address: str) -> Iterator[RemoteFile]:
    yield web_file(address)


_STORES: dict[str, Callable[[str], Iterator[RemoteFile]]] = {
    "hf": hub_files,
    **dict.fromkeys(SCHEMES, bucket_files),
    **dict.fromkeys(("https", "http"), _web_files),
}
ADDRESSES = tuple(f"{scheme}://" for scheme in _STORES)


def is_address(spec: str) -> bool:
    """Whether a SOURCE is an address and not a path."""
    scheme, slashes, _ = spec.partition("://")
    return bool(slashes) and scheme.isalnum()


def remote_files(address: str) -> Iterator[RemoteFile]:
    """The files at an address, in a stable order; nothing of them is read.

    Raises:
        InputError: the address is malformed, or of no known kind.
        SourceError: the files cannot be listed.
    """
    store = _STORES.get(address.partition("://")[0])
    if store is None:
        raise InputError(
            f"{address} cannot be read; an address begins with {', '.join(ADDRESSES)}, and a file "
            "or folder on this machine is given as a path"
        )
    return store(address)
