// A chart as a file: all its values as CSV, what is drawn with its title and its runs as SVG or PNG.
import { ask, spell, spellList } from "./api.js";
import { MARK_NAMES } from "./chart_words.js";
import { colourOf, dashOf, token } from "./colours.js";
import { between } from "./curves.js";
import { element, pageData, svg } from "./dom.js";

/** @typedef {import("./chart.js").Chart} Chart */
/** @typedef {import("./chart.js").Drawn} Drawn */
/** @typedef {{step: number[], value: (number | string)[]}} Whole a curve unthinned, with words for what is not finite */

const TITLE = 24;
const KEY = 18;
/** A picture has so many pixels for one of the page, for paper shows more of them. */
const SHARP = 2;
const FONT = { "font-family": "system-ui, sans-serif", "font-size": 11 };

/**
 * @param {Chart} chart
 * @param {import("./downloads.js").Kind} kind
 * @returns {Promise<Blob>}
 */
export async function fileOf(chart, kind) {
  if (kind === "csv") return new Blob([await csvOf(chart)], { type: "text/csv;charset=utf-8" });
  if (!chart.plot) throw new Error("no curve");
  if (kind === "svg") return new Blob([svgOf(chart, chart.plot)], { type: "image/svg+xml" });
  return pngOf(svgOf(chart, chart.plot, SHARP));
}

/** @param {Chart} chart */
async function csvOf({ name, lines, data }) {
  if (lines.some(({ group }) => group)) return csvOfBands(name, lines);
  const ids = lines.map(({ id }) => id);
  const curves = pageData().page === "copy" ? ids.map((id) => withWords(data.get(id))) : await wholeCurves(ids, name);
  const steps = [...new Set(curves.flatMap((curve) => [...curve.keys()]))].sort((a, b) => a - b);
  const rows = steps.map((step) => [step, ...curves.map((curve) => curve.get(step) ?? "")]);
  return [["step", ...ids], ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

const FIGURES = /** @type {const} */ (["mean", "std", "min", "max", "n"]);

/** @param {string} name @param {import("./chart.js").Line[]} lines means, each with the runs behind it */
async function csvOfBands(name, lines) {
  const [runs, by] = [lines.flatMap(({ group }) => group?.runs ?? []), lines[0].group?.by ?? ""];
  const { groups } = await ask(`api/bands?runs=${spellList(runs)}&by=${spell(by)}&names=${spellList([name])}`);
  const head = ["step", ...lines.flatMap(({ label }) => FIGURES.map((figure) => `${label} ${figure}`))];
  /** @type {Map<number, (number | string)[]>} */
  const rows = new Map();
  groups.forEach((/** @type {any} */ { bands }, /** @type {number} */ turn) => {
    bands[name]?.step.forEach((/** @type {number} */ step, /** @type {number} */ index) => {
      const row = rows.get(step) ?? [step, ...Array(FIGURES.length * lines.length).fill("")];
      FIGURES.forEach((figure, at) => (row[1 + turn * FIGURES.length + at] = bands[name][figure][index] ?? ""));
      rows.set(step, row);
    });
  });
  const sorted = [...rows.values()].sort(([a], [b]) => Number(a) - Number(b));
  return [head, ...sorted].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** @param {string[]} ids @param {string} name */
async function wholeCurves(ids, name) {
  const { runs } = await ask(`api/series?runs=${spellList(ids)}&names=${spellList([name])}`);
  return ids.map((id) => byStep(runs[id]?.[name]));
}

/**
 * The points at hand, which is all that a copy of the board has, with words for what is not finite.
 * @param {import("../frontend/types").SeriesData | undefined} data
 */
function withWords(data) {
  const word = (/** @type {number} */ step) => MARK_NAMES[data?.marks.findLast((mark) => mark.step <= step)?.kind ?? "nan"];
  return byStep(data && { step: data.step, value: data.value.map((value, index) => value ?? word(data.step[index])) });
}

/** @param {Whole | undefined} curve @returns {Map<number, number | string>} */
function byStep(curve) {
  return new Map(curve?.step.map((step, index) => [step, curve.value[index]]));
}

/** @param {number | string} value */
function cell(value) {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** @param {string} drawing an SVG @returns {Promise<Blob>} */
async function pngOf(drawing) {
  const image = element("img", { src: `data:image/svg+xml,${encodeURIComponent(drawing)}` });
  await image.decode();
  const canvas = element("canvas", { width: image.width, height: image.height });
  canvas.getContext("2d")?.drawImage(image, 0, 0);
  return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("PNG")))));
}

/** @param {Chart} chart @param {import("uplot")} plot @param {number} [scale] pixels for one of the page */
function svgOf(chart, plot, scale = 1) {
  const area = areaOf(plot);
  const height = TITLE + plot.height + KEY * chart.drawn.length + 8;
  const clip = svg("clipPath", { id: "area" }, svg("rect", area));
  const picture = svg(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", width: plot.width * scale, height: height * scale, viewBox: `0 0 ${plot.width} ${height}`, ...FONT },
    svg("rect", { width: "100%", height: "100%", fill: token("--bg") }),
    words(chart.name, { x: 8, y: 16, "font-weight": 600, fill: token("--text") }),
    svg("g", { transform: `translate(0 ${TITLE})` }, clip, ...ticks(plot, area), svg("g", { "clip-path": "url(#area)" }, ...segments(chart, plot, area), ...curves(chart, plot)), ...points(chart, plot, area), ...marks(chart, plot, area)),
    ...chart.drawn.map((drawn, turn) => key(drawn, TITLE + plot.height + KEY * turn + 12)),
  );
  return new XMLSerializer().serializeToString(picture);
}

/** @param {import("uplot")} plot */
function areaOf({ bbox }) {
  const [x, y, width, height] = [bbox.left, bbox.top, bbox.width, bbox.height].map((length) => length / devicePixelRatio);
  return { x, y, width, height };
}

/** @param {import("uplot")} plot @param {ReturnType<typeof areaOf>} area */
function ticks(plot, area) {
  return plot.axes.flatMap((axis, turn) => {
    const { _splits: places, _values: labels } = /** @type {any} */ (axis);
    return (places ?? []).flatMap((/** @type {number} */ place, /** @type {number} */ index) => {
      if (!labels[index]) return [];
      const along = plot.valToPos(place, turn ? "y" : "x") + (turn ? area.y : area.x);
      const ends = turn ? { x1: area.x, x2: area.x + area.width, y1: along, y2: along } : { x1: along, x2: along, y1: area.y, y2: area.y + area.height };
      const at = turn ? { x: area.x - 6, y: along + 4, "text-anchor": "end" } : { x: along, y: area.y + area.height + 18, "text-anchor": "middle" };
      const lines = String(labels[index]).split("\n").map((line, down) => words(line, { ...at, y: at.y + 13 * down, fill: token("--muted") }));
      return [svg("line", { ...ends, stroke: token("--line") }), ...lines];
    });
  });
}

/** @param {Chart} chart @param {import("uplot")} plot */
function curves(chart, plot) {
  const area = areaOf(plot);
  const point = (/** @type {number} */ x, /** @type {number} */ y) => `${(plot.valToPos(x, "x") + area.x).toFixed(2)} ${(plot.valToPos(y, "y") + area.y).toFixed(2)}`;
  return chart.drawn.flatMap(({ line, x, raw, y, edges }) => {
    const path = (/** @type {(number | null)[]} */ values) => {
      let pen = "M";
      return values.map((value, index) => {
        if (value === null) return (pen = "M"), "";
        const part = `${pen}${point(x[index], value)}`;
        pen = "L";
        return part;
      }).join("");
    };
    const look = { fill: "none", stroke: colourOf(line.look), "stroke-linecap": "round" };
    const strong = svg("path", { ...look, d: path(y), "stroke-width": 1.75, "stroke-dasharray": dashOf(line.look).join(" ") });
    const shade = edges ? [svg("path", { d: outlines(x, edges, point), fill: colourOf(line.look), opacity: 0.2 })] : [];
    const faint = chart.settings.smooth ? [svg("path", { ...look, d: path(raw), opacity: 0.25 })] : [];
    return [...shade, ...faint, strong];
  });
}

/**
 * The band's area: for each stretch without a gap along the upper edge and back along the lower.
 * @param {number[]} x
 * @param {{high: (number | null)[], low: (number | null)[]}} edges
 * @param {(x: number, y: number) => string} point
 */
function outlines(x, { high, low }, point) {
  /** @type {[number, number, number][][]} */
  const stretches = [[]];
  x.forEach((at, index) => {
    const [upper, lower] = [high[index], low[index]];
    if (upper === null || lower === null) stretches.push([]);
    else stretches[stretches.length - 1].push([at, upper, lower]);
  });
  const outline = (/** @type {[number, number, number][]} */ stretch) => {
    const above = stretch.map(([at, upper]) => point(at, upper));
    const below = stretch.map(([at, , lower]) => point(at, lower)).reverse();
    return `M${[...above, ...below].join("L")}z`;
  };
  return stretches.filter(({ length }) => length).map(outline).join("");
}

/** Dotted lines as on the page. @param {Chart} chart @param {import("uplot")} plot @param {ReturnType<typeof areaOf>} area */
function segments(chart, plot, area) {
  return chart.drawn.flatMap(({ line, x, resumed }) =>
    resumed.map((index) => {
      const at = plot.valToPos(x[index], "x") + area.x;
      const stroke = chart.drawn.length > 1 ? colourOf(line.look) : token("--muted");
      return svg("line", { x1: at, x2: at, y1: area.y, y2: area.y + area.height, stroke, "stroke-dasharray": "2 3" });
    }),
  );
}

/** Circles where the page has them: where points are few. @param {Chart} chart @param {import("uplot")} plot @param {ReturnType<typeof areaOf>} area */
function points(chart, plot, area) {
  return chart.columns.flatMap(({ drawn, part }, at) => {
    const { show } = plot.series[at + 1].points ?? {};
    if (part !== "line" || !(typeof show === "function" ? show(plot, at + 1, 0, 0) : show)) return [];
    const look = { r: 2.5, fill: token("--bg"), stroke: colourOf(drawn.line.look) };
    return drawn.y.flatMap((value, index) => {
      const [cx, cy] = [plot.valToPos(drawn.x[index], "x") + area.x, plot.valToPos(value ?? NaN, "y") + area.y];
      const isInside = cx >= area.x - 1 && cx <= area.x + area.width + 1 && cy >= area.y - 1 && cy <= area.y + area.height + 1;
      return value !== null && isInside ? [svg("circle", { cx: cx.toFixed(2), cy: cy.toFixed(2), ...look })] : [];
    });
  });
}

/** Triangles as on the page. @param {Chart} chart @param {import("uplot")} plot @param {ReturnType<typeof areaOf>} area */
function marks(chart, plot, area) {
  return chart.drawn.flatMap(({ line, data, x }) =>
    data.marks.flatMap(({ step, kind }) => {
      const at = plot.valToPos(between(data.step, x, step), "x") + area.x;
      if (at < area.x - 1 || at > area.x + area.width + 1) return [];
      const [edge, tip] = kind === "-inf" ? [area.y + area.height, -8] : [area.y, 8];
      const stroke = chart.drawn.length > 1 ? colourOf(line.look) : token("--danger");
      return [svg("path", { d: `M${at - 5} ${edge}h10L${at} ${edge + tip}z`, stroke, fill: kind === "nan" ? stroke : "none" })];
    }),
  );
}

/** @param {Drawn} drawn @param {number} y */
function key({ line }, y) {
  const stroke = svg("line", { x1: 8, x2: 26, y1: y - 4, y2: y - 4, "stroke-width": 3, stroke: colourOf(line.look), "stroke-dasharray": dashOf(line.look).join(" ") });
  return svg("g", {}, stroke, words(line.label, { x: 34, y, fill: token("--text") }));
}

/** @param {string} text @param {Record<string, string | number>} attributes */
function words(text, attributes) {
  // XML has no way to say most control characters.
  const sayable = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
  return svg("text", attributes, document.createTextNode(sayable));
}
