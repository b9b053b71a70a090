"""`open_generator`: opens the model that a specification names.

    demo                            a small model that is trained here on the first run
    local:FOLDER-OR-HUB-ID          a transformers model, in this process
    remote:http://HOST:PORT/v1#ID   a model of an OpenAI-compatible server; without #ID its first

Torch and the HTTP client are only imported by the engine that needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.acceptance import Acceptances
from inference.errors import INSTALL, ModelError
from inference.interface import Generator
from inference.options import LocalOptions
from inference.training_progress import TrainingProgress

if TYPE_CHECKING:
    from inference.local import LocalGenerator

__all__ = ["FORMS", "open_generator", "public_name"]

FORMS = "demo, local:FOLDER-OR-HUB-ID or remote:http://HOST:PORT/v1#MODEL"


def public_name(spec: str) -> str:
    """A specification without the address of a server: to show, to log, and to send to clients.

    Raises:
        ModelError: the address has a user name or password.
    """
    kind, _, name = spec.strip().partition(":")
    if kind != "remote":
        return spec.strip()
    address, _, model = name.partition("#")
    if "@" in address.partition("//")[2].partition("/")[0]:
        raise ModelError(
            "the address of the model's server has a user name or password, which other users of "
            "this machine can see; put the server's key into WHENCE_REMOTE_API_KEY"
        )
    return f"remote:{model}" if model else "remote"


def open_generator(
    spec: str,
    options: LocalOptions | None = None,
    *,
    acceptances: Acceptances | None = None,
    progress: TrainingProgress | None = None,
) -> Generator:
    """The generator that a specification names.

    A model whose use restrictions were not accepted yet is opened too: its card has them, and
    `generate` raises an error until `Generator.accept` is called.

    Args:
        spec: one of the three forms above.
        options: of a local model, and of the demo model.
        acceptances: the record of accepted licences; None: the user's.
        progress: of the demo model's training; None: silent.

    Raises:
        ModelError: the specification is invalid, or the model could not be loaded.
    """
    public_name(spec)  # refuses a password
    kind, _, name = spec.strip().partition(":")
    acceptances = acceptances or Acceptances()
    if spec.strip() == "demo":
        return _demo(options, progress)
    if kind == "local" and name:
        from inference.licenses import license_of

        options = options or LocalOptions()
        terms = license_of(name, revision=options.revision, offline=options.offline)
        return _local_generator().load(name, options, acceptances.known(name, terms))
    if kind == "remote" and name:
        from inference.remote import RemoteGenerator

        address, _, model = name.partition("#")
        return RemoteGenerator.connect(address, model or None, acceptances)
    raise ModelError(f"{spec!r} is not a model specification: write {FORMS}")


def _demo(options: LocalOptions | None, progress: TrainingProgress | None) -> Generator:
    from inference.demo_model import demo_model, examples
    from inference.licenses import license_of

    folder = demo_model(progress=progress)
    return _local_generator().load(
        folder,
        options,
        license_of(folder),
        model_id="demo",
        engine="demo",
        about="A small GPTBigCode that was trained on this machine and knows some functions of "
        "the standard library by heart: it demonstrates provenance, and is not made to write code.",
        examples=examples(),
    )


def _local_generator() -> type[LocalGenerator]:
    try:
        from inference.local import LocalGenerator
    except ImportError as error:
        raise ModelError(f"a local model needs the package {error.name}: {INSTALL}") from error
    return LocalGenerator
