"""`whence lsp` as an editor sees it: the real command and a real client over stdio."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lsprotocol import types
from markdown_it import MarkdownIt

from attribution.index import create_index
from attribution.types import LicenseEvidence, NewFile, Occurrence
from tests.support.index_engines import code, file, fill
from tests.support.lsp_editor import ROOT, SECONDS, Editor, edited, offset

DENIED, ATTRIBUTED, UNKNOWN = code(1).decode(), code(2).decode(), code(3).decode()
OWN = code(99).decode()
SCRIPT = (
    "function mooringGallows(rope, turns) {\n"
    "  const knots = rope.strands.filter((one) => one.tension > turns * 7);\n"
    "  let banner = knots.map((one) => one.label.padEnd(12, '~')).join('|');\n"
    "  for (let at = 0; at < turns; at += 3) banner = banner.slice(1) + banner[0];\n"
    "  return { banner, weight: knots.reduce((sum, one) => sum + one.mass, 0) };\n"
    "}\n"
)
HOSTILE = "x/`y` [z](http://evil.example) <img src=q> **b** www.evil.example"
HOSTILE_PATH = "a\n# heading\n```\n<script>alert(1)</script>.py"


def make_index(folder: Path) -> Path:
    forge = "https://github.com/"
    files = [
        file(
            DENIED.encode(),
            "ann/denied",
            "src/denied.py",
            expression="GPL-3.0-only",
            origin=f"{forge}ann/denied",
            revision="a" * 40,
        ),
        file(
            ATTRIBUTED.encode(),
            "bob/kept",
            "kept.py",
            origin=f"{forge}bob/kept",
            revision="b" * 40,
        ),
        NewFile(
            UNKNOWN.encode(),
            "python",
            Occurrence(HOSTILE, HOSTILE_PATH, license=LicenseEvidence("NOASSERTION", "none")),
        ),
        file(SCRIPT.encode(), "cid/ropes", "ropes.js", language="JavaScript"),
        *(file(code(number), "hay/stack", f"{number}.py") for number in range(200, 220)),
    ]
    with create_index(folder, "small") as index:
        fill(index, files)
    return folder


@pytest.fixture(scope="module")
def location(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_index(tmp_path_factory.mktemp("lsp") / "index")


@pytest.fixture
def start(tmp_path: Path, location: Path) -> Iterator[Callable[..., Editor]]:
    """`start(*arguments, **options of Editor)`: an editor in an empty folder."""
    opened: list[Editor] = []
    folder = tmp_path / "work"
    folder.mkdir()

    def make(*arguments: str, index: Path = location, **options: object) -> Editor:
        opened.append(Editor(index, folder, *arguments, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield make
    assert [editor.quit() for editor in opened] == [0] * len(opened)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, location: Path) -> Iterator[Editor]:
    """An editor for tests that do not change policy, settings and index."""
    opened = Editor(location, tmp_path_factory.mktemp("shared"))
    yield opened
    assert opened.quit() == 0


MODEST = types.ClientCapabilities(
    general=types.GeneralClientCapabilities(position_encodings=["utf-7", "utf-8"]),
    text_document=types.TextDocumentClientCapabilities(
        code_action=types.CodeActionClientCapabilities(
            code_action_literal_support=types.ClientCodeActionLiteralOptions(
                types.ClientCodeActionKindOptions([])
            )
        )
    ),
)


@pytest.fixture(scope="module")
def modest(tmp_path_factory: pytest.TempPathFactory, location: Path) -> Iterator[Editor]:
    """An editor with few capabilities, which counts bytes."""
    opened = Editor(location, tmp_path_factory.mktemp("modest"), capabilities=MODEST)
    yield opened
    assert opened.quit() == 0


def uri_of(name: str, request: pytest.FixtureRequest) -> str:
    """The URI of a document that only this test uses."""
    return f"untitled:{request.node.nodeid.rpartition('::')[2]}/{name}"


def only(diagnostics: list[types.Diagnostic]) -> types.Diagnostic:
    (diagnostic,) = diagnostics
    return diagnostic


def chosen(actions: list[types.CodeAction], words: str) -> types.CodeAction:
    (action,) = [action for action in actions if words in action.title]
    return action


# ---- diagnostics ----


def test_the_server_declares_its_capabilities(shared: Editor) -> None:
    server = shared.initialized.capabilities
    assert server.position_encoding == "utf-16"
    assert server.hover_provider
    assert server.code_action_provider
    assert shared.initialized.server_info is not None
    assert shared.initialized.server_info.name == "whence"
    registered = shared.wait(lambda: [registration.method for registration in shared.registered])
    assert types.WORKSPACE_DID_CHANGE_WATCHED_FILES in registered
    assert types.WORKSPACE_DID_CHANGE_CONFIGURATION in registered


def test_a_denied_copy_is_an_error_over_its_lines(
    shared: Editor, request: pytest.FixtureRequest
) -> None:
    uri = uri_of("a.py", request)
    shared.open(uri, OWN + "\n\n" + DENIED)
    diagnostic = only(shared.shown(uri))
    assert diagnostic.severity == types.DiagnosticSeverity.Error
    assert (diagnostic.source, diagnostic.code) == ("whence", "licenses.deny")
    assert diagnostic.code_description is not None
    assert diagnostic.code_description.href == "https://spdx.org/licenses/GPL-3.0-only.html"
    assert diagnostic.message.startswith("Verbatim copy of ann/denied, src/denied.py:1-41\n")
    assert "GPL-3.0-only" in diagnostic.message
    lines = OWN.count("\n") + 2
    assert diagnostic.range.start == types.Position(lines, 0)
    assert diagnostic.range.end.line == lines + 40
    related = diagnostic.related_information
    assert related is not None
    url = f"https://github.com/ann/denied/blob/{'a' * 40}/src/denied.py#L1-L41"
    assert related[0].location.uri == url
    assert related[0].location.range.start.line == 0
    shared.close_document(uri)
    assert shared.shown_when(uri, lambda shown: not shown) == []


def test_own_code_is_clean_and_short_code_is_not_reported(
    shared: Editor, request: pytest.FixtureRequest
) -> None:
    for number, text in enumerate([OWN, "x = 1\n", "", "\n\n"]):
        uri = uri_of(f"{number}.py", request)
        shared.open(uri, text)
        assert shared.shown(uri) == []


def test_positions_are_in_the_units_of_the_client(
    shared: Editor, modest: Editor, request: pytest.FixtureRequest
) -> None:
    uri = uri_of("a.js", request)
    before = "/* \U0001f600 naïve */\t"
    after = "  // \U0001f680\U0001f680"
    # A form feed and U+2028 do not end a line in an editor.
    text = f"// \x0c \u2028 \U0001f600\r\n{before}{SCRIPT.rstrip()}{after}\r\n"
    units = {"utf-16": len(before) + 1, "utf-8": len(before.encode())}
    for editor, (encoding, start) in zip((shared, modest), units.items(), strict=True):
        assert editor.initialized.capabilities.position_encoding == encoding
        editor.open(uri, text, "javascript")
        diagnostic = only(editor.shown(uri))
        assert diagnostic.range.start == types.Position(1, start)
        assert diagnostic.range.end == types.Position(6, 1)
        assert editor.hover(uri, 1, start - 1) is None
        assert editor.hover(uri, 1, start) is not None


def test_only_the_newest_text_gets_diagnostics(
    shared: Editor, request: pytest.FixtureRequest
) -> None:
    uri = uri_of("a.py", request)
    shared.open(uri, "")
    assert shared.shown(uri) == []
    first = len(shared.published)
    lines = DENIED.splitlines(True)
    for count in range(len(lines)):  # typed faster than it is checked
        shared.change(uri, "".join(lines[: count + 1]))
    assert only(shared.shown(uri)).range.end.line == 40
    versions = [params.version for params in shared.published[first:] if params.uri == uri]
    assert versions == sorted(versions, key=lambda version: version or 0)
    assert len(versions) <= 3  # checks waited until the typing paused


def test_a_document_that_cannot_be_checked_says_so(
    shared: Editor, request: pytest.FixtureRequest
) -> None:
    for name, language, text, why in [
        ("notes", "klingon", DENIED, "no language is known"),
        ("big.py", "python", "x = 1\n" * 800_000, "the limit is 4,194,304"),
        ("nul.py", "python", "\0" + DENIED, "binary"),
    ]:
        uri = uri_of(name, request)
        shared.open(uri, text, language)
        diagnostic = only(shared.shown(uri))
        assert diagnostic.severity == types.DiagnosticSeverity.Information
        assert diagnostic.range.start == types.Position(0, 0)
        assert diagnostic.code == "not-checked"
        assert diagnostic.message.startswith("Not checked: ")
        assert why in diagnostic.message
        assert shared.hover(uri, 0, 0) is None


# ---- hovers ----


def test_a_hover_shows_source_licence_evidence_and_notice(
    shared: Editor, request: pytest.FixtureRequest
) -> None:
    uri = uri_of("a.py", request)
    shared.open(uri, "import os\n\n" + DENIED)
    hover = shared.hover(uri, 5, 3)
    assert hover is not None
    assert hover.range is not None
    assert hover.range.start.line == 2
    assert isinstance(hover.contents, types.MarkupContent)
    assert hover.contents.kind == types.MarkupKind.Markdown
    text = hover.contents.value
    assert text.startswith("**Verbatim copy, denied, open**: `ann/denied` `src/denied.py:1-41`\n")
    assert "Licence: `GPL-3.0-only` (read from: license file)" in text
    assert "lines 3-43, " in text
    assert "100% of them matched" in text
    url = f"https://github.com/ann/denied/blob/{'a' * 40}/src/denied.py#L1-L41"
    assert f"[Open the source](<{url}>)" in text
    assert "Rule `licenses.deny`: " in text
    assert "```text\nIncludes code copied from ann/denied\n" in text
    assert "`small` of 20" in text
    assert "Not legal advice." in text
    assert shared.hover(uri, 0, 0) is None


def test_names_of_others_are_never_markup(shared: Editor, request: pytest.FixtureRequest) -> None:
    uri = uri_of("a.py", request)
    shared.open(uri, UNKNOWN)
    diagnostic = only(shared.shown(uri))
    assert diagnostic.severity == types.DiagnosticSeverity.Warning
    assert "\n# heading" not in diagnostic.message
    hover = shared.hover(uri, 1, 0)
    assert hover is not None
    assert isinstance(hover.contents, types.MarkupContent)
    parser = MarkdownIt("commonmark", {"html": True, "linkify": False})
    kinds = {
        token.type for block in parser.parse(hover.contents.value) for token in
        [block, *(block.children or [])]
    }  # fmt: skip
    assert kinds.isdisjoint({"html_inline", "html_block", "link_open", "heading_open", "image"})
    shown = parser.render(hover.contents.value)
    assert "&lt;img src=q&gt; **b** www.evil.example" in shown  # literally
    assert shown.count("<strong>") == 1  # ours


def test_a_client_with_few_capabilities_gets_what_it_supports(
    modest: Editor, request: pytest.FixtureRequest
) -> None:
    uri = uri_of("a.py", request)
    modest.open(uri, DENIED)
    diagnostic = only(modest.shown(uri))
    assert diagnostic.related_information is None
    assert diagnostic.code_description is None
    hover = modest.hover(uri, 1, 0)
    assert hover is not None
    assert isinstance(hover.contents, types.MarkupContent)
    assert hover.contents.kind == types.MarkupKind.PlainText
    assert "Verbatim copy, denied, open: ann/denied src/denied.py:1-41" in hover.contents.value
    assert "`" not in hover.contents.value
    assert "Open the source: https://github.com/ann/denied/" in hover.contents.value
    actions = modest.actions(uri, diagnostic)
    assert not [a for a in actions if "Open source" in a.title]  # it cannot show pages
    edit = chosen(actions, "Ignore this finding").edit
    assert edit is not None
    assert edit.changes is not None
    assert edited(DENIED, edit).startswith("# whence: ignore \ndef ")
    assert modest.registered == []


# ---- code actions ----


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_attribution_comment_closes_a_finding(
    shared: Editor, request: pytest.FixtureRequest, end: str
) -> None:
    uri = uri_of("a.py", request)
    text = "# \U0001f600\nclass Kept:\n\n" + "".join(
        f"\t{line}" for line in ATTRIBUTED.splitlines(True)
    )
    text = text.replace("\n", end)
    shared.open(uri, text)
    diagnostic = only(shared.shown(uri))
    assert diagnostic.severity == types.DiagnosticSeverity.Warning
    action = chosen(shared.actions(uri, diagnostic), "Insert attribution comment")
    assert action.title == "Insert attribution comment"
    assert action.is_preferred
    assert action.kind == types.CodeActionKind.QuickFix
    assert action.diagnostics is not None
    assert action.edit is not None
    fixed = edited(text, action.edit)
    lines = fixed.split(end)
    assert lines[:3] == text.split(end)[:3]
    assert lines[3] == "\t# From bob/kept, kept.py, lines 1-41"
    assert lines[6].startswith("\t# Source: swh:1:cnt:")
    assert lines[7] == text.split(end)[3]
    shared.change(uri, fixed)
    assert shared.shown(uri) == []
    hover = shared.hover(uri, 8, 1)
    assert hover is not None
    assert "**Verbatim copy, attribute, attributed**" in hover.contents.value  # type: ignore[union-attr]
    assert "- Attributed: line 7: " in hover.contents.value  # type: ignore[union-attr]
    assert [action.title for action in shared.actions(uri, diagnostic)] == [
        "Open source: bob/kept, kept.py:1-41"
    ]


def test_an_attribution_does_not_close_a_denied_licence(
    shared: Editor, request: pytest.FixtureRequest
) -> None:
    uri = uri_of("a.py", request)
    shared.open(uri, DENIED)
    diagnostic = only(shared.shown(uri))
    action = chosen(shared.actions(uri, diagnostic), "Insert attribution comment")
    assert action.title.endswith("(GPL-3.0-only stays denied)")
    assert not action.is_preferred
    assert action.edit is not None
    shared.change(uri, edited(DENIED, action.edit))
    assert only(shared.shown(uri)).code == "licenses.deny"


def test_a_finding_is_ignored_once_the_reason_is_written(
    shared: Editor, request: pytest.FixtureRequest
) -> None:
    uri = uri_of("a.js", request)
    text = "#!/usr/bin/env node\n" + SCRIPT
    shared.open(uri, text, "javascript")
    diagnostic = only(shared.shown(uri))
    action = chosen(shared.actions(uri, diagnostic), "Ignore this finding")
    assert action.edit is not None
    ignored = edited(text, action.edit)
    assert ignored.split("\n")[1] == "// whence: ignore "
    shared.change(uri, ignored)
    assert only(shared.shown(uri)).code == diagnostic.code  # without a reason it does not count
    shared.change(uri, ignored.replace("ignore ", "ignore ours, see ropes.js"))
    assert shared.shown(uri) == []


def test_comments_avoid_first_lines_and_continued_lines(
    shared: Editor, request: pytest.FixtureRequest
) -> None:
    uri = uri_of("a.py", request)
    text = "value = \\\n  1 + \\\n" + ATTRIBUTED
    shared.open(uri, text)
    diagnostic = only(shared.shown(uri))
    actions = shared.actions(uri, diagnostic)
    edit = chosen(actions, "Insert attribution comment").edit
    assert edit is not None
    fixed = edited(text, edit)
    assert fixed.split("\n")[4] == "value = \\"
    assert not [a for a in actions if "Ignore" in a.title]  # it would be too far away
    shared.change(uri, fixed)
    assert shared.shown(uri) == []


def test_a_source_is_opened_in_a_browser(shared: Editor, request: pytest.FixtureRequest) -> None:
    uri = uri_of("a.py", request)
    shared.open(uri, DENIED)
    diagnostic = only(shared.shown(uri))
    action = chosen(shared.actions(uri, diagnostic), "Open source")
    assert action.command is not None
    shared.execute(action.command)
    shown = shared.client.shown_documents[-1]
    assert shown.uri == f"https://github.com/ann/denied/blob/{'a' * 40}/src/denied.py#L1-L41"
    assert shown.external
    before = len(shared.client.shown_documents)
    other = types.Command(action.title, action.command.command, arguments=["file:///etc/passwd"])
    shared.execute(other)
    assert len(shared.client.shown_documents) == before


def test_actions_of_another_kind_are_not_given(
    shared: Editor, request: pytest.FixtureRequest
) -> None:
    uri = uri_of("a.py", request)
    shared.open(uri, DENIED)
    diagnostic = only(shared.shown(uri))
    assert shared.actions(uri, diagnostic, only=["refactor"]) == []
    assert shared.actions(uri, diagnostic, only=["quickfix"]) != []


# ---- policy, settings, index ----


def test_a_changed_policy_applies_immediately(start: Callable[..., Editor], tmp_path: Path) -> None:
    editor = start()
    folder = tmp_path / "work"
    uri = (folder / "sub" / "a.py").as_uri()
    editor.open(uri, DENIED)
    assert only(editor.shown(uri)).severity == types.DiagnosticSeverity.Error
    policy = folder / "whence.toml"
    policy.write_text('[licenses]\nallow = ["GPL-3.0-only"]\n')
    editor.watched(policy)
    assert editor.shown_when(uri, lambda shown: not shown) == []
    policy.write_text('[licenses]\nallow = ["GPL-3.0-only"\n')
    editor.watched(policy)
    diagnostic = only(editor.shown_when(uri, bool))
    assert diagnostic.code == "not-checked"
    assert "whence.toml" in diagnostic.message
    (message,) = editor.wait(lambda: editor.client.messages)
    assert message.type == types.MessageType.Error
    assert "whence.toml" in message.message
    # A client that does not watch files: the server notices when the file is saved in the editor.
    policy.write_text('[paths]\nexclude = ["sub/"]\n')
    editor.save(policy.as_uri())
    diagnostic = only(editor.shown_when(uri, lambda shown: shown[0].code != "not-checked"))
    assert diagnostic.severity == types.DiagnosticSeverity.Hint
    assert diagnostic.message == "Left out: excluded by the policy's pattern 'sub/'"
    data = (folder / "data.json").as_uri()
    editor.open(data, '{"one": 1}', "json")
    assert only(editor.shown(data)).message == "Left out: data, not code: json"


def test_settings_of_the_workspace(start: Callable[..., Editor], tmp_path: Path) -> None:
    (tmp_path / "work" / "lax.toml").write_text('[licenses]\nallow = ["GPL-*"]\n')
    editor = start(options={"whence": {"severity": "error"}})
    uri = (tmp_path / "work" / "a.py").as_uri()
    editor.open(uri, ATTRIBUTED + "\n\n" + DENIED)
    assert only(editor.shown_when(uri, lambda shown: len(shown) == 1)).code == "licenses.deny"
    editor.configure({"policy": "lax.toml", "delay": 0, "severity": "note"})
    diagnostics = editor.shown_when(
        uri, lambda shown: bool(shown) and shown[0].code != "licenses.deny"
    )
    assert only(diagnostics).code == "licenses.attribute"
    editor.configure({"severity": "loud"})
    messages = editor.wait(lambda: editor.client.messages)
    assert messages[-1].type == types.MessageType.Warning
    assert "whence.severity is 'loud'; give note, warning, error" in messages[-1].message
    editor.configure({"severity": "note"})
    assert len(editor.shown_when(uri, lambda shown: len(shown) == 2)) == 2
    editor.configure({})  # back to the initial settings
    assert only(editor.shown_when(uri, lambda shown: len(shown) == 1)).code == "licenses.deny"


def test_the_policy_of_the_command_line(start: Callable[..., Editor], tmp_path: Path) -> None:
    policy = tmp_path / "lax.toml"
    policy.write_text('[licenses]\nallow = ["GPL-*"]\n')
    editor = start("--policy", str(policy))
    editor.open("untitled:a.py", DENIED)
    assert editor.shown("untitled:a.py") == []


def test_a_private_server_says_what_is_lost(start: Callable[..., Editor]) -> None:
    editor = start("--private")
    (message,) = editor.wait(lambda: editor.client.messages)
    assert "the index got fingerprints alone" in message.message


def test_a_missing_index_is_reported_once_and_no_document_is_clean(
    start: Callable[..., Editor], tmp_path: Path
) -> None:
    index = tmp_path / "index"
    editor = start(index=index)
    uris = [f"untitled:{number}.py" for number in range(3)]
    for uri in uris:
        editor.open(uri, DENIED)
        diagnostic = only(editor.shown(uri))
        assert diagnostic.severity == types.DiagnosticSeverity.Information
        assert "Not checked: there is no index at" in diagnostic.message
    (message,) = editor.wait(lambda: editor.client.messages)
    assert message.type == types.MessageType.Error
    assert "there is no index at" in message.message
    make_index(index)  # without notifying the server
    for uri in uris:
        diagnostics = editor.shown_when(uri, lambda shown: shown[0].code == "licenses.deny")
        assert len(diagnostics) == 1
    shutil.rmtree(index)
    editor.change(uris[0], DENIED + "\n")
    assert only(editor.shown(uris[0])).code == "not-checked"
    assert len(editor.wait(lambda: editor.client.messages[1:])) == 1


def test_it_ends_with_its_input_and_writes_only_messages(location: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "attribution.cli", "lsp", "--index", str(location)],
        input=b"Content-Length: 2\r\n\r\n{}",
        capture_output=True,
        check=False,
        cwd=ROOT,
        timeout=SECONDS,
    )
    assert done.returncode == 0
    assert not done.stdout or done.stdout.startswith(b"Content-Length: ")


def test_the_test_editor_counts_as_editors_do() -> None:
    text = "a\U0001f600b\r\nc"
    assert offset(text, types.Position(0, 3)) == 2
    assert offset(text, types.Position(1, 1)) == 6
