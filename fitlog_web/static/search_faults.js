// What is wrong with a search, in Chinese: the server, whose commands and Python use the same words, says it in English.

/** Each sentence of the server as a pattern, and the sentence in its place. @type {[RegExp, string][]} */
const SENTENCES = [
  [/^(.+) looks at the curves, which cannot be done here$/, "$1 要查看曲线，这里做不到"],
  [/^the search is longer than (.+) characters$/, "搜索超过了 $1 个字符"],
  [/^the search has more than (.+) conditions$/, "搜索的条件超过了 $1 个"],
  [/^the search is nested deeper than (.+) levels$/, "搜索的嵌套超过了 $1 层"],
  [/^a search that begins with (.+) ends with (.+)$/, "以 $1 开头的搜索须以 $2 结尾"],
  [/^(.+) is 1 \(all conditions\) or 0 \(any of them\)(?:, not (.+))?$/, "$1 只能是 1（满足全部条件）或 0（满足任一条件）"],
  [/^the list for (.+) is empty$/, "$1 的列表是空的"],
  [/^a condition for (.+) is a number, a text or a list of them$/, "$1 的条件须是数字、文本，或它们的列表"],
  [/^a condition beside && for (.+) is missing$/, "$1 的 && 旁边缺少条件"],
  [/^the condition (.+) for (.+) has a sign at both ends$/, "$2 的条件 $1 两端都有符号"],
  [/^there is no sign (.+); there are (.+) and (.+)$/, "没有 $1 这个符号；可用的有 $2 和 $3"],
  [/^a value for (.+) is missing behind (.+)$/, "$1 的 $2 后面缺少值"],
  [/^a value for (.+) is missing$/, "缺少 $1 的值"],
  [/^'!' is no sign; that it is another is written !=$/, "“!” 不是符号；不等于写作 !="],
  [
    /^the condition (.+) for (.+) has a sign in its middle; write a range as (.+), and a text that holds such a sign with == before it$/,
    "$2 的条件 $1 中间有符号；范围写作 $3，含有这种符号的文本前面加 ==",
  ],
  [/^(.+) stands here twice; write a range as (.+)$/, "$1 出现了两次；范围写作 $2"],
  [/^the search goes on after the closing brace$/, "右花括号之后还有内容"],
  [/^(.+) is no number; texts stand in quotes$/, "$1 不是数字；文本须加引号"],
  [/^a value is missing; texts stand in quotes$/, "缺少值；文本须加引号"],
  [/^(.+) is no number; (.+) takes a column and numbers$/, "$1 不是数字；$2 的参数是一列和若干数字"],
  [/^a column's name in quotes is missing$/, "缺少加引号的列名"],
  [/^a value is missing$/, "缺少值"],
  [/^a column's name is missing before (.+)$/, "$1 前面缺少列名"],
  [/^the quote is not closed$/, "引号没有闭合"],
  [/^\\u needs four hexadecimal digits$/, "\\u 后面须有四位十六进制数字"],
  [/^this parenthesis was never opened$/, "这个右括号没有对应的左括号"],
  [/^this parenthesis is not closed$/, "这个括号没有闭合"],
  [/^a condition is missing here$/, "这里缺少条件"],
  [/^a condition is missing behind the minus sign$/, "减号后面缺少条件"],
  [/^the column comes first, as in (.+)$/, "列名写在前面，例如 $1"],
  [/^conditions side by side all have to hold; the word (.+) as a text stands in quotes$/, "并列的条件须全部满足；把 $1 当作文本时须加引号"],
  [/^either of two conditions is written a \| b; the word (.+) as a text stands in quotes$/, "满足其一写作 a | b；把 $1 当作文本时须加引号"],
  [/^the opposite of a condition is written -a; the word (.+) as a text stands in quotes$/, "取反写作 -a；把 $1 当作文本时须加引号"],
  [/^(.+) has nothing to stand beside; put text in quotes$/, "$1 旁边没有内容；文本须加引号"],
  [/^a list is written (.+) without brackets$/, "列表写作 $1，不加方括号"],
  [/^the sign is written (.+), not (.+)$/, "符号写作 $1，而不是 $2"],
  [/^a range is written with two dots$/, "范围用两个点表示"],
  [/^a range is written (.+); quote a text$/, "范围写作 $1；文本须加引号"],
  [/^a range needs an end, as in (.+) or (.+)$/, "范围至少要有一端，例如 $1 或 $2"],
  [/^an argument or the closing parenthesis of (.+) is missing$/, "$1 缺少参数或右括号"],
  [/^a comma or the closing parenthesis of (.+) is missing$/, "$1 缺少逗号或右括号"],
  [/^(.+) needs a column, as in (.+)$/, "$1 需要一列，例如 $2"],
  [/^there is no call (.+); there are (.+)$/, "没有 $1 这种询问；可用的有 $2"],
  [/^(\S+) is written (.+)$/, "$1 写作 $2"],
  [/^(.+) takes a number of points, 1 or more, got (.+)$/, "$1 的点数须是不小于 1 的整数，而不是 $2"],
  [/^(.+) cannot be asked here$/, "这里不能用 $1"],
  [/^no column is called (.+)$/, "没有名为 $1 的列"],
  [/^(.+) may mean (.+) and (\d+) more; write more of the column's name$/, "$1 可以指 $2 和另外 $3 列；请把列名写得更完整"],
  [/^(.+) may mean (.+); write more of the column's name$/, "$1 可以指 $2；请把列名写得更完整"],
  [/^a (\S+) is missing$/, "缺少 $1"],
];

/** @param {string} sentence @returns {string} as it came where there is no other for it */
export function inChinese(sentence) {
  const found = SENTENCES.find(([pattern]) => pattern.test(sentence));
  return found ? sentence.replace(found[0], found[1]) : sentence;
}
