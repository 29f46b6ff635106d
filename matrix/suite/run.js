// Runs the suite in a machine: node matrix/suite/run.js <environment> [file...]
//
// Prints each test. Writes the figures, as one line of JSON, to the file that MATRIX_RESULT names.
import { writeFileSync } from 'node:fs'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { engine, inventory } from './support/engine.js'

const FILES = ['doctor', 'posture', 'limits', 'deadlines', 'files', 'disk', 'sessions', 'crashes', 'tasks', 'containers', 'networks', 'volumes', 'leftovers']

const [environment, ...chosen] = process.argv.slice(2)
const fileOf = (name) => fileURLToPath(new URL(`${name}.test.js`, import.meta.url))

process.env.MATRIX_ENVIRONMENT = environment
process.env.MATRIX_PACE = execFileSync(process.execPath, [fileURLToPath(new URL('pace.js', import.meta.url))], { encoding: 'utf8' }).trim()
process.env.MATRIX_BEFORE = JSON.stringify(await inventory())
console.log(`time limits are ${process.env.MATRIX_PACE} times those of a plain machine`)

/** What this is, for the table: the engine, the kernel and what the engine says of itself. */
async function facts() {
  const { body: version } = await engine('GET', '/version')
  const { body: info } = await engine('GET', '/info')
  const { Name = 'Docker', Version } = version.Components?.find(({ Name }) => /engine/i.test(Name)) ?? version
  return { engine: `${Name} ${Version}`, kernel: info.KernelVersion, node: process.version, driver: info.Driver, runtime: info.DefaultRuntime, security: info.SecurityOptions }
}

const begun = Date.now()
const count = { passed: 0, failed: 0, skipped: 0 }
const failures = []
const about = await facts()
console.log(JSON.stringify(about))
const stream = run({ files: (chosen.length > 0 ? chosen : FILES).map(fileOf), concurrency: 1 })
stream.on('test:pass', ({ skip }) => (count[skip === undefined || skip === false ? 'passed' : 'skipped'] += 1))
stream.on('test:fail', ({ name }) => {
  count.failed += 1
  failures.push(name)
})
stream.on('end', () => {
  const result = { environment, ...about, ...count, seconds: Math.round((Date.now() - begun) / 1000), pace: Number(process.env.MATRIX_PACE), failures }
  if (process.env.MATRIX_RESULT) writeFileSync(process.env.MATRIX_RESULT, `${JSON.stringify(result)}\n`)
  process.exitCode = count.failed > 0 ? 1 : 0
})
stream.compose(spec).pipe(process.stdout)
