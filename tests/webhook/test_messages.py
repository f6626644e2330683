"""The troubleshooting tables know every message that the webhook can say."""

import ast
import re
from pathlib import Path

import arkrun_webhook
from docs.messages import call_rows, finding_rows, refusal_rows
from docs.pages import BLOCKS, ROOT, fill

SOURCES = Path(arkrun_webhook.__file__).parent


def test_the_readme_says_what_the_code_says() -> None:
    """Each table of the README is what `make generate` would write now."""
    page = (ROOT / "README.md").read_text()
    for name, made in BLOCKS[ROOT / "README.md"].items():
        assert fill(page, name, made()) == page


def test_every_reason_is_explained() -> None:
    """A reason that the log, the audit log or a metric may show has a row."""
    text = "\n".join(source.read_text() for source in SOURCES.glob("*.py"))
    reasons = set(re.findall(r'\bwhy="([A-Za-z]+)"', text)) | set(
        re.findall(r', "([A-Z][A-Za-z]+)"\)$', text)
    )

    explained = {row[1].split(" ")[0] for row in refusal_rows()} | {row[1] for row in call_rows()}
    assert reasons - explained == set()


def test_every_rule_is_listed() -> None:
    """Each text of a finding in the rules' source is in the table."""
    listed = " ".join(row[0] for row in finding_rows())
    nodes = list(ast.walk(ast.parse((SOURCES / "rules.py").read_text())))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    texts = [
        node.value.strip()
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]
    said = [text for text in texts if " " in text.strip("\" :'")]

    assert len(said) > 15
    assert [text for text in said if text not in listed] == []
