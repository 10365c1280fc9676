// The sentences of the end of the board, in English and Chinese.
import { addTexts } from "./i18n.js";

addTexts({
  "end.do": ["End the board", "关闭面板"],
  "end.title": ["End the board?", "关闭面板？"],
  "end.text": [
    "Whoever has it open sees no more of the runs. Trainings go on, and nothing is lost.",
    "其他打开面板的人将看不到后续更新。训练不受影响，也不会丢失任何东西。",
  ],
  "end.done": ["The board has ended.", "面板已关闭。"],
  "end.again": ["Start it again with", "重新启动："],
});
