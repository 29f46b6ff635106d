import { readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test as base } from 'vitest'
import { DockerExecutor, DockerManager, DockerSandbox, SandboxManager, VolumeManager, doctor } from '../../index.js'
import { engineOverTcp } from '../support/engine-over-tcp.ts'
import { rejection } from '../support/errors.ts'
import { ENGINE, changingEngine, editedAnswers, editedEngine } from '../support/fake-engine.ts'
import { Podman, noPodman } from '../support/podman.ts'
import { startCommand } from '../support/running.ts'
import { cleanUp, newDataDir } from '../support/sandboxes.ts'
import { doctorInOtherProcess, inOtherProcess } from '../support/steps.ts'

const NAMESPACES = ['pid', 'mnt', 'net', 'ipc', 'uts', 'cgroup', 'user']

const podman = new Podman()
const test = base.skipIf(noPodman !== undefined)
if (noPodman === undefined) beforeAll(() => podman.prepare(), 180_000)

/** Sandboxes on Podman, removed afterwards. */
function sandboxes(options = {}): DockerSandbox {
  const box = new DockerSandbox({ dataDir: newDataDir(), engine: podman.address, network: 'none', ...options })
  cleanUp(async () => {
    for (const { id } of await box.list()) await box.remove(id, { workspace: true })
    await box.close()
  })
  return box
}

/** Our files in a directory that hold seccomp profiles. */
const profiles = (directory: string) => readdirSync(directory).filter((name) => name.startsWith('cofferdam-seccomp-'))

test('doctor names Podman and warns of no limit that it has', async () => {
  const { ok, engine, problems } = await doctor({ engine: podman.address })
  expect(ok).toBe(true)
  expect(engine).toMatchObject({ name: 'Podman Engine', podman: true, seccomp: 'cofferdam' })
  expect(problems.filter(({ message }) => /limited|seccomp/.test(String(message)))).toEqual([])
})

test('a sandbox has files, commands, deadlines and a second life', async () => {
  const dataDir = newDataDir()
  const box = sandboxes({ dataDir, cpus: 2 })
  await box.writeFile('a', 'file', 'kept')
  expect(await box.exec('a', 'cat file; exit 3')).toMatchObject({ stdout: 'kept', exitCode: 3 })
  const begun = Date.now()
  expect(await box.exec('a', 'trap "" TERM; setsid sleep 1000 & setsid sleep 1000', { timeout: 500 })).toMatchObject({ timedOut: true })
  expect(Date.now() - begun).toBeLessThan(5000)
  expect((await box.exec('a', 'pgrep -c sleep')).stdout).toBe('0\n')
  expect(await box.info('a')).toMatchObject({ state: 'running', seccomp: 'cofferdam', memory: 512 * 2 ** 20, cpus: 2 })
  expect(profiles(path.join(dataDir, '.cofferdam'))).toEqual([])
  const { containerId } = await box.getOrCreate('a')
  // The profile's file is gone by now, and not needed.
  await box.stop('a')
  expect(await box.list()).toMatchObject([{ id: 'a', state: 'exited', running: false }])
  expect((await box.exec('a', 'cat file')).stdout).toBe('kept')
  expect((await box.getOrCreate('a')).containerId).toBe(containerId)
  await podman.docker.getContainer(containerId).kill()
  expect((await box.exec('a', 'cat file')).stdout).toBe('kept')
  await podman.docker.getContainer(containerId).pause()
  expect((await box.exec('a', 'cat file')).stdout).toBe('kept')
})

test('a command is confined by our profile, without privileges, and cannot reach the agent', async () => {
  const box = sandboxes()
  const { stdout } = await box.exec('a', 'id -u; grep -E "CapEff|CapBnd|NoNewPrivs|Seccomp:" /proc/self/status; kill -9 1; unshare -U true; ls /sys/class/net')
  expect(stdout.split('\n').slice(0, 5)).toEqual(['1000', 'CapEff:\t0000000000000000', 'CapBnd:\t0000000000000000', 'NoNewPrivs:\t1', 'Seccomp:\t2'])
  expect(stdout.trim().split('\n').at(-1)).toBe('lo')
  // AF_VSOCK, which the engine's own profile may allow.
  const probe = 'import socket\ntry:\n  socket.socket(40, socket.SOCK_STREAM)\nexcept OSError as error: print(error.errno)'
  expect((await box.exec('a', ['python3', '-c', probe])).stdout).toBe('1\n')
  expect(await box.isRunning('a')).toBe(true)
})

test('what a command is, sees and may do matches the golden file', async () => {
  const dataDir = newDataDir()
  const box = sandboxes({ dataDir })
  await box.getOrCreate('a')
  // Start a bridge for the probe to tamper with.
  const bridged = new DockerSandbox({ dataDir, engine: await engineOverTcp(podman.socket), network: 'none' })
  cleanUp(() => bridged.close())
  await bridged.getOrCreate('a')
  const host = Object.fromEntries(NAMESPACES.map((name) => [name, readlinkSync(`/proc/self/ns/${name}`)]))
  await box.upload('a', fileURLToPath(new URL('../fixtures/posture', import.meta.url)), 'posture')
  const { result } = await startCommand(box, 'a', ['python3', '-B', '-m', 'posture'], { stdin: JSON.stringify(host), timeout: 60_000 })
  await box.exec('a', ['true'])
  const { stdout, stderr } = await result
  expect(stderr).toBe('')
  await expect(stdout).toMatchFileSnapshot('../security/podman.posture.golden.txt')
})

test('a runtime that Podman would take no notice of is refused', async () => {
  const error = await rejection(sandboxes({ runtime: 'runsc' }).exec('a', 'true'), 'ENGINE_UNSUPPORTED')
  expect(error).toMatchObject({ details: { runtime: 'runsc' }, hint: expect.stringContaining('containers.conf') })
})

test('sessions and tasks work, and leave nothing behind', async () => {
  const sessions = new SandboxManager({ dataDir: newDataDir(), engine: podman.address })
  cleanUp(() => sessions.close())
  const id = await sessions.createSession()
  expect(await sessions.executeCommand(id, 'echo hi; touch /x')).toMatchObject({ stdout: 'hi\n', exitCode: 1 })
  await sessions.destroySession(id)
  const executor = new DockerExecutor({ engine: podman.address, tasksDir: newDataDir() })
  const result = await executor.execute('cat in.txt; echo more >> in.txt', undefined, { files: { 'in.txt': 'hello' } })
  expect(result).toMatchObject({ stdout: 'hello', exitCode: 0, cleanup: { done: true } })
  await expect.poll(async () => (await podman.docker.listContainers({ all: true })).length, { timeout: 10_000 }).toBe(0)
})

test('DockerManager hands a profile over as a file, and names that are taken are ALREADY_EXISTS', async () => {
  const manager = new DockerManager({ engine: podman.address })
  cleanUp(() => manager.close())
  const seccomp = JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }] })
  const before = profiles(tmpdir())
  const config = { image: 'ai-sandbox:latest', name: 'cofferdam-test-managed', entrypoint: ['sleep', '600'], network: 'none', security: { seccomp } }
  const id = await manager.createContainer(config)
  cleanUp(() => manager.removeContainer(id, true))
  await manager.startContainer(id)
  expect(await manager.exec(id, ['mkdir', '/tmp/x'])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('not permitted') })
  expect(await manager.exec(id, ['touch', '/tmp/x'])).toMatchObject({ exitCode: 0 })
  expect(profiles(tmpdir()).filter((name) => !before.includes(name))).toEqual([])
  await rejection(manager.createContainer(config), 'ALREADY_EXISTS')
  await rejection(manager.createContainer({ ...config, name: 'cofferdam-test-other', security: { seccomp: '{"defaultAction": 7}' } }), 'ENGINE_ERROR')
  await rejection(manager.removeContainer(id), 'CONFLICT')
  expect(await manager.stopContainer(id, 0)).toBe(true)
  expect(await manager.stopContainer(id, 0)).toBe(false)
  expect(await manager.getContainerStatus(id)).toMatchObject({ state: 'exited', running: false })
})

test('a Podman that does not see our files applies its own profile, and info says so', async () => {
  const { address: engine } = await editedEngine((sent) => sent.replaceAll('cofferdam-seccomp-', 'cofferdam-missing-'), podman.socket)
  const box = sandboxes({ engine })
  expect((await box.exec('a', 'grep Seccomp: /proc/self/status')).stdout).toBe('Seccomp:\t2\n')
  expect((await box.info('a')).seccomp).toBe('engine')
  const manager = new DockerManager({ engine })
  cleanUp(() => manager.close())
  const security = { seccomp: '{"defaultAction":"SCMP_ACT_ALLOW"}' }
  const error = await rejection(manager.createContainer({ image: 'ai-sandbox:latest', network: 'none', security }), 'ENGINE_UNSUPPORTED')
  expect(error.message).toContain('no such file or directory')
})

test('a profile’s file that is deleted before Podman reads it leaves Podman’s own profile, and info says so', async () => {
  const dataDir = newDataDir()
  const directory = path.join(dataDir, '.cofferdam')
  const { address: engine } = await editedEngine((sent) => {
    if (/^POST \S*\/containers\/create/.test(sent)) for (const name of profiles(directory)) rmSync(path.join(directory, name))
    return sent
  }, podman.socket)
  const box = sandboxes({ dataDir, engine })
  expect((await box.exec('a', 'grep -E "Seccomp:|NoNewPrivs|CapEff" /proc/self/status')).stdout).toBe('CapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n')
  expect((await box.info('a')).seccomp).toBe('engine')
})

test('a socket of Podman behind DOCKER_HOST is known for what it is', async () => {
  const dataDir = newDataDir()
  cleanUp(() => sandboxes({ dataDir }).remove('a', { workspace: true }))
  const env = { DOCKER_HOST: podman.address }
  const [ran, info] = await inOtherProcess({ dataDir, network: 'none' }, [['exec', 'a', 'echo ran'], ['info', 'a']], { env })
  expect(ran).toMatchObject({ value: { stdout: 'ran\n' } })
  expect(info?.value.seccomp).toBe('cofferdam')
  expect(await doctorInOtherProcess({}, { env })).toMatchObject({ ok: true, engine: { podman: true, source: 'DOCKER_HOST', address: podman.address } })
})

test('an engine that another one takes the place of between two calls is asked again what it can do', async () => {
  const { address: engine, change } = await changingEngine()
  const dataDir = newDataDir()
  const box = sandboxes({ dataDir, engine })
  expect((await box.exec('a', 'echo first')).stdout).toBe('first\n')
  change(podman.socket)
  expect((await box.exec('b', 'echo second')).stdout).toBe('second\n')
  expect((await box.info('b')).seccomp).toBe('cofferdam')
  await box.remove('b', { workspace: true })
  change(ENGINE)
  expect((await box.exec('a', 'echo third')).stdout).toBe('third\n')
  await box.remove('a', { workspace: true })
})

test('an image with several names is not removed by its id', async () => {
  const manager = new DockerManager({ engine: podman.address })
  cleanUp(() => manager.close())
  const [image] = await manager.listImages()
  const id = image?.id ?? ''
  await manager.tag(id, 'cofferdam-test-several:1')
  await rejection(manager.removeImage(id), 'CONFLICT')
  expect(await manager.removeImage('cofferdam-test-several:1')).toBe(true)
  expect(await manager.removeImage('cofferdam-test-several:1')).toBe(false)
})

// Podman 5 answers with a later version of the API than Podman 4, and still knows no filter for volumes with a name.
test.each(['1.41', '1.44'])('volumes are pruned by version %s of the API', async (version) => {
  const { address } = await editedAnswers((answer) => answer.replace(/Api-Version: 1\.41/, `Api-Version: ${version}`), podman.socket)
  const volumes = new VolumeManager({ engine: address })
  cleanUp(() => volumes.close())
  const name = `cofferdam-test-${version}`
  await volumes.create(name)
  expect((await volumes.prune()).removed).toEqual([name])
  await rejection(volumes.inspect(name), 'NOT_FOUND')
})

test('more commands than the sandbox may have processes all run', async () => {
  const box = sandboxes({ pids: 40, cpus: 2 })
  const results = await Promise.all(Array.from({ length: 150 }, (_, number) => box.exec('a', `echo ${number} | cat`)))
  expect(results.map(({ stdout, stderr }) => stdout + stderr)).toEqual(Array.from({ length: 150 }, (_, number) => `${number}\n`))
})
