// What a chart draws over its curves: where runs went on, and what is not finite.
import { colourOf, token } from "./colours.js";
import { between } from "./curves.js";

/** @typedef {import("./chart.js").Drawn} Drawn */

/**
 * A dotted line where a run went on after it had stopped.
 * @param {import("uplot")} plot
 * @param {Drawn[]} drawn
 */
export function drawSegments(plot, drawn) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.setLineDash([2, 3].map((length) => length * devicePixelRatio));
  ctx.lineWidth = devicePixelRatio;
  for (const { line, x, resumed: places } of drawn) {
    ctx.strokeStyle = drawn.length > 1 ? colourOf(line.look) : token("--muted");
    for (const index of places) {
      const at = plot.valToPos(x[index], "x", true);
      if (at < bbox.left || at > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(at, bbox.top);
      ctx.lineTo(at, bbox.top + bbox.height);
      ctx.stroke();
    }
  }
  ctx.restore();
}

/**
 * Triangles on the edge: above for NaN and infinity, below for minus infinity.
 * @param {import("uplot")} plot
 * @param {Drawn[]} drawn
 */
export function drawMarks(plot, drawn) {
  const { ctx, bbox } = plot;
  const size = 5 * devicePixelRatio;
  ctx.save();
  for (const { line, data, x } of drawn) {
    for (const { step, kind } of data.marks) {
      const at = plot.valToPos(between(data.step, x, step), "x", true);
      if (at < bbox.left - 1 || at > bbox.left + bbox.width + 1) continue;
      const down = kind !== "-inf";
      const edge = down ? bbox.top : bbox.top + bbox.height;
      ctx.beginPath();
      ctx.moveTo(at - size, edge);
      ctx.lineTo(at + size, edge);
      ctx.lineTo(at, edge + (down ? 1.6 : -1.6) * size);
      ctx.closePath();
      ctx.strokeStyle = ctx.fillStyle = drawn.length > 1 ? colourOf(line.look) : token("--danger");
      ctx.lineWidth = 1.5 * devicePixelRatio;
      // NaN is filled, the infinities are outlines: not told apart by place alone.
      if (kind === "nan") ctx.fill();
      else ctx.stroke();
    }
  }
  ctx.restore();
}
