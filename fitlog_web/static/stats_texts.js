// The names of statistics, in English and Chinese.
import { addTexts } from "./i18n.js";

addTexts({
  "stats.title": ["Statistics of {n} runs", "{n} 个实验的统计"],
  "stats.metric": ["metric", "指标"],
  "stats.n": ["n", "个数"],
  "stats.of": ["{n} of {total}", "{n}/{total} 个"],
  "stats.mean": ["mean", "均值"],
  "stats.std": ["std (n−1)", "标准差 (n−1)"],
  "stats.median": ["median", "中位数"],
  "stats.min": ["min", "最小值"],
  "stats.max": ["max", "最大值"],
  "stats.which": ["Which figures", "哪一项"],
  "stats.add": ["Add as a row", "添加为一行"],
  "stats.added": ["{id} was added.", "已添加 {id}。"],
  "stats.none": ["These runs have no metric with a number.", "这些实验没有数值型指标。"],
  "stats.missing": ["Runs that lack a metric are left out of it.", "缺少某个指标的实验不计入该指标。"],
  "stats.odd": ["NaN, infinities and texts are left out.", "NaN、无穷和文字不计入。"],
  "stats.single": ["One value has no standard deviation.", "只有一个值时没有标准差。"],
});
