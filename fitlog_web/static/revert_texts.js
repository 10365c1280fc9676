// The sentences of the dialog that brings code back, in English and Chinese.
import { addTexts } from "./i18n.js";

addTexts({
  "revert.title": ["Get the code back", "取回代码"],
  "revert.version": ["Code version", "代码版本"],
  "revert.project": ["of the project", "所属项目"],
  "revert.folder": ["Into the new folder", "写入新文件夹"],
  "revert.what": [
    "A new folder is made with the files as they were then. Nothing else is touched: not your files, not your own git, not the runs.",
    "将新建一个文件夹，放入当时的文件。其他一切都不会改动：您的文件、您自己的 git 和实验都保持原样。",
  ],
  "revert.do": ["Get it back", "取回"],
  "revert.busy": ["Writing…", "正在写入……"],
  "revert.done": ["The code is in {folder}", "代码已写入 {folder}"],
});
