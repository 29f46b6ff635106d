import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { temporaryDirectory } from '../support/fake-engine.ts'
import { create, newManager } from '../support/manager.ts'
import { cleanUp } from '../support/sandboxes.ts'
import { REPOSITORY, runProgram, script } from '../support/scripts.ts'
import { OUR_LABEL, unnamedImage } from '../support/unnamed-image.ts'

const manager = newManager()

/** A unique label for the objects of one test, and functions to create, list and clean up objects with it. */
function marked() {
  const [key, value] = ['cofferdam.test.cleanup', randomUUID()]
  const log = path.join(temporaryDirectory(), 'cleanup.log')
  const clean = (words: string[] = [], env: Record<string, string> = {}) =>
    runProgram(path.join(REPOSITORY, 'docker/sandbox/cleanup.sh'), ['--label', `${key}=${value}`, '--log', log, ...words], { env })
  const make = async (labels: Record<string, string>, state: 'created' | 'running' | 'exited') => {
    const id = await create(manager, { labels: { [key]: value, ...labels }, command: state === 'running' ? ['sleep', '300'] : 'true' })
    if (state !== 'created') await manager.startContainer(id)
    if (state === 'exited') await manager.wait(id)
    return id
  }
  const there = async () => (await docker.listContainers({ all: true, filters: { label: [`${key}=${value}`] } })).map(({ Id }) => Id).sort()
  return { labels: { [key]: value }, log, clean, make, there }
}

test('removes containers of sandboxes that stopped long ago, but none that run, are being created, or are foreign', async () => {
  const { clean, make, there, log } = marked()
  const ours = await make({ 'cofferdam.sandbox': 'ours' }, 'exited')
  const others = [
    await make({ 'cofferdam.sandbox': 'running' }, 'running'),
    await make({ 'cofferdam.sandbox': 'in-the-making' }, 'created'),
    await make({ 'cofferdam.sandbox': 'task', 'cofferdam.profile': 'task' }, 'exited'),
    await make({ 'cofferdam.helper': 'fresh' }, 'created'),
    await make({}, 'exited'),
    await make({ 'cofferdam.managed': 'true' }, 'exited'),
  ]
  // Nothing is old enough.
  expect(await clean()).toMatchObject({ code: 0, output: expect.stringMatching(/^\S+ 0 removed, 0 failed\n$/) })
  const { output: said } = await clean(['--dry-run', '--older-than', '0'])
  expect(said).toMatch(new RegExp(`^\\S+ would remove container ${ours}: exited since \\S+\n$`))
  expect(await there()).toEqual([ours, ...others].sort())

  const { code, output } = await clean(['--older-than', '0'])
  expect([code, output]).toEqual([0, expect.stringContaining(` removed container ${ours}: exited since `)])
  expect(output).toContain(' 1 removed, 0 failed\n')
  expect(await there()).toEqual(others.sort())
  // The log has all output.
  expect(readFileSync(log, 'utf8')).toContain(output)
  expect(readFileSync(log, 'utf8')).toContain(said)
})

test('removes what a killed process left half created, once it is old', async () => {
  const { clean, make, there } = marked()
  const half = [
    await make({ 'cofferdam.sandbox': 'never-started' }, 'created'),
    await make({ 'cofferdam.sandbox': 'task', 'cofferdam.profile': 'task' }, 'exited'),
    await make({ 'cofferdam.helper': 'volume' }, 'created'),
  ]
  const kept = [await make({ 'cofferdam.sandbox': 'stopped' }, 'exited'), await make({}, 'created')]
  expect(await clean([], { CLEANUP_FRESH: '0' })).toMatchObject({ code: 0, output: expect.stringContaining(`${half.length} removed`) })
  expect(await there()).toEqual(kept.sort())
})

test('removes unused networks, but none that a stopped container needs', async () => {
  const { clean, labels } = marked()
  const network = async (name: string, own: Record<string, string>) => {
    const made = await docker.createNetwork({ Name: `${name}-${Object.values(labels)[0]}`, Labels: { ...labels, ...own } })
    cleanUp(() => made.remove().catch(() => {}))
    return made.id
  }
  const free = await network('free', { 'cofferdam.task': 'old' })
  const needed = await network('needed', { 'cofferdam.network': 'task' })
  const foreign = await network('foreign', {})
  await create(manager, { network: needed })
  expect((await clean()).output).toContain(' 0 removed')
  expect((await clean(['--older-than', '0'])).output).toMatch(new RegExp(`removed network ${free}: .*\n\\S+ 1 removed, 0 failed\n$`))
  const left = await docker.listNetworks({ filters: { label: [`${Object.keys(labels)[0]}=${Object.values(labels)[0]}`] } })
  expect(left.map(({ Id }) => Id).sort()).toEqual([needed, foreign].sort())
})

test('removes unused volumes of agents, but never a workspace', async () => {
  const { clean, labels } = marked()
  const volume = async (name: string, own: Record<string, string>) => {
    const Name = `${name}-${Object.values(labels)[0]}`
    await docker.createVolume({ Name, Labels: { ...labels, ...own } })
    cleanUp(() => docker.getVolume(Name).remove().catch(() => {}))
    return Name
  }
  const unused = await volume('unused', { 'cofferdam.agent': 'old' })
  const used = await volume('used', { 'cofferdam.agent': 'new' })
  const workspace = await volume('workspace', { 'cofferdam.namespace': 'x', 'cofferdam.sandbox': 'x' })
  await create(manager, { mounts: [{ type: 'volume', source: used, target: '/agent' }] })
  expect((await clean()).output).toContain(' 0 removed')
  expect((await clean([], { CLEANUP_FRESH: '0' })).output).toMatch(new RegExp(`removed volume ${unused}: .*\n\\S+ 1 removed, 0 failed\n$`))
  const { Volumes } = await docker.listVolumes({ filters: { label: [`${Object.keys(labels)[0]}=${Object.values(labels)[0]}`] } })
  expect(Volumes?.map(({ Name }) => Name).sort()).toEqual([used, workspace].sort())
})

test('removes our images that have lost their name, but none built on them', async () => {
  const { clean, labels } = marked()
  const own = { ...labels, 'cofferdam.image': 'ai-sandbox' }
  const old = new Date('2020-01-01')
  const ours = await unnamedImage(own, old, [OUR_LABEL])
  const derived = await unnamedImage(own, old, [OUR_LABEL, '/bin/sh -c apt-get install something'])
  const foreign = await unnamedImage(labels, old, ['/bin/sh -c #(nop)  LABEL else=1'])
  expect((await clean()).output).toMatch(new RegExp(`removed image ${ours}: it has no name\n\\S+ 1 removed, 0 failed\n$`))
  for (const id of [derived, foreign]) expect(await docker.getImage(id).inspect()).toMatchObject({ Id: id })
})

test('two cleanups can run at once, and removals are reported', async () => {
  const { clean, make, there } = marked()
  const ours = await Promise.all(['a', 'b', 'c'].map((name) => make({ 'cofferdam.sandbox': name }, 'exited')))
  const runs = await Promise.all([clean(['--older-than', '0']), clean(['--older-than', '0'])])
  for (const id of ours) expect(runs.map(({ output }) => output).join('')).toContain(`removed container ${id}`)
  expect(await there()).toEqual([])
})

test.each(['--older-than x', '--older-than', '--label', '--log', '--force', 'everything'])('rejects wrong usage: %s', async (words) => {
  expect(await script('sandbox/cleanup.sh', ...words.split(' '))).toMatchObject({ code: 2 })
})

test('without an engine, the error says so', async () => {
  const { clean } = marked()
  const { code, output } = await clean([], { DOCKER_HOST: 'unix:///no/such/docker.sock' })
  expect([code, output]).toEqual([1, expect.stringMatching(/^cleanup: .*no Docker engine/)])
})

test('a paused sandbox is in use', async () => {
  const { clean, make, there } = marked()
  const paused = await make({ 'cofferdam.sandbox': 'paused' }, 'running')
  await manager.pauseContainer(paused)
  cleanUp(() => manager.unpauseContainer(paused).catch(() => {}))
  const { code } = await clean(['--older-than', '0'], { CLEANUP_FRESH: '0' })
  expect([code, await there()]).toEqual([0, [paused]])
})
