// Prints the results of environments as a table: node matrix/table.js <folder of results> <environment...>
// Fails if any test failed, or if an environment has no result.
import { readFileSync } from 'node:fs'
import path from 'node:path'

const [folder, ...environments] = process.argv.slice(2)

function resultOf(environment) {
  try {
    return JSON.parse(readFileSync(path.join(folder, `${environment}.json`), 'utf8'))
  } catch {
    return { environment }
  }
}

const results = environments.map(resultOf)
const rows = results.map(({ environment, engine = '', passed = '-', failed = '-', skipped = '-', seconds = '-', pace = '-' }) => [environment, engine, passed, failed, skipped, seconds, pace])
const table = [['environment', 'engine', 'passed', 'failed', 'skipped', 'seconds', 'slower by'], ...rows].map((row) => row.map(String))
const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)))
for (const row of table) console.log(`| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`)

for (const { environment, failures = [] } of results) {
  for (const name of failures) console.log(`${environment}: failed: ${name}`)
}
process.exitCode = results.every(({ failed }) => failed === 0) ? 0 : 1
