"""`whence evaluate`: LiCoEval's score for a table of a model's answers."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attribution.commands.options import Command, indexes_option, private_option, refuse_options
from attribution.errors import ReportError
from attribution.locations import Locations

if TYPE_CHECKING:  # the commands start without nltk and numpy
    from evaluation.evaluation import Assessment, Evaluation
    from evaluation.score import Score, Tally

__all__ = ["evaluate"]


@click.command(cls=Command)
@click.argument("file", metavar="FILE")
@indexes_option(required=False, help_=" With it, also score the licences that Whence names.")
@click.option(
    "--tokenizer",
    metavar="FILE",
    help="tokenizer.json for the edit distance. LiCoEval uses that of WizardCoder-15B-V1.0, which "
    "is StarCoder's.  [default: words]",
)
@click.option(
    "--keywords",
    metavar="FILE",
    help="LiCoEval's keywords.json, to read licences from answers.  [default: Whence's reading]",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="Column of a field, if it has another name; repeatable.",
)
@click.option("--verdicts", metavar="FILE", help="Write the verdict on each answer, as JSON lines.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@private_option
def evaluate(
    file: str,
    location: Locations | None,
    tokenizer: str | None,
    keywords: str | None,
    columns: tuple[str, ...],
    verdicts: str | None,
    form: str,
    private: bool,
) -> int:
    """Score how well a model complies with licences, by LiCoEval.

    FILE has a JSON line (or parquet row) for each prompt, with these columns:
    prompt, body (the true one), answer (or response, with text around the
    code), license (the true one) and license_answer (the model's answer when
    asked for the licence). - is standard input.

    \b
    Exit code:
      0  done; answers that are too short to look up are counted
      2  FILE cannot be read, the index cannot be used, or another answer was
         not looked up, or only in part
    """
    from attribution.reports.summary import searched_in_words
    from attribution.settings import PRIVATE
    from evaluation.answers import KeywordReader, PhraseReader
    from evaluation.edit_distance import FileTokenizer, WordTokenizer
    from evaluation.evaluation import Evaluation
    from evaluation.evaluation import evaluate as evaluate_records
    from evaluation.lookup import LicenseLookup
    from evaluation.records import parse_columns, read_records
    from evaluation.score import Score

    if location is None:
        refuse_options("needs --index", "--private")
    names = parse_columns(columns)
    pieces = WordTokenizer() if tokenizer is None else FileTokenizer(tokenizer)
    reader = PhraseReader() if keywords is None else KeywordReader(keywords)
    lookup = None if location is None else LicenseLookup(location, private=private)
    result = Evaluation(with_whence=None if lookup is None else Score())
    with _verdict_writer(verdicts) as write:
        for assessment in evaluate_records(read_records(file, names), pieces, reader, lookup):
            result.add(assessment)
            write(assessment)
    how = {"edit distance": pieces.name, "licences": reader.name}
    if lookup is not None:
        how["index"] = searched_in_words(lookup.index)
        if private:
            how["private"] = PRIVATE.removeprefix("private: ")
        lookup.close()
    if form == "json":
        click.echo(json.dumps(_as_json(file, result, how), indent=2))
    else:
        click.echo(_as_text(file, result, how), nl=False)
    return 2 if result.not_checked else 0


@contextlib.contextmanager
def _verdict_writer(path: str | None) -> Iterator[Callable[[Assessment], object]]:
    if path is None:
        yield lambda _: None
        return
    try:
        with Path(path).open("w", encoding="utf-8") as stream:
            yield lambda result: stream.write(json.dumps(_verdict_json(result)) + "\n")
    except OSError as error:
        raise ReportError(f"{path} cannot be written: {error.strerror or error}") from error


def _verdict_json(result: Assessment) -> dict[str, Any]:
    lookup = result.lookup
    figures = dict.fromkeys(("bleu", "jaccard", "edit", "comments"))
    return {
        "id": result.id,
        **(figures if result.similarity is None else asdict(result.similarity)),
        "striking": result.striking,
        "license": result.license,
        "class": "permissive" if result.permissive else "copyleft",
        "named": result.named,
        "right": result.right if result.striking else None,
        "whence": None if lookup is None else lookup.license,
        "whence_source": None if lookup is None else lookup.source or None,
        "whence_reason": None if lookup is None else lookup.reason,
        "right_with_whence": result.right_with_whence if lookup is not None else None,
    }


def _as_json(file: str, result: Evaluation, how: dict[str, str]) -> dict[str, Any]:
    return {
        "file": file,
        "prompts": result.prompts,
        "answered": result.answered,
        "striking": result.by_model.striking,
        "by_model": _score_json(result.by_model),
        "with_whence": None if result.with_whence is None else _score_json(result.with_whence),
        "attributed": result.attributed,
        "not_checked": result.not_checked,
        "too_short": result.too_short,
        "how": {key.replace(" ", "_"): value for key, value in how.items()},
    }


def _score_json(score: Score) -> dict[str, Any]:
    return {
        "lico": round(score.lico, 3),
        "accuracy": score.accuracy,
        "permissive": _tally_json(score.permissive),
        "copyleft": _tally_json(score.copyleft),
    }


def _tally_json(tally: Tally) -> dict[str, Any]:
    return {"striking": tally.striking, "right": tally.right, "accuracy": tally.accuracy}


def _as_text(file: str, result: Evaluation, how: dict[str, str]) -> str:
    scores = [("model", result.by_model)]
    if result.with_whence is not None:
        scores.append(("with Whence", result.with_whence))
    share = result.by_model.striking / result.prompts if result.prompts else 0.0
    lines = [
        f"{file}: {result.prompts:,} prompts, {result.answered:,} answered, "
        f"{result.by_model.striking:,} strikingly similar ({share:.2%})",
        "",
        f"{'right licence named':<22}" + "".join(f"{name:>18}" for name, _ in scores),
    ]
    for name in ("permissive", "copyleft"):
        cells = [_share(getattr(score, name)) for _, score in scores]
        lines.append(f"  {name:<20}" + "".join(f"{cell:>18}" for cell in cells))
    lines.append(f"{'LiCo':<22}" + "".join(f"{score.lico:>18.3f}" for _, score in scores))
    lines.append("")
    if result.with_whence is not None:
        counts = [
            f"Whence named a licence for {result.attributed:,} of {result.by_model.striking:,}"
        ]
        if result.too_short:
            counts.append(f"too short to look up: {result.too_short:,}")
        if result.not_checked:
            counts.append(f"not looked up, or only in part: {result.not_checked:,}")
        lines.append("; ".join(counts))
    lines += [f"{key}: {value}" for key, value in how.items()]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _share(tally: Tally) -> str:
    if tally.accuracy is None:
        return "none"
    return f"{tally.right:,} of {tally.striking:,} {tally.accuracy:.3f}"
