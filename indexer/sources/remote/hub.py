"""Datasets of the Hugging Face hub: hf://datasets/OWNER/NAME[@REVISION][/path or pattern].

A dataset is read at the commit that its revision is at when the command starts. HF_TOKEN and
HF_ENDPOINT are used as in Hugging Face's own tools.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from attribution.errors import InputError, SourceError
from indexer.sources.remote.attempts import InterruptionError, repeated
from indexer.sources.remote.http import HttpConnection, may_pass, wait_for
from indexer.sources.remote.interface import RemoteFile
from indexer.sources.remote.patterns import Pattern

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.utils import HfUri  # type: ignore[attr-defined]

__all__ = ["hub_files"]

Result = TypeVar("Result")


def hub_files(address: str) -> Iterator[RemoteFile]:
    """The files at an address: one, those of a folder, or those that match a pattern.

    Raises:
        InputError: not the address of a dataset.
        SourceError: the hub cannot be asked, or refuses.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfUriError
    from huggingface_hub.utils import parse_hf_uri  # type: ignore[attr-defined]

    try:
        uri = parse_hf_uri(address)
    except HfUriError as error:
        raise InputError(
            f"{address}: write hf://datasets/OWNER/NAME[@REVISION][/path or pattern] ({error})"
        ) from error
    if uri.type != "dataset":
        raise InputError(f"{address}: write hf://datasets/OWNER/NAME; only datasets can be read")
    return _Dataset(HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None), address, uri).files()


class _Dataset:
    def __init__(self, api: HfApi, address: str, uri: HfUri) -> None:
        self._api = api
        self._address = address
        self._uri = uri

    def files(self) -> Iterator[RemoteFile]:
        from huggingface_hub import RepoFile, hf_hub_url
        from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

        api, name, path = self._api, self._uri.id, self._uri.path_in_repo
        headers = build_hf_headers()
        commit = self._asked(lambda: api.dataset_info(name, revision=self._uri.revision)).sha
        root = f"hf://datasets/{name}" + (f"@{self._uri.revision}" if self._uri.revision else "")
        pattern = Pattern(path)
        found: Iterable[Any] = ()
        if path and pattern.is_plain:
            found = self._asked(
                lambda: api.get_paths_info(name, [path], revision=commit, repo_type="dataset")
            )
        if not pattern.is_plain or not path or any(not isinstance(f, RepoFile) for f in found):
            found = self._tree(commit, pattern.folder)
        for file in found:
            if isinstance(file, RepoFile) and pattern.matches(file.path):
                url = hf_hub_url(
                    name, file.path, repo_type="dataset", revision=commit, endpoint=api.endpoint
                )
                where = f"{root}/{file.path}"
                connect = partial(_HubConnection, api, name, url, where, file.size, headers)
                mark = file.lfs.sha256 if file.lfs else file.blob_id
                yield RemoteFile(where, file.size, mark, connect)

    def _asked(self, request: Callable[[], Result]) -> Result:
        """What the hub returns, after as many attempts as it takes."""

        def attempt() -> Result:
            with self._translated():
                return request()

        return repeated(attempt, self._address, threading.Event())

    def _tree(self, commit: str | None, folder: str) -> Iterator[Any]:
        """All below a folder, page by page; huggingface_hub repeats the request of a page."""
        try:
            with self._translated():
                yield from self._api.list_repo_tree(
                    self._uri.id,
                    folder or None,
                    recursive=True,
                    revision=commit,
                    repo_type="dataset",
                )
        except InterruptionError as error:
            raise SourceError(
                f"{self._address} cannot be read: {error}; run the command again later"
            ) from error

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Translates the errors of huggingface_hub.

        Raises:
            InterruptionError, SourceError: as `Connection.read`.
        """
        import httpx2
        from huggingface_hub.errors import HfHubHTTPError

        try:
            yield
        except HfHubHTTPError as error:
            status, headers = error.response.status_code, error.response.headers
            if may_pass(status):
                raise InterruptionError(f"HTTP {status}", wait_for(headers)) from error
            why = _remedy(self._api, self._uri.id, status, headers)
            raise SourceError(f"{self._address} cannot be read: {why}") from error
        except httpx2.TransportError as error:
            raise InterruptionError(f"no answer from {self._api.endpoint} ({error})") from error
        except (httpx2.HTTPError, OSError, ValueError, KeyError, TypeError) as error:
            raise SourceError(
                f"{self._address} cannot be read: {self._api.endpoint} gave no usable answer "
                f"({type(error).__name__}: {error})"
            ) from error


class _HubConnection(HttpConnection):
    def __init__(
        self, api: HfApi, name: str, url: str, where: str, size: int, headers: Mapping[str, str]
    ) -> None:
        super().__init__(url, where, size, headers=headers)
        self._api = api
        self._name = name

    def remedy(self, status: int, headers: Mapping[str, str]) -> str:
        return _remedy(self._api, self._name, status, headers)


def _remedy(api: HfApi, name: str, status: int, headers: Mapping[str, str]) -> str:
    """What a status of the hub means for the user."""
    code = headers.get("x-error-code", "")
    page = f"{api.endpoint}/datasets/{name}"
    if code == "GatedRepo":
        return (
            f"the dataset is gated (HTTP {status}). Accept its terms at {page} and set HF_TOKEN to "
            "a token of the account that did (or run: hf auth login)"
        )
    if code == "RevisionNotFound":
        return f"the dataset has no such revision; see {page}/tree/main for its branches and tags"
    if code == "EntryNotFound":
        return f"the dataset has no such file or folder; see {page}/tree/main"
    if status in (401, 403, 404):
        return (
            f"HTTP {status} for {page}. The dataset does not exist, or is private and HF_TOKEN is "
            "missing, has expired or has no access; make a token at "
            f"{api.endpoint}/settings/tokens"
        )
    return f"HTTP {status}"
