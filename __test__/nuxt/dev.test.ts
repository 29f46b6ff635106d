import { readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { namespaceOf } from '../support/data-dir.ts'
import { containersOf, count, docker } from '../support/docker.ts'
import { engineOverTcp } from '../support/engine-over-tcp.ts'
import type { Project } from '../support/installed.ts'
import { compiled, exampleProject, PATIENCE, serve, type Server } from '../support/nuxt.ts'
import { newDataDir } from '../support/sandboxes.ts'

/** The route that each reload changes. */
const ROUTE = 'server/api/conversations/[id]/index.get.ts'

const dataDir = newDataDir()
let project: Project
let server: Server

beforeAll(async () => {
  project = await exampleProject()
  // With an engine that seems remote, each link is a process in the container and can be counted.
  const env = { NUXT_DOCKER_DATA_DIR: dataDir, DOCKER_HOST: await engineOverTcp() }
  server = await serve(project.directory, ['node_modules/nuxt/bin/nuxt.mjs', 'dev'], env)
}, 2 * PATIENCE)

/** A request with a deadline, because Nitro leaves some unanswered between two workers. */
function ask(route: string, options?: RequestInit): Promise<Response> {
  return fetch(`${server.url}/api/conversations/a${route}`, { headers: { Connection: 'close' }, signal: AbortSignal.timeout(10_000), ...options })
}

async function exec(command: string): Promise<string> {
  return (await ask('/exec', { method: 'POST', body: command })).text()
}

async function generation(): Promise<unknown> {
  const answer = await ask('').catch(() => undefined)
  return ((await answer?.json().catch(() => undefined)) as { generation?: number } | undefined)?.generation
}

/** Changes the server's code and waits until the new code answers. */
async function reload(next: number): Promise<void> {
  const file = path.join(project.directory, ROUTE)
  const source = readFileSync(file, 'utf8')
  const changed = source.replace(/return \{( generation: \d+,)?/, `return { generation: ${next},`)
  expect(changed).not.toBe(source)
  writeFileSync(file, changed)
  await expect.poll(generation, { timeout: 30_000 }).toBe(next)
}

async function containers(): Promise<string[]> {
  return (await containersOf(namespaceOf(dataDir) ?? '')).map(({ Id }) => Id)
}

/** The number of links to a container's agent. */
async function links(containerId: string): Promise<number> {
  const { Processes } = await docker.getContainer(containerId).top({ ps_args: '-eo pid,args' })
  return Processes.filter(([, args]) => args?.endsWith('bridge')).length
}

/** The number of open sockets of the server and its child processes. */
function sockets(): number {
  const group = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && groupOf(name) === server.pid)
  return group.flatMap((pid) => readdirSync(`/proc/${pid}/fd`).filter((fd) => isSocket(`/proc/${pid}/fd/${fd}`))).length
}

function groupOf(pid: string): number {
  try {
    // The name may contain anything; it is followed by the state, the parent and the group.
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[2])
  } catch {
    return 0
  }
}

function isSocket(file: string): boolean {
  try {
    return readlinkSync(file).startsWith('socket:')
  } catch {
    return false
  }
}

test('hot reloads keep one container and one link, and leak no sockets', async () => {
  expect(await exec('echo kept > file; echo first')).toContain('first')
  const [containerId = '', ...others] = await containers()
  expect([others, await links(containerId)]).toEqual([[], 1])
  await reload(1)
  expect(await exec('cat file')).toContain('kept')
  await expect.poll(() => links(containerId), { timeout: 10_000 }).toBe(1)
  const before = sockets()
  for (const next of [2, 3]) {
    await reload(next)
    expect(await exec('cat file')).toContain('kept')
    await expect.poll(() => links(containerId), { timeout: 10_000 }).toBe(1)
  }
  expect(await containers()).toEqual([containerId])
  await expect.poll(sockets, { timeout: 10_000 }).toBeLessThanOrEqual(before)
})

test('a hot reload ends running commands of the old code', async () => {
  void exec('sleep 4324').catch(() => {})
  const [containerId = ''] = await containers()
  await expect.poll(() => count(containerId, 'sleep 4324'), { timeout: 10_000 }).toBe(1)
  await reload(4)
  await expect.poll(() => count(containerId, 'sleep 4324'), { timeout: 10_000 }).toBe(0)
})

test.each([
  ['server', 'server/utils/docker.ts'],
  ['app', 'app/composables/useConversation.ts'],
  ['node', 'nuxt.config.ts'],
])('the example has no type errors (%s)', (config, file) => {
  const { errors, files } = compiled(project.directory, `.nuxt/tsconfig.${config}.json`)
  expect(errors).toEqual([])
  expect(files).toContain(path.join(project.directory, file))
})
