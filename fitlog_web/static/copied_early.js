// The language of a copy, before anything is read: what its address says, else what the browser prefers.
(() => {
  const wanted = new URLSearchParams(location.search).get("lang") ?? navigator.language;
  document.documentElement.lang = /^zh\b/i.test(wanted) ? "zh-CN" : "en";
})();
