import { monitorEventLoopDelay } from 'node:perf_hooks'
import { interleave } from '../support/interleave.js'
import { atMost, row } from '../support/row.js'
import { summarize } from '../support/statistics.js'

const SANDBOXES = 4
const AT_ONCE = 64
const BYTES = 100_000

/** How late this process's timers are while many commands with much output run. */
export async function run({ cofferdam, dockerode, quick, progress }) {
  const ours = await Promise.all(Array.from({ length: SANDBOXES }, () => cofferdam.create()))
  const theirs = await Promise.all(Array.from({ length: SANDBOXES }, () => dockerode.create()))
  const samples = await interleave(
    {
      // As often as gives each about as long a time to be late in.
      cofferdam: { sample: () => delay(ours, 10), warmup: 1 },
      dockerode: { sample: () => delay(theirs, 1) },
    },
    { rounds: quick ? 2 : 5, settle: 500, progress },
  )
  await Promise.all([...ours, ...theirs].map(({ remove }) => remove()))
  const median = (list) => ({ n: list.length, p50: summarize(list).p50 })
  const results = { cofferdam: median(samples.cofferdam), dockerode: median(samples.dockerode) }
  return [
    row({
      scenario: 'event-loop',
      what: `event loop delay p99 during ${AT_ONCE} execs of 100 KB`,
      results,
      checks: [atMost(results.cofferdam.p50, 10, '≤ 10 ms')],
    }),
  ]
}

/** The p99 in milliseconds, the monitor's own period of 1 ms included. */
async function delay(places, times) {
  globalThis.gc?.()
  const monitor = monitorEventLoopDelay({ resolution: 1 })
  monitor.enable()
  for (let time = 0; time < times; time++) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => print(places[index % places.length])))
  }
  monitor.disable()
  return monitor.percentile(99) / 1e6
}

async function print({ exec }) {
  const { stdout, exitCode } = await exec(`head -c ${BYTES} /dev/zero`)
  if (exitCode !== 0 || stdout.length !== BYTES) throw new Error(`${stdout.length} bytes, exit code ${exitCode}`)
}
