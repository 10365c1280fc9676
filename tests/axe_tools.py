"""What axe says against a page."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def faults(page: Page) -> list[str]:
    """What axe finds, a line for each rule and place."""
    page.evaluate(AXE.read_text("utf-8"))
    look = "values => axe.run({runOnly: {type: 'tag', values}}).then(found => found.violations)"
    found = page.evaluate(look, RULES)
    return [
        f"{rule['id']}: {rule['help']} at {node['target']}"
        for rule in found
        for node in rule["nodes"]
    ]
