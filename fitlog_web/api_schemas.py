"""What the JSON of the API looks like, as JSON Schema, by name."""

from __future__ import annotations

from typing import Any

from fitlog_web.sentences import texts

Schema = dict[str, Any]


def obj(needed: dict[str, Schema], **optional: Schema) -> Schema:
    """Return the schema of an object that may have more than is told."""
    return {
        "type": "object",
        "required": list(needed),
        "properties": {**needed, **optional},
    }


def listed(items: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


def ref(name: str) -> Schema:
    """Return a reference to a schema of :data:`SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def maybe(kind: str) -> Schema:
    """Return the schema of a value of that type, or null."""
    return {"type": [kind, "null"]}


ANY: Schema = {}
TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
TEXTS = listed(TEXT)
# What a sentence is made of; null where it is told in English only, or there is none.
PARTS: Schema = {"oneOf": [ref("Sentence"), {"type": "null"}]}
CELLS: Schema = {
    "type": "object",
    "description": "values by column, as in hyper-lr; NaN and infinities are the texts "
    '"NaN", "Infinity", "-Infinity"',
}
FILE = obj({"path": TEXT, "size": WHOLE, "mtime": NUMBER})

CHANGED = obj({"name": TEXT, "old": ANY, "new": ANY})
CHANGED_FILE = obj(
    {
        "path": TEXT,
        "kind": {"enum": ["changed", "added", "removed", "renamed"]},
        "added": WHOLE,
        "removed": WHOLE,
        "lines": {**TEXTS, "description": "the unified difference"},
        "is_loaded": {"type": "boolean", "description": "whether a run had it loaded"},
        "note": TEXT,
        "sentence": PARTS,
        "old_path": TEXT,
    }
)

SCHEMAS: dict[str, Schema] = {
    "Error": obj(
        {"error": {"type": "string", "description": "a sentence"}, "sentence": PARTS},
        position={"type": "integer", "description": "of a search, where it is at fault"},
        text={"type": "string", "description": "the search"},
        key={"type": "string", "description": "of a conflict, the cell"},
        expected=ANY,
        found=ANY,
    ),
    "Sentence": obj(
        {
            "kind": {
                "enum": sorted(texts()),
                "description": "what the sentence beside it says, whatever stands in it: enough, "
                "with the values, to say it in another language",
            },
            "values": {
                "type": "object",
                "description": "what stands in it, by name",
                "additionalProperties": {
                    "anyOf": [TEXT, WHOLE, ref("InnerSentence")],
                },
            },
        }
    ),
    "InnerSentence": obj({"text": TEXT}, kind=TEXT, values={"type": "object"}),
    "FlatRun": obj({"id": TEXT}, state=TEXT, hidden=FLAG, added=FLAG, deleted=FLAG),
    "Progress": obj({"step": maybe("integer"), "total": maybe("integer")}),
    "Row": obj(
        {"id": TEXT},
        state=maybe("string"),
        progress={"oneOf": [ref("Progress"), {"type": "null"}]},
        hidden=FLAG,
        deleted=FLAG,
        added=FLAG,
        skipped=WHOLE,
        in_doubt={
            **FLAG,
            "description": "a file could not be read at the last look: this may be old or not all",
        },
        diverged={
            "type": ["object", "null"],
            "additionalProperties": TEXT,
            "description": "the losses and metrics that are at NaN or an infinity, with that word",
        },
        written=maybe("number"),
        job={"oneOf": [obj({"id": TEXT, "ranks": WHOLE}), {"type": "null"}]},
    ),
    "Column": obj({"key": TEXT, "path": TEXTS, "editable": FLAG}, hidden=FLAG),
    "Table": obj(
        {
            "cursor": TEXT,
            "columns": listed(ref("Column")),
            "problems": TEXTS,
            "sentences": {**listed(PARTS), "description": "what each problem is made of"},
            "rows": listed({"type": ["object", "array"]}),
        },
        shapes={**listed(TEXTS), "description": "with format=compact: lists of columns"},
    ),
    "Runs": {"anyOf": [obj({"runs": listed(ref("FlatRun"))}), ref("Table")]},
    "Changes": obj(
        {"cursor": TEXT, "rows": listed(ref("Row")), "removed": TEXTS},
        gone_on={
            **listed(ref("Row")),
            "description": "with format=compact: of runs of which only the latest record is "
            "another, what that changed",
        },
        columns=listed(ref("Column")),
    ),
    "Alerts": obj(
        {
            "rules": TEXTS,
            "alerts": listed(obj({"id": TEXT, "rule": TEXT})),
            "problems": TEXTS,
        }
    ),
    "Found": obj(
        {
            "ids": TEXTS,
            "total": WHOLE,
            "texts": {**TEXTS, "description": "what is looked for in any cell"},
            "unknown": {**TEXTS, "description": "names that no row has a column for"},
            "clauses": {
                **listed(obj({"text": TEXT, "rest": TEXT})),
                "description": "the conditions that all have to hold, if there are several, "
                "each with the search without it",
            },
        }
    ),
    "Run": obj(
        {
            "id": TEXT,
            "state": maybe("string"),
            "row": ref("Row"),
            "meta": CELLS,
            "hyper": CELLS,
            "metric": CELLS,
            "other": CELLS,
            "progress": {"oneOf": [ref("Progress"), {"type": "null"}]},
            "series": TEXTS,
            "segments": {
                **listed(NUMBER),
                "description": "when it went on after it had stopped, in seconds since 1970",
            },
            "files": listed(FILE),
            "skipped": WHOLE,
            "cursor": TEXT,
        }
    ),
    "Curve": obj(
        {
            "step": listed(WHOLE),
            "value": listed({"type": ["number", "string", "null"]}),
            "epoch": {**listed(maybe("integer")), "type": ["array", "null"]},
            "time": {**listed(maybe("number")), "type": ["array", "null"]},
            "start": {**maybe("number"), "description": "what times are counted from"},
            "total": {"type": "integer", "description": "points before thinning"},
            "marks": listed(obj({"step": WHOLE, "kind": TEXT, "count": WHOLE})),
        },
        texts={"type": "object", "description": "values that are no numbers, by step"},
    ),
    "Curves": obj(
        {"series": {"type": "object", "additionalProperties": ref("Curve")}, "cursor": TEXT}
    ),
    "CurvesOfRuns": obj(
        {
            "runs": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": ref("Curve"),
                },
            },
            "missing": TEXTS,
            "cursor": TEXT,
        }
    ),
    "Panels": obj({"panels": listed(obj({"page": TEXT, "title": TEXT}))}),
    "PanelContent": obj(
        {"is_cut": {"type": "boolean", "description": "whether there was more"}},
        text=TEXT,
        columns={**TEXTS, "description": "none of a table of names and values"},
        rows=listed(listed({"type": ["string", "number", "boolean", "null"]})),
    ),
    "Panel": obj(
        {
            "page": TEXT,
            "title": TEXT,
            "content": {"oneOf": [ref("PanelContent"), {"type": "null"}]},
            "problem": {"type": ["string", "null"], "description": "why there is none"},
            "sentence": PARTS,
            "runs": {**TEXTS, "description": "cells that are the id of a run"},
        }
    ),
    "CodeVersion": obj(
        {
            **dict.fromkeys(("version", "project", "folder"), maybe("string")),
            "problem": {"type": ["string", "null"], "description": "why there is none"},
            "sentence": PARTS,
            "allowed": {"type": "boolean", "description": "to this visitor"},
        }
    ),
    "BroughtBack": obj({"version": TEXT, "folder": TEXT}),
    "Band": obj(
        {
            "step": listed(WHOLE),
            "n": {**listed(WHOLE), "description": "runs that have a finite number there"},
            **{name: listed(maybe("number")) for name in ("mean", "min", "max")},
            "std": {**listed(maybe("number")), "description": "of a sample, n - 1"},
            "epoch": {**listed(maybe("integer")), "type": ["array", "null"]},
            "elapsed": {
                **listed(maybe("number")),
                "type": ["array", "null"],
                "description": "seconds since the start of a run, on average",
            },
            "runs": {"type": "integer", "description": "runs that have the curve"},
            "total": {"type": "integer", "description": "steps before thinning"},
            "marks": listed(obj({"step": WHOLE, "kind": TEXT, "count": WHOLE})),
        }
    ),
    "Bands": obj(
        {
            "groups": listed(
                obj(
                    {
                        "runs": TEXTS,
                        "shared": {**CELLS, "description": "what tells it from the others"},
                        "bands": {"type": "object", "additionalProperties": ref("Band")},
                    }
                )
            ),
            "missing": TEXTS,
            "cursor": TEXT,
        }
    ),
    "ChangedRow": obj({"row": ref("Row")}),
    "Tagged": obj({"changed": TEXTS}),
    "Names": obj({"hidden": TEXTS, "deleted": TEXTS}),
    "Erased": obj({"erased": TEXTS, "problems": TEXTS, "sentences": listed(PARTS)}),
    "Views": obj({"views": TEXTS, "current": TEXT}),
    "View": obj(
        {
            "name": TEXT,
            "exists": FLAG,
            "values": {"type": "object"},
            "problems": TEXTS,
            "sentences": listed(PARTS),
        }
    ),
    "Spread": obj(
        {
            **dict.fromkeys(("n", "missing", "odd"), WHOLE),
            **dict.fromkeys(("mean", "median", "min", "max"), NUMBER),
            "std": maybe("number"),
        }
    ),
    "Statistics": obj(
        {
            "columns": {"type": "object", "additionalProperties": ref("Spread")},
            "shared": {**CELLS, "description": "hyperparameters that are the same in all"},
            "splits": {
                "type": "object",
                "description": "columns that part the runs, with the number of runs of each value",
                "additionalProperties": listed(obj({"value": ANY, "n": WHOLE})),
            },
        }
    ),
    "Contrast": obj(
        {
            "a": {"oneOf": [ref("Spread"), {"type": "null"}]},
            "b": {"oneOf": [ref("Spread"), {"type": "null"}]},
            "difference": {"type": ["number", "null"], "description": "mean of a less that of b"},
            **dict.fromkeys(("t", "df", "p"), maybe("number")),
            "interval": {**listed(NUMBER), "type": ["array", "null"]},
        }
    ),
    "Contrasts": obj(
        {
            "a": TEXTS,
            "b": TEXTS,
            "columns": {"type": "object", "additionalProperties": ref("Contrast")},
            "resamples": WHOLE,
            "confidence": NUMBER,
            "seed": WHOLE,
            "largest": {"type": "integer", "description": "of more values there is no interval"},
            "install": {"type": ["string", "null"], "description": "what brings the test"},
        }
    ),
    "Group": obj(
        {
            "values": {**CELLS, "description": "the cells that are the same, by column"},
            "ids": TEXTS,
            "columns": {"type": "object", "additionalProperties": ref("Spread")},
        }
    ),
    "Groups": obj({"groups": listed(ref("Group"))}),
    "Ended": obj({"ended": FLAG}),
    "Removed": obj({"removed": TEXT}),
    "RemovedSummary": obj({"removed": TEXT, "beside": obj({})}),
    "CodeFiles": obj(
        {
            "id": TEXT,
            "version": maybe("string"),
            "project": maybe("string"),
            "files": listed(obj({"path": TEXT, "loaded": FLAG, "kind": TEXT})),
            "commands": TEXTS,
            "problem": {"type": ["string", "null"], "description": "why it is not at hand"},
            "sentence": PARTS,
        }
    ),
    "CodeFile": obj(
        {
            "path": TEXT,
            "size": WHOLE,
            "text": {"type": ["string", "null"], "description": "null where it is not text"},
            "note": {"enum": ["binary", "cut", "link", None]},
        }
    ),
    "Summary": obj(
        {"results": TEXTS},
        vertical=TEXT,
        horizontals=TEXTS,
        method={"enum": ["avg_std", "avg", "max", "min"]},
        criteria=TEXTS,
        result_maps=TEXTS,
    ),
    "Saved": obj({"name": TEXT, "summary": ref("Summary"), "added": WHOLE}),
    "Summaries": obj({"summaries": TEXTS}),
    "Pivot": obj(
        {
            "rows": {**listed(ANY), "description": "the value of each row, null for none"},
            "columns": listed(obj({"values": listed(ANY), "name": TEXT})),
            "cells": listed(
                listed(
                    {
                        "oneOf": [
                            {"type": "null"},
                            obj(
                                {
                                    "value": ANY,
                                    "std": maybe("number"),
                                    "n": WHOLE,
                                    "odd": WHOLE,
                                    "ids": TEXTS,
                                    "chosen": maybe("string"),
                                    "p": maybe("number"),
                                }
                            ),
                        ]
                    }
                )
            ),
            "left_out": {"type": "integer", "description": "runs without a result"},
            "added": {"type": "integer", "description": "how many rows fitlog 0.9 added, the last"},
            "lacking": {
                "type": "array",
                "description": "columns that no run has",
                "items": {"type": "string"},
            },
            "can_test": FLAG,
        }
    ),
    "Relations": obj(
        {
            "cursor": TEXT,
            "known": {
                **listed(
                    obj({"key": TEXT, **dict.fromkeys(("numbers", "texts", "values"), WHOLE)})
                ),
                "description": "the columns there are: what cells some hundred rows have in them",
            },
            "ids": TEXTS,
            "states": listed(maybe("string")),
            "columns": {"type": "object", "additionalProperties": listed(ANY)},
            **{
                name: {**listed(WHOLE), "description": "places of the rows that are"}
                for name in ("hidden", "added", "deleted")
            },
            "jobs": {
                "type": "object",
                "description": "the job of rows that are a rank of one, by their place",
                "additionalProperties": TEXT,
            },
        }
    ),
    "Influence": obj(
        {
            "key": TEXT,
            "kind": {"enum": ["number", "two", "category"]},
            "n": WHOLE,
            "values": {"type": "integer", "description": "how many different ones"},
            "high": {"type": ["string", "null"], "description": "of two the one that counts more"},
            "rho": {"type": ["number", "null"], "description": "Spearman's, none of categories"},
            "interval": {**listed(NUMBER), "type": ["array", "null"], "description": "95 %"},
            "strength": {
                "type": ["number", "null"],
                "description": "0 to 1: the size of rho, or the root of epsilon squared",
            },
            "p": {"type": ["number", "null"], "description": "two-sided, corrected by Holm"},
            "importance": {
                "type": ["number", "null"],
                "description": "by how much R squared of a forest falls where it is shuffled",
            },
            "spread": {"type": ["number", "null"], "description": "of that, over the folds"},
        }
    ),
    "Influences": obj(
        {
            "result": TEXT,
            "runs": WHOLE,
            "n": {"type": "integer", "description": "runs with a finite result"},
            "used": {"type": "integer", "description": "of them, drawn where they are very many"},
            "least": {"type": "integer", "description": "below it nothing is computed"},
            "enough": {"type": "integer", "description": "ten runs for each hyperparameter"},
            "same": {**TEXTS, "description": "hyperparameters that never differ"},
            "columns": listed(ref("Influence")),
            "score": {"type": ["number", "null"], "description": "R squared of the forest"},
            **dict.fromkeys(("forest_least", "forest_runs", "forest_columns"), WHOLE),
            "install": {"type": ["string", "null"], "description": "what brings the forest"},
        }
    ),
    "Lineage": obj(
        {
            "family": {
                **listed(
                    obj(
                        {
                            "id": TEXT,
                            "depth": WHOLE,
                            "state": {
                                "type": ["string", "null"],
                                "description": "null for a run that is not here any more",
                            },
                            "resumed": {"type": "integer", "description": "how many times"},
                            "changes": listed(CHANGED),
                            "more": {"type": "integer", "description": "settings not told"},
                        }
                    )
                ),
                "description": "each run before its children; of relatives, or resumed runs",
            }
        }
    ),
    "ComparedLine": obj(
        {
            "name": TEXT,
            "cells": listed(
                obj(
                    {
                        "values": listed(obj({"value": ANY, "n": WHOLE})),
                        "missing": {"type": "integer", "description": "runs that have none"},
                    }
                )
            ),
        }
    ),
    "Comparison": obj(
        {
            "columns": listed(obj({"runs": TEXTS, "shared": CELLS})),
            "parts": listed(
                obj(
                    {
                        "name": TEXT,
                        "differs": listed(ref("ComparedLine")),
                        "same": listed(ref("ComparedLine")),
                        "unknown": {**TEXTS, "description": "runs that recorded nothing of it"},
                    }
                )
            ),
            "versions": {"type": "object", "additionalProperties": maybe("string")},
            "problems": {
                "type": "object",
                "additionalProperties": TEXT,
                "description": "why a run's code is not at hand, by its id",
            },
            "sentences": {
                "type": "object",
                "additionalProperties": PARTS,
                "description": "what each problem is made of",
            },
            "missing": TEXTS,
        }
    ),
    "Difference": obj(
        {
            "old": TEXT,
            "new": TEXT,
            "code": obj(
                {
                    "files": listed(CHANGED_FILE),
                    "values": listed(CHANGED),
                    "problem": maybe("string"),
                    "sentence": PARTS,
                }
            ),
            "same": TEXTS,
            "unknown": {**TEXTS, "description": "parts that one of the two did not record"},
        },
        **dict.fromkeys(
            ("hyperparameters", "packages", "data", "seed", "command", "machine", "metrics"),
            listed(CHANGED),
        ),
    ),
    "Description": obj({"openapi": TEXT, "paths": {"type": "object"}}),
}
