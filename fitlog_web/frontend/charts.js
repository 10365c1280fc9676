// The curves: uPlot and its style sheet in one file. The style sheet is adopted as an
// object rather than written as a <style> element, which the page's policy forbids.
import uPlot from "uplot";
import css from "uplot/dist/uPlot.min.css";

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

export default uPlot;
