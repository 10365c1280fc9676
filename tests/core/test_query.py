"""The search language: the README's form word for word, the short form, plain text, and faults."""

from __future__ import annotations

import math
import re
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fitlog_core.errors import QueryError
from fitlog_core.reading.columns import resolve
from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.reading.query import Call, from_conditions, parse

OLD_LOGS = Path(__file__).parents[1] / "fixtures" / "fitlog-0.9-logs"


@pytest.fixture(scope="module")
def old_rows():
    directory = LogDirectory(OLD_LOGS)
    directory.refresh()
    return directory.rows()


# Counts seen in fitlog 0.9's own board over the same runs; with and_filters its README's meaning.
OLD_SEARCHES = [
    ("${'hyper-lr':'0.003<&&<0.05','hyper-dataset':'conll'}$", 4),
    ("${'hyper-lr':[0.01,0.1]}$", 12),
    ("${'hyper-dropout':'!=0.2'}$", 22),
    ("${'hyper-lr':'<=0.003'}$", 12),
    ("${'hyper-lr':'>=0.03'}$", 12),
    ("${'hyper-lr':'0.003>='}$", 12),
    ("${'metric-dev-acc':'>0.95'}$", 1),
    ("${'id':'log_20261122_090000<=&&<=log_20261122_100000'}$", 30),
    ("${'no-such-column':1}$", 0),
    ("${'hyper-dataset':'onto'}$", 0),
    ("${'and_filters':0,'hyper-lr':0.01,'hyper-dataset':'weibo'}$", 14),
    ("${'hyper-lr':0.01,'and_filters':0,'hyper-dataset':'weibo'}$", 14),
    ("${'hyper-lr':0.01,'hyper-dataset':'weibo','and_filters':0}$", 14),
    ("${'and_filters':1,'hyper-lr':0.01,'hyper-dataset':'weibo'}$", 2),
    ("weibo", 10),
    ("WEIBO", 10),
]


@pytest.mark.parametrize(("text", "count"), OLD_SEARCHES)
def test_searches_of_the_old_board_find_as_many_of_its_runs(old_rows, text, count):
    assert len(parse(text).select(old_rows)) == count


ROWS = [
    {"id": "log_20200611_145959", "hyper-hidden_size": 100, "hyper-lr": 0.3, "hyper-dropout": 0.4},
    {"id": "log_20200611_150000", "hyper-hidden_size": 60, "hyper-lr": 0.1, "hyper-dropout": 0.3},
    {"id": "log_20200611_153000", "hyper-hidden_size": 61, "hyper-lr": 0.2, "hyper-dropout": 0.6},
    {"id": "log_20200611_160000", "hyper-hidden_size": 128, "hyper-lr": 0.3, "hyper-dropout": 0.5},
    {"id": "log_20200611_160001", "hyper-hidden_size": 128, "hyper-lr": 0.05},
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "${'id':'log_20200611_150000<=&&<=log_20200611_160000', 'hyper-hidden_size':'>60'}$",
            [2, 3],
        ),
        ('${"hyper-lr":[0.3, 0.1]}$', [0, 1, 3]),
        ('${"hyper-lr":"<0.3", "hyper-dropout":">0.5"}$', [2]),
        ('${"hyper-dropout":"0.5>"}$', [0, 1]),
        ('${"hyper-dropout":"<0.5"}$', [0, 1]),
        ("${'hyper-dropout':\"!=0.4\"}$", [1, 2, 3]),
        ('${"hyper-lr":"0.1<&&<0.3"}$', [2]),
        ('${"hyper-lr": 0.1, "hyper-dropout":0.3}$', [1]),
        ('${"and_filters":0, "hyper-lr": 0.1, "hyper-dropout":0.6}$', [1, 2]),
        ('{"hyper-lr":[0.3, 0.1]}', [0, 1, 3]),
    ],
)
def test_the_examples_of_the_old_readme_hold_word_for_word(text, found):
    assert parse(text).select(ROWS) == [ROWS[i] for i in found]


@pytest.mark.parametrize(
    ("condition", "matching"),
    [
        ("<2", [1]), ("2>", [1]), ("<=2", [1, 2]), ("2>=", [1, 2]), (">2", [3]), ("2<", [3]),
        (">=2", [2, 3]), ("2<=", [2, 3]), ("!=2", [1, 3]), ("2!=", [1, 3]), ("=2", [2]),
        ("2=", [2]), ("==2", [2]), ("2==", [2]), ("2", [2]), (" > 2 ", [3]), ("2.0", [2]),
        ("1<&&<3", [2]), ("1<=&&3>", [1, 2]), ("!=1&&!=3", [2]), (["<2", ">2"], [1, 3]),
        ([1, "3"], [1, 3]), (2, [2]), (2.0, [2]),
    ],
)  # fmt: skip
def test_every_sign_works_at_either_side_of_the_value(condition, matching):
    rows = [{"x": 1}, {"x": 2}, {"x": 3}]
    spelled = repr(condition)
    for inner in (f"{{'x': {spelled}}}", '{"x": ' + spelled.replace("'", '"') + "}"):
        text = f"${inner}$"
        assert [row["x"] for row in parse(text).select(rows)] == matching
    assert [row["x"] for row in from_conditions({"x": condition}).select(rows)] == matching


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        (r"${'a': 'it\'s'}$", "it's"),
        ("${'a': \"it's\"}$", "it's"),
        (r'${"a": "say \"hi\""}$', 'say "hi"'),
        (r"${'a': '\u4e2d文'}$", "中文"),
        ("${'a': '==a<b'}$", "a<b"),
        ("${'a': 'a=b'}$", "a=b"),
        ("${'a': true}$", True),
        ("${'a': 'False'}$", False),
        ("${'a': ''}$", ""),
        ("  ${ 'a' : [ 'x' , 'y', ] , }$ ", "y"),
        ("${}$", "anything"),
    ],
)
def test_values_may_be_quoted_escaped_or_words(text, cell):
    assert parse(text).matches({"a": cell})
    assert not parse(text).matches({"a": "something else"}) or text == "${}$"


# ---------------------------------------------------------------- cells


@pytest.mark.parametrize(
    ("cell", "text", "equal"),
    [
        (0.1, "0.10", True),
        (128, "128", True),
        ("128", "128.0", True),
        ("0.10", "0.1", True),
        (0.30000000000000004, "0.3", False),
        (12345678901234567890123, "12345678901234567890123", True),
        (1e400, "inf", True),
        (-math.inf, "-Infinity", True),
        (math.nan, "nan", True),
        (math.nan, "NaN", True),
        (math.nan, "0", False),
        ("bert-base", "bert-base", True),
        ("bert-base", "bert", False),
        ("Bert", "bert", False),
        (True, "true", True),
        (True, "1", False),
        ([1, 2], '"[1, 2]"', True),
    ],
)
def test_numbers_equal_as_numbers_and_texts_exactly(cell, text, equal):
    assert parse(f"x:{text}").matches({"x": cell}) is equal


@pytest.mark.parametrize("condition", ["<5", ">5", "<=5", ">=5", "<nan", ">nan", "<=inf"])
def test_nan_is_neither_less_nor_more_than_anything(condition):
    assert not parse(f"x{condition}").matches({"x": math.nan})


@pytest.mark.parametrize("cell", ["text", True, [1], "2020-01-01"])
def test_what_is_no_number_is_neither_less_nor_more_than_one(cell):
    assert not parse("x<5").matches({"x": cell})
    assert not parse("x>5").matches({"x": cell})


def test_texts_are_ordered_as_texts():
    assert parse("x>2020-01").matches({"x": "2020-02-03"})
    assert not parse("x>2020-03").matches({"x": "2020-02-03"})


def test_ids_are_texts_even_where_they_look_like_numbers():
    assert parse("id:10").matches({"id": "10"})
    assert not parse("id:10").matches({"id": "10.0"})
    assert parse("id<9").matches({"id": "10"})


@pytest.mark.parametrize("text", ["x:1", "x!=1", "x<1", "${'x': 1}$", "${'x': '!=1'}$"])
def test_a_row_without_the_column_is_dropped_unless_asked_for(text):
    for row in ({"y": 1}, {"x": None}):
        assert not parse(text).matches(row)
        assert parse(text).matches(row, keep_missing=True)


def test_a_row_without_the_column_is_not_what_was_excluded():
    assert parse("-state:error").matches({"y": 1})
    assert parse("-state:error").matches({"y": 1}, keep_missing=True)


# ---------------------------------------------------------------- columns


COLUMNS = ["id", "state", "meta-state", "hyper-lr", "hyper-optim-lr", "metric-dev-acc",
           "hyper-max_len", "hyper-a b", "metric-x/y"]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("hyper-lr", "hyper-lr"),
        ("dev-acc", "metric-dev-acc"),
        ("dev_acc", "metric-dev-acc"),
        ("dev acc", "metric-dev-acc"),
        ("acc", "metric-dev-acc"),
        ("metric_dev_acc", "metric-dev-acc"),
        ("max-len", "hyper-max_len"),
        ("a-b", "hyper-a b"),
        ("state", "state"),
        ("optim-lr", "hyper-optim-lr"),
        ("x/y", "metric-x/y"),
    ],
)
def test_a_column_is_found_by_its_name_or_a_unique_ending(name, column):
    assert resolve(name, COLUMNS) == column


@pytest.mark.parametrize("name", ["", "cc", "ev-acc", "nope", "-"])
def test_a_column_that_does_not_exist_is_said(name):
    with pytest.raises(QueryError, match="no column"):
        resolve(name, COLUMNS)


def test_an_ambiguous_ending_names_the_candidates():
    with pytest.raises(QueryError, match=r"'lr' may mean hyper-lr, hyper-optim-lr;"):
        resolve("lr", COLUMNS)
    rows = [{"hyper-lr": 1}, {"hyper-optim-lr": 1}]
    with pytest.raises(QueryError, match="hyper-optim-lr") as caught:
        parse("seed:1 lr:1").select(rows)
    assert (caught.value.text, caught.value.position) == ("seed:1 lr:1", 7)


# ---------------------------------------------------------------- short form


SHORT_ROWS = [
    {"id": "a", "state": "finished", "hyper-lr": 0.001, "hyper-seed": 1, "memo": "first try"},
    {"id": "b", "state": "error", "hyper-lr": 0.01, "hyper-seed": 2, "memo": "lr: too high (?)"},
    {"id": "c", "state": "running", "hyper-lr": 0.1, "hyper-seed": 3, "memo": "don't stop"},
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("lr:0.01", "b"),
        ("lr:0.001..0.01", "ab"),
        ("lr:0.01..", "bc"),
        ("lr:..0.01", "ab"),
        ("lr:0.01,0.1", "bc"),
        ("seed!=1,2", "c"),
        ("-seed:1,2", "c"),
        ("lr>0.001", "bc"),
        ("lr > 0.001 lr<=0.01", "b"),
        ("lr:>0.001", "bc"),
        ("lr:0.001<&&<0.1", "b"),
        ("-state:error", "ac"),
        ("--state:error", "b"),
        ("seed:1 | seed:2", "ab"),
        ("(seed:1|seed:2) -state:error", "a"),
        ("-(seed:1 | seed:2)", "c"),
        ("seed:1 seed:2 | seed:3", "c"),
        ("id:a..b", "ab"),
        ('memo:"first try"', "a"),
        ('"memo":"first try"', "a"),
        ("memo='first try'", "a"),
        ("try seed:1", "a"),
        ("try seed:2", ""),
        ('"too high"', "b"),
        ('"(?)" seed:2', "b"),
        ("-try", "bc"),
        ("first try", "a"),
        ("try first", ""),
        ("don't stop", "c"),
        ("don't seed:3", "c"),
        ("0.01", "b"),
        ("-0.01", ""),
        ("10:30", ""),
        ("https://x.y", ""),
        ("no-such:1", ""),
        ("", "abc"),
        ("  ", "abc"),
        ("stalled", ""),
    ],
)
def test_the_short_form_finds(text, found):
    assert "".join(str(row["id"]) for row in parse(text).select(SHORT_ROWS)) == found


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("nan(loss)", Call("nan", "loss", ())),
        ("plateau(dev-acc, 5)", Call("plateau", "dev-acc", (5.0,))),
        ("plateau( 'dev acc' ,5 , 0.1 )", Call("plateau", "dev acc", (5.0, 0.1))),
        ("stalled 10m", Call("stalled", None, (600.0,))),
        ("stalled 1.5h", Call("stalled", None, (5400.0,))),
    ],
)
def test_calls_are_judged_by_whoever_has_the_curves(text, call):
    query = parse(text)
    assert query.calls == [call]
    asked = []
    assert query.select(SHORT_ROWS, call=lambda c, row: asked.append((c, row["id"])) or True)
    assert asked == [(call, "a"), (call, "b"), (call, "c")]


def test_a_call_with_nobody_to_judge_it_is_said():
    with pytest.raises(QueryError, match="nan looks at the curves") as caught:
        parse("seed:1 nan(loss)").matches(SHORT_ROWS[0])
    assert caught.value.position == 7


# ---------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("${'a", 4, "ends with }"),
        ("${'a}$", 2, "quote is not closed"),
        ("${'a':}$", 6, "value is missing"),
        ("${'a':b}$", 6, "'b' is no number"),
        ("${a:1}$", 2, "name in quotes"),
        ("${'a' 1}$", 6, "a : is missing"),
        ("${'a':1 'b':2}$", 8, "a } is missing"),
        ("${'a':1}}$", 8, "goes on"),
        ("${'a':[1,[2]]}$", 9, "value is missing"),
        ("${'a':[]}$", 6, "list for 'a' is empty"),
        ("${'a':{'b':1}}$", 6, "value is missing"),
        ("${'a':null}$", 6, "'null' is no number"),
        ("${'a':1,'a':2}$", 8, "stands here twice"),
        ("${'a':'0.1<0.3'}$", 6, "sign in its middle"),
        ("${'a':'<0.3>'}$", 6, "sign at both ends"),
        ("${'a':'<'}$", 6, "value for 'a' is missing behind '<'"),
        ("${'a':'1<&&'}$", 6, "beside && for 'a' is missing"),
        ("${'a':1,'and_filters':2}$", 22, "and_filters is 1"),
        (r"${'a':'\u12'}$", 9, "four hexadecimal"),
        ("lr:", 3, "value for 'lr' is missing"),
        ("seed:1 lr:", 10, "value for 'lr' is missing"),
        ("lr>", 3, "value for 'lr' is missing"),
        ("(lr:1", 0, "not closed"),
        ("lr:1)", 4, "never opened"),
        ("()", 1, "condition is missing"),
        ("| lr:1", 0, "condition is missing"),
        ("lr:1 |", 6, "condition is missing"),
        (">5", 0, "name is missing"),
        ("seed:1 0.9<acc", 7, "column comes first"),
        ("acc>0.1<0.3", 4, "range is written acc:0.1..0.3"),
        ("lr:1 - seed:2", 5, "behind the minus"),
        ('memo:"abc', 5, "quote is not closed"),
        ("nan(", 4, "closing parenthesis of nan"),
        ("plateau()", 8, "needs a column"),
        ("nan(loss 5)", 9, "comma or the closing"),
        ("plateau(a, b)", 11, "'b' is no number"),
        ("optim-lr:<", 10, "value for 'optim-lr' is missing behind '<'"),
        ("seed:1 lr:!=", 12, "value for 'lr' is missing behind '!='"),
        ("lr:<0.1&&", 9, "beside && for 'lr' is missing"),
        ("lr:<0.1&&>=", 11, "missing behind '>='"),
        ("lr:<0.1>", 7, "sign at both ends"),
        ("lr:0.1<0.3", 6, "write a range as lr:0.1..0.3"),
        ("lr:<>", 3, "there is no sign '<>'"),
        ("lr:!", 3, "written !="),
        ("lr=<0.1", 2, "written <=, not =<"),
        ("lr:..", 3, "needs an end"),
        ("lr:0.1...", 8, "two dots"),
        ("lr:[0.1,0.2]", 3, "list is written lr:1,2"),
        ("lr:1 AND seed:2", 5, "side by side"),
        ("lr:1 or seed:2", 5, "written a | b"),
        ("not lr:1", 0, "written -a"),
        ("{'lr':0.1", 9, "ends with }"),
        ("x" * 10_001, 10_000, "longer than 10000"),
        ("(" * 60 + "a:1" + ")" * 60, 50, "deeper than 50"),
        ("-" * 60 + "a:1", 50, "deeper than 50"),
    ],
)
def test_a_fault_is_told_with_its_place(text, position, message):
    with pytest.raises(QueryError, match=message) as caught:
        parse(text)
    assert caught.value.text == text
    assert caught.value.position == position
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("text", ["AND", "this or that", 'lr:1 "and"', "{", "lr:'[0.1'", "..", "!"])
def test_what_is_meant_as_text_is_no_fault(text):
    parse(text)


@pytest.mark.parametrize("condition", [None, {"a": 1}, [[1]], [], "1<2"])
def test_a_saved_condition_that_means_nothing_is_refused(condition):
    with pytest.raises(QueryError):
        from_conditions({"x": condition})


SYNTAX = st.text(
    alphabet=st.sampled_from(list("ab:19.<>=!&|()-,'\"\\${}[] \tné\u3000")), max_size=80
)


def _fault_of(text: str) -> QueryError | None:
    try:
        parse(text)
    except QueryError as fault:
        return fault
    return None


@settings(max_examples=400, deadline=None)
@given(text=st.one_of(st.text(max_size=200), SYNTAX, SYNTAX.map(lambda inner: "${" + inner + "}$")))
@example("-")
@example("'")
@example("${$")
@example("$$")
@example("a:'")
def test_any_text_is_parsed_or_refused(text):
    fault = _fault_of(text)
    if fault is None:
        row = {"a": 1.0, "b": "text", "id": "log_20200611_150000"}
        assert parse(text).matches(row, call=lambda call, row: True) in (True, False)
    else:
        assert fault.text == text
        assert 0 <= fault.position <= len(text)
        assert fault.message


@pytest.mark.parametrize(
    "piece",
    ["a:1|", "a:1 ", "a", "1", "-", "a:", "'", '"', "(", "a:1,", "f(a)", "a..", "stalled ", "\\",
     " ", "a:'b' ", "1e", "!", "a!", "<", ":", "é"],
)  # fmt: skip
def test_no_text_takes_long_to_parse_or_to_compare(piece):
    many = piece * (9_900 // len(piece))
    for text in (many, many + "x", "a:" + many + "x", "${'a':'" + many + "x'}$"):
        start = time.process_time()
        if _fault_of(text) is None:
            parse(text).matches({"a": many + "x"}, call=lambda call, row: True)
        assert time.process_time() - start < 1


PAGE = (Path(__file__).parents[2] / "docs" / "search.md").read_text("utf-8")


def test_every_search_on_its_page_is_one():
    cells = [line.split("|", 2)[1] for line in PAGE.replace("\\|", "\0").splitlines()
             if line.startswith("| `")]  # fmt: skip
    searches = [span.replace("\0", "|") for cell in cells for span in re.findall("`(.+?)`", cell)]
    assert len(searches) >= 10
    for text in searches:
        assert parse(text).names or parse(text).calls
    old = re.findall(r"^\$\{.*\}\$$", PAGE, re.MULTILINE)
    assert [row["id"] for row in parse(old[0]).select(ROWS)] == [ROWS[2]["id"], ROWS[3]["id"]]


def test_the_python_on_its_page_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").symlink_to(OLD_LOGS)
    exec(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0], {})
    found = capsys.readouterr().out.split()
    assert found
    assert all(acc > "0.9" for acc in found[1::2])


def test_many_texts_find_what_each_of_them_finds():
    rows = [{"id": "a", "x": "Übung one", "y": None}, {"id": "b", "x": "tw", "y": "o"}, {"id": "c"}]
    words = [*("ÜBUNG", "two", "'w\0o'", "one"), *(f"none{number}" for number in range(20)), "'C'"]
    found = {row["id"] for word in words for row in parse(f"({word})").select(rows)}
    together = parse(" | ".join(words)).select(rows)
    assert [row["id"] for row in together] == sorted(found) == ["a", "c"]
    assert parse(f"-({' | '.join(words)})").select(rows, keep_missing=True) == [rows[1]]


def test_more_conditions_than_can_be_answered_in_time_are_refused():
    assert len(parse("|".join(["a:1"] * 1000)).names) == 1
    for text in ("|".join(["a:1"] * 1001), "x:" + ",".join("1" * 1001), "|".join("x" * 1001)):
        with pytest.raises(QueryError, match="1000 conditions"):
            parse(text)
    with pytest.raises(QueryError, match="1000 conditions"):
        from_conditions({"a": list(range(1001))})


CLAUSES = [
    (
        "lr:0.003.. dataset:conll",
        [("lr:0.003..", "dataset:conll"), ("dataset:conll", "lr:0.003..")],
    ),
    ("(a | b) -state:error", [("(a | b)", "-state:error"), ("-state:error", "(a | b)")]),
    ("lr > 0.1 seed:1,2", [("lr > 0.1", "seed:1,2"), ("seed:1,2", "lr > 0.1")]),
    ("lr:0.1", []),
    ("seed:1 | seed:2", []),
    ("lr:0.1 seed:1 | seed:2", []),
    ("(lr:0.1 seed:1)", []),
    ("two words", []),
    ("${'hyper-lr': 0.1, 'hyper-seed': 1}$", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "clauses"), CLAUSES)
def test_conditions_that_all_have_to_hold_are_told_one_by_one(text, clauses):
    assert [(clause.text, clause.rest) for clause in parse(text).clauses] == clauses


def test_the_texts_of_a_search_are_those_a_row_is_found_by():
    assert parse('lstm (weibo | "two words") -error lr:0.1').texts == ["lstm", "weibo", "two words"]
    assert parse("two words").texts == ["two words"]


def test_names_that_no_row_has_a_column_for_are_told_as_written():
    rows = [{"id": "a", "hyper-lr": 0.1, "hyper-seed": None}]
    search = parse("lr:0.1 nosuch:5 (seed:1 | -other>2) nosuch<9")
    assert search.unknown(rows) == ["nosuch", "other"]
