// One colour a run, the same on every page as far as runs shown together can be told apart.
import { element, svg } from "./dom.js";

const LIGHT = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B87900", "#2E8FCB", "#8C6BB1", "#7A7A7A"];
const DARK = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6BB1", "#7A7A7A"];
const DASHES = [[], [6, 3], [2, 2]];
/** Colours that are near each other: used together only when the others are taken. */
const NEAR = [5, 4, -1, -1, 1, 0, -1, -1];

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
 * Gives each run its colour; where two of them would share one, the later takes the next free,
 * and after eight the line's dashes change.
 * @param {string[]} ids
 * @returns {Map<string, Look>}
 */
export function looks(ids) {
  const size = LIGHT.length;
  const taken = new Set();
  const given = new Map();
  for (const id of [...ids].sort()) {
    const round = Math.floor(given.size / size);
    let colour = hash(id) % size;
    const free = (/** @type {number} */ one) => !taken.has(`${round} ${one}`);
    const choices = LIGHT.map((_colour, step) => (colour + step) % size).filter(free);
    colour = choices.find((one) => NEAR[one] < 0 || free(NEAR[one])) ?? choices[0];
    taken.add(`${round} ${colour}`);
    given.set(id, { colour, dash: round % DASHES.length });
  }
  return given;
}

/** @returns {boolean} whether the page is dark now */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** @param {Look} look */
export function colourOf({ colour }) {
  return (isDark() ? DARK : LIGHT)[colour];
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
