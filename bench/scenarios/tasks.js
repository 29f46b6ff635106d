import { DockerExecutor } from '../../index.js'
import { clients, LABELS } from '../support/containers.js'
import { interleave } from '../support/interleave.js'
import { IMAGE } from '../support/profile.js'
import { row, timesAsLong, timesFaster } from '../support/row.js'
import { summarizeAll } from '../support/statistics.js'
import { timed } from '../support/timed.js'

const MIB = 1024 * 1024

/** How many tasks run at once, and in total. */
const CONCURRENCY = 8
const TASKS = 100

/** A container per command, compared to what the engine needs to create, start, wait for and remove one with the same limits. */
export async function run({ address, cleanup, directory, quick, progress }) {
  const { docker } = clients(address, cleanup)
  const executor = new DockerExecutor({ engine: address, image: IMAGE, tasksDir: `${directory}/tasks`, log: () => {} })
  const close = cleanup.defer(() => executor.close())
  const ours = () => executor.execute('true')
  const theirs = () => engineTask(docker)

  const single = { cofferdam: { sample: timed(ours), block: 2, warmup: 1 }, dockerode: { sample: timed(theirs), block: 2, warmup: 1 } }
  const one = summarizeAll(await interleave(single, { rounds: quick ? 3 : 10, settle: 300, progress }))
  const count = quick ? TASKS / 4 : TASKS
  const batch = { cofferdam: { sample: rate(ours, count) }, dockerode: { sample: rate(theirs, count) } }
  const many = summarizeAll(await interleave(batch, { rounds: quick ? 1 : 3, settle: 500, progress }))
  await close()
  return [
    row({
      scenario: 'tasks',
      what: "execute('true'): a container for one command",
      results: one,
      checks: [timesAsLong(one.cofferdam.p50, one.dockerode.p50, 1.1, 'dockerode')],
    }),
    row({
      scenario: 'tasks',
      what: `${count} tasks, ${CONCURRENCY} at once`,
      unit: 'tasks/s',
      results: medians(many),
      checks: [timesFaster(many.dockerode.p50, many.cofferdam.p50, 0.9, 'dockerode')],
    }),
  ]
}

/** Medians only: with three rounds, percentiles would be noise. */
function medians(results) {
  return Object.fromEntries(Object.entries(results).map(([name, { n, p50 }]) => [name, { n, p50 }]))
}

/** The minimal calls to the engine for a task. */
async function engineTask(docker) {
  const made = await docker.createContainer({
    Image: IMAGE,
    Cmd: ['true'],
    User: '1000:1000',
    Labels: LABELS,
    HostConfig: {
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: 512 * MIB,
      MemorySwap: 512 * MIB,
      PidsLimit: 32,
      NanoCpus: 2e9,
      LogConfig: { Type: 'none', Config: {} },
    },
  })
  try {
    await made.start()
    await made.wait()
  } finally {
    await made.remove({ force: true })
  }
}

/** A sample: how many tasks finish per second. */
function rate(task, count) {
  return async () => {
    let left = count
    const worker = async () => {
      while (left-- > 0) await task()
    }
    const begun = performance.now()
    await Promise.all(Array.from({ length: CONCURRENCY }, worker))
    return count / ((performance.now() - begun) / 1000)
  }
}
