import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runNode } from '../support/node.ts'
import { newDataDir } from '../support/sandboxes.ts'

const { name } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { name: string }

test(`importing ${name} and creating an object starts nothing, and the process ends on its own`, async () => {
  const begun = Date.now()
  const { code, stdout, stderr } = await runNode('import.js', {}, { env: { DOCKER_HOST: 'unix:///nonexistent.sock' } })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(stdout)).toEqual({
    names: ['DockerExecutor', 'DockerManager', 'DockerSandbox', 'FsFileHandle', 'NetworkManager', 'Process', 'Sandbox', 'SandboxError', 'SandboxFs', 'SandboxManager', 'Shell', 'VolumeManager', 'doctor'],
    threads: 0,
    // Standard output is a pipe.
    resources: expect.not.arrayContaining(['Timeout', 'TCPSocketWrap', 'FSReqPromise']),
    made: true,
  })
  expect(Date.now() - begun).toBeLessThan(5000)
})

test('a process that used a sandbox and is idle ends on its own', async () => {
  const { code, stdout, stderr } = await runNode('use-and-leave.js', { options: { dataDir: newDataDir() } })
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'hi\n', stderr: '' })
})
