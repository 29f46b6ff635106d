import { beforeAll, expect, test as base } from 'vitest'
import { DockerSandbox } from '../../index.js'
import { Podman, isInstalled, noPodman } from '../support/podman.ts'
import { cleanUp, newDataDir } from '../support/sandboxes.ts'

// The runtime of an engine of our own, because the main engine's is not to be configured. Debian's gVisor is of 2022.
const podman = new Podman({ runtimes: ['runsc --ignore-cgroups --network=none'] })
const possible = noPodman === undefined && isInstalled('runsc')
const test = base.skipIf(!possible)

let box: DockerSandbox

if (possible) {
  beforeAll(async () => {
    await podman.prepare()
    box = new DockerSandbox({ dataDir: newDataDir(), engine: podman.address, network: 'none', cpus: 2 })
    cleanUp(async () => {
      await box.remove('a', { workspace: true })
      await box.close()
    })
  }, 180_000)
}

test('commands run on gVisor, as the sandbox’s user', async () => {
  const { stdout } = await box.exec('a', 'dmesg | grep -c gVisor; id -u; echo kept > file; cat file')
  expect(stdout).toMatch(/^[1-9]\d*\n\d{4,}\nkept\n$/)
})

test('a deadline on gVisor kills all that a command started, and nothing else', async () => {
  await box.exec('a', 'setsid sleep 4711 > /dev/null 2>&1 &')
  const begun = Date.now()
  expect((await box.exec('a', 'trap "" TERM; setsid sleep 1000 & setsid sleep 1000', { timeout: 1000 })).timedOut).toBe(true)
  expect(Date.now() - begun).toBeLessThan(20_000)
  const count = async (pattern: string) => (await box.exec('a', ['pgrep', '-fc', pattern])).stdout
  expect([await count('sleep 1000'), await count('sleep 4711')]).toEqual(['0\n', '1\n'])
})
