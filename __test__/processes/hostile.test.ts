import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { runNode, startScript } from '../support/node.ts'
import { newDataDir, newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ pids: 200 })
const ID = 'a'

test('what does not start a sandbox does not start one that is being stopped or removed', async () => {
  for (const end of ['stop', 'remove'] as const) {
    await box.exec('polled', 'true')
    let isOver = false
    const poll = async () => {
      while (!isOver) {
        await Promise.all([box.processes('polled'), box.ports('polled'), box.stats('polled').catch(() => {}), box.connect('polled', 9).catch(() => {})])
        await sleep(2)
      }
    }
    const polling = poll()
    await box[end]('polled')
    await sleep(500)
    isOver = true
    await polling
    expect(await box.isRunning('polled')).toBe(false)
  }
})

test.each(['yes', 'yes >&2'])('a handle is closed although nobody reads what %j writes', async (command) => {
  const process = await box.spawn(ID, command)
  process.stdout.pause()
  process.stderr!.once('data', () => {})
  await sleep(300)
  await process.close()
  expect((await box.processes(ID)).find(({ id }) => id === process.id)?.result).toMatchObject({ signal: 'SIGKILL' })
})

test('a closed handle on a detached process does not keep Node alive, and its wait ends', async () => {
  expect(await runNode('detached-and-leave.js', { dataDir: newDataDir() })).toMatchObject({ code: 0, stdout: 'CLOSED\n' })
})

test('handles on a silent process can be taken and closed without end', { timeout: 120_000 }, async () => {
  const process = await box.spawn(ID, 'echo ready; sleep 1000', { detached: true })
  for (let round = 0; round < 400; round++) {
    const again = await box.attach(ID, process.id)
    await again.waitForOutput('ready')
    await again.close()
  }
  await process.kill('SIGKILL')
})

test('a tunnel and a shell that nobody refers to stay', async () => {
  const node = startScript('__test__/fixtures/collected.js', [JSON.stringify({ dataDir: newDataDir() })], { prefix: ['env', 'NODE_OPTIONS=--expose-gc'] })
  expect(await node.exit).toMatchObject({ code: 0, stdout: 'alive true\n' })
})

test('a shell hands over all output of its jobs, a command at a time', async () => {
  await using shell = await box.shell(ID)
  let output = (await shell.run('(for i in $(seq 20000); do echo $i; done; echo END) &')).stdout
  while (!output.includes('END')) output += (await shell.run('sleep 0.01')).stdout
  expect(output).toBe(`${Array.from({ length: 20_000 }, (_, index) => index + 1).join('\n')}\nEND\n`)
})

test('a shell that is restarted and closed at once leaves nothing', async () => {
  const shell = await box.shell('shells')
  await Promise.all([shell.restart(), shell.restart(), shell.run('exit 3')])
  const late = shell.run('sleep 50').catch((error) => error.code)
  await shell.close()
  expect(await late).toBe('CLOSED')
  await rejection(shell.restart(), 'CLOSED')
  expect((await box.processes('shells')).filter(({ result }) => !result)).toEqual([])
})

test('code that finds a shell’s channel can lie about its own result only', async () => {
  await using shell = await box.shell(ID)
  const lie = (await shell.run("builtin printf '42\\0/evil\\0' >&10; echo after")).exitCode
  // Its own code, the lie, or that of the shell, which is killed for it.
  expect([0, 42, 137]).toContain(lie)
  for (const noise of ["builtin printf 'abc\\0\\0' >&10", "head -c 100000000 /dev/zero | tr '\\0' a >&10"]) {
    const { exitCode } = await shell.run(noise, { timeout: 10_000 })
    expect(Number.isInteger(exitCode)).toBe(true)
  }
  await shell.restart()
  expect(await shell.run('read() { :; }; printf() { :; }; eval() { :; }; false')).toMatchObject({ exitCode: 1, restarted: false })
  expect(await shell.run('echo still')).toMatchObject({ stdout: 'still\n', exitCode: 0 })
})

test('a detached process whose start was aborted does not run on without a handle', async () => {
  await box.exec('aborted', 'true')
  let rejected = 0
  for (let round = 0; round < 20; round++) {
    const spawned = box.spawn('aborted', 'sleep 777', { detached: true, signal: AbortSignal.timeout(round % 5) })
    await spawned.then((process) => process.kill('SIGKILL'), () => rejected++)
  }
  expect(rejected).toBeGreaterThan(0)
  await expect.poll(async () => (await box.processes('aborted')).filter(({ result }) => !result), { timeout: 10_000 }).toEqual([])
})

test('answers that are none are errors, and close their connections', async () => {
  const answers = ['HTTP/1.1 101 Switching\\r\\nUpgrade: x\\r\\nConnection: upgrade\\r\\n\\r\\n', 'HTTP/1.1 999 Odd\\r\\ncontent-length: 0\\r\\n\\r\\n', 'nonsense\\r\\n\\r\\n', '']
  const server = await box.spawn(ID, ['node', '-e', `const answers = ${JSON.stringify(answers)}; let n = 0; require('net').createServer((socket) => { socket.on('error', () => {}); socket.once('data', () => { const text = answers[n++ % 4].replaceAll('\\\\r\\\\n', '\\r\\n'); text ? socket.write(text) : socket.destroy() }) }).listen(4000)`])
  await server.waitForPort(4000)
  for (let round = 0; round < 100; round++) {
    const error = await rejection(box.fetch(ID, 4000), 'CONFLICT')
    expect(error.message).toContain('4000')
  }
  await server.close()
  const echo = await box.spawn(ID, ['node', '-e', "require('http').createServer((request, response) => response.end(String(request.headers['content-length']))).listen(4001)"])
  await echo.waitForPort(4001)
  for (const body of ['hello', new Uint8Array(5), new URLSearchParams('a=bcd')]) {
    expect(await (await box.fetch(ID, 4001, '/', { method: 'POST', body })).text()).toBe('5')
  }
  await echo.close()
})

test('a paused sandbox answers', async () => {
  const { containerId } = await box.getOrCreate('paused')
  for (const call of [() => box.stats('paused'), () => box.ports('paused'), () => box.processes('paused')]) {
    await docker.getContainer(containerId).pause()
    await call()
  }
})

test('times that no timer can wait are refused', async () => {
  await using shell = await box.shell(ID)
  await rejection(shell.run('true', { timeout: 3e9 }), 'INVALID_ARGUMENT')
  await rejection(shell.run('true', { timeout: -1 }), 'INVALID_ARGUMENT')
  await rejection(box.waitForPort(ID, 1, { timeout: 3e9 }), 'INVALID_ARGUMENT')
  expect(() => box.watchStats(ID, { interval: 3e9 })).toThrow(/2147483647/)
  const process = await box.spawn(ID, 'sleep 5')
  await rejection(process.waitForOutput('x', { timeout: 3e9 }), 'INVALID_ARGUMENT')
  await process.close()
  await rejection(box.attach(ID, '+fffffffffffffff'), 'INVALID_ARGUMENT')
  await rejection(box.spawn(ID, 'true', { name: 'a\0b' }), 'INVALID_ARGUMENT')
})

test('logs that are asked for at once share their limit', async () => {
  const spawned = await Promise.allSettled(Array.from({ length: 8 }, () => box.spawn('many-logs', 'sleep 60', { detached: true, log: '4m' })))
  expect(spawned.filter(({ status }) => status === 'fulfilled').length).toBe(2)
})
