// The two libraries that the build brings from npm (see hatch_build.py), loaded when needed.
// The addresses are not literals, so that the type checker takes the types from npm's packages
// rather than from the bundles.
const GRID = "./vendor/grid.js";
const CHARTS = "./vendor/charts.js";

/** @returns {Promise<typeof import("ag-grid-community")>} */
export function loadGrid() {
  return import(String(GRID));
}

/** @returns {Promise<typeof import("uplot")>} */
export async function loadCharts() {
  return (await import(String(CHARTS))).default;
}
