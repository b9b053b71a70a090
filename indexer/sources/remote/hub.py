"""Datasets of the Hugging Face hub: hf://datasets/OWNER/NAME[@REVISION][/path or pattern].

A dataset is read at the commit that its revision is at when the command starts. HF_TOKEN and
HF_ENDPOINT are used as in Hugging Face's own tools.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from attribution.errors import InputError, SourceError
from indexer.sources.remote.http import HttpConnection
from indexer.sources.remote.interface import RemoteFile
from indexer.sources.remote.patterns import Pattern

if TYPE_CHECKING:
    from huggingface_hub import HfApi

__all__ = ["hub_files"]


def hub_files(address: str) -> Iterator[RemoteFile]:
    """The files at an address: one, those of a folder, or those that match a pattern.

    Raises:
        InputError: not the address of a dataset.
        SourceError: the hub cannot be asked, or refuses.
    """
    import httpx2
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HfUriError
    from huggingface_hub.utils import parse_hf_uri  # type: ignore[attr-defined]

    try:
        uri = parse_hf_uri(address)
    except HfUriError as error:
        raise InputError(
            f"{address}: write hf://datasets/OWNER/NAME[@REVISION][/path or pattern] ({error})"
        ) from error
    if uri.type != "dataset":
        raise InputError(f"{address}: write hf://datasets/OWNER/NAME; only datasets can be read")
    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None)
    try:
        yield from _listed(api, uri.id, uri.revision, uri.path_in_repo)
    except HfHubHTTPError as error:
        response = error.response
        why = _remedy(api, uri.id, response.status_code, response.headers)
        raise SourceError(f"{address} cannot be read: {why}") from error
    except (httpx2.HTTPError, OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(
            f"{address} cannot be read: {api.endpoint} gave no usable answer "
            f"({type(error).__name__}: {error}); run the command again later"
        ) from error


def _listed(api: HfApi, name: str, revision: str | None, path: str) -> Iterator[RemoteFile]:
    from huggingface_hub import RepoFile, hf_hub_url
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    headers = build_hf_headers()
    commit = api.dataset_info(name, revision=revision).sha
    root = f"hf://datasets/{name}" + (f"@{revision}" if revision else "") + "/"
    pattern = Pattern(path)
    found: Any = ()
    if not pattern.is_plain or not path:
        found = _tree(api, name, commit, pattern.folder)
    elif named := api.get_paths_info(name, [path], revision=commit, repo_type="dataset"):
        found = named if isinstance(named[0], RepoFile) else _tree(api, name, commit, path)
    for file in found:
        if isinstance(file, RepoFile) and pattern.matches(file.path):
            url = hf_hub_url(
                name, file.path, repo_type="dataset", revision=commit, endpoint=api.endpoint
            )
            where = root + file.path
            connect = partial(_HubConnection, api, name, url, where, file.size, headers)
            mark = file.lfs.sha256 if file.lfs else file.blob_id
            yield RemoteFile(where, file.size, mark, connect)


def _tree(api: HfApi, name: str, commit: str | None, folder: str) -> Iterator[Any]:
    return iter(
        api.list_repo_tree(
            name, folder or None, recursive=True, revision=commit, repo_type="dataset"
        )
    )


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
