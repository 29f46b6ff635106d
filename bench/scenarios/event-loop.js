import { monitorEventLoopDelay } from 'node:perf_hooks'
import { clients, container } from '../support/containers.js'
import { interleave } from '../support/interleave.js'
import { atMost, row } from '../support/row.js'
import { summarize } from '../support/statistics.js'

const SANDBOXES = 4
const AT_ONCE = 64
const BYTES = 100_000
const LOG = 10_000_000

/** How late this process's timers fire under load. */
export async function run(context) {
  return [await execs(context), await managers(context)]
}

/** During many commands with much output. */
async function execs({ cofferdam, dockerode, quick, progress }) {
  const ours = await Promise.all(Array.from({ length: SANDBOXES }, () => cofferdam.create()))
  const theirs = await Promise.all(Array.from({ length: SANDBOXES }, () => dockerode.create()))
  const samples = await interleave(
    {
      // Ten times as many commands, so that both are monitored for about as long.
      cofferdam: { sample: () => delay(() => printAll(ours, 10), (monitor) => monitor.percentile(99)), warmup: 1 },
      dockerode: { sample: () => delay(() => printAll(theirs, 1), (monitor) => monitor.percentile(99)) },
    },
    { rounds: quick ? 2 : 5, settle: 500, progress },
  )
  await Promise.all([...ours, ...theirs].map(({ remove }) => remove()))
  const results = medians(samples)
  return row({
    scenario: 'event-loop',
    what: `event loop delay p99 during ${AT_ONCE} execs of 100 KB`,
    results,
    checks: [atMost(results.cofferdam.p50, 10, '≤ 10 ms')],
  })
}

/** While a manager reads a log, inspects, measures and lists. The longest delay counts, because no call may block. */
async function managers({ address, cleanup, quick, progress }) {
  const { manager, docker } = clients(address, cleanup)
  const logging = await container(docker, cleanup, ['sh', '-c', `head -c ${LOG} /dev/zero | tr '\\0' x | fold -w 1000; exec sleep infinity`], { log: 'local' })
  const ours = async () => {
    const log = async () => {
      for await (const _ of manager.getContainerLogs(logging.id));
    }
    const calls = async () => {
      for (let time = 0; time < 20; time++) await Promise.all([manager.inspectContainer(logging.id), manager.listContainers(true), manager.getContainerStats(logging.id), manager.listImages()])
    }
    await Promise.all([log(), calls()])
  }
  const theirs = async () => {
    const log = async () => {
      const stream = await logging.made.logs({ follow: false, stdout: true, stderr: true })
      return stream.length
    }
    const calls = async () => {
      for (let time = 0; time < 20; time++) await Promise.all([logging.made.inspect(), docker.listContainers({ all: true }), docker.listImages()])
    }
    await Promise.all([log(), calls()])
  }
  const longest = (monitor) => monitor.max
  const samples = await interleave(
    { cofferdam: { sample: () => delay(ours, longest), warmup: 1 }, dockerode: { sample: () => delay(theirs, longest) } },
    { rounds: quick ? 2 : 5, settle: 500, progress },
  )
  await logging.remove()
  const results = medians(samples)
  return row({
    scenario: 'event-loop',
    what: 'longest event loop delay during a log of 10 MB and 80 calls of a manager',
    results,
    checks: [atMost(results.cofferdam.p50, 5, '≤ 5 ms')],
  })
}

function medians({ cofferdam, dockerode }) {
  const median = (list) => ({ n: list.length, p50: summarize(list).p50 })
  return { cofferdam: median(cofferdam), dockerode: median(dockerode) }
}

/** A statistic of the delays in milliseconds, which include the monitor's period of 1 ms. */
async function delay(work, figure) {
  globalThis.gc?.()
  const monitor = monitorEventLoopDelay({ resolution: 1 })
  monitor.enable()
  await work()
  monitor.disable()
  return figure(monitor) / 1e6
}

async function printAll(places, times) {
  for (let time = 0; time < times; time++) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => print(places[index % places.length])))
  }
}

async function print({ exec }) {
  const { stdout, exitCode } = await exec(`head -c ${BYTES} /dev/zero`)
  if (exitCode !== 0 || stdout.length !== BYTES) throw new Error(`${stdout.length} bytes, exit code ${exitCode}`)
}
