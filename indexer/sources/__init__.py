"""Where code is read from. What the user names becomes `Source` objects here, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from attribution.errors import SourceError
from attribution.untrusted_files import exists
from indexer.sources.checkouts import is_checkout, trusted_folders
from indexer.sources.dataset import DatasetSource
from indexer.sources.dataset_file import DatasetFile, LocalFile
from indexer.sources.failed import FailedSource
from indexer.sources.files import RepositoryInfo
from indexer.sources.folder import FolderSource
from indexer.sources.git import GitSource
from indexer.sources.interface import Source, SourceItem, SourceOptions
from indexer.sources.jsonl import JsonLinesSource
from indexer.sources.listing import SEPARATOR, Folder, list_folders
from indexer.sources.manifest_packages import is_package, read_package
from indexer.sources.packages import is_site_packages, package_sources
from indexer.sources.parquet import ParquetSource
from indexer.sources.remote import is_address, remote_files
from indexer.sources.stdlib import StandardLibrary, is_standard_library, standard_library_path

__all__ = ["DatasetSource", "FailedSource", "Source", "SourceItem", "SourceOptions", "open_sources"]

STDLIB = "stdlib"
_LOOKED_AT = 20  # files of a folder; those of one ending that may be without columns: empty, say
_MOST_FILES = 1_000_000  # of one address; their names are held in memory

_DATASETS: dict[str, Callable[[DatasetFile, SourceOptions], DatasetSource]] = {
    ".parquet": ParquetSource,
    **dict.fromkeys((".jsonl", ".ndjson", ".json.gz", ".json.zst"), JsonLinesSource),
    **dict.fromkeys((".jsonl.gz", ".jsonl.zst", ".ndjson.gz", ".ndjson.zst"), JsonLinesSource),
}
_ENDINGS = tuple(_DATASETS)


def open_sources(spec: str, options: SourceOptions | None = None) -> list[Source]:
    """The sources for one argument of the command line.

    `spec` is "stdlib", a dataset file (parquet; JSONL, also .gz or .zst), a folder, or the address
    of datasets (hf://, s3://, https://, ...). A folder gives one source for each dataset file, git
    checkout, submodule that is checked out, installed package and standard library in it, and one
    for the other files. Datasets are recognised by their columns.

    Raises:
        InputError: an address of no known kind.
        SourceError: a path does not exist, or is a file that is not a dataset.
    """
    options = options or SourceOptions()
    if is_address(spec):
        return _at_address(spec, options)
    if spec == STDLIB and not exists(spec):
        return [StandardLibrary(standard_library_path(), options)]
    try:
        path = Path(spec).resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise SourceError(
            f"{spec} does not exist; give a file, a folder, or the word {STDLIB!r}"
        ) from error
    if path.is_file():
        source = _dataset(LocalFile(path), options)
        if source is None:
            raise SourceError(
                f"{spec} is not a dataset; the name of one ends with {', '.join(_DATASETS)}. "
                "To index a single code file, give its folder"
            )
        source.layout()
        return [source]
    return list(_in_folder(path, options, trusted_folders(path), exists(path / ".git")))


def _dataset(file: DatasetFile, options: SourceOptions) -> DatasetSource | None:
    """The source for a dataset file, by its name; None for any other file."""
    for ending, source in _DATASETS.items():
        if file.name.lower().endswith(ending):
            return source(file, options)
    return None


def _at_address(address: str, options: SourceOptions) -> list[Source]:
    """The datasets at an address, or one source that reports why they cannot be listed."""
    found: list[DatasetSource] = []
    try:
        for number, file in enumerate(remote_files(address)):
            if number == _MOST_FILES:
                raise SourceError(
                    f"{address} has more than {_MOST_FILES:,} files; give folders in it instead"
                )
            if (source := _dataset(file, options)) is not None:
                found.append(source)
        if not found:
            raise SourceError(
                f"there is no dataset at {address}; the name of one ends with "
                f"{', '.join(_DATASETS)}"
            )
    except SourceError as error:
        return [FailedSource(address, error)]
    return [*sorted(found, key=lambda source: str(source.file))]


def _in_folder(
    root: Path, options: SourceOptions, trusted: tuple[Path, ...], checkout: bool
) -> Iterator[Source]:
    """Sources in a folder: those of their own first, then all other files as one.

    Args:
        trusted: as for `is_checkout`.
        checkout: whether the folder is one.
    """
    if checkout:
        source = GitSource(root, options)
        yield source
        for name in source.submodules():
            path = root / name
            if path.resolve() == path and is_checkout(path, trusted):
                yield from _in_folder(path, options, trusted, checkout=True)
        return
    if is_site_packages(root):
        yield from package_sources(root, options)
        return
    if is_standard_library(root):
        yield StandardLibrary(root, options)
        for name in ("site-packages", "dist-packages"):
            if is_site_packages(root / name):
                yield from package_sources(root / name, options)
        return
    own: list[str] = []  # paths that are sources of their own
    others, refused = 0, None
    repository: RepositoryInfo | None = None
    folders: list[Folder] = []
    for folder in list_folders(str(root), options.leave_out):
        if not folder.prefix:
            repository = read_package(root, folder.names)
        if folder.prefix and (inside := _own_sources(folder, options, trusted)):
            own.append(folder.full)
            folder.inside = []
            yield from inside
            continue
        folders.append(folder)
        datasets, error = _datasets_in(folder, options)
        if datasets:
            taken = {source.file.name for source in datasets}
            folder.keep([name for name in folder.names if name not in taken])
        own += (str(source.file) for source in datasets)
        yield from datasets
        refused = refused or error
        others += folder.entries
    if refused is not None and not own and others == 1:
        raise refused  # a single dataset with unknown columns: the error lists them
    if others or not own:
        yield FolderSource(root, options, repository=repository, folders=folders)


def _own_sources(
    folder: Folder, options: SourceOptions, trusted: tuple[Path, ...]
) -> Iterator[Source] | None:
    """The sources of a folder that is not just a part of the one above it, else None."""
    path = Path(folder.full)
    checkout = folder.has_git and is_checkout(path, trusted)
    if checkout or (
        # what makes a folder one of these is among its names
        (
            any(n.endswith(".dist-info") for n in (*folder.inside, *folder.irregular))
            and is_site_packages(path)
        )
        or ("site.py" in folder.names and is_standard_library(path))
        or is_package(path, folder.names)
    ):
        return _in_folder(path, options, trusted, checkout)
    return None


def _datasets_in(
    folder: Folder, options: SourceOptions
) -> tuple[list[DatasetSource], SourceError | None]:
    """The datasets among the files of one folder, and why others were refused.

    A tree of code may have JSONL or parquet files as test data. So, of the files with one ending,
    one of the first three with columns must have known ones, or be mapped; the others are assumed
    alike.
    """
    by_ending: dict[str, list[DatasetSource]] = {}
    regular = folder.regular  # no link, no pipe
    lower = regular.lower()
    if not any(ending in lower for ending in _ENDINGS):  # most folders
        return [], None
    for name in regular.split(SEPARATOR):
        if name.lower().endswith(_ENDINGS):
            source = _dataset(LocalFile(Path(folder.full, name)), options)
            assert source is not None
            by_ending.setdefault(name.partition(".")[2], []).append(source)
    accepted: list[DatasetSource] = []
    error: SourceError | None = None
    for sources in by_ending.values():
        damaged = 0  # one may be; that is reported when it is read
        for source in sources[:_LOOKED_AT]:
            try:
                known = source.layout() is not None
            except SourceError as refused:
                error = error or refused
                damaged += 1
                if damaged == 3:
                    break
            else:
                if known:
                    accepted += sources
                    break
    return sorted(accepted, key=lambda source: str(source.file)), error
