"""The docs are held to the code: what the code has, the docs name, and what they name exists."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import fitlog
from fitlog_core import log_format
from fitlog_core.cli import main
from fitlog_core.settings import SETTINGS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *ROOT.glob("*.md"), ROOT / "benchmarks" / "README.md"])
TWINS = [
    (ROOT / "README.md", ROOT / "README.zh.md"),
    (DOCS / "quickstart.md", DOCS / "quickstart.zh.md"),
    (DOCS / "cli.md", DOCS / "cli.zh.md"),
    (DOCS / "board.md", DOCS / "board.zh.md"),
    (DOCS / "autolog.md", DOCS / "autolog.zh.md"),
    (DOCS / "frameworks.md", DOCS / "frameworks.zh.md"),
]


def read(path: Path) -> str:
    return path.read_text("utf-8")


def section(text: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one of its level."""
    parts = re.split(rf"^{re.escape(heading)}$", text, maxsplit=1, flags=re.MULTILINE)
    assert len(parts) == 2, f"no heading {heading!r}"
    level = heading.split()[0]
    return re.split(rf"^{level} ", parts[1], maxsplit=1, flags=re.MULTILINE)[0]


def code_blocks(text: str) -> list[str]:
    return re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)


def commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield before + name, command
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")


COMMANDS = dict(commands(main))


def section_of_command(page: str, name: str) -> str:
    """Return what a page says of a command, without what it says of the ones below it."""
    heading = "##" + "#" * name.count(" ")
    return section(read(DOCS / page), f"{heading} fitlog {name}").partition("\n##")[0]


@pytest.mark.parametrize("page", ["cli.md", "cli.zh.md"])
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented_with_each_of_its_parameters(page: str, name: str) -> None:
    text = section_of_command(page, name)
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Option):
            for spelling in (*parameter.opts, *parameter.secondary_opts):
                assert re.search(rf"`{re.escape(spelling)}[` ]", text), f"{spelling} of {name}"
        else:
            assert parameter.make_metavar(click.Context(COMMANDS[name])).strip("[]") in text


@pytest.mark.parametrize("page", ["cli.md", "cli.zh.md"])
def test_every_documented_command_and_option_exists(page: str) -> None:
    named = re.findall(r"^##+ fitlog (.+)$", read(DOCS / page), re.MULTILINE)
    assert sorted(named) == sorted(COMMANDS)
    for name in named:
        known = {
            spelling
            for parameter in COMMANDS[name].params
            for spelling in (*parameter.opts, *parameter.secondary_opts)
        }
        rows = re.findall(r"^\| (`-.*?) \|", section_of_command(page, name), re.MULTILINE)
        for spelling in re.findall(r"`(-[-\w]+)", "\n".join(rows)):
            assert spelling in known, f"{spelling} of {name}"


@pytest.mark.parametrize("page", ["cli.md", "cli.zh.md"])
@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_documented(page: str, setting: object) -> None:
    text = read(DOCS / page)
    for spelling in (setting.variable, setting.key):  # type: ignore[attr-defined]
        assert not spelling or f"`{spelling}`" in text


def signature(value: object) -> str:
    """Return the parameters with their defaults, without annotations."""
    parameters = inspect.signature(value).parameters.values()  # type: ignore[arg-type]
    bare = [one.replace(annotation=inspect.Parameter.empty) for one in parameters]
    return str(inspect.Signature(bare)).removesuffix(" -> None")


FUNCTIONS = [name for name in fitlog.__all__ if inspect.isfunction(getattr(fitlog, name))]
RUN_VERBS = [name for name in FUNCTIONS if hasattr(fitlog.Run, name)]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_documented_with_its_signature(name: str) -> None:
    heading = f"### {name}{signature(getattr(fitlog, name))}"
    assert section(read(DOCS / "api.md"), heading).strip(), "a heading and nothing below it"


@pytest.mark.parametrize("name", fitlog.__all__)
def test_every_public_name_is_documented(name: str) -> None:
    assert re.search(rf"^###? (class )?{re.escape(name)}\b", read(DOCS / "api.md"), re.MULTILINE)


@pytest.mark.parametrize("name", RUN_VERBS)
def test_every_verb_of_a_run_is_documented(name: str) -> None:
    assert f"`{name}`" in section(read(DOCS / "api.md"), "## Runs of your own")


def test_a_verb_of_a_run_takes_what_the_function_of_its_name_takes() -> None:
    assert len(RUN_VERBS) > 10
    for name in set(RUN_VERBS) - {"add_hyper_in_file"}:  # a method has no calling file
        bound = signature(getattr(fitlog.Run, name)).replace("(self, ", "(").replace("(self)", "()")
        assert bound == signature(getattr(fitlog, name))


def test_the_api_page_documents_nothing_that_is_not_there() -> None:
    headings = re.findall(r"^### (?:class )?(\w+)", read(DOCS / "api.md"), re.MULTILINE)
    assert set(headings) <= {*fitlog.__all__}


@pytest.mark.parametrize("name", log_format.FILES)
def test_the_log_format_names_every_file(name: str) -> None:
    assert f"{name}.log" in read(DOCS / "log-format.md")


@pytest.mark.parametrize(
    "keyword",
    [
        "Run id",
        "What a run is",
        "One record, one line, one append",
        "Encoding",
        "Merging",
        "Names",
        "meta",
        "time",
        "Other files",
        "Several writers",
        "State as read",
        "What fitlog 0.9 wrote",
    ],
)
def test_the_log_format_has_a_section_for_every_rule(keyword: str) -> None:
    assert len(section(read(DOCS / "log-format.md"), f"### {keyword}")) > 80


def test_the_log_formats_ten_lines_of_python_read_a_series(tmp_path: Path) -> None:
    code = re.search(r"```python\n(.*?)```", read(DOCS / "log-format.md"), re.DOTALL)
    assert code is not None
    with fitlog.Run(tmp_path) as run:
        for step in (1, 0, 1):
            run.add_loss({"kl": 0.5 + step}, step=step)
    (path,) = tmp_path.glob("log_*/loss.log")
    with path.open("a", encoding="utf-8") as file:
        file.write('Step:2\t{"loss": {"kl"')
    space: dict[str, object] = {"open": open}
    exec(code[1], space)
    assert space["series"](path, "kl") == [(0, 0.5), (1, 1.5)]  # type: ignore[operator]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#[^)]*)?\)", read(page)):
        assert not target or (page.parent / target).exists(), target


def test_every_page_of_the_docs_is_in_its_index_once() -> None:
    linked = re.findall(r"\]\(([\w.-]+\.md)\)", read(DOCS / "index.md"))
    assert sorted(linked) == sorted(page.name for page in DOCS.glob("*.md") if page.stem != "index")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_nothing_tells_anybody_to_install_0_9(page: Path) -> None:
    """The registry's fitlog is 0.9 until this version is published."""
    for line in read(page).splitlines():
        assert not re.search(r"pip install (-\S+ )*['\"]?fitlog(?!==0\.9)", line), line


@pytest.mark.parametrize(("english", "chinese"), TWINS, ids=lambda path: path.name)
def test_the_chinese_twin_has_the_same_structure_and_commands(english: Path, chinese: Path) -> None:
    def headings(text: str) -> list[str]:
        outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
        return [line.split()[0] for line in outside.splitlines() if line.startswith("#")]

    def bare(text: str) -> list[str]:
        return [re.sub(r" *#.*", "", block) for block in code_blocks(text)]

    assert headings(read(english)) == headings(read(chinese))
    assert bare(read(english)) == bare(read(chinese))


def test_the_readmes_test_command_is_what_ci_runs() -> None:
    commands = re.findall(r"^\$ (.*run_tests.*)$", read(ROOT / "README.md"), re.MULTILINE)
    assert len(commands) == 1
    assert commands[0] in read(ROOT / ".ci" / "run").splitlines()


def test_the_readmes_example_runs(tmp_path: Path, run_python: object) -> None:
    code = re.search(r"```python\n(.*?)```", read(ROOT / "README.md"), re.DOTALL)
    assert code is not None
    script = tmp_path / "train.py"
    script.write_text(code[1], encoding="utf-8")
    run_python(  # type: ignore[operator]
        "import runpy, sys; runpy.run_path('train.py', run_name='__main__')", cwd=tmp_path
    )
    (run,) = (tmp_path / "logs").glob("log_*")
    assert len((run / "loss.log").read_text("utf-8").splitlines()) == 100


def test_an_extra_is_named_only_if_it_exists() -> None:
    extras = re.search(
        r"^\[project\.optional-dependencies\]\n(.*?)^\[", read(ROOT / "pyproject.toml"), re.M | re.S
    )
    assert extras is not None
    known = set(re.findall(r"^(\w+) =", extras[1], re.MULTILINE))
    for page in PAGES:
        for named in re.findall(r"\.\[(\w+)\]", read(page)):
            assert named in known, f"{named} in {page.name}"
