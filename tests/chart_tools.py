"""Curves for a test of charts, and what a chart gives."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect


def write_losses(logs: Path, run: str, values: dict[int, str]) -> None:
    lines = [
        f'Step:{step}\t{{"loss": {{"fine": {value}}}, "step": {step}, "epoch": 0}}\n'
        for step, value in values.items()
    ]
    (logs / run / "loss.log").write_text("".join(lines))


def downloaded(page: Page, name: str, kind: str) -> Path:
    """Take a file of a chart by keys alone."""
    expect(page.locator(f'[data-name="{name}"] canvas')).to_be_visible()
    menu = page.locator(f'[data-name="{name}"] .download')
    menu.locator("summary").press("Enter")
    with page.expect_download() as waited:
        menu.get_by_role("button", name=kind).press("Enter")
    assert waited.value.suggested_filename == f"{name}.{kind.lower()}"
    expect(menu).not_to_have_attribute("open", "")
    return Path(waited.value.path())
