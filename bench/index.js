import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import { join } from 'node:path'
import { doctor } from '../index.js'
import { scenarios } from './scenarios/index.js'
import { parseArguments, USAGE } from './support/arguments.js'
import { Cleanup } from './support/cleanup.js'
import { Cofferdam } from './support/cofferdam.js'
import { Dockerode } from './support/dockerode.js'
import { describeMachine, machine } from './support/machine.js'
import { progress, progressEnd } from './support/progress.js'
import { table } from './support/table.js'

const cleanup = new Cleanup()

async function main(options) {
  const { engine, problems } = await doctor()
  if (!engine) throw new Error(`no usable Docker engine: ${JSON.stringify(problems)}`)
  const facts = machine(engine)
  const directory = await mkdtemp(join(os.tmpdir(), 'cofferdam-bench-'))
  cleanup.defer(() => rm(directory, { recursive: true, force: true }))
  const { address } = engine
  const cofferdam = new Cofferdam(address, directory, cleanup)
  const dockerode = new Dockerode(address, directory, cleanup)
  cleanup.defer(() => cofferdam.removeAll())
  const shared = { address, directory, cofferdam, dockerode, cleanup, quick: options.quick }
  // Connects, installs the agent and creates the network that both sides use: one-time costs that no row should include.
  const first = await cofferdam.create()
  await first.remove()

  const rows = []
  for (const [name, run] of Object.entries(scenarios)) {
    if (options.only.length > 0 && !options.only.includes(name)) continue
    globalThis.gc?.()
    rows.push(...(await run({ ...shared, progress: progress(name) })))
  }
  progressEnd()
  facts.loadAfter = os.loadavg()[0]
  if (options.json) console.log(JSON.stringify({ machine: facts, quick: options.quick, rows }, null, 2))
  else console.log(`${describeMachine(facts)}\n\n${table(rows)}`)
}

/** Cleans up on the first signal. A second one ends the process at once. */
function endOn(signal) {
  process.once(signal, async () => {
    interrupted = true
    process.stderr.write('\ncleaning up…\n')
    await cleanup.run().catch((error) => console.error(error))
    process.exit(128 + os.constants.signals[signal])
  })
}

let options
let interrupted = false
try {
  options = parseArguments(process.argv.slice(2), Object.keys(scenarios))
} catch (error) {
  console.error(`${error.message}\n\n${USAGE}`)
  process.exit(2)
}
if (options.help) {
  console.log(USAGE)
  process.exit(0)
}
endOn('SIGINT')
endOn('SIGTERM')
try {
  await main(options)
} catch (error) {
  progressEnd()
  // After an interrupt, calls fail because their container is gone.
  if (!interrupted) console.error(error)
  process.exitCode = 1
} finally {
  await cleanup.run()
}
