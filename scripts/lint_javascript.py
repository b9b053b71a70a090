"""Check the scripts of the page and of the HTML report: format, lint and types.

    python scripts/lint_javascript.py [--fix] [ROOT]

Biome checks format and rules (biome.json), TypeScript the types of the JSDoc comments
(webapp/page/tsconfig.json). Both come from npm, as webapp/page/package-lock.json pins them.
ROOT is a copy of the checkout to check instead of this one; --fix formats in place.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # missing where PYTHONSAFEPATH is set

from javascript_types import write_types

from webapp.page_build import PAGE, BuildError, install

CHECKOUT = Path(__file__).parents[1]


def main(arguments: list[str]) -> int:
    fix = "--fix" in arguments
    (root,) = [Path(word) for word in arguments if word != "--fix"] or [CHECKOUT]
    try:
        node = install(development=True)
    except BuildError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    page = root / PAGE.relative_to(CHECKOUT)
    write_types(page / "types.d.ts")
    modules = PAGE / "node_modules"
    biome = [*node.node, str(modules / "@biomejs" / "biome" / "bin" / "biome")]
    tsc = [*node.node, str(modules / "typescript" / "bin" / "tsc")]
    checks = [
        [*biome, "check", "--error-on-warnings", *(["--write"] if fix else [])],
        [*tsc, "--project", str(page)],
    ]
    return max(subprocess.run(command, cwd=root, check=False).returncode for command in checks)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
