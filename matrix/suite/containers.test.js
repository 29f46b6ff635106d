import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { get } from 'node:http'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { IMAGE, scaled } from './support/environment.js'
import { engine } from './support/engine.js'
import { newManager, newName, run } from './support/containers.js'
import { cleanUp, newDataDir } from './support/sandboxes.js'

const manager = newManager()
const LONG = { timeout: scaled(60_000) }

test('the engine tells its version and of itself', LONG, async () => {
  const { body } = await engine('GET', '/version')
  assert.equal((await manager.version()).Version, body.Version)
  assert.equal(typeof (await manager.info()).NCPU, 'number')
  assert.ok((await manager.ping()) > 0)
})

test('a container is created, started, paused, stopped and removed', { timeout: scaled(120_000) }, async () => {
  const id = await run(manager, { labels: { mine: 'yes' }, stopSignal: 'SIGKILL' }, false)
  const state = async () => (await manager.getContainerStatus(id)).state
  assert.equal(await state(), 'created')
  assert.deepEqual([await manager.startContainer(id), await manager.startContainer(id)], [true, false])
  assert.equal(await state(), 'running')
  assert.deepEqual([await manager.pauseContainer(id), await manager.pauseContainer(id)], [true, false])
  assert.equal(await state(), 'paused')
  assert.deepEqual([await manager.unpauseContainer(id), await manager.unpauseContainer(id)], [true, false])
  const [listed] = await manager.listContainers({ filters: { label: ['mine=yes'] } })
  assert.deepEqual({ id: listed.id, state: listed.state }, { id, state: 'running' })
  await assert.rejects(manager.removeContainer(id), { code: 'CONFLICT' })
  assert.equal(await manager.restartContainer(id, 1000), true)
  assert.deepEqual([await manager.stopContainer(id, 1000), await manager.stopContainer(id, 1000)], [true, false])
  const { exitCode, state: end } = await manager.getContainerStatus(id)
  assert.deepEqual({ exitCode, end }, { exitCode: 137, end: 'exited' })
  assert.deepEqual([await manager.removeContainer(id), await manager.removeContainer(id)], [true, false])
  await assert.rejects(manager.getContainerStatus(id), { code: 'NOT_FOUND' })
})

test('a container’s exit code and log are those of its command', LONG, async () => {
  const id = await run(manager, { command: 'echo out; echo err >&2; exit 7', logDriver: 'json-file' })
  assert.equal(await manager.wait(id), 7)
  const log = { stdout: '', stderr: '' }
  for await (const { stream, data } of manager.getContainerLogs(id)) log[stream] += data
  assert.deepEqual(log, { stdout: 'out\n', stderr: 'err\n' })
})

test('a log is followed until the container ends', LONG, async () => {
  const id = await run(manager, { command: 'for i in 1 2 3; do echo $i; sleep 0.3; done', logDriver: 'json-file' })
  let text = ''
  for await (const { data } of manager.getContainerLogs(id, { follow: true })) text += data
  assert.equal(text, '1\n2\n3\n')
})

test('commands run in a container, with input, environment and exit code', LONG, async () => {
  const id = await run(manager)
  const result = await manager.exec(id, 'cat; echo $A; echo err >&2; exit 5', { stdin: 'in\n', env: { A: 'b' }, timeout: scaled(30_000) })
  const { stdout, stderr, exitCode, timedOut } = result
  assert.deepEqual({ stdout, stderr, exitCode, timedOut }, { stdout: 'in\nb\n', stderr: 'err\n', exitCode: 5, timedOut: false })
  const late = await manager.exec(id, 'echo on; sleep 1000', { timeout: scaled(1000) })
  assert.deepEqual({ timedOut: late.timedOut, stdout: late.stdout, exitCode: late.exitCode }, { timedOut: true, stdout: 'on\n', exitCode: 124 })
})

test('a killed container stops', LONG, async () => {
  const id = await run(manager, { command: ['sleep', '100000'], init: true })
  assert.equal(await manager.killContainer(id), true)
  assert.equal(await manager.wait(id), 137)
  assert.equal((await manager.getContainerStatus(id)).state, 'exited')
})

test('limits and security settings are in force', LONG, async () => {
  const id = await run(manager, {
    resourceLimits: { memory: '128m', cpus: 0.5, pids: 40 },
    security: { readOnly: true, capDrop: ['ALL'], noNewPrivileges: true },
    user: '1000:1000',
    network: 'none',
  })
  const { stdout } = await manager.exec(id, "touch /x || echo read-only; ls /sys/class/net; grep -E '^(CapEff|NoNewPrivs)' /proc/self/status | tr -s '\\t ' ' '; cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max /sys/fs/cgroup/cpu.max", { timeout: scaled(30_000) })
  const lines = stdout.trim().split('\n')
  assert.deepEqual(lines.slice(0, 6), ['read-only', 'lo', 'CapEff: 0000000000000000', 'NoNewPrivs: 1', String(128 * 1024 ** 2), '40'])
  const [quota, period] = lines[6].split(' ')
  assert.equal(Number(quota) / Number(period), 0.5)
})

test('a seccomp profile of the caller’s is in force', LONG, async () => {
  const seccomp = JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }] })
  const id = await run(manager, { security: { seccomp } })
  const { stderr, exitCode } = await manager.exec(id, 'mkdir /tmp/new', { timeout: scaled(30_000) })
  assert.equal(exitCode, 1)
  assert.match(stderr, /Operation not permitted/)
})

test('stats show the usage of a running container', LONG, async (t) => {
  const id = await run(manager, { resourceLimits: { memory: '128m' } })
  const stats = await manager.getContainerStats(id)
  t.diagnostic(JSON.stringify(stats))
  assert.ok(stats.memory.used > 0)
  assert.equal(stats.memory.limit, 128 * 1024 ** 2)
  assert.ok(stats.pids.used >= 1)
})

test('events tell what happens to a container', LONG, async () => {
  const name = newName('events')
  const controller = new AbortController()
  const seen = []
  const watching = (async () => {
    for await (const { action, attributes } of manager.events({ filters: { type: ['container'] }, signal: controller.signal })) {
      if (attributes?.name === name) seen.push(action)
      if (action === 'die' || action === 'died') return
    }
  })()
  await sleep(scaled(300))
  const id = await run(manager, { name, command: ['true'] })
  await manager.wait(id)
  const patience = setTimeout(() => controller.abort(), scaled(20_000))
  await watching
  clearTimeout(patience)
  assert.ok(seen.includes('create') && seen.includes('start'), `${seen}`)
})

test('a volume and a directory are mounted', LONG, async () => {
  const directory = newDataDir()
  writeFileSync(path.join(directory, 'file'), 'of the host')
  const volume = newName('volume')
  const id = await run(manager, {
    mounts: [{ type: 'bind', source: directory, target: '/host', readOnly: true }, { type: 'volume', source: volume, target: '/kept' }, { type: 'tmpfs', target: '/fast', size: '1m' }],
  })
  cleanUp(() => engine('DELETE', `/volumes/${volume}?force=1`))
  const { stdout } = await manager.exec(id, 'cat /host/file; touch /host/x 2>/dev/null || echo; touch /kept/x && echo kept; head -c 2M /dev/zero > /fast/x; stat -c %s /fast/x', { timeout: scaled(30_000) })
  assert.equal(stdout, `of the host\nkept\n${1024 ** 2}\n`)
  await manager.removeContainer(id, true)
})

test('a port is published on this machine', LONG, async () => {
  const id = await run(manager, { command: ['python3', '-m', 'http.server', '8000'], ports: { 8000: 0 } })
  const [{ public: port }] = (await manager.listContainers({ filters: { id: [id] } }))[0].ports
  assert.ok(port > 0)
  const end = Date.now() + scaled(15_000)
  let status
  while (status === undefined && Date.now() < end) {
    status = await new Promise((resolve) => get({ port, timeout: 2000 }, (response) => resolve(response.resume().statusCode)).once('error', () => resolve(undefined)))
    await sleep(200)
  }
  assert.equal(status, 200)
})

test('an image is built, tagged, listed, committed and removed', { timeout: scaled(180_000) }, async () => {
  const context = newDataDir()
  const [name, other, committed] = ['built', 'other', 'committed'].map((what) => `localhost/${newName(what)}:1`)
  cleanUp(async () => {
    for (const image of [name, other, committed]) await manager.removeImage(image, { force: true })
  })
  writeFileSync(path.join(context, 'Dockerfile'), `FROM ${IMAGE}\nCOPY file /file\nLABEL built=yes\n`)
  writeFileSync(path.join(context, 'file'), 'built in')
  const image = await manager.buildImage(context, { tags: [name] })
  await manager.tag(name, other)
  const listed = (await manager.listImages()).find(({ tags }) => tags.includes(other))
  assert.equal(listed?.labels.built, 'yes')
  assert.equal(listed?.id.replace('sha256:', ''), image?.replace('sha256:', ''))
  const id = await run(manager, { image: name })
  assert.equal((await manager.exec(id, 'cat /file; echo more > /more', { timeout: scaled(30_000) })).stdout, 'built in')
  // Its other name goes, the image itself stays while a container has it.
  assert.equal(await manager.removeImage(other), true)
  await assert.rejects(manager.removeImage(image), { code: 'CONFLICT' })
  await manager.commit(id, { name: committed })
  const again = await run(manager, { image: committed })
  assert.equal((await manager.exec(again, 'cat /more', { timeout: scaled(30_000) })).stdout, 'more\n')
  for (const container of [id, again]) await manager.removeContainer(container, true)
  for (const made of [committed, name]) assert.equal(await manager.removeImage(made), true)
  assert.equal(await manager.removeImage(name), false)
})

test('what does not exist and what is taken are told apart', LONG, async () => {
  const name = newName('taken')
  await run(manager, { name }, false)
  await assert.rejects(run(manager, { name }, false), { code: 'ALREADY_EXISTS' })
  await assert.rejects(run(manager, { image: 'localhost/no-such-image:1' }, false), { code: 'IMAGE_NOT_FOUND' })
  await assert.rejects(manager.startContainer('no-such-container'), { code: 'NOT_FOUND' })
  await assert.rejects(manager.exec('no-such-container', 'true'), { code: 'NOT_FOUND' })
})
