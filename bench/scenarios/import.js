import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { interleave } from '../support/interleave.js'
import { atMost, row } from '../support/row.js'
import { summarizeAll } from '../support/statistics.js'

const SCRIPT = 'const begun = performance.now(); await import(process.argv[1]); console.log(performance.now() - begun)'

/** Importing the package in a new process, with its files in the page cache. */
export async function run({ progress, quick }) {
  const modules = { cofferdam: new URL('../../index.js', import.meta.url).href, dockerode: import.meta.resolve('dockerode') }
  const contenders = Object.entries(modules).map(([name, module]) => [name, { sample: () => imported(module), block: 2, warmup: 1 }])
  const results = summarizeAll(await interleave(Object.fromEntries(contenders), { rounds: quick ? 3 : 10, pause: 0, progress }))
  return [row({ scenario: 'import', what: 'import of the package', results, checks: [atMost(results.cofferdam.p50, 30, 'p50 ≤ 30 ms')] })]
}

async function imported(module) {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', SCRIPT, module])
  return Number(stdout)
}
