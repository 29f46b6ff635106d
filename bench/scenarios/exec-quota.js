import { echo } from '../support/echo.js'
import { interleave } from '../support/interleave.js'
import { ENGINE_PERIOD } from '../support/profile.js'
import { atMost, compared, row } from '../support/row.js'
import { summarizeAll } from '../support/statistics.js'
import { timed } from '../support/timed.js'

/** Commands without pauses, which exceed half a CPU: how long the slowest ones take. */
export async function run({ cofferdam, dockerode, quick, progress }) {
  const places = {
    cofferdam: await cofferdam.create(),
    dockerode: await dockerode.create(),
    'cofferdam, period 100 ms': await cofferdam.create(),
    'dockerode, period 100 ms': await dockerode.create({ period: ENGINE_PERIOD }),
  }
  await dockerode.setPeriod(places['cofferdam, period 100 ms'].id, ENGINE_PERIOD)
  const contenders = Object.entries(places).map(([name, { exec }]) => {
    const block = name.startsWith('cofferdam') ? 100 : 20
    return [name, { sample: timed(() => echo(exec)), block, warmup: 2 }]
  })
  const samples = await interleave(Object.fromEntries(contenders), { rounds: quick ? 2 : 8, progress })
  await Promise.all(Object.values(places).map(({ remove }) => remove()))
  const { cofferdam: ours, dockerode: theirs, ...more } = summarizeAll(samples)
  return [
    row({
      scenario: 'exec-quota',
      what: 'exec at half a CPU, back to back',
      results: { cofferdam: ours, dockerode: theirs },
      checks: [atMost(ours.p99, 15, 'p99 ≤ 15 ms'), compared(ours.p99, theirs.p99, "dockerode's p99")],
      more,
    }),
  ]
}
