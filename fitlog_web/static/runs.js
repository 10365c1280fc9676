// The page of all runs: fetches the table, and begins with the newest rows where that can be.
import { ApiError } from "./api.js";
import { pageData } from "./dom.js";
import { t } from "./i18n.js";
import { loadGrid } from "./libraries.js";
import { RunsPage } from "./runs_page.js";
import "./runs_texts.js";
import { fetchRuns, firstRows, rowsAtHand } from "./runs_source.js";
import { banner, beginPage } from "./shell.js";
import { shownBy } from "./showing.js";
import { expandView } from "./view.js";

expandView();
const show = shownBy(new URLSearchParams(location.search));

/** Resolves when what was drawn last is on the screen. */
function painted() {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

/** How long to wait before a server that is out of reach is asked once more, in milliseconds. */
const PERIOD = 2000;

/**
 * The whole table, for a page that shows its newest rows meanwhile: those stay where the server is gone.
 * @returns {Promise<any>}
 */
async function fetchRest() {
  try {
    const rest = await fetchRuns(show);
    banner();
    return rest;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status) throw error;
    banner(t("server.gone"));
    await new Promise((resolve) => setTimeout(resolve, PERIOD));
    return fetchRest();
  }
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
  page.complete(await fetchRest());
});
