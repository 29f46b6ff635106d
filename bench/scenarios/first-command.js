import { echo } from '../support/echo.js'
import { interleave } from '../support/interleave.js'
import { row, timesAsLong } from '../support/row.js'
import { summarizeAll } from '../support/statistics.js'

/** The first command of a new conversation, with its container. The image and everything shared between processes exist. */
export async function run({ cofferdam, dockerode, quick, progress }) {
  const samples = await interleave(
    { cofferdam: { sample: () => fromNothing(cofferdam) }, dockerode: { sample: () => fromNothing(dockerode) } },
    { rounds: quick ? 4 : 20, settle: 500, progress },
  )
  const results = summarizeAll(samples)
  return [
    row({
      scenario: 'first-command',
      what: 'first command of a new conversation',
      results,
      checks: [timesAsLong(results.cofferdam.p50, results.dockerode.p50, 1.1, 'dockerode')],
    }),
  ]
}

async function fromNothing(contender) {
  const begun = performance.now()
  const place = await contender.create()
  await echo(place.exec)
  const ms = performance.now() - begun
  await place.remove()
  return ms
}
