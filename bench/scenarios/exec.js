import { echo } from '../support/echo.js'
import { hostExec } from '../support/host.js'
import { interleave } from '../support/interleave.js'
import { atMost, row, timesAsLong, timesFaster } from '../support/row.js'
import { summarizeAll } from '../support/statistics.js'
import { timed } from '../support/timed.js'

/** Long enough that at half a processor no contender runs into its quota, which is what `exec-quota` measures. */
const PAUSE = 5

/** One command after the other, with a pause. */
export async function run({ cofferdam, dockerode, quick, progress }) {
  const [ours, theirs] = [await cofferdam.create(), await dockerode.create()]
  const samples = await interleave(
    {
      cofferdam: { sample: timed(() => echo(ours.exec)), block: 50, warmup: 5 },
      // As a runc takes more than a pause to earn, its turns are shorter.
      dockerode: { sample: timed(() => echo(theirs.exec)), block: 20, warmup: 2 },
      child_process: { sample: timed(() => echo(hostExec)), block: 50, warmup: 5 },
    },
    { rounds: quick ? 3 : 12, pause: PAUSE, progress },
  )
  await Promise.all([ours.remove(), theirs.remove()])
  const results = summarizeAll(samples)
  return [
    row({
      scenario: 'exec',
      what: "exec('echo hi')",
      results,
      checks: [
        atMost(results.cofferdam.p50, 1.6, 'p50 ≤ 1.6 ms'),
        timesFaster(results.cofferdam.p50, results.dockerode.p50, 22, 'dockerode'),
        timesAsLong(results.cofferdam.p50, results.child_process.p50, 0.5, 'child_process'),
      ],
    }),
  ]
}
