// What a cell says in full when the pointer or the focus comes to it. The grid's own way makes a
// listener for each cell that is drawn, which is a fifth of the work of scrolling.

/**
 * @param {HTMLElement} grid
 * @param {(id: string, key: string) => string | null | undefined} titleOf what a cell says; undefined where the grid itself does it
 */
export function tellOnDemand(grid, titleOf) {
  const tell = (/** @type {Event} */ { target }) => {
    const cell = target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest(".ag-cell[col-id]")) : null;
    const id = cell?.closest("[row-id]")?.getAttribute("row-id");
    if (!cell || !id) return;
    const title = titleOf(id, cell.getAttribute("col-id") ?? "");
    if (title) cell.title = title;
    else if (title !== undefined) cell.removeAttribute("title");
  };
  for (const kind of ["mouseover", "focusin"]) grid.addEventListener(kind, tell);
}
