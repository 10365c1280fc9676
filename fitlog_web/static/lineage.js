// Where a run comes from and what came of it: a small tree of links.
import { ask, runAddress } from "./api.js";
import { byId, element } from "./dom.js";
import { shown, stateWord, whole } from "./format.js";
import "./lineage_texts.js";
import { t } from "./i18n.js";

/** @typedef {{name: string, old: unknown, new: unknown}} Change */
/** @typedef {{id: string, depth: number, state: string | null, changes: Change[], more: number}} Member */

/**
 * Draws the family of a run, or draws it anew.
 * @param {string} id
 */
export async function drawLineage(id) {
  const { family } = await ask(`api/runs/${encodeURIComponent(id)}/lineage`);
  byId("lineage-section").hidden = !family.length;
  byId("lineage").replaceChildren(element("ul", { class: "lineage" }, ...family.map((/** @type {Member} */ member) => line(member, id))));
}

/** @param {Member} member @param {string} own the run whose page this is */
function line({ id, depth, state, changes, more }, own) {
  const name = id === own ? element("strong", { "aria-current": "true" }, id) : state === null ? element("span", {}, id) : element("a", { href: runAddress(id) }, id);
  const mark = state === null ? element("span", { class: "muted" }, t("lineage.gone")) : element("span", { class: `state state-${state}` }, stateWord(state));
  const told = changes.map(({ name: key, old, new: now }) => element("span", { class: "change", title: `${whole(old)} → ${whole(now)}` }, `${key} ${said(old)} → ${said(now)}`));
  const rest = more ? element("span", { class: "muted" }, t("lineage.more", { n: more })) : null;
  const made = element("li", {}, depth ? element("span", { class: "muted", "aria-hidden": "true" }, "└ ") : null, name, mark, ...told, rest);
  made.style.paddingLeft = `${20 * Math.min(depth, 12)}px`;
  return made;
}

/** @param {unknown} value */
function said(value) {
  return value === null ? "–" : shown(value);
}
