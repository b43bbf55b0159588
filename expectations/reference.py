"""Writes docs/reference/mart-rules.md from the suites: ``python -m expectations.reference``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from arna.contracts.rules import Sentence
from arna.marts import GROUPS, MartGroup
from arna.marts.rule_words import MENDS, WORDS
from expectations.marts import MartSuite
from expectations.suites import mart_suites

TARGET: Final = Path("docs/reference/mart-rules.md")
_HEAD: Final = """# Rules of the marts

Generated from the suites in `expectations/` by `python -m expectations.reference`.

Great Expectations checks each group of marts after its refresh, where rows or the day changed, the last run failed or
is an hour old (task `validate` of `refresh_profile` and `refresh_retraining`). All is computed in PostgreSQL; results
hold counts and no values: `ops.mart_validation` has the runs, `ops.validation` what each rule found, for 90 days, and
the Data Docs a page per run. `ops.freshness` says of each view when it was last validated and whether it is valid.

- **critical**: the views named are marked as not valid, and the DAG fails with the rule, the number of rows and what to
  do. Nothing is taken back: readers still see the rows, and can see that they are not valid. It fails until mended.
- **warning**: it is told in the log, the results and the Data Docs.

What core has and the marts cannot have yet, since its batch waits for a refresh, breaks no rule.
"""


def render() -> str:
    """The whole page."""
    parts = [_HEAD]
    parts += [_group(group) for group in GROUPS]
    parts.append(_words())
    return "\n".join(parts)


def _group(group: MartGroup) -> str:
    return "\n".join([f"## {group}", "", *(_suite(suite) for suite in mart_suites(group))])


def _suite(suite: MartSuite) -> str:
    views = ", ".join(f"`{view}`" for view in suite.relation.views)
    lines = [f"### {suite.relation.name}", "", f"Concerns {views}.", "", "| rule | severity | why |", "|---|---|---|"]
    lines += [f"| `{each.rule.rule_id}` | {each.rule.severity} | {each.reason} |" for each in suite.rules]
    return "\n".join([*lines, ""])


def _words() -> str:
    lines = ["## What is wrong", "", "| rule | remedy | kk | ru | en |", "|---|---|---|---|---|"]
    for rule_id, (_, wrong, mend) in WORDS.items():
        sentence = Sentence(*wrong)
        lines.append(f"| `{rule_id}` | {mend} | {sentence.kk} | {sentence.ru} | {sentence.en} |")
    lines += ["", "## What to do about it", "", "| remedy | kk | ru | en |", "|---|---|---|---|"]
    lines += [f"| {mend} | {kk} | {ru} | {en} |" for mend, (kk, ru, en) in MENDS.items()]
    return "\n".join([*lines, ""])


def main() -> int:
    """Writes the page, or with ``--check`` says by exit code 1 that it is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare")
    arguments = parser.parse_args()
    text = render()
    if arguments.check:
        is_fresh = TARGET.exists() and TARGET.read_text(encoding="utf-8") == text
        if not is_fresh:
            sys.stderr.write(f"{TARGET} is stale: python -m expectations.reference\n")
        return int(not is_fresh)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
