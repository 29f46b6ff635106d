import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes()
const ID = 'a'

test('a process has streams, input and a result', async () => {
  const process = await box.spawn(ID, 'while read -r line; do echo "got $line"; done; echo end >&2; exit 3', { stdin: 'pipe', name: 'reader' })
  expect(process).toMatchObject({ name: 'reader', detached: false, pty: false, id: expect.stringMatching(/^[0-9a-f]{16}$/), pid: expect.any(Number) })
  process.stdin!.write('one\n')
  const lines = process.stdout[Symbol.asyncIterator]()
  expect(String((await lines.next()).value)).toBe('got one\n')
  process.stdin!.end('two\n')
  expect(String((await lines.next()).value)).toBe('got two\n')
  expect((await lines.next()).done).toBe(true)
  expect(await text(process.stderr!)).toBe('end\n')
  expect(await process.wait()).toMatchObject({ exitCode: 3, signal: null, timedOut: false, stdoutBytes: 16, stderrBytes: 4 })
})

test('without input a process reads the end at once, and needs no reader to end', async () => {
  const process = await box.spawn(ID, 'cat; head -c 3000000 /dev/zero; echo done')
  expect(process.stdin).toBeNull()
  const results = await Promise.all([process.wait(), process.wait()])
  for (const result of results) expect(result).toMatchObject({ exitCode: 0, stdoutBytes: 3_000_005 })
})

test('output has offsets and both streams, for every reader', async () => {
  const process = await box.spawn(ID, 'printf abc; sleep 0.1; printf de >&2; sleep 0.1; printf ü')
  const collect = async () => {
    const found = []
    for await (const piece of process.output()) found.push(piece)
    return found
  }
  const [first, second] = await Promise.all([collect(), collect()])
  expect(first).toEqual([
    { stream: 'stdout', offset: 0, data: 'abc' },
    { stream: 'stderr', offset: 0, data: 'de' },
    { stream: 'stdout', offset: 3, data: 'ü' },
  ])
  expect(second).toEqual(first)
})

test('a reader that stops slows the process down, and other processes go on', async () => {
  const flood = await box.spawn(ID, 'head -c 40000000 /dev/zero; echo finished > flood.txt')
  const stream = flood.stdout
  await once(stream, 'readable')
  await new Promise((resolve) => setTimeout(resolve, 1000))
  expect((await box.exec(ID, 'cat flood.txt')).exitCode).toBe(1)
  let bytes = 0
  for await (const chunk of stream) bytes += chunk.length
  expect(bytes).toBe(40_000_000)
  expect(await flood.wait()).toMatchObject({ exitCode: 0 })
})

test('kill reaches everything that the process started', async () => {
  const process = await box.spawn(ID, 'setsid sleep 1000 & (setsid sh -c "trap \'\' HUP; sleep 1000" &) ; echo ready; wait')
  await process.waitForOutput('ready')
  expect(await process.kill()).toBe(true)
  expect(await process.wait()).toMatchObject({ exitCode: 143, signal: 'SIGTERM' })
  const left = await box.exec(ID, ['sh', '-c', 'for p in /proc/[0-9]*; do tr "\\0" " " < $p/cmdline; echo; done | grep -c "^sleep 1000"'])
  expect(left.stdout.trim()).toBe('0')
  expect(await process.kill('SIGKILL')).toBe(false)
})

test('a process can handle a signal', async () => {
  const process = await box.spawn(ID, ['sh', '-c', 'trap "echo caught; exit 7" USR1; echo ready; while :; do sleep 0.05; done'])
  await process.waitForOutput('ready')
  await process.kill('SIGUSR1')
  await process.waitForOutput('caught')
  expect(await process.wait()).toMatchObject({ exitCode: 7 })
  await rejection(process.kill('SIGNOPE'), 'INVALID_ARGUMENT')
  await rejection(process.kill(65), 'INVALID_ARGUMENT')
})

test('a deadline kills a process, and the default is none', async () => {
  const process = await box.spawn(ID, 'sleep 60', { timeout: 300 })
  expect(await process.wait()).toMatchObject({ exitCode: 124, timedOut: true })
})

test('an abort kills a process', async () => {
  const controller = new AbortController()
  const process = await box.spawn(ID, 'sleep 60', { signal: controller.signal })
  controller.abort(new Error('enough'))
  const error = await rejection(process.wait(), 'ABORTED')
  expect(error.cause).toMatchObject({ message: 'enough' })
})

test('leaving the block kills a process', async () => {
  {
    await using process = await box.spawn(ID, 'sleep 4321')
    expect(process.pid).toBeGreaterThan(1)
  }
  await expect.poll(async () => (await box.exec(ID, "grep -l '[4]321' /proc/[0-9]*/cmdline")).stdout).toBe('')
})

test('writing after the end is EPIPE and no crash', async () => {
  const process = await box.spawn(ID, 'true', { stdin: 'pipe' })
  await process.wait()
  const error = await new Promise<Error | null | undefined>((resolve) => process.stdin!.write('x', resolve))
  expect(error).toMatchObject({ code: 'EPIPE' })
})

test('waitForOutput says what was there instead', async () => {
  const process = await box.spawn(ID, 'echo something else; sleep 30')
  const error = await rejection(process.waitForOutput(/never (\d+)/, { timeout: 300 }), 'TIMEOUT')
  expect(error.details?.output).toBe('something else\n')
  expect(await process.waitForOutput(/some\w+/)).toBe('something')
  await process.close()
  const ended = await box.spawn(ID, 'echo bye')
  await rejection(ended.waitForOutput('hello'), 'CONFLICT')
})

test('processes lists what runs and what ended', async () => {
  const process = await box.spawn(ID, ['sleep', '30'], { name: 'napper' })
  const running = (await box.processes(ID)).find(({ id }) => id === process.id)
  expect(running).toMatchObject({ name: 'napper', command: 'sleep 30', origin: 'spawn', detached: false, pty: false, result: null, pid: process.pid })
  expect(Math.abs(Date.parse(running!.startedAt) - Date.now())).toBeLessThan(60_000)
  await process.kill('SIGKILL')
  await process.wait()
  const ended = (await box.processes(ID)).find(({ id }) => id === process.id)
  expect(ended!.result).toMatchObject({ exitCode: 137, signal: 'SIGKILL' })
  expect(await box.processes('never-made')).toEqual([])
})

test('what cannot start is COMMAND_NOT_STARTED, and what is wrong INVALID_ARGUMENT', async () => {
  const error = await rejection(box.spawn(ID, ['/no/such']), 'COMMAND_NOT_STARTED')
  expect(error.message).toContain('/no/such')
  await rejection(box.spawn(ID, 'true', { cwd: '/no/such' }), 'COMMAND_NOT_STARTED')
  await rejection(box.spawn(ID, 'true', { log: '1m' }), 'INVALID_ARGUMENT')
  await rejection(box.spawn(ID, 'true', { log: '5m', detached: true }), 'INVALID_ARGUMENT')
  await rejection(box.spawn(ID, 'true', { timeout: -1 }), 'INVALID_ARGUMENT')
  await rejection(box.spawn(ID, 'true', { pty: { cols: 0 } }), 'INVALID_ARGUMENT')
  await rejection(box.spawn(ID, 'true', { pty: { cols: 65_536 } }), 'INVALID_ARGUMENT')
  await rejection(box.spawn(ID, 'true', { stdin: 'inherit' as never }), 'INVALID_ARGUMENT')
})

test('200 MB go through a process in both directions', async () => {
  const process = await box.spawn(ID, 'cat', { stdin: 'pipe' })
  const total = 200_000_000
  const chunk = Buffer.alloc(1_000_000, 'x')
  const write = async () => {
    for (let sent = 0; sent < total; sent += chunk.length) {
      if (!process.stdin!.write(chunk)) await once(process.stdin!, 'drain')
    }
    process.stdin!.end()
  }
  const read = async () => {
    let bytes = 0
    for await (const piece of process.stdout) bytes += piece.length
    return bytes
  }
  const [bytes] = await Promise.all([read(), write()])
  expect(bytes).toBe(total)
})

test('the end of the container ends a process with SANDBOX_LOST', async () => {
  const process = await box.spawn('b', 'sleep 60')
  const waiting = rejection(process.wait(), 'SANDBOX_LOST')
  await box.stop('b')
  expect((await waiting).details).toMatchObject({ container: 'exited' })
})
