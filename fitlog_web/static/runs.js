// The page of all runs: fetches the table, and begins with the newest rows where that can be.
import { pageData } from "./dom.js";
import { loadGrid } from "./libraries.js";
import { RunsPage } from "./runs_page.js";
import { fetchRuns, firstRows, rowsAtHand } from "./runs_source.js";
import { beginPage } from "./shell.js";
import { shownBy } from "./showing.js";
import { expandView } from "./view.js";

expandView();
const show = shownBy(new URLSearchParams(location.search));

/** Resolves when what was drawn last is on the screen. */
function painted() {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

beginPage(async () => {
  const grid = loadGrid();
  // The page brings the table with it where that is small.
  const whole = rowsAtHand(show);
  const first = whole ? null : firstRows(show);
  if (!first) {
    const [library, table] = await Promise.all([grid, whole ?? fetchRuns(show)]);
    new RunsPage(library, show).start(table);
    return;
  }
  const page = new RunsPage(await grid, show);
  const { total, at_hand: atHand, same } = pageData();
  page.begin(first, { total, atHand, same: new Set(same) });
  await painted();
  page.complete(await fetchRuns(show));
});
