// The sentences of a run's family, in English and Chinese.
import { addTexts } from "./i18n.js";

addTexts({
  "lineage.gone": ["not here any more", "已不在此目录"],
  "lineage.sweep": ["Sweep over {names}: {n} runs", "扫描 {names}：{n} 个实验"],
  "lineage.again": ["The same settings again: {n} runs", "相同设置重跑：{n} 个实验"],
  "lineage.resumed": ["resumed {n} {n:time|times}", "中断后继续 {n} 次"],
  "lineage.same": ["the same settings", "设置相同"],
  "lineage.more": ["and {n} more", "等另外 {n} 项"],
});
