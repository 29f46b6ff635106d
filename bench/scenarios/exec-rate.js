import { echo } from '../support/echo.js'
import { hostExec } from '../support/host.js'
import { interleave } from '../support/interleave.js'
import { row, timesFaster } from '../support/row.js'
import { summarizeAll } from '../support/statistics.js'

const SANDBOXES = 4
const AT_ONCE = 16

/** Many commands at once in several sandboxes: how many per second. */
export async function run({ cofferdam, dockerode, quick, progress }) {
  const [ours, theirs] = [await several(cofferdam), await several(dockerode)]
  const duration = quick ? 500 : 1500
  const rate = (places) => () => perSecond(places, duration)
  const samples = await interleave(
    {
      cofferdam: { sample: rate(ours.map(({ exec }) => exec)) },
      dockerode: { sample: rate(theirs.map(({ exec }) => exec)) },
      child_process: { sample: rate([hostExec]) },
    },
    { rounds: quick ? 2 : 5, settle: 500, progress },
  )
  await Promise.all([...ours, ...theirs].map(({ remove }) => remove()))
  const results = summarizeAll(samples)
  const median = Object.fromEntries(Object.entries(results).map(([name, { n, p50 }]) => [name, { n, p50 }]))
  return [
    row({
      scenario: 'exec-rate',
      what: `execs per second, ${AT_ONCE} at once over ${SANDBOXES} sandboxes`,
      unit: '1/s',
      results: median,
      // Swapped, because for a rate more is better.
      checks: [timesFaster(median.dockerode.p50, median.cofferdam.p50, 20, 'dockerode')],
    }),
  ]
}

async function several(contender) {
  return Promise.all(Array.from({ length: SANDBOXES }, () => contender.create()))
}

async function perSecond(execs, duration) {
  const begun = performance.now()
  let done = 0
  const worker = async (index) => {
    const exec = execs[index % execs.length]
    while (performance.now() - begun < duration) {
      await echo(exec)
      done++
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => worker(index)))
  return done / ((performance.now() - begun) / 1000)
}
