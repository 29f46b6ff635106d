// Writes the report of scripts/coverage.sh: a table, and every line that no test reaches, with the reason from scripts/uncovered.json.
// Fails below 95 % for either part, and for uncovered lines without a reason.
import { readFileSync, writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'

const LEAST = 95
const root = resolve(import.meta.dirname, '..')
const [work] = process.argv.slice(2)

/** File → line → how often it ran, from LLVM, without the tests themselves. */
function rustLines() {
  const files = new Map()
  let lines
  for (const row of readFileSync(`${work}/rust.lcov`, 'utf8').split('\n')) {
    if (row.startsWith('SF:')) files.set(relative(root, row.slice(3)), (lines = new Map()))
    const found = /^DA:(\d+),(\d+)/.exec(row)
    if (found) lines.set(Number(found[1]), Number(found[2]))
  }
  for (const [file, found] of files) {
    const tests = readFileSync(`${root}/${file}`, 'utf8').split('\n').indexOf('mod tests {')
    if (tests >= 0) for (const line of found.keys()) if (line > tests) found.delete(line)
  }
  for (const file of files.keys()) if (/\/tests\.rs$|\/testing(\/|\.rs$)/.test(file)) files.delete(file)
  return files
}

/** The same from V8. A line counts as run if every statement that begins on it has run. */
function javascriptLines() {
  const files = new Map()
  for (const [path, { statementMap, s: runs }] of Object.entries(JSON.parse(readFileSync(`${work}/vitest/coverage-final.json`, 'utf8')))) {
    // Generated, and mostly for other platforms.
    if (path === `${root}/native.cjs`) continue
    const lines = new Map()
    for (const [id, { start }] of Object.entries(statementMap)) lines.set(start.line, Math.min(lines.get(start.line) ?? Infinity, runs[id]))
    files.set(relative(root, path), lines)
  }
  return files
}

/** Blocks of lines that never ran: `{ file, from, to, code }`, with the code of the first line. */
function uncovered(files) {
  const places = []
  for (const [file, lines] of files) {
    const code = readFileSync(`${root}/${file}`, 'utf8').split('\n')
    let place
    for (const [line, runs] of [...lines].sort(([a], [b]) => a - b)) {
      if (runs > 0) place = undefined
      else if (place) place.to = line
      else places.push((place = { file, from: line, to: line, code: code[line - 1].trim() }))
    }
  }
  return places
}

const percent = (files) => {
  const all = [...files.values()].flatMap((lines) => [...lines.values()])
  return { covered: all.filter((runs) => runs > 0).length, lines: all.length, percent: (100 * all.filter((runs) => runs > 0).length) / all.length }
}

const reasons = JSON.parse(readFileSync(`${root}/scripts/uncovered.json`, 'utf8'))
const parts = { 'src/core/engine': rustLines(), 'js': javascriptLines() }
const report = ['# Line coverage', '', '| part | lines | run by a test | |', '| --- | ---: | ---: | ---: |']
let failed = false
for (const [part, files] of Object.entries(parts)) {
  const total = percent(files)
  report.push(`| ${part} | ${total.lines} | ${total.covered} | ${total.percent.toFixed(1)} % |`)
  failed ||= total.percent < LEAST
}
report.push('', '| not run | code | why |', '| --- | --- | --- |')
for (const { file, from, to, code } of Object.values(parts).flatMap(uncovered)) {
  const reason = reasons[file]?.[code]
  failed ||= reason === undefined
  report.push(`| ${file}:${from}${to > from ? `-${to}` : ''} | \`${code.replaceAll('|', '\\|')}\` | ${reason ?? '**no reason given**'} |`)
}
writeFileSync(`${work}/report.md`, `${report.join('\n')}\n`)
console.log(report.join('\n'))
process.exitCode = failed ? 1 : 0
