// The sentences of a run's pictures, in English and Chinese.
import { addTexts } from "./i18n.js";

addTexts({
  "image.step.label": ["Step of the images", "图片的 step"],
  "image.step": ["step {step}", "step {step}"],
  "image.place": ["step {step} ({n} of {total})", "step {step}（{n}/{total}）"],
  "image.previous": ["Previous step", "上一个 step"],
  "image.next": ["Next step", "下一个 step"],
  "image.keys": ["previous or next step of the images", "图片的上一个、下一个 step"],
  "image.later": ["The first picture is of step {step}.", "第一张图片在 step {step}。"],
});
