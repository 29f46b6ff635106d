const HEADINGS = ['what', 'cofferdam', 'dockerode', 'child_process', 'ratio', 'target', 'met']
const CONTENDERS = HEADINGS.slice(1, 4)

/** A Markdown table that is readable as plain text. */
export function table(rows) {
  const lines = rows.flatMap((row) => [cells(row), ...Object.entries(row.more).map(([name, summary]) => extra(row, name, summary))])
  const widths = HEADINGS.map((heading, column) => Math.max(...[heading, ...lines.map((line) => line[column])].map((cell) => cell.length)))
  const format = (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  return [format(HEADINGS), rule, ...lines.map(format)].join('\n')
}

function cells({ what, unit, results, checks }) {
  const promised = checks.filter(({ target }) => target)
  return [
    `${what} (${unit})`,
    ...CONTENDERS.map((name) => figures(results[name])),
    checks.map(({ ratio }) => ratio).filter(Boolean).join('; ') || '–',
    promised.map(({ target }) => target).join('; '),
    promised.map(({ met }) => (met ? 'yes' : 'NO')).join('; '),
  ]
}

/** Further figures of the row above, in the column of the contender that their name begins with, or else in the ratio column. */
function extra({ unit }, name, summary) {
  const owner = CONTENDERS.find((contender) => name.startsWith(contender))
  const columns = CONTENDERS.map((contender) => (contender === owner ? figures(summary) : ''))
  return [`· ${name} (${unit})`, ...columns, owner ? '' : figures(summary), '', '']
}

function figures(summary) {
  if (!summary) return '–'
  const { p50, p95, p99 } = summary
  return p95 === undefined ? round(p50) : [p50, p95, p99].map(round).join(' / ')
}

/** About three significant digits; more would be noise. */
function round(figure) {
  if (figure >= 100) return figure.toFixed(0)
  return figure >= 10 ? figure.toFixed(1) : figure.toFixed(2)
}
