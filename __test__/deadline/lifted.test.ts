import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { cleanUp, newDataDir, open } from '../support/sandboxes.ts'
import { openManager } from '../support/sessions.ts'

const INDEX = JSON.stringify(new URL('../../index.js', import.meta.url).href)

const quota = async (container: string) => (await docker.getContainer(container).inspect()).HostConfig.CpuQuota

/** Kills a process at the moment at which it has lifted the limit on processor time for a command that is late. */
async function dieWhileLifted(script: string): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  cleanUp(() => child.kill('SIGKILL'))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const container: string = (await lines.next()).value
  expect((await lines.next()).value).toBe('begun')
  await docker.getContainer(container).pause()
  await expect.poll(() => quota(container), { interval: 5, timeout: 10_000 }).toBe(-1)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await quota(container)).toBe(-1)
  return container
}

test('the next use restores a limit on processor time that a dead process has lifted', async () => {
  const dataDir = newDataDir()
  const container = await dieWhileLifted(`
    import { DockerSandbox } from ${INDEX}
    const box = new DockerSandbox({ dataDir: ${JSON.stringify(dataDir)} })
    console.log((await box.getOrCreate('a')).containerId)
    await box.exec('a', 'echo; sleep 60', { timeout: 1000, onStdout: () => console.log('begun') })`)
  expect((await open(dataDir).exec('a', 'echo alive')).stdout).toBe('alive\n')
  expect(await quota(container)).toBe(10_000)
})

test('the janitor restores a limit on processor time that a dead process has lifted', async () => {
  const dataDir = newDataDir()
  const container = await dieWhileLifted(`
    import { SandboxManager } from ${INDEX}
    const manager = new SandboxManager({ dataDir: ${JSON.stringify(dataDir)}, cpus: 1 })
    const id = await manager.createSession()
    console.log((await manager.getSession(id)).containerId)
    await manager.executeCommand(id, 'echo; sleep 60', { timeout: 1000, onStdout: () => console.log('begun') })`)
  expect(await openManager(dataDir).cleanup()).toMatchObject({ stopped: [], failures: [] })
  expect(await quota(container)).toBe(20_000)
})
