// One colour a run, the same on every page and whatever other runs are beside it.
import { element, svg } from "./dom.js";

const LIGHT = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B87900", "#2E8FCB", "#8C6BB1", "#7A7A7A"];
const DARK = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6BB1", "#7A7A7A"];
const DASHES = [[], [6, 3], [2, 2]];
/** What the colours are called, in their order. */
export const NAMES = ["blue", "red", "green", "pink", "orange", "sky", "violet", "grey"];
/** Where the browser keeps the colours that its reader chose, by the runs' ids. */
const KEPT = "fitlog-colours";

/** @typedef {{colour: number, dash: number}} Look an index into the palette and one into the dashes */

/**
 * @param {string} id
 * @returns {number} the same number for the same run, always
 */
function hash(id) {
  let sum = 2166136261;
  for (const letter of id) sum = Math.imul(sum ^ (letter.codePointAt(0) ?? 0), 16777619) >>> 0;
  return sum;
}

/**
 * Gives each run its colour, which does not depend on the others; of those that share one, the line's dashes tell.
 * @param {string[]} ids
 * @returns {Map<string, Look>}
 */
export function looks(ids) {
  const chosen = kept();
  const sharing = LIGHT.map(() => 0);
  /** @type {Map<string, Look>} */
  const given = new Map();
  for (const id of [...ids].sort()) {
    const colour = chosen[id] ?? hash(id) % LIGHT.length;
    given.set(id, { colour, dash: sharing[colour] % DASHES.length });
    sharing[colour] += 1;
  }
  return given;
}

/**
 * The look of a run that stands by itself.
 * @param {string} id
 * @returns {Look}
 */
export function lookOf(id) {
  return { colour: kept()[id] ?? hash(id) % LIGHT.length, dash: 0 };
}

/**
 * Gives each group of runs a colour; as groups are no page's own, those shown together differ as far as colours go.
 * @param {string[]} names
 * @returns {Map<string, Look>}
 */
export function differentLooks(names) {
  const size = LIGHT.length;
  /** @type {Set<number>} */
  const taken = new Set();
  /** @type {Map<string, Look>} */
  const given = new Map();
  for (const name of [...names].sort()) {
    if (taken.size === size) taken.clear();
    let colour = hash(name) % size;
    while (taken.has(colour)) colour = (colour + 1) % size;
    taken.add(colour);
    given.set(name, { colour, dash: Math.floor(given.size / size) % DASHES.length });
  }
  return given;
}

/** @returns {Record<string, number>} the colours that were chosen, by id */
function kept() {
  try {
    const found = Object.entries(JSON.parse(localStorage.getItem(KEPT) ?? "{}"));
    return Object.fromEntries(found.filter(([, colour]) => Number.isInteger(colour) && colour >= 0 && colour < LIGHT.length));
  } catch {
    return {}; // Storage may be switched off, or hold what somebody else wrote.
  }
}

/** @param {string} id @returns {number | null} the colour that was chosen for a run, if one was */
export function chosenColour(id) {
  return kept()[id] ?? null;
}

/** @param {string} id @param {number | null} colour null for the run's own */
export function chooseColour(id, colour) {
  const { [id]: _before, ...others } = kept();
  try {
    localStorage.setItem(KEPT, JSON.stringify(colour === null ? others : { ...others, [id]: colour }));
  } catch {
    return; // Without storage runs keep their own colours.
  }
  dispatchEvent(new Event("fitlog-colours"));
}

/** @param {() => void} action after a colour was chosen, here or on another page of the board */
export function onColours(action) {
  addEventListener("fitlog-colours", action);
  addEventListener("storage", ({ key }) => key === KEPT && action());
}

/** @returns {boolean} whether the page is dark now */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** @param {() => void} action after the page became light or dark, by its button or with the system */
export function onTheme(action) {
  addEventListener("fitlog-theme", action);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", action);
}

/** @param {Look} look */
export function colourOf({ colour }) {
  return (isDark() ? DARK : LIGHT)[colour];
}

/** @param {Look} look @returns {string} the colour as a style has it, in which it follows the theme by itself */
export function styleOf({ colour }) {
  return `light-dark(${LIGHT[colour]}, ${DARK[colour]})`;
}

/** @param {Look} look */
export function dashOf({ dash }) {
  return DASHES[dash];
}

/**
 * A short piece of a run's line, for legends.
 * @param {Look} look
 */
export function swatch(look) {
  const line = svg("line", { x1: 0, x2: 18, y1: 5, y2: 5, stroke: colourOf(look), "stroke-dasharray": dashOf(look).join(" ") });
  return svg("svg", { class: "swatch", viewBox: "0 0 18 10", "aria-hidden": "true" }, line);
}

/**
 * The value of a colour token, as a canvas needs it.
 * @param {string} name such as `--line`
 */
export function token(name) {
  const probe = element("span", { hidden: true });
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
