import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { collect, newManager, run } from '../support/manager.ts'
import { cleanUp } from '../support/sandboxes.ts'
import { REPOSITORY } from '../support/scripts.ts'

const manager = newManager()

/** Runs the image without cofferdam until it exits. */
async function outcome(config: object) {
  const id = await run(manager, { init: false, network: 'none', ...config })
  const code = await manager.wait(id)
  const output = (await collect(manager.getContainerLogs(id))).map(({ data }) => data).join('')
  return { code, output }
}

test('by hand, the image sets the limits that a process can set, and the command is PID 1', async () => {
  const command = ['sh', '-c', 'ulimit -Hc; ulimit -Hn; echo $HOME $$']
  expect(await outcome({ command })).toEqual({ code: 0, output: '0\n1024\n/home/sandbox 1\n' })
})

test('by hand, a user that the image does not know gets a home', async () => {
  expect(await outcome({ command: ['sh', '-c', 'echo $HOME; touch ~/x'], user: '4000:4000' })).toEqual({ code: 0, output: '/tmp/.home\n' })
})

test('by hand, a deadline kills the command and everything it started', async () => {
  const begun = Date.now()
  const command = ['sh', '-c', 'trap "" TERM; setsid sleep 100 & sleep 100; sleep 100']
  expect((await outcome({ command, env: { SANDBOX_TIMEOUT: '1' } })).code).toBe(137)
  expect((await outcome({ command: ['sleep', '60'], env: { SANDBOX_TIMEOUT: '1' } })).code).toBe(124)
  expect(Date.now() - begun).toBeLessThan(30_000)
  const soon = await outcome({ command: ['true'], env: { SANDBOX_TIMEOUT: 'soon' } })
  expect(soon).toEqual({ code: 2, output: expect.stringContaining("not 'soon'") })
})

test('by hand, a terminal gets a shell', async () => {
  const container = await docker.createContainer({ Image: 'ai-sandbox', Tty: true, OpenStdin: true, HostConfig: { NetworkMode: 'none' } })
  cleanUp(() => container.remove({ force: true }))
  const stream = await container.attach({ stream: true, stdin: true, stdout: true })
  let seen = ''
  stream.on('data', (data: Buffer) => (seen += data))
  await container.start()
  stream.write('echo $((6 * 7)) $(id -un) $PWD; exit 3\n')
  expect(await container.wait()).toMatchObject({ StatusCode: 3 })
  expect(seen).toContain('42 sandbox /workspace')
})

test('every script is executable', () => {
  const scripts = ['build-sandbox.sh', 'ensure-debian.sh', 'test-sandbox.sh', 'test-seccomp.sh']
  const inside = ['entrypoint.sh', 'finish.sh', 'health-check.sh', 'slim-icu.sh', 'cleanup.sh'].map((name) => `sandbox/${name}`)
  for (const name of [...scripts, ...inside, 'dind/entrypoint.sh', 'dind/certificates.sh']) {
    const file = path.join(REPOSITORY, 'docker', name)
    expect(existsSync(file) && (statSync(file).mode & 0o111) !== 0, name).toBe(true)
  }
})
