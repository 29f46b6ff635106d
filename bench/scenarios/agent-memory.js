import { echo } from '../support/echo.js'
import { status } from '../support/memory.js'
import { atMost, row } from '../support/row.js'
import { sleep } from '../support/sleep.js'
import { summarize } from '../support/statistics.js'

const SANDBOXES = 3
const COMMANDS = 100

/** The memory of an idle agent that has done some work. */
export async function run({ cofferdam, dockerode, progress }) {
  const samples = []
  for (let index = 0; index < SANDBOXES; index++) {
    progress(`sandbox ${index + 1} of ${SANDBOXES}`)
    const place = await cofferdam.create()
    for (let command = 0; command < COMMANDS; command++) await echo(place.exec)
    await place.exec('head -c 20000000 /dev/zero')
    await sleep(500)
    // Reads the container's first process on the host, which requires a local engine.
    samples.push(status(await dockerode.pid(place.id), 'VmRSS'))
    await place.remove()
  }
  const { n, p50 } = summarize(samples)
  return [
    row({
      scenario: 'agent-memory',
      what: 'resident memory of an idle agent',
      unit: 'MiB',
      results: { cofferdam: { n, p50 } },
      checks: [atMost(p50, 1.5, '≤ 1.5 MiB')],
    }),
  ]
}
