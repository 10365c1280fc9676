// What both charts of relations draw on: all runs, over them the chosen ones, over those what follows the pointer.
import { element } from "./dom.js";

/** How long a frame may take before fewer runs are drawn in the next, in milliseconds; and before more are. */
const SLOW = 34;
const FAST = 20;
/** At least so many runs are drawn in a frame. */
const LEAST = 100;
/** How many runs of one colour are one path at most: a path that crosses itself often is slow. */
const AT_ONCE = 32;

/**
 * @typedef {object} Scene what is drawn
 * @property {string[]} ids
 * @property {Uint8Array} chosen 1 for each run that passes the brushes
 * @property {import("./relation_colours.js").Colours} colours
 */

/** @typedef {{draw: (context: CanvasRenderingContext2D, index: number) => void, ink: (context: CanvasRenderingContext2D, chosen: boolean) => void}} Pen adds a run to the path; puts the path down */

/** @typedef {{x: number, y: number}} Point */
/**
 * @typedef {object} Pointed a chart that a pointer moves over
 * @property {unknown} begun what is being drawn with it, null for nothing
 * @property {{hover: (index: number, place: Point | null) => void}} acts
 * @property {(event: PointerEvent) => void} moved
 * @property {(event: PointerEvent) => void} pressed
 * @property {(event: PointerEvent) => void} released
 */

/** @param {HTMLElement} over what takes the pointer @param {Pointed} chart */
export function followPointer(over, chart) {
  over.addEventListener("pointermove", (event) => chart.moved(event));
  over.addEventListener("pointerleave", () => chart.begun || chart.acts.hover(-1, null));
  over.addEventListener("pointerdown", (event) => chart.pressed(event));
  over.addEventListener("pointerup", (event) => chart.released(event));
}

/**
 * Shows what is chosen with the pointer.
 * @param {CanvasRenderingContext2D} context
 * @param {number} alpha of what lies within
 * @param {number} left @param {number} top @param {number} right @param {number} bottom
 */
export function frame(context, alpha, left, top, right, bottom) {
  context.globalAlpha = alpha;
  context.fillRect(left, top, right - left, bottom - top);
  context.globalAlpha = 1;
  context.lineWidth = 1.5;
  context.strokeRect(left, top, right - left, bottom - top);
}

/** Canvases over each other, as wide as their place. */
export class Layers {
  /** @param {string} label what the drawing shows @param {number} size how many runs are drawn in a frame at first */
  constructor(label, size) {
    this.size = size;
    this.ground = element("canvas", { "aria-hidden": "true" });
    this.below = element("canvas", { role: "img", "aria-label": label, class: "rel-over" });
    this.over = element("canvas", { "aria-hidden": "true", class: "rel-over" });
    this.host = element("div", { class: "rel-canvas" }, this.ground, this.below, this.over);
    this.width = 0;
    this.height = 0;
    this.turn = 0;
    /** Whether all runs are drawn below the chosen ones. */
    this.hasGround = false;
    /** @type {Promise<void>} resolves when all runs are drawn */
    this.done = Promise.resolve();
  }

  /** @param {number} width @param {number} height in CSS pixels */
  resize(width, height) {
    if (width === this.width && height === this.height) return;
    this.width = width;
    this.height = height;
    this.hasGround = false;
    for (const canvas of [this.ground, this.below, this.over]) {
      canvas.width = Math.round(width * devicePixelRatio);
      canvas.height = Math.round(height * devicePixelRatio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
  }

  /** @param {HTMLCanvasElement} canvas @returns {CanvasRenderingContext2D} cleared, in CSS pixels */
  clear(canvas) {
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    return context;
  }

  /**
   * Draws the chosen runs, and below them all, piece by piece: the first at once, so that a picture of
   * some from all over is there while the others come.
   * @param {Scene} scene
   * @param {Pen} pen
   * @param {string} dim the colour of those that are left out
   * @param {boolean} anew whether all stand elsewhere than before
   */
  paint(scene, pen, dim, anew) {
    const chosen = orderOf(scene).filter((at) => scene.chosen[at]);
    /** @type {[HTMLCanvasElement, Uint32Array, string[] | null][]} */
    const parts = [[this.below, chosen, scene.colours.styles]];
    this.hasGround = this.hasGround && !anew;
    if (anew) this.clear(this.ground);
    if (!this.hasGround && chosen.length < scene.ids.length) parts.push([this.ground, orderOf(scene), null]);
    const turn = ++this.turn;
    const pieces = parts.map(([canvas, order, styles]) => ({ context: this.clear(canvas), order, styles, at: 0 }));
    const frame = (/** @type {number} */ before, /** @type {number} */ now, /** @type {() => void} */ finished) => {
      if (turn !== this.turn) return finished();
      if (before) this.size = now - before > SLOW ? Math.max(LEAST, this.size / 2) : now - before < FAST ? this.size * 1.5 : this.size;
      const piece = pieces.find(({ at, order }) => at < order.length);
      if (!piece) {
        this.hasGround ||= parts.length > 1;
        return finished();
      }
      const end = Math.min(piece.order.length, piece.at + Math.round(this.size));
      while (piece.at < end) piece.at = this.run(piece.context, scene, piece.order, piece.at, end, pen, piece.styles, dim);
      requestAnimationFrame((time) => frame(now, time, finished));
    };
    this.done = new Promise((resolve) => frame(0, 0, resolve));
  }

  /**
   * Draws those that follow each other and have the same colour.
   * @param {CanvasRenderingContext2D} context @param {Scene} scene @param {Uint32Array} order @param {number} at @param {number} end
   * @param {Pen} pen
   * @param {string[] | null} styles null for the colour of those that are left out
   * @param {string} dim
   */
  run(context, { colours }, order, at, end, { draw, ink }, styles, dim) {
    const bucket = colours.of[order[at]];
    const until = Math.min(end, at + AT_ONCE);
    context.strokeStyle = context.fillStyle = styles ? styles[bucket] : dim;
    context.beginPath();
    while (at < until && (!styles || colours.of[order[at]] === bucket)) draw(context, order[at++]);
    ink(context, styles !== null);
    return at;
  }
}

/**
 * The runs in the order that they are drawn in: by pieces that are spread over all of them, in each of
 * which those of one colour follow each other.
 * @param {Scene} scene
 */
function orderOf({ ids, colours }) {
  const pieces = Math.max(1, Math.ceil(ids.length / 1000));
  const keys = Float64Array.from(ids, (_, at) => ((at % pieces) * 1e3 + colours.of[at]) * 2 ** 20 + at);
  keys.sort();
  return Uint32Array.from(keys, (key) => key % 2 ** 20);
}
