import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runNode } from '../support/node.ts'
import { newDataDir } from '../support/sandboxes.ts'

const { name } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { name: string }

test(`importing ${name} and making an object starts nothing, and the process ends by itself`, async () => {
  const begun = Date.now()
  const { code, stdout, stderr } = await runNode('import.js', {}, { env: { DOCKER_HOST: 'unix:///nonexistent.sock' } })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(stdout)).toEqual({
    names: ['DockerExecutor', 'DockerManager', 'DockerSandbox', 'NetworkManager', 'Sandbox', 'SandboxError', 'SandboxManager', 'VolumeManager', 'doctor'],
    threads: 0,
    // The pipe that it writes to.
    resources: expect.not.arrayContaining(['Timeout', 'TCPSocketWrap', 'FSReqPromise']),
    made: true,
  })
  expect(Date.now() - begun).toBeLessThan(5000)
})

test('a process that used a sandbox and has nothing more to do ends by itself', async () => {
  const { code, stdout, stderr } = await runNode('use-and-leave.js', { options: { dataDir: newDataDir() } })
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'hi\n', stderr: '' })
})
