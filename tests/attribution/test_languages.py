"""Names, file names and syntax families of languages."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from attribution.lexing import languages
from attribution.lexing.languages import (
    LANGUAGES,
    SYNTAXES,
    canonical_language,
    language_of_path,
    languages_to_try,
    syntax_of,
)

TABLE_FILE = Path(languages.__file__).with_name("languages.json")
TABLE = json.loads(TABLE_FILE.read_text("utf-8"))

# The names of The Stack v1, as BigCode published them with its choice of extensions, and
# further spellings that its folders, v2 and v3 have.
STACK_NAMES = """
ABAP;AGS Script;AMPL;ANTLR;API Blueprint;APL;ASP;ATS;ActionScript;Ada;Agda;Alloy;ApacheConf
AppleScript;Arc;Arduino;AsciiDoc;AspectJ;Assembly;Augeas;AutoHotkey;AutoIt;Awk;Batchfile;Befunge
Bison;BitBake;BlitzBasic;BlitzMax;Bluespec;Boo;Brainfuck;Brightscript;Bro;C;C#;C++;C-ObjDump
C2hs Haskell;CLIPS;CMake;COBOL;CSS;CSV;Cap'n Proto;CartoCSS;Ceylon;Chapel;ChucK;Cirru;Clarion;Clean
Click;Clojure;CoffeeScript;ColdFusion;ColdFusion CFC;Common Lisp;Component Pascal;Coq;Cpp-ObjDump
Creole;Crystal;Csound;Cucumber;Cuda;Cycript;Cython;D;D-ObjDump;DIGITAL Command Language;DM;DNS Zone
Darcs Patch;Dart;Diff;Dockerfile;Dogescript;Dylan;E;ECL;Eagle;Ecere Projects;Eiffel;Elixir;Elm
Emacs Lisp;EmberScript;Erlang;F#;FLUX;FORTRAN;Factor;Fancy;Fantom;Formatted;Forth;FreeMarker;G-code
GAMS;GAP;GAS;GDScript;GLSL;Genshi;Gentoo Ebuild;Gentoo Eclass;Gettext Catalog;Glyph;Gnuplot;Go;Golo
Gosu;Grace;Gradle;Grammatical Framework;GraphQL;Graphviz (DOT);Groff;Groovy;Groovy Server Pages;HCL
HLSL;HTML;HTML+Django;HTML+EEX;HTML+ERB;HTML+PHP;HTTP;Haml;Handlebars;Harbour;Haskell;Haxe;Hy;IDL
IGOR Pro;INI;IRC log;Idris;Inform 7;Inno Setup;Io;Ioke;Isabelle;J;JFlex;JSON;JSON5;JSONLD;JSONiq
JSX;Jade;Jasmin;Java;Java Server Pages;JavaScript;Julia;Jupyter Notebook;KRL;KiCad;Kit;Kotlin;LFE
LLVM;LOLCODE;LSL;LabVIEW;Lasso;Latte;Lean;Less;Lex;LilyPond;Linker Script;Liquid;Literate Agda
Literate CoffeeScript;Literate Haskell;LiveScript;Logos;Logtalk;LookML;Lua;M;M4;MAXScript;MTML;MUF
Makefile;Mako;Maple;Markdown;Mask;Mathematica;Matlab;Max;MediaWiki;Metal;MiniD;Mirah;Modelica
Module Management System;Monkey;MoonScript;Myghty;NSIS;NetLinx;NetLinx+ERB;NetLogo;Nginx;Nimrod
Ninja;Nit;Nix;Nu;NumPy;OCaml;ObjDump;Objective-C++;Objective-J;Octave;Omgrofl;Opa;Opal;OpenCL
OpenEdge ABL;OpenSCAD;Org;Ox;Oxygene;Oz;PAWN;PHP;POV-Ray SDL;Pan;Papyrus;Parrot;Parrot Assembly
Parrot Internal Representation;Pascal;Perl;Perl6;Pickle;PigLatin;Pike;Pod;PogoScript;Pony
PostScript;PowerShell;Processing;Prolog;Propeller Spin;Protocol Buffer;Public Key;Pure Data
PureBasic;PureScript;Python;Python traceback;QML;QMake;R;RAML;RDoc;REALbasic;RHTML;RMarkdown;Racket
Ragel in Ruby Host;Raw token data;Rebol;Red;Redcode;Ren'Py;RenderScript;RobotFramework;Rouge;Ruby
Rust;SAS;SCSS;SMT;SPARQL;SQF;SQL;STON;SVG;Sage;SaltStack;Sass;Scala;Scaml;Scheme;Scilab;Self;Shell
ShellSession;Shen;Slash;Slim;Smali;Smalltalk;Smarty;Solidity;SourcePawn;Squirrel;Stan;Standard ML
Stata;Stylus;SuperCollider;Swift;SystemVerilog;TOML;TXL;Tcl;Tcsh;TeX;Tea;Text;Textile;Thrift;Turing
Turtle;Twig;TypeScript;Unified Parallel C;Unity3D Asset;Uno;UnrealScript;UrWeb;VCL;VHDL;Vala
Verilog;VimL;Visual Basic;Volt;Vue;Web Ontology Language;WebAssembly;WebIDL;X10;XC;XML;XPages
XProc;XQuery;XS;XSLT;Xojo;Xtend;YAML;YANG;Yacc;Zephir;Zig;Zimpl;desktop;eC;edn;fish;mupad;nesC;ooc
reStructuredText;wisp;xBase
"""

SPELLINGS = {
    "c-sharp": "c#",
    "C_Sharp": "c#",
    "csharp": "c#",
    "f-sharp": "f#",
    "cpp": "c++",
    "CPP": "c++",
    "js": "javascript",
    "ts": "typescript",
    "golang": "go",
    "sh": "shell",
    "bash": "shell",
    "py": "python",
    "python3": "python",
    "rb": "ruby",
    "rs": "rust",
    "objectivec": "objective-c",
    "Objective-C++": "objective-c++",
    "jupyter-notebook": "jupyter notebook",
    "emacs_lisp": "emacs lisp",
    "html+erb": "html+erb",
    "Vim Script": "vim script",
    "viml": "vim script",
    "Visual-Basic": "visual basic .net",
    "common-lisp": "common lisp",
    "protocol-buffer": "protocol buffer",
    "graphviz-dot": "graphviz (dot)",
    "perl6": "raku",
    "Jade": "pug",
    "MATLAB": "matlab",
    "Fortran Free Form": "fortran free form",
    "Unix Assembly": "unix assembly",
    "TSX": "tsx",
}

PATHS = {
    "a/b.py": "python",
    "A.PY": "python",
    "x.c": "c",
    "x.h": "c",
    "x.C": "c++",
    "x.hpp": "c++",
    "x.R": "r",
    "start.S": "unix assembly",
    "lib.ML": "standard ml",
    "lib.ml": "ocaml",
    "src/main.rs": "rust",
    "app.tsx": "tsx",
    "types.d.ts": "typescript",
    "view.blade.php": "blade",
    "page.html.erb": "html+erb",
    "build.gradle.kts": "gradle kotlin dsl",
    "x.cmake.in": "cmake",
    "dir.with.dots/Makefile": "makefile",
    "Makefile.am": "makefile",
    "Dockerfile": "dockerfile",
    "Dockerfile.prod": "dockerfile",
    "CMakeLists.txt": "cmake",
    "notes.txt": "text",
    "Rakefile": "ruby",
    "home/.bashrc": "shell",
    ".gitignore": "ignore list",
    "go.mod": "go module",
    "LICENSE": "text",
    "n.ipynb": "jupyter notebook",
    "x.unknownext": None,
    "noextension": None,
    "": None,
    "dir/": None,
    ".": None,
    "trailing.": None,
}

SHEBANGS = {
    b"#!/usr/bin/env python3\nimport x": "python",
    b"#!/usr/bin/python2.7 -u\r\n": "python",
    b"#! /bin/sh -e": "shell",
    b"#!/usr/bin/env -S FOO=1 node --harmony": "javascript",
    b"#!/usr/local/bin/Rscript": "r",
    b"#!/opt/unheard-of": None,
    b"#!\n": None,
    b"#!\xff\xfe\n": None,
    b"print(1)": None,
}


def test_every_language_of_the_stack_is_known() -> None:
    names = [name for name in re.split(r"[;\n]", STACK_NAMES) if name]
    assert len(names) > 330
    assert [name for name in names if canonical_language(name) is None] == []
    folders = [name.lower().replace(" ", "-") for name in names]
    assert [folder for folder in folders if canonical_language(folder) is None] == []


def test_canonical_names_are_their_own_canonical_names() -> None:
    assert [name for name in LANGUAGES if canonical_language(name) != name] == []
    assert [name for name in LANGUAGES if name != name.lower()] == []


@pytest.mark.parametrize(("spelling", "canonical"), SPELLINGS.items())
def test_spellings(spelling: str, canonical: str) -> None:
    assert canonical_language(spelling) == canonical


@pytest.mark.parametrize("unknown", ["", "  ", "no such language", "c+", "#"])
def test_unknown_names(unknown: str) -> None:
    assert canonical_language(unknown) is None
    assert syntax_of(unknown) == 0


@pytest.mark.parametrize(("path", "language"), PATHS.items())
def test_paths(path: str, language: str | None) -> None:
    assert language_of_path(path) == language


@pytest.mark.parametrize(("head", "language"), SHEBANGS.items())
def test_shebangs(head: bytes, language: str | None) -> None:
    assert language_of_path("bin/tool", head) == language


def test_the_name_wins_over_the_shebang() -> None:
    assert language_of_path("tool.rb", b"#!/bin/sh\n") == "ruby"


def test_relatives_share_a_family() -> None:
    groups = [
        ("c", "c++", "objective-c", "cuda"),
        ("javascript", "typescript", "jsx", "tsx"),
        ("python", "cython", "starlark"),
    ]
    for group in groups:
        assert len({syntax_of(name) for name in group}) == 1, group


def test_family_zero_is_the_generic_one() -> None:
    generic = SYNTAXES[syntax_of(None)]
    assert (generic.name, generic.line_comments, generic.block_comment) == ("generic", (), None)
    assert generic.quotes == "\"'"
    assert not generic.keywords


def test_languages_to_try() -> None:
    assert languages_to_try("Python") == ("python",)
    assert languages_to_try(None) == languages_to_try("no such language")
    tried = languages_to_try(None)
    assert len({syntax_of(name) for name in tried}) == len(tried) <= 15
    assert all(canonical_language(name) == name for name in tried)
    assert len({SYNTAXES[syntax_of(name)].line_comments for name in tried}) >= 3


def test_fifteen_languages_have_keywords_and_imports() -> None:
    for name in [
        *("python", "javascript", "typescript", "java", "c", "c++", "c#", "go", "rust", "ruby"),
        *("php", "kotlin", "swift", "scala", "shell"),
    ]:
        syntax = SYNTAXES[syntax_of(name)]
        assert len(syntax.keywords) > 20, name
        assert syntax.imports, name


def test_syntaxes_keep_to_the_lexers_limits() -> None:
    for syntax in SYNTAXES:
        marks = [*syntax.line_comments, *(syntax.block_comment or ())]
        assert len(syntax.line_comments) <= 3, syntax.name
        assert all(1 <= len(mark.encode()) <= 4 and mark.isascii() for mark in marks), syntax.name
        assert len(syntax.quotes) <= 3, syntax.name


def test_keywords_can_be_names_of_their_family() -> None:
    for syntax in SYNTAXES:
        name = re.compile(rf"[A-Za-z0-9_{re.escape(syntax.identifier_extra)}]+")
        wrong = [word for word in syntax.keywords if not name.fullmatch(word)]
        assert wrong == [], syntax.name
        if syntax.case_insensitive:
            assert [word for word in syntax.keywords | syntax.imports if word != word.lower()] == []


def test_every_syntax_is_used() -> None:
    used = {SYNTAXES[syntax_of(name)].name for name in [None, *LANGUAGES]}
    assert [syntax.name for syntax in SYNTAXES if syntax.name not in used] == []


def test_no_extension_file_name_or_interpreter_belongs_to_two_languages() -> None:
    for column in ("extensions", "file_names", "interpreters"):
        counts = Counter(value for row in TABLE.values() for value in row.get(column, ()))
        assert [value for value, count in counts.items() if count > 1] == []


def test_no_alias_belongs_to_two_languages() -> None:
    keys = [languages._key(name) for name in TABLE]
    keys += [languages._key(alias) for row in TABLE.values() for alias in row.get("aliases", ())]
    assert [key for key, count in Counter(keys).items() if count > 1] == []


def test_the_table_has_one_line_per_language_and_known_columns() -> None:
    assert len(TABLE_FILE.read_text("utf-8").splitlines()) == len(TABLE) + 2
    columns = {"syntax", "extensions", "aliases", "file_names", "interpreters", "data"}
    assert {column for row in TABLE.values() for column in row} == columns
