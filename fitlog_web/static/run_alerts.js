// Tells in the corner when a run that goes on dies, stalls or comes to NaN while the page is open, or a rule finds it; once each.
import { runAddress } from "./api.js";
import { t } from "./i18n.js";
import { toast } from "./shell.js";

/** @typedef {import("../frontend/types").Row} Row */
/** @typedef {"stopped" | "stale" | "nan"} Event as the rules that fitlog watch has by itself: dead, stalled, NaN */

/** How many runs a message names. */
const NAMED = 3;

/** What was told already. */
export class RunAlerts {
  constructor() {
    /** @type {Set<string>} */
    this.told = new Set();
  }

  /**
   * Tells of what happened to runs.
   * @param {Row[]} rows as they are now
   * @param {(id: string) => Row | undefined} before as they were
   */
  look(rows, before) {
    /** @type {Map<Event, string[]>} */
    const found = new Map();
    for (const row of rows)
      for (const event of eventsOf(before(row.id), row)) {
        if (this.told.has(`${event} ${row.id}`)) continue;
        this.told.add(`${event} ${row.id}`);
        found.set(event, [...(found.get(event) ?? []), row.id]);
      }
    for (const [event, ids] of found) tell(`alert.${event}`, ids);
  }
}

/** What the rules that the project has beside those found so far. */
export class RuleAlerts {
  /** @param {(id: string) => Row | undefined} rowOf a run as it is in the table */
  constructor(rowOf) {
    this.rowOf = rowOf;
    /** @type {Set<string> | null} null before the first answer: what was so before is no news */
    this.told = null;
    /** @type {Set<string>} */
    this.problems = new Set();
  }

  /**
   * Tells of runs that a rule finds now and did not before.
   * @param {{alerts: {id: string, rule: string}[], problems: string[]}} answer
   */
  look({ alerts, problems }) {
    for (const problem of problems) if (!this.problems.has(problem)) toast(problem, { error: true, stay: true });
    this.problems = new Set(problems);
    const told = this.told;
    const fresh = told ? alerts.filter((alert) => !told.has(keyOf(alert)) && this.isSeen(alert)) : [];
    this.told = new Set([...(told ?? []), ...(told ? fresh : alerts).map(keyOf)]);
    for (const rule of new Set(fresh.map(({ rule }) => rule)))
      tell("alert.rule", fresh.filter((alert) => alert.rule === rule).map(({ id }) => id), { rule });
  }

  /** @param {{id: string, rule: string}} alert */
  isSeen({ id }) {
    const row = this.rowOf(id);
    return !!row && !row.hidden && !row.deleted;
  }
}

/** @param {{id: string, rule: string}} alert */
function keyOf({ id, rule }) {
  return `${id} ${rule}`;
}

/** @param {Row | undefined} before @param {Row} row @returns {Event[]} */
function eventsOf(before, row) {
  if (!before || !goesOn(before) || row.hidden || row.deleted) return [];
  /** @type {Event[]} */
  const events = [];
  if (row.state === "stopped") events.push("stopped");
  if (row.state === "stale" && before.state === "running") events.push("stale");
  if (row.diverged && !before.diverged) events.push("nan");
  return events;
}

/** @param {Row} row */
function goesOn({ state }) {
  return state === "running" || state === "stale";
}

/** @param {string} key of the text @param {string[]} ids @param {Record<string, string>} [said] what else stands in the text */
function tell(key, ids, said = {}) {
  const named = ids.slice(0, NAMED).join(", ");
  const more = ids.length - NAMED;
  const text = t(key, { ...said, ids: more > 0 ? t("alert.more", { ids: named, n: more }) : named });
  /** @type {[string, () => void][]} */
  const actions = ids.length === 1 ? [[t("alert.show"), () => location.assign(runAddress(ids[0]))]] : [];
  toast(text, { error: true, stay: true, actions });
}
