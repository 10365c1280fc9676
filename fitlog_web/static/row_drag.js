// Rows carried to another place: by the grip before their ids, or by keys.
import { t } from "./i18n.js";

/** @typedef {import("../frontend/types").Row} Row */
/** @typedef {import("ag-grid-community").RowDragEvent<Row>} RowDragEvent */
/** @typedef {import("./row_moving.js").Aim} Aim */

const WAYS = /** @type {Record<string, [Aim, Aim]>} with Alt, and with Shift as well */ ({ ArrowUp: ["up", "top"], ArrowDown: ["down", "bottom"] });

/**
 * What the grid needs to know of rows that are dragged. They stay where they are until they are dropped.
 * @param {(id: string) => string[]} together the rows that move with one
 * @param {(ids: string[], aim: Aim) => void} moved
 * @returns {import("ag-grid-community").GridOptions<Row>}
 */
export function dragging(together, moved) {
  const clear = (/** @type {{api: import("ag-grid-community").GridApi<Row>}} */ { api }) => api.setRowDropPositionIndicator(null);
  return {
    rowDragText: ({ rowNode }) => {
      const ids = rowNode?.data ? together(rowNode.data.id) : [];
      return ids.length > 1 ? t("order.move", { n: ids.length }) : (ids[0] ?? "");
    },
    onRowDragMove: (event) => {
      const row = event.overNode ?? event.api.getDisplayedRowAtIndex(event.api.getDisplayedRowCount() - 1);
      event.api.setRowDropPositionIndicator(row ? { row, dropIndicatorPosition: isUpper(event) ? "above" : "below" } : null);
    },
    onRowDragLeave: clear,
    onRowDragCancel: clear,
    onRowDragEnd: (event) => {
      clear(event);
      const { node, overNode, api } = event;
      const over = overNode?.rowIndex ?? api.getDisplayedRowCount();
      if (node.data) moved(together(node.data.id), isUpper(event) ? over : over + 1);
    },
  };
}

/** @param {RowDragEvent} event @returns {boolean} whether the pointer is over the upper half of a row */
function isUpper({ overNode, y }) {
  return !!overNode && y < (overNode.rowTop ?? 0) + (overNode.rowHeight ?? 0) / 2;
}

/** @returns {{id: string, column: string} | null} the row and the column of the cell that the keyboard is at */
export function heldCell() {
  const cell = document.activeElement?.closest("#grid [role=gridcell]:not(.ag-cell-inline-editing)");
  const id = cell?.closest("[row-id]")?.getAttribute("row-id");
  return cell && id ? { id, column: cell.getAttribute("col-id") ?? "" } : null;
}

/**
 * Lets Alt and an arrow move the row that the keyboard is at.
 * @param {HTMLElement} grid
 * @param {(id: string, aim: Aim) => void} act
 */
export function bindMoving(grid, act) {
  // Before the grid, for which they are arrows.
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    const ways = WAYS[event.key];
    const held = heldCell();
    if (!ways || !event.altKey || event.ctrlKey || event.metaKey || !held) return;
    event.preventDefault();
    event.stopPropagation();
    act(held.id, ways[Number(event.shiftKey)]);
  };
  grid.addEventListener("keydown", pressed, { capture: true });
}
