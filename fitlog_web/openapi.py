"""``/api/openapi.json``: the description of the API for programs, made of one table."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from flask import Blueprint, Response

from fitlog_web.answers import answer
from fitlog_web.api_schemas import (
    ANY,
    CELLS,
    FLAG,
    SCHEMAS,
    TEXT,
    TEXTS,
    WHOLE,
    Schema,
    obj,
    ref,
)

bp = Blueprint("openapi", __name__, url_prefix="/api")

PARAMETERS: dict[str, tuple[str, Schema]] = {
    "against": ("id of the run to compare with, or tree: the project as it is now", TEXT),
    "best": ("what is bold in a file", {"enum": ["max", "min", "none"]}),
    "criteria": ("columns that choose the run for max and min, separated by commas", TEXT),
    "hidden": ("0: hidden runs do not count", {"enum": ["0", "1"]}),
    "horizontals": ("columns whose values become columns, separated by commas", TEXT),
    "method": ("of a summary", {"enum": ["avg_std", "avg", "max", "min"]}),
    "result_maps": ("what the results are called, separated by commas", TEXT),
    "results": ("columns whose values stand in the cells, separated by commas", TEXT),
    "summary": ("the name of a saved summary, in the place of all its parts", TEXT),
    "added": ("the name of a saved summary, of which the rows added by hand are taken", TEXT),
    "vertical": ("the column whose values become rows", TEXT),
    "by": ("but-seed: runs alike in all but the seed; else a column such as hyper-lr", TEXT),
    "columns": ("columns such as hyper-lr, separated by commas; at most 60", TEXT),
    "cursor": ("what an earlier answer gave", TEXT),
    "deleted": ("1: with the runs in the trash", {"enum": ["0", "1"]}),
    "format": ("the form of the answer", {"enum": ["flat", "columns", "compact"]}),
    "filtered": ("0: the view's saved filter does not apply", {"enum": ["0", "1"]}),
    "from": ("the first step", WHOLE),
    "limit": ("at most so many rows", WHOLE),
    "name": ("a view's file name, such as default.cfg", TEXT),
    "names": ("curves, separated by commas; all where left out", TEXT),
    "page": ("which page's panel", {"enum": ["run", "compare"]}),
    "points": (
        "thin to about so many points, extremes kept; an answer holds 2,000,000 at most",
        WHOLE,
    ),
    "q": ("a search", TEXT),
    "runs": ("ids, separated by commas", TEXT),
    "title": ("of the panel", TEXT),
    "to": ("the last step", WHOLE),
    "view": ("a view's file name; its saved filter applies", TEXT),
}
_IDS = obj({"ids": TEXTS}, view=TEXT)


class Operation(NamedTuple):
    """One request that the API answers.

    :param does: A sentence.
    :param answers: Name of the schema of the answer, ``""`` for a file.
    :param query: Names of what the address may carry.
    :param carries: What the body holds, None where there is none.
    :param refuses: Statuses of errors beside those that every request may get.
    """

    method: str
    path: str
    does: str
    answers: str
    query: tuple[str, ...] = ()
    carries: Schema | None = None
    refuses: tuple[int, ...] = ()
    status: int = 200


OPERATIONS = (
    Operation(
        "get",
        "/api/runs",
        "All runs; flat, or the whole table with format=columns or compact.",
        "Runs",
        ("format", "view", "filtered", "deleted", "q", "limit"),
    ),
    Operation(
        "post",
        "/api/runs",
        "Add a row by hand; values keep their types.",
        "ChangedRow",
        carries=obj({"id": TEXT}),
        refuses=(409,),
        status=201,
    ),
    Operation(
        "get", "/api/runs/{run_id}", "One run, but its curves.", "Run", ("view",), None, (404,)
    ),
    Operation(
        "patch",
        "/api/runs/{run_id}",
        "Edit cells; was holds what they are to replace.",
        "ChangedRow",
        carries=obj({"set": CELLS}, was=CELLS, view=TEXT),
        refuses=(404, 409),
    ),
    Operation(
        "get",
        "/api/runs/{run_id}/series",
        "Curves of a run.",
        "Curves",
        ("names", "points", "from", "to"),
        None,
        (404,),
    ),
    Operation(
        "get",
        "/api/runs/{run_id}/revert",
        "Which code the run had, and a folder that is free for it.",
        "CodeVersion",
        refuses=(404,),
    ),
    Operation(
        "post",
        "/api/runs/{run_id}/revert",
        "Write the run's code to a new folder; an absolute path.",
        "BroughtBack",
        carries=obj({"folder": TEXT}),
        refuses=(404, 409),
        status=201,
    ),
    Operation(
        "get",
        "/api/runs/{run_id}/code",
        "The files of the run's code version, and how to have them by hand.",
        "CodeFiles",
        refuses=(404,),
    ),
    Operation(
        "get",
        "/api/runs/{run_id}/code/{path}",
        "One file of the run's code version.",
        "CodeFile",
        refuses=(404, 409),
    ),
    Operation(
        "get",
        "/api/runs/{run_id}/difference",
        "What differs between another run and this one, or between it and the working tree; "
        "likely causes first, as fitlog diff has them.",
        "Difference",
        ("against",),
        None,
        (403, 404),
    ),
    Operation(
        "get",
        "/api/runs/{run_id}/lineage",
        "The runs that the run comes from, and those that came of it, as a tree.",
        "Lineage",
        refuses=(404,),
    ),
    Operation("get", "/api/runs/{run_id}/files/{path}", "A file of the run.", "", refuses=(404,)),
    Operation(
        "get",
        "/api/series",
        "Curves of several runs.",
        "CurvesOfRuns",
        ("runs", "names", "points", "from", "to"),
    ),
    Operation(
        "get",
        "/api/bands",
        "Groups of runs; mean and spread of the curves that are named, of all their points.",
        "Bands",
        ("runs", "by", "names", "points", "from", "to"),
    ),
    Operation(
        "get",
        "/api/comparison",
        "What differs among runs, likely causes first; one column a run (by=none), or a group "
        "(by=all for one of all, but-seed or a column), and the last values of the curves named.",
        "Comparison",
        ("runs", "by", "names"),
    ),
    Operation(
        "get",
        "/api/search",
        "The rows that a search finds.",
        "Found",
        ("q", "view", "filtered", "deleted"),
    ),
    Operation(
        "get",
        "/api/changes",
        "What changed since a cursor; whole rows, or with format=compact no more than the latest "
        "record of runs that only went on.",
        "Changes",
        ("cursor", "format", "view", "deleted"),
    ),
    Operation(
        "get",
        "/api/alerts",
        "The rules that the table tells of beside dead, stalled and diverged runs, and the runs "
        "that they find among those that go on, or did since the board began.",
        "Alerts",
    ),
    Operation(
        "post",
        "/api/tags",
        "Put a tag on rows, or take it off.",
        "Tagged",
        carries=obj({"ids": TEXTS, "tag": TEXT, "on": FLAG}),
        refuses=(404,),
    ),
    Operation(
        "post",
        "/api/hidden",
        "Hide rows, or show them again.",
        "Names",
        carries=obj({"ids": TEXTS, "hidden": FLAG}, view=TEXT),
        refuses=(404, 409),
    ),
    Operation(
        "post", "/api/trash", "Put rows into the trash.", "Names", carries=_IDS, refuses=(404, 409)
    ),
    Operation(
        "post", "/api/restore", "Take rows out of the trash.", "Names", carries=_IDS, refuses=(409,)
    ),
    Operation(
        "post",
        "/api/erase",
        "Remove rows in the trash for good.",
        "Erased",
        carries=_IDS,
        refuses=(404, 409),
    ),
    Operation("get", "/api/views", "The views there are.", "Views"),
    Operation("get", "/api/view", "What a view says.", "View", ("name",)),
    Operation(
        "patch",
        "/api/view",
        "Change keys of a view.",
        "View",
        carries=obj(
            {"set": {"type": "object"}}, name=TEXT, was={"type": "object"}, as_saved=FLAG, new=FLAG
        ),
        refuses=(409,),
    ),
    Operation(
        "delete",
        "/api/view",
        "Remove a view that is not the board's own.",
        "Removed",
        carries=obj({"name": TEXT}),
    ),
    Operation(
        "post",
        "/api/export",
        "Rows as a file: CSV, JSON, Markdown or LaTeX.",
        "",
        carries=obj(
            {"format": {"enum": ["csv", "json", "md", "tex"]}},
            ids=TEXTS,
            columns=TEXTS,
            best={"enum": ["max", "min"]},
            view=TEXT,
        ),
    ),
    Operation(
        "post",
        "/api/statistics",
        "Mean, spread and extremes of each metric of several runs.",
        "Statistics",
        carries=_IDS,
        refuses=(404,),
    ),
    Operation(
        "post",
        "/api/statistics/groups",
        "Each metric of the runs with the value a in a column, against those with b.",
        "Contrasts",
        carries=obj({"ids": TEXTS, "by": TEXT, "a": ANY, "b": ANY}, view=TEXT),
        refuses=(404,),
    ),
    Operation(
        "post",
        "/api/groups",
        "Runs that are the same in columns as one, with the spread of their metrics.",
        "Groups",
        carries=obj({"ids": TEXTS, "by": TEXTS}, metrics=TEXTS, view=TEXT),
        refuses=(404,),
    ),
    Operation(
        "get",
        "/api/pivot",
        "The summary table of the runs that a search leaves; with format a file of it.",
        "Pivot",
        (
            *("summary", "added", "vertical", "horizontals", "method", "criteria", "results"),
            *("result_maps", "against", "best", "hidden", "q", "view", "filtered", "deleted"),
        ),
    ),
    Operation(
        "get",
        "/api/relations",
        "Columns of the rows that a search finds, each as one list in the order of the ids.",
        "Relations",
        ("columns", "q", "view", "filtered", "deleted"),
    ),
    Operation(
        "post",
        "/api/relations/importance",
        "What each hyperparameter of these runs has to do with a result; forest is slow.",
        "Influences",
        carries=obj({"ids": TEXTS, "result": TEXT}, forest=FLAG, view=TEXT),
        refuses=(404,),
    ),
    Operation("get", "/api/summaries", "The saved summaries.", "Summaries"),
    Operation("get", "/api/summary", "What a saved summary says.", "Saved", ("name",)),
    Operation(
        "put",
        "/api/summary",
        "Save a summary; was holds what it is to replace.",
        "Saved",
        carries=obj({"name": TEXT, "summary": ref("Summary")}, was=ref("Summary"), beside=obj({})),
        refuses=(409,),
    ),
    Operation(
        "delete",
        "/api/summary",
        "Remove a saved summary; the runs stay. With beside it can be saved again.",
        "RemovedSummary",
        carries=obj({"name": TEXT}),
    ),
    Operation("get", "/api/panels", "The panels that plugins added to pages.", "Panels"),
    Operation(
        "get",
        "/api/panel",
        "What a panel says of a run, or of the runs that are compared.",
        "Panel",
        ("page", "title", "runs"),
        None,
        (404, 503),
    ),
    Operation("post", "/api/end", "End the board.", "Ended", carries=obj({}), refuses=(409,)),
    Operation("get", "/api/openapi.json", "This description.", "Description"),
)


@bp.get("/openapi.json")
def described() -> Response:
    """Return the description of the API."""
    return answer(document())


def document() -> dict[str, Any]:
    """Return the API as OpenAPI 3.1 describes one."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "The board of fitlog", "version": "1"},
        "servers": [{"url": "..", "description": "the board this file came from"}],
        "security": [{}, {"token": []}],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _described(operation: Operation) -> dict[str, Any]:
    errors = {400, 401, 421, *operation.refuses}
    if operation.carries is not None:
        errors |= {403, 413, 415}
    described: dict[str, Any] = {
        "summary": operation.does,
        "parameters": [*_in_path(operation.path), *map(_in_query, operation.query)],
        "responses": {
            str(operation.status): _answer(operation.answers),
            **{str(status): _json(_ERRORS[status], "Error") for status in sorted(errors)},
        },
    }
    if operation.carries is not None:
        described["parameters"].append(_MARK)
        body = {"application/json": {"schema": operation.carries}}
        described["requestBody"] = {"required": True, "content": body}
    return described


_MARK = {
    "name": "X-Fitlog",
    "in": "header",
    "description": "1, from a program that is not the board's page",
    "schema": {"const": "1"},
}
_ERRORS = {
    400: "the request cannot be understood",
    401: "the token is missing or wrong",
    403: "a change that does not come from the board or is not allowed to this visitor, or a "
    "directory that may only be read",
    404: "there is no such run or file",
    409: "somebody else changed it meanwhile, it is there already, or cannot be had",
    413: "the body is larger than 4 MiB",
    415: "the body is no JSON",
    503: "others are served first; ask again in a moment",
    421: "the board is not known under that name",
}


def _in_path(path: str) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", path)
    return [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names]


def _in_query(name: str) -> dict[str, Any]:
    meaning, schema = PARAMETERS[name]
    return {"name": name, "in": "query", "description": meaning, "schema": schema}


def _answer(name: str) -> dict[str, Any]:
    return _json(name, name) if name else {"description": "the file"}


def _json(description: str, schema: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": ref(schema)}}}
