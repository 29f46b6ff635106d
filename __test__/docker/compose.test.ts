import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { composeProject } from '../support/compose.ts'
import { docker } from '../support/docker.ts'
import { temporaryDirectory } from '../support/fake-engine.ts'
import { REPOSITORY } from '../support/scripts.ts'

const FILE = 'docker/sandbox/docker-compose.yml'

test('the compose file starts a sandbox with the limits of limits.conf', { timeout: 180_000 }, async () => {
  const workspace = temporaryDirectory()
  chmodSync(workspace, 0o777)
  writeFileSync(path.join(workspace, 'main.py'), 'print(6 * 7)')
  const flags = ['--env-file', `${REPOSITORY}/docker/sandbox/limits.conf`]
  const { compose, project } = await composeProject(FILE, { env: { SANDBOX_WORKSPACE: workspace }, flags })
  const command = 'python3 main.py > result; exec 2>&1; id -u; ls /sys/class/net; touch /etc/x; grep CapBnd /proc/self/status'
  const { code, output } = await compose('run', '--rm', '--no-TTY', 'sandbox', 'sh', '-c', command)
  expect([code, output]).toEqual([0, expect.stringMatching(/1000\nlo\n/)])
  expect(output).toMatch(/Read-only file system/)
  expect(output).toMatch(/CapBnd:\s*0{16}\n/)
  expect(readFileSync(path.join(workspace, 'result'), 'utf8')).toBe('42\n')

  expect(await compose('up', '--detach', '--no-color', 'sandbox')).toMatchObject({ code: 0 })
  const [container] = await docker.listContainers({ all: true, filters: { label: [`com.docker.compose.project=${project}`] } })
  const { HostConfig } = await docker.getContainer(container?.Id ?? '').inspect()
  const limits = Object.fromEntries(
    readFileSync(path.join(REPOSITORY, 'docker/sandbox/limits.conf'), 'utf8').split('\n').filter((line) => /^\w+=/.test(line)).map((line) => line.split('=')),
  )
  expect(HostConfig).toMatchObject({
    Memory: Number.parseInt(limits.SANDBOX_MEMORY) * 2 ** 20,
    MemorySwap: Number.parseInt(limits.SANDBOX_MEMORY) * 2 ** 20,
    NanoCpus: Number(limits.SANDBOX_CPUS) * 1e9,
    PidsLimit: Number(limits.SANDBOX_PIDS),
    ReadonlyRootfs: true,
    NetworkMode: 'none',
    CapDrop: ['ALL'],
    LogConfig: { Type: 'none' },
  })
  expect(HostConfig.Tmpfs?.['/tmp']).toContain(`size=${limits.SANDBOX_TMP}`)
  expect(HostConfig.Ulimits).toEqual(expect.arrayContaining([
    { Name: 'core', Soft: Number(limits.SANDBOX_CORE), Hard: Number(limits.SANDBOX_CORE) },
    { Name: 'nofile', Soft: Number(limits.SANDBOX_NOFILE), Hard: Number(limits.SANDBOX_NOFILE) },
  ]))
  // The engine has the profile's content, not its name.
  const profile = HostConfig.SecurityOpt?.find((option) => option.startsWith('seccomp'))?.replace(/^seccomp[=:]/, '') ?? ''
  expect(JSON.parse(profile)).toEqual(JSON.parse(readFileSync(path.join(REPOSITORY, 'docker/seccomp.json'), 'utf8')))
})
