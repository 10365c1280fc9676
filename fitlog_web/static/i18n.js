// Every sentence that a script shows, in English and Chinese. Texts of the page's shell are in
// the templates, in the same two languages.

/** @type {Record<string, [string, string]>} */
const TEXTS = {
  // Shell
  "help.title": ["Keys", "快捷键"],
  "help.theme": ["light or dark", "浅色或深色"],
  "help.help": ["this list", "本列表"],
  "help.point": ["previous or next point of the curves", "曲线的上一个、下一个数据点"],
  "help.zoom": ["reset the zoom", "复位缩放"],
  "help.log": ["logarithmic values", "纵轴取对数"],
  "help.xlog": ["logarithmic steps or times", "横轴取对数"],
  "help.smooth": ["smoothing", "平滑"],
  close: ["Close", "关闭"],
  copy: ["Copy", "复制"],
  copied: ["Copied", "已复制"],
  "server.gone": [
    "The board does not answer, reconnecting… What you see stays.",
    "服务器没有响应，正在重新连接……已显示的内容保持不变。",
  ],
  "server.none": ["the board does not answer", "服务器没有响应"],
  "server.token": [
    "The board asks for its token again. Open the address that `fitlog log` printed.",
    "服务器要求重新验证口令，请打开 fitlog log 打印的地址。",
  ],

  // States, the words of the log format
  "state.running": ["running", "运行中"],
  "state.finished": ["finished", "已完成"],
  "state.error": ["error", "出错"],
  "state.ended": ["ended", "已结束"],
  "state.stopped": ["stopped", "已停止"],
  "state.stale": ["stale", "无更新"],
  "state.added": ["by hand", "手动添加"],
  "state.ended.title": [
    "The script ended without fitlog.finish()",
    "脚本结束时没有调用 fitlog.finish()",
  ],
  "state.stopped.title": ["The process is gone", "进程已不存在"],
  "state.stale.title": ["Nothing was written for a while", "已有一段时间没有写入"],

  // Run table
  "cell.in_doubt": [
    "A file could not be read just now; what is shown may be old or not all",
    "有文件暂时无法读取，显示的内容可能较旧或不完整",
  ],
  "filter.empty": ["(empty)", "（空）"],
  "menu.find": ["find", "查找"],
  "views.leave": ["Go on without the view", "不使用该视图，继续"],
  undo: ["Undo", "撤销"],
  cancel: ["Cancel", "取消"],
  failed: ["That did not work: {error}", "操作失败：{error}"],
  unloaded: [
    "This part of the page could not be loaded, as the board does not answer. Try again when it does.",
    "服务器没有响应，这部分页面无法载入。请在恢复后重试。",
  ],
  "edit.retry": ["Try again", "重试"],

  // Run page and comparison
  "fact.started": ["started", "开始"],
  "fact.duration": ["took", "用时"],
  "fact.running": ["for", "已运行"],
  "fact.written": ["last written", "最近写入"],
  "fact.progress": ["progress", "进度"],
  "fact.steps": ["{step} of {total} {total:step|steps}", "step {step}/{total}"],
  "fact.step": ["step {step}", "step {step}"],
  "progress.zero": ["the last step is {step}, counted from 0", "最后的 step 是 {step}（从 0 数起）"],
  "progress.left": ["about {span} left at the mean pace so far", "按目前的平均速度，约剩 {span}"],
  "fact.fit": ["code version", "代码版本"],
  "fact.revert": ["brought back by", "取回命令"],
  "fact.git": ["git commit", "git 提交"],
  "fact.memo": ["memo", "备注"],
  "fact.error": ["error", "错误"],
  "fact.diverged": ["diverged", "已发散"],
  "fact.in_doubt": ["unreadable", "无法读取"],
  "fact.skipped": ["unreadable lines", "无法读取的行"],
  "written": ["Last written {span} ago", "{span}前写入"],
  "ago": ["{span} ago", "{span}前"],
  "section.hyper": ["Hyperparameters", "超参数"],
  "section.metric": ["Best metrics", "最佳指标"],
  "section.other": ["Other", "其他"],
  "section.meta": ["About the run", "实验信息"],
  "charts.loss": ["Losses", "损失"],
  "charts.metric": ["Metrics", "指标"],
  "charts.none": ["This run has recorded no losses or metrics.", "该实验没有记录损失或指标。"],
  "charts.unread": ["No losses or metrics of this run can be read: {n} lines of its files are damaged.", "无法读取该实验的损失和指标：文件中有 {n} 行已损坏。"],
  "chart.loading": ["Loading…", "载入中……"],
  "chart.failed": ["This curve could not be loaded: {error}", "无法载入曲线：{error}"],
  "chart.retry": ["Try again", "重试"],
  "chart.empty": ["No points in this range.", "该范围内没有数据点。"],
  "chart.texts": ["{n} {n:value is|values are} text, the last one: {last}", "{n} 个值是文本，最后一个：{last}"],
  "chart.points": ["{total} {total:point|points}", "{total} 个点"],
  "chart.thinned": ["{shown} of {total} {total:point|points}, zoom for detail", "显示 {total} 个点中的 {shown} 个，放大看细节"],
  "chart.dropped": ["{n} at or below 0 not shown", "{n} 个小于等于 0 的点未显示"],
  "chart.noepoch": ["no epochs recorded, by step", "没有记录 epoch，按 step 显示"],
  "chart.nowall": ["no clock times known, by step", "没有时刻信息，按 step 显示"],
  "chart.lacking": ["runs without a place on this axis: {n}", "在该横轴上没有位置的实验：{n} 个"],
  "chart.dropped.x": ["{n} at or before 0 of the horizontal axis not shown", "横轴小于等于 0 的 {n} 个点未显示"],
  "chart.notime": ["no times recorded, by step", "没有记录时间，按 step 显示"],
  "chart.summary": ["{name}: last {last}, lowest {min}, highest {max}", "{name}：最后 {last}，最低 {min}，最高 {max}"],
  "chart.resumed": ["resumed at step {steps}", "在 step {steps} 处继续"],
  "chart.resumed.some": ["resumed runs: {n}", "{n} 个实验中断后继续"],
  "chart.more": ["{n} more", "还有 {n} 个"],
  "chart.last": ["last", "最后"],
  "compare.find": ["Find a series", "查找曲线"],
  "compare.unfound": ["No series has this in its name.", "没有名称包含该文本的曲线。"],
  "download.menu": ["Download {name}", "下载 {name}"],
  "download.csv": ["CSV, all values", "CSV，全部数值"],
  "download.svg": ["SVG drawing", "SVG 矢量图"],
  "download.png": ["PNG picture", "PNG 图片"],
  "download.failed": ["No file could be made: {error}", "无法生成文件：{error}"],
  "tools.smooth": ["Smoothing", "平滑"],
  "tools.log": ["Log y", "纵轴对数"],
  "tools.xlog": ["Log x", "横轴对数"],
  "tools.inner": ["Ignore outliers", "忽略离群点"],
  "tools.inner.title": ["Leave out of the vertical axis what lies far from most values; how many points lie outside is told under each chart", "纵轴不包括远离大多数值的点；每张图下方注明有多少个点在范围之外"],
  "chart.outside": ["{n} far {n:point lies|points lie} outside this range; all lie between {least} and {most}", "有 {n} 个离群点在此范围之外；全部的值在 {least} 与 {most} 之间"],
  "chart.flat": ["{n} far {n:point flattens|points flatten} the rest.", "{n} 个离群点使其余部分看不清。"],
  "tools.x": ["Horizontal axis", "横轴"],
  "tools.x.step": ["Step", "step"],
  "tools.x.epoch": ["Epoch", "epoch"],
  "tools.x.time": ["Time", "用时"],
  "tools.x.wall": ["Clock", "时刻"],
  "tools.reset": ["Reset zoom", "复位缩放"],
  "tools.hint": ["Drag to zoom, double-click to reset.", "拖动放大，双击复位。"],
  "file.name": ["File", "文件"],
  "file.size": ["Size", "大小"],
  "file.changed": ["Changed", "修改时间"],
  "console.cut": ["… the last {n} lines; the whole text is in file.log\n", "…… 最后 {n} 行；全文见 file.log\n"],
  "compare.runs": ["{n} {n:run|runs}", "{n} 个实验"],
  "compare.few": [
    "Select two or more runs in the table, then Compare.",
    "请在表格中选择两个或更多实验，然后点击对比。",
  ],
  "compare.unknown": ["Not found: {ids}", "未找到：{ids}"],
  "compare.nocommon": [
    "These runs have no series in common. What there is:",
    "这些实验没有共同的曲线。现有的曲线：",
  ],
  "compare.nothing": ["none of these runs has recorded a loss or metric", "这些实验都没有记录损失或指标"],
  "compare.pick": ["Choose a series above.", "请在上方选择曲线。"],
  "lines.one": ["Draw {name}", "显示 {name} 的曲线"],
  "lines.all": ["Draw all", "全部显示"],
  "lines.none": ["Every line is left out above.", "上方所有曲线都已取消勾选。"],
  "compare.of": ["{n} of {total}", "{n}/{total}"],

  // The code of a run
  "code.none": ["none: fitlog.commit(__file__) was not called", "无：未调用 fitlog.commit(__file__)"],
  "code.see": ["See the code", "查看代码"],
  "revert.open": ["Get this code back…", "取回这份代码…"],
  "revert.where": ["To be run in the project's folder", "在项目文件夹中运行"],
  // Runs drawn as one line
  "means.label": ["Lines", "线条"],
  "means.single": ["Every run", "每个实验"],
  "means.seed": ["Mean over seeds", "对随机种子取均值"],
  "means.by": ["Mean by {name}", "按 {name} 取均值"],
  "means.band": ["Band", "阴影带"],
  "means.std": ["± std (n − 1)", "± 标准差 (n−1)"],
  "means.range": ["min to max", "最小到最大"],
  "means.all": ["all", "全部"],
  "means.name": ["{name} ({n} runs)", "{name}（{n} 个实验）"],
  "means.one": ["{name} (1 run)", "{name}（1 个实验）"],
  "means.fewer": ["at some steps fewer runs count", "部分 step 参与平均的实验较少"],

  // The colour of a run
  "colour.of": ["Colour of {id}", "{id} 的颜色"],
  "colour.own": ["Its own", "默认"],
  "colour.blue": ["blue", "蓝"],
  "colour.red": ["red", "红"],
  "colour.green": ["green", "绿"],
  "colour.pink": ["pink", "粉"],
  "colour.orange": ["orange", "橙"],
  "colour.sky": ["sky blue", "天蓝"],
  "colour.violet": ["violet", "紫"],
  "colour.grey": ["grey", "灰"],

  // The points of a chart as a table
  "table.open": ["Table of {name}", "{name} 的数据表"],
  "table.of": ["Points of {name}", "{name} 的数据点"],
  "table.step": ["step", "step"],
  "table.odd": ["NaN or infinite", "NaN 或无穷"],
  "table.cut": ["{shown} of the {total} steps drawn, lowest and highest among them; the CSV has all.", "图中 {total} 个 step 里的 {shown} 个，包括最低和最高；CSV 含全部数据。"],
  "table.blank": ["Where a cell is blank, the curve's point is not drawn.", "空白处表示曲线在该 step 没有画出的点。"],

  // Panels of plugins
  "added.waiting": ["Loading…", "正在载入……"],
  "added.failed": ["This panel failed; the terminal that the board runs in says why.", "该面板出错，原因见运行 fitlog log 的终端。"],
  "added.unreached": ["This panel could not be loaded.", "该面板未能载入。"],
  "added.cut": ["There is more, which is not shown.", "其余内容未显示。"],

  // Pictures and files of a run
  "image.enlarge": ["Show in full size", "查看原图"],
  "image.broken": ["This picture cannot be shown.", "无法显示该图片。"],
  "file.show": ["show", "显示"],
  "file.hide": ["hide", "收起"],
  "file.show.one": ["Show {path}", "显示 {path}"],
  "file.hide.one": ["Hide {path}", "收起 {path}"],
  "file.empty": ["This file is empty.", "该文件为空。"],
  "file.binary": ["This is no text; its name leads to the file itself.", "这不是文本文件；点击文件名可下载。"],
  "file.part": ["The first {shown} of {total}; the file's name leads to all of it.", "只显示 {total} 中的前 {shown}；点击文件名可下载全部。"],
  "file.count": ["{n} files", "{n} 个文件"],
  "file.count.one": ["1 file", "1 个文件"],
  "file.cut": ["Only {n} {n:file|files} of the folder {n:is|are} listed; there may be more, and more images.", "只列出了文件夹中的 {n} 个文件，可能还有更多文件和图片。"],
};

/**
 * Adds the sentences of a page that few open, which the others need not load.
 * @param {Record<string, [string, string]>} texts
 */
export function addTexts(texts) {
  Object.assign(TEXTS, texts);
}

/** The page's language, chosen by the server. */
export const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
const grouped = new Intl.NumberFormat(language === "zh" ? "zh-CN" : "en-US");

/**
 * A count as the page's language writes it, its thousands apart.
 * @param {number} value
 */
export function count(value) {
  return grouped.format(value);
}

/**
 * The text of a key in the page's language.
 * @param {string} key
 * @param {Record<string, string | number>} [values] what stands for `{name}` in the text, numbers as counts;
 *   `{name:run|runs}` is the first word where it is 1, else the second
 * @returns {string}
 */
export function t(key, values = {}) {
  const pair = TEXTS[key];
  if (!pair) throw new Error(`no text for ${key}`);
  const text = pair[language === "zh" ? 1 : 0];
  return text.replace(/\{(\w+)(?::(.*?)\|(.*?))?\}/g, (whole, name, one, many) => {
    if (!(name in values)) return whole;
    const given = values[name];
    const value = typeof given === "number" ? count(given) : given;
    if (many === undefined) return value;
    return value === "1" ? one : many;
  });
}
