// The sentences of a run's pictures, in English and Chinese.
import { addTexts } from "./i18n.js";

addTexts({
  "image.step.label": ["Step of the images", "图片的 step"],
  "image.step": ["step {step}", "第 {step} 步"],
  "image.place": ["step {step} ({n} of {total})", "第 {step} 步（{n}/{total}）"],
  "image.previous": ["Previous step", "上一步"],
  "image.next": ["Next step", "下一步"],
  "image.keys": ["previous or next step of the images", "图片的上一步、下一步"],
  "image.later": ["The first picture is of step {step}.", "第一张图片在第 {step} 步。"],
});
