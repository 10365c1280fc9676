// The sentences of the help and of the end of the board, in English and Chinese.
import { addTexts } from "./i18n.js";

addTexts({
  "help.single": ["Keys of a single sign", "启用单键快捷键"],
  "help.unkept": ["The browser keeps nothing for this page, so the keys stay on.", "浏览器不允许本页保存设置，快捷键保持启用。"],
  "help.runs": ["all runs", "全部实验"],
  "help.pivot": ["summary tables", "汇总表"],
  "help.relations": ["relations", "关系图"],
  "end.do": ["End the board", "关闭面板"],
  "end.title": ["End the board?", "关闭面板？"],
  "end.text": [
    "Whoever has it open sees no more of the runs. Trainings go on, and nothing is lost.",
    "其他打开面板的人将看不到后续更新。训练不受影响，也不会丢失任何东西。",
  ],
  "end.done": ["The board has ended.", "面板已关闭。"],
  "end.again": ["Start it again with", "重新启动："],
});
