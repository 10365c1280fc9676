// A scatter chart: a point for each run, a rectangle drawn with the pointer to choose some.
import { token } from "./colours.js";
import { element } from "./dom.js";
import { followPointer, frame, Layers } from "./relation_canvas.js";

/** @typedef {import("./relation_scales.js").Scale} Scale */
/** @typedef {import("./relation_canvas.js").Scene & {axes: Scale[], brushes: import("./filters.js").Filters, anew: boolean}} Drawing `anew` where all may stand elsewhere than before */
/**
 * @typedef {object} Acts what a chart tells its page
 * @property {(index: number, place: {x: number, y: number} | null) => void} hover a run is pointed at; -1 for none
 * @property {(index: number) => void} open
 * @property {(changes: [string, import("./filters.js").Condition | null][], done: boolean) => void} brush
 * @property {(axis: number, heading: HTMLElement) => void} menu
 * @property {(from: number, to: number) => void} move
 */

const PAD = { left: 68, right: 16, top: 12, bottom: 34 };
const NEAR = 12;
/** Categories are spread a little, so that runs alike do not hide each other. */
const SPREAD = 0.5;

export class Scatter {
  /** @param {string} label @param {Acts} acts */
  constructor(label, acts) {
    this.layers = new Layers(label, 1500);
    this.acts = acts;
    this.xHeading = element("button", { type: "button", class: "quiet rel-axis" });
    this.yHeading = element("button", { type: "button", class: "quiet rel-axis" });
    for (const [at, heading] of [this.xHeading, this.yHeading].entries()) heading.addEventListener("click", () => acts.menu(at, heading));
    const above = element("div", { class: "rel-above" }, this.yHeading);
    this.host = element("div", { class: "scatter" }, above, this.layers.host, element("div", { class: "rel-below" }, this.xHeading));
    /** @type {Drawing | null} */
    this.drawing = null;
    /** @type {number[]} where the points are */
    this.xs = [];
    /** @type {number[]} */
    this.ys = [];
    this.hovered = -1;
    /** @type {{x: number, y: number} | null} where a rectangle was begun */
    this.begun = null;
    followPointer(this.layers.over, this);
  }

  /** @param {Drawing} drawing */
  draw(drawing) {
    this.drawing = drawing;
    const width = Math.max(240, this.host.clientWidth);
    this.layers.resize(width, Math.max(260, Math.min(480, innerHeight - 320)));
    const [x, y] = drawing.axes;
    this.xs = drawing.ids.map((_, at) => this.xAt(spread(x, at, 0)));
    this.ys = drawing.ids.map((_, at) => this.yAt(spread(y, at, 1)));
    this.xHeading.textContent = `${x.key} ▾`;
    this.yHeading.textContent = `${y.key} ▾`;
    const size = drawing.ids.length > 2000 ? 2 : drawing.ids.length > 300 ? 3 : 4;
    const dot = (/** @type {CanvasRenderingContext2D} */ context, /** @type {number} */ at) => {
      const [left, top] = [this.xs[at], this.ys[at]];
      if (Number.isNaN(left) || Number.isNaN(top)) return;
      context.moveTo(left + size, top);
      context.arc(left, top, size, 0, 7);
    };
    const ink = (/** @type {CanvasRenderingContext2D} */ context, /** @type {boolean} */ chosen) => {
      context.globalAlpha = chosen ? 0.8 : 0.6;
      context.fill();
      context.globalAlpha = 1;
    };
    this.layers.paint(drawing, { draw: dot, ink }, token("--line"), drawing.anew);
    this.drawOver();
  }

  /** @param {number} place */
  xAt(place) {
    return PAD.left + place * (this.layers.width - PAD.left - PAD.right);
  }

  /** @param {number} place */
  yAt(place) {
    return this.layers.height - PAD.bottom - place * (this.layers.height - PAD.top - PAD.bottom);
  }

  /** @param {number} index the run to mark, -1 for none */
  mark(index) {
    if (index === this.hovered) return;
    this.hovered = index;
    this.drawOver();
  }

  /** @param {{x: number, y: number} | null} [to] the other corner of the rectangle that is being drawn */
  drawOver(to = null) {
    if (!this.drawing) return;
    const context = this.layers.clear(this.layers.over);
    this.drawAxes(context);
    const stretches = this.drawing.axes.map((axis) => {
      const condition = this.drawing?.brushes.of(axis.key);
      return condition ? axis.stretchesOf(condition) : [];
    });
    context.strokeStyle = context.fillStyle = token("--accent");
    if (to && this.begun) frame(context, 0.12, this.begun.x, this.begun.y, to.x, to.y);
    else if (stretches.some((each) => each.length)) {
      const [across, up] = stretches.map((each) => (each.length ? each : [[0, 1]]));
      for (const [a, b] of across) for (const [c, d] of up) frame(context, 0.12, this.xAt(a), this.yAt(c), this.xAt(b), this.yAt(d));
    }
    const [left, top] = [this.xs[this.hovered], this.ys[this.hovered]];
    if (this.hovered < 0 || left === undefined || top === undefined || Number.isNaN(left + top)) return;
    context.strokeStyle = token("--text");
    context.lineWidth = 2;
    context.beginPath();
    context.arc(left, top, 7, 0, 7);
    context.stroke();
  }

  /** @param {CanvasRenderingContext2D} context */
  drawAxes(context) {
    const [x, y] = /** @type {Drawing} */ (this.drawing).axes;
    const { width, height } = this.layers;
    context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    context.lineWidth = 1;
    context.strokeStyle = token("--control");
    context.fillStyle = token("--muted");
    context.beginPath();
    context.moveTo(PAD.left, PAD.top);
    context.lineTo(PAD.left, height - PAD.bottom);
    context.lineTo(width - PAD.right, height - PAD.bottom);
    context.textAlign = "center";
    for (const { at, label } of x.ticks((width - PAD.left) / 90)) {
      context.moveTo(this.xAt(at), height - PAD.bottom);
      context.lineTo(this.xAt(at), height - PAD.bottom + 4);
      context.fillText(label, this.xAt(at), height - PAD.bottom + 16);
    }
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const { at, label } of y.ticks(height / 50)) {
      context.moveTo(PAD.left - 4, this.yAt(at));
      context.lineTo(PAD.left, this.yAt(at));
      context.fillText(label.length > 10 ? `${label.slice(0, 9)}…` : label, PAD.left - 7, this.yAt(at));
    }
    context.stroke();
    context.textBaseline = "alphabetic";
  }

  /** @param {PointerEvent} event */
  moved({ offsetX: x, offsetY: y }) {
    if (!this.begun) return this.acts.hover(this.nearest(x, y), { x, y });
    this.brush(x, y, false);
  }

  /** @param {PointerEvent} event */
  pressed(event) {
    if (event.button || event.pointerType === "touch") return;
    this.layers.over.setPointerCapture(event.pointerId);
    this.acts.hover(-1, null);
    this.begun = { x: event.offsetX, y: event.offsetY };
  }

  /** @param {PointerEvent} event */
  released({ offsetX: x, offsetY: y, pointerType }) {
    const begun = this.begun;
    const near = this.nearest(x, y);
    if (begun && Math.hypot(x - begun.x, y - begun.y) > 4) this.brush(x, y, true);
    else if (near >= 0) pointerType === "touch" && near !== this.hovered ? this.acts.hover(near, { x, y }) : this.acts.open(near);
    else this.acts.brush((this.drawing?.axes ?? []).map(({ key }) => [key, null]), true);
    this.begun = null;
    this.drawOver();
  }

  /** @param {number} x @param {number} y @param {boolean} done */
  brush(x, y, done) {
    if (!this.begun || !this.drawing || Math.hypot(x - this.begun.x, y - this.begun.y) <= 4) return;
    const [across, up] = this.drawing.axes;
    const { width, height } = this.layers;
    const place = (/** @type {number} */ left) => Math.max(0, Math.min(1, (left - PAD.left) / (width - PAD.left - PAD.right)));
    const rise = (/** @type {number} */ top) => Math.max(0, Math.min(1, (height - PAD.bottom - top) / (height - PAD.top - PAD.bottom)));
    this.acts.brush([[across.key, across.conditionOf(place(this.begun.x), place(x))], [up.key, up.conditionOf(rise(this.begun.y), rise(y))]], done);
    if (!done) this.drawOver({ x, y });
  }

  /** @param {number} x @param {number} y @returns {number} the run whose point is nearest, -1 where none is near */
  nearest(x, y) {
    let [found, least] = [-1, NEAR * NEAR];
    const chosen = this.drawing?.chosen;
    if (!chosen) return -1;
    for (let at = 0; at < this.xs.length; at += 1) {
      const distance = (this.xs[at] - x) ** 2 + (this.ys[at] - y) ** 2;
      if (chosen[at] && distance < least) [found, least] = [at, distance];
    }
    return found;
  }
}

/** @param {Scale} scale @param {number} at @param {number} turn */
function spread(scale, at, turn) {
  if (scale.kind !== "category") return scale.places[at];
  const part = ((at + 1) * (turn ? 0.7548776662466927 : 0.5698402909980532)) % 1;
  return scale.places[at] + ((part - 0.5) * SPREAD) / Math.max(1, scale.values.length);
}
