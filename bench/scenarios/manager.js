import { clients, container, LABELS } from '../support/containers.js'
import { interleave } from '../support/interleave.js'
import { IMAGE } from '../support/profile.js'
import { row, timesAsLong } from '../support/row.js'
import { summarizeAll } from '../support/statistics.js'
import { timed } from '../support/timed.js'

/** How many containers are listed. */
const MANY = 100

/** Everyday calls of the container manager, which must not be slower than dockerode's. */
export async function run({ address, cleanup, quick, progress }) {
  const { manager, docker } = clients(address, cleanup)
  const running = await container(docker, cleanup, ['sleep', 'infinity'])
  const listed = await Promise.all(Array.from({ length: MANY }, () => docker.createContainer({ Image: IMAGE, Labels: LABELS })))
  const removeListed = cleanup.defer(() => Promise.all(listed.map((one) => one.remove({ force: true }))))
  const options = { Image: IMAGE, Cmd: ['sleep', 'infinity'], HostConfig: { NetworkMode: 'none' }, Labels: LABELS }
  const calls = {
    'inspect a container': [
      () => manager.inspectContainer(running.id),
      () => docker.getContainer(running.id).inspect(),
      { rounds: 10, block: 20 },
    ],
    [`list ${MANY} containers`]: [() => manager.listContainers(true), () => docker.listContainers({ all: true }), { rounds: 10, block: 5 }],
    'create, start and remove a container': [
      async () => {
        const id = await manager.createContainer({ image: IMAGE, command: ['sleep', 'infinity'], network: 'none', labels: LABELS })
        await manager.startContainer(id)
        await manager.removeContainer(id, true)
      },
      async () => {
        const made = await docker.createContainer(options)
        await made.start()
        await made.remove({ force: true })
      },
      { rounds: 12, block: 1 },
    ],
    'measure a container': [
      () => manager.getContainerStats(running.id),
      () => docker.getContainer(running.id).stats({ stream: false }),
      { rounds: 4, block: 1 },
    ],
  }
  const rows = []
  for (const [what, [ours, theirs, { rounds, block }]] of Object.entries(calls)) {
    const contenders = { cofferdam: { sample: timed(ours), block, warmup: 1 }, dockerode: { sample: timed(theirs), block, warmup: 1 } }
    const results = summarizeAll(await interleave(contenders, { rounds: quick ? Math.ceil(rounds / 3) : rounds, progress }))
    rows.push(row({ scenario: 'manager', what, results, checks: [timesAsLong(results.cofferdam.p50, results.dockerode.p50, 1, 'dockerode')] }))
  }
  await Promise.all([running.remove(), removeListed()])
  return rows
}
