// Sets the stored theme before the first paint. A classic script in the head, because modules
// run too late, and a file of its own, because the page's policy forbids inline scripts.
(() => {
  try {
    const stored = localStorage.getItem("fitlog-theme");
    if (stored === "light" || stored === "dark") document.documentElement.dataset.theme = stored;
  } catch {
    // Storage may be switched off; the system's theme then decides.
  }
})();
