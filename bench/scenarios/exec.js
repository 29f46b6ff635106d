import { echo } from '../support/echo.js'
import { hostExec } from '../support/host.js'
import { interleave } from '../support/interleave.js'
import { startLargeHost } from '../support/large-host.js'
import { atMost, row, timesAsLong, timesFaster } from '../support/row.js'
import { summarizeAll } from '../support/statistics.js'
import { timed } from '../support/timed.js'

/** Milliseconds between calls, so that no contender exceeds half a CPU. `exec-quota` measures that case. */
const PAUSE = 5
const LARGE = 'child_process, in a process of 192 MiB'

/** One command after another, with pauses. */
export async function run({ cofferdam, dockerode, cleanup, quick, progress }) {
  const [ours, theirs] = [await cofferdam.create(), await dockerode.create()]
  const large = startLargeHost(cleanup)
  const samples = await interleave(
    {
      cofferdam: { sample: timed(() => echo(ours.exec)), block: 50, warmup: 5 },
      // Fewer calls, because each takes twenty times as long and turns should stay short.
      dockerode: { sample: timed(() => echo(theirs.exec)), block: 20, warmup: 2 },
      child_process: { sample: timed(() => echo(hostExec)), block: 50, warmup: 5 },
      [LARGE]: { sample: large.sample, block: 25, warmup: 2 },
    },
    { rounds: quick ? 3 : 12, pause: PAUSE, progress },
  )
  await Promise.all([ours.remove(), theirs.remove(), large.stop()])
  const { [LARGE]: ofLarge, ...results } = summarizeAll(samples)
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
      more: { [LARGE]: ofLarge },
    }),
  ]
}
