// Where a run comes from and what came of it: a small tree of links.
import { ask, runAddress } from "./api.js";
import { byId, element } from "./dom.js";
import { shown, stateWord, whole } from "./format.js";
import "./lineage_texts.js";
import { t } from "./i18n.js";

/** @typedef {{name: string, old: unknown, new: unknown}} Change */
/** @typedef {{id: string, depth: number, state: string | null, resumed: number, changes: Change[], more: number}} Told */
/** @typedef {Told & {compared: boolean}} Member a run, and whether it could be compared with its parent */

const SWEEP = 4; // brothers of one kind that are told as one
const VALUES = 6; // values of a setting that are told of a sweep

/**
 * Draws the family of a run, or draws it anew.
 * @param {string} id
 */
export async function drawLineage(id) {
  const { family } = await ask(`api/runs/${encodeURIComponent(id)}/lineage`);
  byId("lineage-section").hidden = !family.length;
  const lines = alike(compared(family)).map((members) => (members.length < SWEEP ? members.map((each) => line(each, id)) : [sweep(members, id)]));
  byId("lineage").replaceChildren(element("ul", { class: "lineage" }, ...lines.flat()));
}

/** @param {Told[]} family @returns {Member[]} only the eldest can be a run that is not here any more */
function compared(family) {
  return family.map((each) => ({ ...each, compared: each.depth > (family[0].state === null ? 1 : 0) }));
}

/**
 * @param {Member[]} family each before its children
 * @returns {Member[][]} the same, neighbours together that are children of one run, have none, and changed the same settings
 */
function alike(family) {
  /** @type {Member[][]} */
  const found = [];
  let before = "";
  family.forEach((member, at) => {
    const isLeaf = (family[at + 1]?.depth ?? 0) <= member.depth;
    const kind = isLeaf && member.compared && !member.more ? JSON.stringify([member.depth, member.changes.map(({ name }) => name)]) : "";
    if (kind && kind === before) found[found.length - 1].push(member);
    else found.push([member]);
    before = kind;
  });
  return found;
}

/** @param {Member[]} members of one kind @param {string} own */
function sweep(members, own) {
  const names = members[0].changes.map(({ name }) => name);
  const said = names.length ? t("lineage.sweep", { n: members.length, names: names.join(", ") }) : t("lineage.again", { n: members.length });
  const told = names.map((name, place) => element("span", { class: "change" }, `${name} ${values(members.map(({ changes }) => changes[place].new))}`));
  const list = element("ul", { class: "lineage" }, ...members.map((each) => line({ ...each, depth: 0 }, own)));
  const open = members.some(({ id }) => id === own);
  return indented(members[0].depth, element("li", {}, element("details", { open }, element("summary", {}, element("span", {}, said), ...told), list)));
}

/** @param {unknown[]} all */
function values(all) {
  const each = [...new Set(all.map(said))];
  return each.length > VALUES ? `${each.slice(0, VALUES).join(", ")}, …` : each.join(", ");
}

/** @param {number} depth @param {HTMLElement} item */
function indented(depth, item) {
  item.style.paddingLeft = `${20 * Math.min(depth, 12)}px`;
  return item;
}

/** @param {Member} member @param {string} own the run whose page this is */
function line({ id, depth, state, resumed, changes, more, compared: isCompared }, own) {
  const name = id === own ? element("strong", { "aria-current": "true" }, id) : state === null ? element("span", {}, id) : element("a", { href: runAddress(id) }, id);
  const mark = state === null ? element("span", { class: "muted" }, t("lineage.gone")) : element("span", { class: `state state-${state}` }, stateWord(state));
  const told = changes.map(({ name: key, old, new: now }) => element("span", { class: "change", title: `${whole(old)} → ${whole(now)}` }, `${key} ${said(old)} → ${said(now)}`));
  const later = resumed ? element("span", { class: "muted" }, t("lineage.resumed", { n: resumed })) : null;
  const same = isCompared && !changes.length ? element("span", { class: "muted" }, t("lineage.same")) : null;
  const rest = more ? element("span", { class: "muted" }, t("lineage.more", { n: more })) : null;
  return indented(depth, element("li", {}, depth ? element("span", { class: "muted", "aria-hidden": "true" }, "└ ") : null, name, mark, later, ...told, same, rest));
}

/** @param {unknown} value */
function said(value) {
  return value === null ? "–" : shown(value);
}
