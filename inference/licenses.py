"""`license_of`: a model's licence, and what it requires of users.

It is read from the model's card (the front matter of README.md) in its folder or in the hub's
cache. For a copy without a card, config.json may name the original. The restrictions are our
summary; only the licence's text, at its URL, is binding.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from inference.interface import ModelLicense

__all__ = ["license_of", "license_of_card", "terms_of"]

_BIGCODE = "https://huggingface.co/spaces/bigcode/bigcode-model-license-agreement"

# Attachment A of the BigCode OpenRAIL-M agreement, version 1, restrictions (a) to (n).
_OPENRAIL = (
    "Do not break any law with it.",
    "Never exploit or harm minors.",
    "Do not make or spread malware or anything else that is intended to harm computers.",
    "Do not spread false information in order to harm others.",
    "Do not make or spread personal data without permission or to harm someone.",
    "When you publish generated text, state clearly that a machine generated it.",
    "Do not defame, disparage or harass anyone.",
    "Do not impersonate people in order to deceive.",
    "Do not let it decide about people's legal rights automatically without informing them.",
    "Do not put people at a disadvantage for their behaviour or predicted personality.",
    "Do not exploit the weaknesses of a group of people to make them harm themselves or others.",
    "Do not discriminate by legally protected characteristics.",
    "Do not use it for medical advice or to interpret medical results.",
    "Do not use it for decisions in justice, law enforcement, immigration or asylum.",
)
# Other licences that restrict the use; their terms are not summarized.
_READ_IT = ("Its licence restricts the use of the model: read its text before you accept it.",)
_RESTRICTED = re.compile(
    r"openrail|(^|-)rail(-|$)|^(code)?llama|^gemma$|^deepseek|^falcon.*llm|responsible", re.I
)

# Models under OpenRAIL-M and their derivatives by name, for copies without a card.
_STARCODER = re.compile(
    r"(^|[/_-])(starcoder|starcoderbase|starcoder2|santacoder)([\d._-]|$)", re.I
)

_CARD = "README.md"
_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.S | re.M)
_CARD_BYTES = 1 << 20


def terms_of(name: str, url: str | None = None) -> ModelLicense:
    """The terms of the licence of that name."""
    name = name.strip()
    if name.casefold() in ("bigcode-openrail-m", "bigcode-openrail-m-v1", "bigcode-openrail-m1"):
        return ModelLicense(name, url or _BIGCODE, _OPENRAIL)
    if _RESTRICTED.search(name):
        return ModelLicense(name, url, _READ_IT)
    return ModelLicense(name, url)


def license_of_card(text: str) -> ModelLicense | None:
    """The licence in a model card's front matter; None: there is none."""
    found = _FRONT_MATTER.match(text)
    if found is None:
        return None
    values = {}
    for field in ("license", "license_name", "license_link"):
        line = re.search(
            rf"^{field}:[ \t]*(?:\r?\n[ \t]*-[ \t]*)?([^\s#].*?)[ \t]*\r?$", found[1], re.M
        )
        if line is not None:
            values[field] = line[1].strip("\"'[] ")
    name = values.get("license", "")
    if name in ("", "other", "unknown"):
        name = values.get("license_name", name)
    link = values.get("license_link")
    address = link if link is not None and link.startswith(("http://", "https://")) else None
    return terms_of(name, address) if name else None


def license_of(
    model: str | Path,
    *,
    revision: str | None = None,
    offline: bool = False,
    cache: Path | None = None,
) -> ModelLicense:
    """The licence of a model in a folder or on the hub; its name is "" if it is unknown.

    Args:
        model: a folder, or the hub's id of the model.
        revision: branch, tag or commit on the hub.
        offline: use only the hub's cache.
        cache: the hub's cache; None: its usual folder.
    """
    folder = Path(model)
    card: Path | None
    if folder.is_dir():
        card, name = folder / _CARD, _original(folder / "config.json")
    else:
        card, name = _hub_card(str(model), revision, offline, cache), str(model)
    return (card and _of_file(card)) or _by_name(name) or ModelLicense("", None)


def _of_file(card: Path) -> ModelLicense | None:
    try:
        with card.open("rb") as file:
            return license_of_card(file.read(_CARD_BYTES).decode("utf-8", "replace"))
    except OSError:
        return None


def _original(config: Path) -> str:
    """The model that a config.json names as its original, or ""."""
    try:
        return str(json.loads(config.read_bytes()).get("_name_or_path", ""))
    except (OSError, ValueError, AttributeError, RecursionError):
        return ""


def _by_name(name: str) -> ModelLicense | None:
    return terms_of("bigcode-openrail-m") if _STARCODER.search(name) else None


def _hub_card(model: str, revision: str | None, offline: bool, cache: Path | None) -> Path | None:
    """The card of a model on the hub; None if it is unavailable."""
    try:
        from huggingface_hub import hf_hub_download
    except ImportError:
        return None
    for cached in (True, False)[: 1 if offline else 2]:
        try:
            found = hf_hub_download(
                model, _CARD, revision=revision, cache_dir=cache, local_files_only=cached
            )
            return Path(found)
        except Exception:
            continue
    return None
