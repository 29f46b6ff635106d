import { measureFiles } from '../support/files.js'
import { row, timesFaster } from '../support/row.js'

const MIB = 1024 * 1024

/** A file of 10 MiB. */
export async function run(bench) {
  const measured = await measureFiles(bench, {
    size: 10 * MIB,
    rounds: bench.quick ? 3 : 8,
    // Long enough for the CPU quota to recover from the previous call.
    pause: 60,
    blocks: { cofferdam: 5, dockerode: 5 },
  })
  return Object.entries(measured).map(([verb, results]) =>
    row({
      scenario: 'large-files',
      what: `${verb} 10 MiB`,
      results,
      checks: [timesFaster(results.cofferdam.p50, results.dockerode.p50, 1, 'dockerode')],
    }),
  )
}
