// From the server's columns to the grid's: nested groups, kinds, widths and the order of values.
import { isOdd, moment, shown, stateTitle, stateWord, whole, writtenText } from "./format.js";
import { t } from "./i18n.js";
import { IdCell } from "./id_cell.js";
import { isNarrow, NARROW, narrowFirst, narrowLook } from "./narrow.js";
import { progressInTable, progressTitle, progressWidth } from "./progress.js";
import { hasSingleKeys } from "./shell.js";
import { tagCell, TAGS } from "./tags.js";
import { isInternal, numberIn, valueOf } from "./values.js";

export { isInternal };

/** @typedef {import("../frontend/types").Column} Column */
/** @typedef {import("../frontend/types").Row} Row */
/** @typedef {import("ag-grid-community").ColDef<Row>} ColDef */
/** @typedef {import("ag-grid-community").ColGroupDef<Row>} ColGroupDef */
/**
 * @typedef {object} Face what definitions ask of the table
 * @property {() => Iterable<Row>} rows all that there are
 * @property {(row: Row, key: string) => boolean} isUnsaved
 * @property {(key: string, value: unknown) => string[]} marks the classes of a cell that is marked
 * @property {(key: string) => boolean} isVisible
 * @property {(key: string) => ColDef} shape what is asked of a column besides: its place, its width, its order
 */

/** Rows looked at to choose a column's kind and width; no more than the page begins with. */
const SAMPLE = 60;
export const STATES = ["running", "finished", "error", "ended", "stopped", "stale"];
/** Moments, kept as seconds since the epoch. */
const MOMENTS = new Set(["meta-start", "meta-end", "meta-segment_start"]);
/** What readers write beside runs. */
const BY_HAND = new Set(["memo", TAGS]);
/** Columns of our own, and what they replace. */
const OWN = new Set(["id", "state", "meta-state"]);

/**
 * The columns that runs can be grouped by: the state, settings, and what is neither measured nor written by hand.
 * @param {Column[]} columns
 * @returns {Column[]}
 */
export function groupable(columns) {
  const others = columns.filter(({ key }) => !key.startsWith("metric-") && !BY_HAND.has(key) && !OWN.has(key) && !isInternal(key));
  return [{ key: "state", path: ["state"] }, ...others];
}

/**
 * Columns that hold one and the same value in every run, with that value; a row that was added by
 * hand may lack it.
 * @param {Column[]} columns
 * @param {Row[]} rows
 * @returns {Map<string, unknown>}
 */
export function constantColumns(columns, rows) {
  const constant = new Map();
  const real = rows.filter((row) => !row.added);
  const added = rows.filter((row) => row.added);
  if (real.length < 2) return constant;
  for (const { key, editable } of columns) {
    const value = valueOf(real[0], key);
    const text = whole(value);
    if (OWN.has(key) || BY_HAND.has(key) || (editable && text)) continue;
    if (added.some((row) => !["", text].includes(whole(valueOf(row, key))))) continue;
    if (real.every((row) => whole(valueOf(row, key)) === text)) constant.set(key, value);
  }
  return constant;
}

/**
 * The grid's column definitions.
 * @param {Column[]} columns
 * @param {Face} face
 * @returns {(ColDef | ColGroupDef)[]}
 */
export function definitions(columns, face) {
  const { rows, isVisible, shape, marks } = face;
  const sample = firstOf(rows());
  /** @type {(ColDef | ColGroupDef)[]} */
  const top = [{ ...idColumn(sample, marks), ...shape("id") }, { ...stateColumn(sample, marks), ...shape("state") }];
  const first = narrowFirst(columns, sample);
  top.push(...first.map((column) => ({ ...leaf(column, sample, face), ...narrowLook(column), hide: !isVisible(column.key), ...shape(column.key) })));
  const progress = progressWidth(rows());
  if (progress) top.push({ ...progressColumn(progress), ...shape("progress") });
  const used = new Map();
  for (const column of columns) {
    if (OWN.has(column.key) || first.includes(column)) continue;
    const siblings = groupFor(top, column.path.slice(0, -1), used);
    siblings.push({ ...leaf(column, sample, face), hide: !isVisible(column.key), ...shape(column.key) });
  }
  return top;
}

/** @param {Iterable<Row>} rows */
function firstOf(rows) {
  const sample = [];
  for (const row of rows) {
    if (sample.length === SAMPLE) break;
    sample.push(row);
  }
  return sample;
}

/**
 * The list of children that a path's leaf belongs to: the last group if it continues, else a new one.
 * @param {(ColDef | ColGroupDef)[]} siblings
 * @param {string[]} path
 * @param {Map<string, number>} used how often each group exists already
 * @returns {(ColDef | ColGroupDef)[]}
 */
function groupFor(siblings, path, used) {
  let prefix = "";
  for (const name of path) {
    prefix += `${name}\u0000`;
    const last = /** @type {ColGroupDef | undefined} */ (siblings.at(-1));
    if (last?.children && last.headerName === name) {
      siblings = last.children;
      continue;
    }
    const times = used.get(prefix) ?? 0;
    used.set(prefix, times + 1);
    const group = { groupId: `${prefix}${times}`, headerName: name, children: [] };
    siblings.push(group);
    siblings = group.children;
  }
  return siblings;
}

/**
 * @param {Row[]} sample
 * @param {Face["marks"]} marks
 * @returns {ColDef}
 */
function idColumn(sample, marks) {
  return {
    colId: "id",
    headerName: t("column.id"),
    valueGetter: ({ data }) => data?.id,
    cellRenderer: IdCell,
    cellClass: ({ value }) => ["id", ...marks("id", value)],
    pinned: "left",
    lockPinned: true,
    lockPosition: "left",
    width: isNarrow() ? NARROW.id : idRoom(sample),
  };
}

/** @param {Row[]} rows @returns {number} how wide the column of the ids must be for them and their marks, within reason */
export function idRoom(rows) {
  return Math.min(340, 62 + Math.max(8 * 7.6, ...rows.map(idWidth)));
}

/** @param {Row} row */
function idWidth({ id, hidden, deleted, added, job, diverged, skipped, in_doubt }) {
  const warnings = Number(!!skipped) + Number(!!in_doubt);
  return id.length * 7.6 + (hidden || deleted || added ? 56 : 0) + (job ? 72 : 0) + (diverged ? 40 : 0) + warnings * 18;
}

/**
 * @param {Row[]} sample
 * @param {Face["marks"]} marks
 * @returns {ColDef}
 */
function stateColumn(sample, marks) {
  const longest = Math.max(7, ...sample.map((row) => stateWord(row.state ?? "").length));
  return {
    colId: "state",
    headerName: t("column.state"),
    valueGetter: ({ data }) => data?.state ?? null,
    valueFormatter: ({ value }) => (value ? stateWord(value) : ""),
    tooltipValueGetter: ({ value, data }) => data?.["meta-error"] ?? ([stateTitle(value ?? ""), writtenText(data)].filter(Boolean).join(". ")),
    cellClass: ({ value }) => [...stateClasses(value), ...marks("state", value)],
    width: isNarrow() ? NARROW.state : 44 + 8 * longest,
  };
}

/** @param {unknown} state @returns {string[]} none for a row that was added by hand, which has no state */
function stateClasses(state) {
  if (state === null || state === undefined) return [];
  return STATES.includes(String(state)) ? ["state", `state-${state}`] : ["state"];
}

/** @param {number} width @returns {ColDef} */
function progressColumn(width) {
  return {
    colId: "progress",
    headerName: t("column.progress"),
    valueGetter: ({ data }) => data?.progress?.step ?? null,
    valueFormatter: ({ data }) => progressInTable(data),
    tooltipValueGetter: ({ data }) => progressTitle(data) || null,
    cellStyle: ({ data }) => ({ background: progressBar(data) }),
    cellClass: "ag-right-aligned-cell",
    headerClass: "ag-right-aligned-header",
    enableCellChangeFlash: false,
    width,
  };
}

/** @param {Row | undefined} row */
function progressBar(row) {
  const { step, total } = row?.progress ?? {};
  if (row?.state !== "running" || !step || !total) return "";
  const done = `${Math.min(100, (100 * step) / total)}%`;
  return `linear-gradient(to right, var(--accent) ${done}, transparent ${done}) bottom / 100% 2px no-repeat`;
}

/**
 * @param {Column} column
 * @param {Row[]} sample
 * @param {Face} face
 * @returns {ColDef}
 */
function leaf({ key, path, editable }, sample, { isUnsaved, marks }) {
  const values = sample.map((row) => valueOf(row, key)).filter((value) => value !== null);
  const numeric = isNumeric(key, values);
  const format = formatOf(key);
  const name = BY_HAND.has(key) ? t(`column.${key}`) : (path.at(-1) ?? key);
  const wide = width(name, values.map(format));
  /** @type {ColDef} */
  const made = {
    colId: key,
    headerName: name,
    headerTooltip: key,
    valueGetter: ({ data }) => (data ? valueOf(data, key) : null),
    valueFormatter: ({ value }) => format(value),
    width: wide,
  };
  if (numeric) made.headerClass = "ag-right-aligned-header";
  const usual = [numeric ? "ag-right-aligned-cell" : "", editable ? "editable" : ""].filter(Boolean);
  // Not by a rule, which takes the class away from each cell that never had it.
  made.cellClass = ({ value }) => {
    const more = marks(key, value);
    return more.length ? [...usual, ...more] : usual;
  };
  if (editable) made.cellClassRules = { unsaved: ({ data }) => !!data && isUnsaved(data, key) };
  // Tags have a window of their own in place of an editor.
  if (key === TAGS) return { ...made, cellRenderer: tagCell, width: Math.max(120, wide + 30) };
  return editable ? { ...made, ...editing(key) } : made;
}

/**
 * @param {string} key
 * @returns {ColDef}
 */
function editing(key) {
  return {
    editable: ({ data }) => !data?.deleted,
    singleClickEdit: true,
    // They mean what they mean in every other cell; without them typing begins a text.
    suppressKeyboardEvent: ({ editing, event }) => !editing && isSingle(event) && hasSingleKeys(),
    cellEditor: "agLargeTextCellEditor",
    cellEditorPopup: true,
    cellEditorParams: { rows: 4, cols: 44, maxLength: 1_000_000 },
    width: key === "memo" ? 240 : 160,
    valueSetter: ({ data, newValue }) => {
      const text = newValue ?? "";
      if (text === whole(valueOf(data, key))) return false;
      data[key] = text;
      return true;
    },
  };
}

/** @param {KeyboardEvent} event @returns {boolean} whether it types a sign other than the space that selects */
function isSingle({ key, ctrlKey, metaKey, altKey }) {
  return key.length === 1 && key !== " " && !ctrlKey && !metaKey && !altKey;
}

/** @param {string} key @param {unknown[]} values */
function isNumeric(key, values) {
  if (!values.length || !values.every((value) => isOdd(value) || numberIn(value) !== null)) return false;
  return values.some((value) => typeof value === "number" || isOdd(value)) || /^(hyper|metric)-/.test(key);
}

/** @param {string} key @returns {(value: any) => string} how its values are shown */
function formatOf(key) {
  return MOMENTS.has(key) ? (value) => (typeof value === "number" ? moment(value) : shown(value)) : shown;
}

/**
 * What a cell says in full where it shows less.
 * @param {Row} row
 * @param {string} key
 * @param {number} wide how wide the cell is, in pixels
 */
export function fullText(row, key, wide) {
  const value = valueOf(row, key);
  const text = whole(value);
  return text !== formatOf(key)(value) || text.length * 7 > wide - 24 ? text : null;
}

/** @param {string} name @param {string[]} texts */
function width(name, texts) {
  const longest = texts.reduce((most, text) => Math.max(most, textWidth(text)), 0);
  return Math.round(Math.min(260, Math.max(64, textWidth(name) + 34, longest + 26)));
}

/** @param {string} text */
function textWidth(text) {
  let sum = 0;
  for (const letter of text.slice(0, 60)) sum += letter > "\u2e80" ? 13.5 : 7.8;
  return sum;
}
