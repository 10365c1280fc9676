// Asking again with a cursor, so that only what changed travels.
import { ApiError, ask } from "./api.js";
import { t } from "./i18n.js";
import { banner } from "./shell.js";

/** How long to wait between two questions, in milliseconds. */
const PERIOD = 2000;

/**
 * Asks for changes while the page is visible, and says when the server is gone.
 * @param {object} options
 * @param {() => string} options.address what to ask, with the cursor in it
 * @param {(changes: any) => void | Promise<void>} options.changed takes an answer, the cursor included
 * @param {() => void} [options.back] the server answers again
 * @param {number} [options.period] how long to wait between two questions, in milliseconds
 * @returns {() => void} asks at once
 */
export function follow({ address, changed, back, period = PERIOD }) {
  let timer = 0;
  let gone = false;
  let busy = false;
  let ended = false;

  const once = async () => {
    clearTimeout(timer);
    if (busy || ended || document.hidden) return;
    busy = true;
    try {
      await changed(await ask(address()));
      if (gone) back?.();
      gone = false;
      banner();
    } catch (error) {
      gone = !ended && missed(error);
    } finally {
      busy = false;
      timer = setTimeout(once, period);
    }
  };
  document.addEventListener("visibilitychange", once);
  addEventListener("fitlog-end", () => (ended = true));
  timer = setTimeout(once, period);
  return once;
}

/**
 * @param {unknown} error
 * @returns {boolean} whether the server is out of reach; any other error is a defect and is told
 */
function missed(error) {
  if (!(error instanceof ApiError)) throw error;
  const closed = error.status === 401 || error.status === 403;
  banner(t(closed ? "server.token" : "server.gone"));
  return true;
}
