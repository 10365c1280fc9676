// Parallel coordinates: an axis for each column, a line for each run, stretches of axes to choose some.
import { token } from "./colours.js";
import { element } from "./dom.js";
import { t } from "./i18n.js";
import { followPointer, frame, Layers } from "./relation_canvas.js";

/** @typedef {import("./relation_scales.js").Scale} Scale */
/** @typedef {import("./scatter.js").Drawing} Drawing */
/** @typedef {import("./scatter.js").Acts} Acts */

const TOP = 10;
const BOTTOM = 18;
/** Room for the labels beside the outer axes, and the least between two. */
const SIDE = 76;
const APART = 112;
const NEAR = 8;
/** Half the width of what is taken for the axis itself. */
const GRIP = 14;

export class Parallel {
  /** @param {string} label @param {Acts} acts */
  constructor(label, acts) {
    this.layers = new Layers(label, 400);
    this.acts = acts;
    this.headings = element("div", { class: "rel-headings" });
    this.inner = element("div", {}, this.headings, this.layers.host);
    this.host = element("div", { class: "parallel scroll", tabIndex: 0, role: "region", "aria-label": label }, this.inner);
    /** @type {Drawing | null} */
    this.drawing = null;
    this.hovered = -1;
    /** @type {{axis: number, y: number} | null} where a stretch was begun */
    this.begun = null;
    followPointer(this.layers.over, this);
  }

  /** @param {Drawing} drawing */
  draw(drawing) {
    const { axes, ids } = drawing;
    const keys = axes.map(({ key }) => key).join("\n");
    const width = Math.max(this.host.clientWidth, SIDE * 2 + (axes.length - 1) * APART);
    if (keys !== this.drawing?.axes.map(({ key }) => key).join("\n") || width !== this.layers.width) this.drawHeadings(axes, width);
    this.drawing = drawing;
    this.layers.resize(width, Math.max(260, Math.min(440, innerHeight - 340)));
    const places = axes.map(({ places: each }) => each);
    const lefts = axes.map((_, at) => this.xAt(at));
    const [span, base] = [this.layers.height - TOP - BOTTOM, this.layers.height - BOTTOM];
    const line = (/** @type {CanvasRenderingContext2D} */ context, /** @type {number} */ index) => {
      let open = false;
      for (let at = 0; at < places.length; at += 1) {
        const place = places[at][index];
        if (Number.isNaN(place)) open = false; // the line is broken where there is no value
        else if (open) context.lineTo(lefts[at], base - place * span);
        else {
          context.moveTo(lefts[at], base - place * span);
          open = true;
        }
      }
    };
    const alpha = ids.length > 3000 ? 0.25 : ids.length > 500 ? 0.45 : 0.8;
    const ink = (/** @type {CanvasRenderingContext2D} */ context, /** @type {boolean} */ chosen) => {
      context.globalAlpha = chosen ? alpha : Math.min(0.5, alpha);
      context.lineWidth = ids.length > 500 ? 1 : 1.3;
      context.stroke();
      context.globalAlpha = 1;
    };
    this.layers.paint(drawing, { draw: line, ink }, token("--line"), drawing.anew);
    this.drawOver();
  }

  /** @param {number} axis */
  xAt(axis) {
    const count = this.drawing?.axes.length ?? 1;
    return count < 2 ? this.layers.width / 2 : SIDE + (axis * (this.layers.width - 2 * SIDE)) / (count - 1);
  }

  /** @param {number} place */
  yAt(place) {
    return this.layers.height - BOTTOM - place * (this.layers.height - TOP - BOTTOM);
  }

  /** @param {Scale[]} axes @param {number} width */
  drawHeadings(axes, width) {
    const focused = [...this.headings.children].indexOf(/** @type {Element} */ (document.activeElement));
    const gap = axes.length < 2 ? width : (width - 2 * SIDE) / (axes.length - 1);
    const made = axes.map(({ key }, at) => {
      const heading = element("button", { type: "button", class: "quiet rel-axis", title: t("rel.axis.title", { key }), "aria-label": t("rel.axis.menu", { key }) }, tail(key.replace(/^(hyper|metric|other)-/, ""), Math.min(gap - 6, 2 * SIDE - 8)), " ▾");
      heading.style.left = `${axes.length < 2 ? width / 2 : SIDE + at * gap}px`;
      this.draggable(heading, at);
      return heading;
    });
    this.headings.style.width = `${width}px`;
    this.headings.replaceChildren(...made);
    made[focused]?.focus();
  }

  /** Lets a heading be dragged to another place; a click opens its menu. @param {HTMLElement} heading @param {number} at */
  draggable(heading, at) {
    /** @type {number | null} */
    let from = null;
    let dragged = false;
    heading.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      from = event.clientX;
      dragged = false;
      heading.setPointerCapture(event.pointerId);
    });
    heading.addEventListener("pointermove", ({ clientX }) => {
      if (from === null) return;
      dragged ||= Math.abs(clientX - from) > 5;
      if (dragged) heading.style.transform = `translateX(calc(-50% + ${clientX - from}px))`;
    });
    heading.addEventListener("pointerup", ({ clientX }) => {
      if (from !== null && dragged) this.acts.move(at, this.nearestAxis(this.xAt(at) + clientX - from));
      from = null;
      heading.style.transform = "";
    });
    heading.addEventListener("click", () => {
      if (!dragged) this.acts.menu(at, heading);
      dragged = false;
    });
  }

  /** @param {number} x @returns {number} */
  nearestAxis(x) {
    const far = (/** @type {number} */ at) => Math.abs(this.xAt(at) - x);
    return [...(this.drawing?.axes.keys() ?? [])].reduce((best, at) => (far(at) < far(best) ? at : best), 0);
  }

  /** @param {number} index the run to mark, -1 for none */
  mark(index) {
    if (index === this.hovered) return;
    this.hovered = index;
    this.drawOver();
  }

  drawOver() {
    if (!this.drawing) return;
    const context = this.layers.clear(this.layers.over);
    const { axes, brushes, colours } = this.drawing;
    if (this.hovered >= 0) {
      for (const [width, style] of [[5, token("--bg")], [2.5, colours.styles[colours.of[this.hovered]]]]) this.stroke(context, this.hovered, Number(width), String(style));
    }
    context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    context.textBaseline = "middle";
    axes.forEach((axis, at) => {
      const [x, isLast] = [this.xAt(at), at === axes.length - 1 && at > 0];
      this.drawAxis(context, axis, x, isLast);
      const condition = brushes.of(axis.key);
      this.drawBrushes(context, condition ? axis.stretchesOf(condition) : [], x);
      if (!axis.lost) return;
      context.textAlign = isLast ? "right" : at ? "center" : "left";
      context.fillStyle = token("--muted");
      context.fillText(t("rel.axis.lost", { n: axis.lost }), x, this.layers.height - 7);
    });
  }

  /** @param {CanvasRenderingContext2D} context @param {Scale} axis @param {number} x @param {boolean} isLast its labels stand on its other side */
  drawAxis(context, axis, x, isLast) {
    context.strokeStyle = token("--control");
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, TOP);
    context.lineTo(x, this.layers.height - BOTTOM);
    context.textAlign = isLast ? "left" : "right";
    const ticks = axis.ticks((this.layers.height - TOP - BOTTOM) / 48);
    for (const { at: place } of ticks) {
      context.moveTo(x - 3, this.yAt(place));
      context.lineTo(x + 3, this.yAt(place));
    }
    context.stroke();
    context.lineJoin = "round";
    context.lineWidth = 3;
    context.strokeStyle = token("--bg"); // so that lines behind a label leave it legible
    context.fillStyle = token("--muted");
    const left = x + (isLast ? 7 : -7);
    for (const { at: place, label } of ticks) {
      context.strokeText(label, left, this.yAt(place));
      context.fillText(label, left, this.yAt(place));
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {[number, number][]} stretches @param {number} x where their axis is */
  drawBrushes(context, stretches, x) {
    context.fillStyle = context.strokeStyle = token("--accent");
    for (const [low, high] of stretches) frame(context, 0.25, x - 7, this.yAt(high), x + 7, this.yAt(low));
  }

  /** @param {CanvasRenderingContext2D} context @param {number} index @param {number} width @param {string} style */
  stroke(context, index, width, style) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.beginPath();
    let open = false;
    for (const [at, { places }] of (this.drawing?.axes ?? []).entries()) {
      const place = places[index];
      if (Number.isNaN(place)) open = false;
      else if (open) context.lineTo(this.xAt(at), this.yAt(place));
      else context.moveTo(this.xAt(at), this.yAt(place));
      open = !Number.isNaN(place);
    }
    context.stroke();
  }

  /** @param {PointerEvent} event */
  moved({ offsetX: x, offsetY: y }) {
    const axis = this.nearestAxis(x);
    const isOnAxis = Math.abs(this.xAt(axis) - x) <= GRIP;
    this.layers.over.style.cursor = isOnAxis || this.begun ? "ns-resize" : this.hovered >= 0 ? "pointer" : "";
    if (this.begun) this.brush(y, false);
    else this.acts.hover(isOnAxis ? -1 : this.nearest(x, y), { x, y });
  }

  /** @param {PointerEvent} event */
  pressed(event) {
    const axis = this.nearestAxis(event.offsetX);
    if (event.button || event.pointerType === "touch" || Math.abs(this.xAt(axis) - event.offsetX) > GRIP) return;
    this.layers.over.setPointerCapture(event.pointerId);
    this.acts.hover(-1, null);
    this.begun = { axis, y: event.offsetY };
  }

  /** @param {PointerEvent} event */
  released({ offsetX: x, offsetY: y, pointerType }) {
    if (!this.begun) {
      const near = this.nearest(x, y);
      if (near >= 0) pointerType === "touch" && near !== this.hovered ? this.acts.hover(near, { x, y }) : this.acts.open(near);
      return;
    }
    if (Math.abs(y - this.begun.y) > 3) this.brush(y, true);
    else this.acts.brush([[/** @type {Drawing} */ (this.drawing).axes[this.begun.axis].key, null]], true);
    this.begun = null;
  }

  /** @param {number} y @param {boolean} done */
  brush(y, done) {
    if (!this.begun || !this.drawing || Math.abs(y - this.begun.y) <= 3) return;
    const axis = this.drawing.axes[this.begun.axis];
    const place = (/** @type {number} */ top) => Math.max(0, Math.min(1, (this.layers.height - BOTTOM - top) / (this.layers.height - TOP - BOTTOM)));
    this.acts.brush([[axis.key, axis.conditionOf(place(this.begun.y), place(y))]], done);
  }

  /** @param {number} x @param {number} y @returns {number} the run whose line is nearest, -1 where none is near */
  nearest(x, y) {
    if (!this.drawing || this.drawing.axes.length < 2) return -1;
    const { axes, chosen } = this.drawing;
    const next = axes.findIndex((_, turn) => this.xAt(turn) > x);
    const at = next < 0 ? axes.length - 2 : Math.max(0, next - 1);
    if (x < this.xAt(0) - NEAR || x > this.xAt(axes.length - 1) + NEAR) return -1;
    const part = (x - this.xAt(at)) / (this.xAt(at + 1) - this.xAt(at));
    const [left, right] = [axes[at].places, axes[at + 1].places];
    let [found, least] = [-1, NEAR];
    for (let index = 0; index < chosen.length; index += 1) {
      if (!chosen[index]) continue;
      const distance = Math.abs(this.yAt(left[index] + part * (right[index] - left[index])) - y);
      if (distance < least) [found, least] = [index, distance];
    }
    return found;
  }
}

/** The end of a name, which tells it from others that begin alike. @param {string} name @param {number} room in pixels */
function tail(name, room) {
  const most = Math.floor((room - 24) / 6.6);
  return name.length <= most ? name : `…${name.slice(1 - most)}`;
}
