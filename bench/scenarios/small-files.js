import { measureFiles } from '../support/files.js'
import { atMost, compared, row } from '../support/row.js'

const KIB = 1024

/** A file of 1 KB. */
export async function run(bench) {
  const measured = await measureFiles(bench, {
    size: KIB,
    rounds: bench.quick ? 3 : 10,
    pause: 5,
    blocks: { cofferdam: 50, dockerode: 20 },
  })
  return Object.entries(measured).map(([verb, results]) =>
    row({
      scenario: 'small-files',
      what: `${verb} 1 KB`,
      results,
      checks: [
        atMost(results.cofferdam.p50, 0.6, 'p50 ≤ 0.6 ms'),
        compared(results.cofferdam.p50, results.dockerode.p50, 'dockerode'),
      ],
    }),
  )
}
