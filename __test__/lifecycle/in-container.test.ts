import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { ENGINE, temporaryDirectory } from '../support/fake-engine.ts'
import { runContainer } from '../support/run-container.ts'
import { cleanUp } from '../support/sandboxes.ts'
import { outcomes, type Outcome, type Step } from '../support/steps.ts'
import type { DockerSandboxOptions } from '../../index.js'

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** Runs steps in a container that has the engine's socket, like a web server in a container. */
async function inContainer(options: DockerSandboxOptions, steps: Step[], mounts: object[] = []): Promise<Outcome[]> {
  const output = await runContainer({
    Entrypoint: ['node', `${REPOSITORY}/__test__/fixtures/sandbox.js`, JSON.stringify({ options, steps, end: 'close' })],
    HostConfig: {
      NetworkMode: 'none',
      Mounts: [
        { Type: 'bind', Source: ENGINE, Target: ENGINE },
        { Type: 'bind', Source: REPOSITORY, Target: REPOSITORY, ReadOnly: true },
        ...mounts,
      ],
    },
  })
  return outcomes(output.toString())
}

const FILES: Step[] = [
  ['writeFile', 'a', 'sub/file', 'written'],
  ['exec', 'a', 'cat sub/file; echo made > made; stat -c %u:%g made'],
  ['readFile', 'a', 'made'],
  ['info', 'a'],
]

const REMOVE: Step = ['remove', 'a', { workspace: true }]

/** The name of the sandbox's container and volume. */
function nameIn(info: Outcome | undefined): string {
  const { kind, location } = info?.value?.workspace ?? {}
  if (kind !== 'volume') throw new Error(`no volume: ${JSON.stringify(info)}`)
  cleanUp(async () => {
    await docker.getContainer(location).remove({ force: true }).catch(() => {})
    await docker.getVolume(location).remove().catch(() => {})
  })
  return location
}

/** The containers and volumes of this name. */
async function named(name: string): Promise<string[]> {
  const filters = { name: [name] }
  const { Volumes } = await docker.listVolumes({ filters })
  return [...(await docker.listContainers({ all: true, filters })).map(({ Id }) => Id), ...(Volumes ?? []).map(({ Name }) => Name)]
}

test("workspace 'auto' is a volume where the engine does not see the data directory", async () => {
  const [written, ran, read, info, removed] = await inContainer({ dataDir: '/srv/data' }, [...FILES, REMOVE])
  const name = nameIn(info)
  expect(written).toEqual({ method: 'writeFile', value: null })
  expect(ran?.value).toMatchObject({ exitCode: 0, stdout: 'written1000:1000\n' })
  expect(read?.value).toBe('made\n')
  expect(name).toMatch(/^cofferdam-[0-9a-f]{20}$/)
  expect(removed?.error).toBeUndefined()
  expect(await named(name)).toEqual([])
})

test("workspace 'auto' is a volume where the engine sees a different directory at the same path", async () => {
  // The path exists on the host and in the container with different contents. The engine would mount the host's without complaint.
  const directory = temporaryDirectory()
  cleanUp(() => docker.getVolume(`cofferdam-test-${process.pid}`).remove().catch(() => {}))
  const inside = { Type: 'volume', Source: `cofferdam-test-${process.pid}`, Target: directory }
  const [, ran, read, info, removed] = await inContainer({ dataDir: directory }, [...FILES, REMOVE], [inside])
  const name = nameIn(info)
  expect(ran?.value).toMatchObject({ exitCode: 0, stdout: 'written1000:1000\n' })
  expect(read?.value).toBe('made\n')
  expect(removed?.error).toBeUndefined()
  expect(await named(name)).toEqual([])
})

test("workspace 'bind' fails where the engine does not see the data directory, and the error says why", async () => {
  const [outcome] = await inContainer({ dataDir: '/srv/data', workspace: 'bind' }, [['getOrCreate', 'a']])
  expect(outcome?.error?.message).toMatch(/bind source|data directory|\/srv\/data/)
})
