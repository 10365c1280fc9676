// How grids look and behave, whatever they hold.

/** @returns {import("ag-grid-community").ColDef<any>} */
export function defaultColumn() {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return { sortable: true, resizable: true, enableCellChangeFlash: !still, minWidth: 48 };
}

/**
 * @param {typeof import("ag-grid-community").themeQuartz} base
 * @returns {import("ag-grid-community").GridOptions<any>}
 */
export function appearance(base) {
  return {
    theme: base.withParams({
      backgroundColor: "var(--bg)",
      foregroundColor: "var(--text)",
      accentColor: "var(--accent)",
      borderColor: "var(--line)",
      headerBackgroundColor: "var(--panel)",
      headerTextColor: "var(--text)",
      rowHoverColor: "color-mix(in srgb, var(--panel) 60%, transparent)",
      selectedRowBackgroundColor: "var(--tint)",
      valueChangeValueHighlightBackgroundColor: "var(--flash)",
      menuBackgroundColor: "var(--raised)",
      fontFamily: "inherit",
      fontSize: 13,
      headerFontSize: 12,
      headerFontWeight: 500,
      spacing: 5,
      cellHorizontalPadding: 10,
      rowHeight: 28,
      headerHeight: 26,
      headerColumnBorder: { color: "var(--line)" },
      headerColumnResizeHandleColor: "transparent",
      wrapperBorder: false,
      wrapperBorderRadius: 0,
      browserColorScheme: "inherit",
    }),
    styleNonce: document.documentElement.dataset.nonce,
    groupHeaderHeight: 24,
    suppressModelUpdateAfterUpdateTransaction: true,
    stopEditingWhenCellsLoseFocus: true,
    enableBrowserTooltips: true,
    alwaysMultiSort: false,
    cellFlashDuration: 600,
    cellFadeDuration: 200,
    animateRows: false,
    rowBuffer: 4,
    suppressColumnMoveAnimation: true,
    suppressColumnVirtualisation: false,
    suppressDragLeaveHidesColumns: true,
    suppressOverlays: ["loading", "noRows", "noMatchingRows"],
  };
}
