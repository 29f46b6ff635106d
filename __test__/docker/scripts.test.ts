import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { temporaryDirectory } from '../support/fake-engine.ts'
import { create, newManager, run } from '../support/manager.ts'
import { cleanUp } from '../support/sandboxes.ts'

const FOLDER = path.resolve(import.meta.dirname, '../../docker')
const manager = newManager()

/** Runs one of the scripts. */
async function script(name: string, ...words: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(path.join(FOLDER, name), words, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (code) => resolve({ code: code ?? -1, output })))
}

test('test-sandbox.sh finds the image as it should be', { timeout: 180_000 }, async () => {
  const { code, output } = await script('test-sandbox.sh')
  expect(output).not.toContain('FAILED')
  expect(output).toMatch(/\n\d\d passed, 0 failed\n$/)
  expect(code).toBe(0)
})

test('test-sandbox.sh says what is wrong with another', async () => {
  const { code, output } = await script('test-sandbox.sh', 'no-such-image:1')
  expect([code, output]).toEqual([1, expect.stringContaining('no-such-image:1')])
})

test('health-check.sh tells healthy from unhealthy by its exit code', async () => {
  const healthy = await run(manager)
  expect(await script('sandbox/health-check.sh', healthy)).toEqual({ code: 0, output: `${healthy}: healthy\n` })

  await manager.pauseContainer(healthy)
  expect(await script('sandbox/health-check.sh', healthy)).toMatchObject({ code: 1, output: expect.stringContaining('is paused') })
  await manager.unpauseContainer(healthy)
  await manager.killContainer(healthy)
  await manager.wait(healthy)
  expect(await script('sandbox/health-check.sh', healthy)).toMatchObject({ code: 1, output: expect.stringContaining('is exited') })
  expect(await script('sandbox/health-check.sh', 'no-such-container')).toMatchObject({ code: 1 })
  expect(await script('sandbox/health-check.sh', '--wrong')).toMatchObject({ code: 2 })
})

test('health-check.sh sees processes that are used up, and a workspace that can’t be written', async () => {
  const full = await run(manager, { resourceLimits: { pids: 40 }, command: 'for i in $(seq 37); do sleep 300 & done; wait', init: false })
  await expect.poll(async () => (await manager.getContainerStats(full)).pids.used).toBeGreaterThan(37)
  const { code, output } = await script('sandbox/health-check.sh', full)
  expect([code, output]).toEqual([1, expect.stringMatching(/processes: \d+ of 40 in use|fork|resource/i)])

  const closed = await run(manager, { security: { readOnly: true } })
  expect(await script('sandbox/health-check.sh', closed)).toMatchObject({ code: 1, output: expect.stringContaining("can't be written") })
})

test('cleanup.sh removes what is labelled and unused, and nothing else', async () => {
  const mark = `cofferdam.test.cleanup=${randomUUID()}`
  const [key = '', value = ''] = mark.split('=')
  const log = path.join(temporaryDirectory(), 'cleanup.log')
  const make = (labels: Record<string, string>) => create(manager, { labels: { [key]: value, ...labels }, command: 'true' })
  const [ours, running, foreign] = [await make({ 'cofferdam.sandbox': 'old' }), await make({ 'cofferdam.sandbox': 'running' }), await make({})]
  for (const id of [ours, foreign]) {
    await manager.startContainer(id)
    await manager.wait(id)
  }
  const still = await run(manager, { labels: { [key]: value, 'cofferdam.sandbox': 'still' } })
  const networkName = `cleanup-${value}`
  const network = await docker.createNetwork({ Name: networkName, Labels: { [key]: value, 'cofferdam.task': 'old' } })
  cleanUp(() => network.remove().catch(() => {}))
  const there = async () => {
    const found = await docker.listContainers({ all: true, filters: { label: [mark] } })
    return found.map(({ Id }) => Id).sort()
  }

  // Too young, all of it.
  expect(await script('sandbox/cleanup.sh', '--label', mark, '--log', log)).toEqual({ code: 0, output: '' })
  const { output: said } = await script('sandbox/cleanup.sh', '--dry-run', '--older-than', '0', '--label', mark, '--log', log)
  expect(said).toContain(`would remove container ${ours}`)
  expect(await there()).toEqual([ours, running, foreign, still].sort())

  const { code, output } = await script('sandbox/cleanup.sh', '--older-than', '0', '--label', mark, '--log', log)
  expect(code).toBe(0)
  expect(output).toContain(`removed container ${ours}`)
  expect(output).toContain('removed network ')
  expect(await docker.listNetworks({ filters: { name: [networkName] } })).toEqual([])
  // The one that was never started is somebody's who is about to; the one that runs is in use; the third is not ours.
  expect(await there()).toEqual([foreign, still].sort())
  expect(readFileSync(log, 'utf8')).toContain(`removed container ${ours}`)
  expect(await script('sandbox/cleanup.sh', '--older-than', 'x')).toMatchObject({ code: 2 })
})

test('by hand, the image sets limits, finds a home and ends at its deadline', async () => {
  const outcome = async (config: object) => {
    const id = await run(manager, { init: false, network: 'none', ...config })
    const code = await manager.wait(id)
    let output = ''
    for await (const { data } of manager.getContainerLogs(id)) output += data
    return { code, output }
  }
  expect(await outcome({ command: ['sh', '-c', 'ulimit -Hc; ulimit -Hn; echo $HOME'] })).toEqual({ code: 0, output: '0\n1024\n/home/sandbox\n' })
  expect((await outcome({ command: ['sh', '-c', 'echo $HOME'], user: '4000:4000' })).output).toBe('/tmp/.home\n')
  expect((await outcome({ command: ['sleep', '60'], env: { SANDBOX_TIMEOUT: '1' } })).code).toBe(124)
  expect((await outcome({ command: ['true'], env: { SANDBOX_TIMEOUT: 'soon' } })).code).toBe(2)
})

test('every script can be run', () => {
  const scripts = ['build-sandbox.sh', 'test-sandbox.sh', 'test-seccomp.sh', 'sandbox/entrypoint.sh', 'sandbox/health-check.sh', 'sandbox/cleanup.sh']
  for (const name of scripts) expect(existsSync(path.join(FOLDER, name)) && (statSync(path.join(FOLDER, name)).mode & 0o111) !== 0, name).toBe(true)
})
