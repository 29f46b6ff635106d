import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newDataDir, open } from '../support/sandboxes.ts'

const dataDir = newDataDir()
const box = open(dataDir)
const ID = 'a'

const output = async (process: Awaited<ReturnType<typeof box.attach>>) => {
  const pieces = []
  for await (const piece of process.output()) pieces.push(piece)
  return pieces
}

test('a detached process outlives its handle and is found again by another owner', async () => {
  const first = await box.spawn(ID, 'echo begin; while [ ! -e go ]; do sleep 0.05; done; echo end; exit 5', { detached: true, name: 'server' })
  await first.waitForOutput('begin')
  await first.close()
  const other = open(dataDir)
  const [found] = (await other.processes(ID)).filter(({ name }) => name === 'server')
  expect(found).toMatchObject({ id: first.id, detached: true, result: null })
  const again = await other.attach(ID, found!.id)
  await other.writeFile(ID, 'go', '')
  expect(await output(again)).toEqual([
    { stream: 'stdout', offset: 0, data: 'begin\n' },
    { stream: 'stdout', offset: 6, data: 'end\n' },
  ])
  expect(await again.wait()).toMatchObject({ exitCode: 5, stdoutBytes: 10 })
  // The result stays, for who comes late.
  expect(await (await box.attach(ID, first.id)).wait()).toMatchObject({ exitCode: 5 })
})

test('attaching begins where it is told to', async () => {
  const process = await box.spawn(ID, 'printf 0123456789; printf abc >&2; sleep 0.1; touch written; sleep 30', { detached: true })
  await expect.poll(async () => (await box.exec(ID, 'test -e written')).exitCode).toBe(0)
  const part = await box.attach(ID, process.id, { from: { stdout: 7, stderr: 1 } })
  const pieces = part.output()
  expect(await pieces.next()).toMatchObject({ value: { stream: 'stdout', offset: 7, data: '789' } })
  expect(await pieces.next()).toMatchObject({ value: { stream: 'stderr', offset: 1, data: 'bc' } })
  const late = await box.attach(ID, process.id, { from: 'now' })
  const waiting = output(late)
  await process.kill()
  expect(await waiting).toEqual([])
})

test('what is no longer kept is a gap, and a process never waits for a reader', async () => {
  const process = await box.spawn(ID, 'head -c 1000000 /dev/zero | tr "\\0" x; echo; echo done > finished', { detached: true, log: '64k' })
  await process.close()
  await expect.poll(async () => (await box.exec(ID, 'cat finished')).stdout).toBe('done\n')
  const pieces = await output(await box.attach(ID, process.id, { from: { stdout: 1000 } }))
  expect(pieces[0]).toEqual({ stream: 'stdout', offset: 1000, gap: 1_000_001 - 1000 - 65_536 })
  const kept = pieces.slice(1).map(({ data }) => data).join('')
  expect(kept.length).toBe(65_536)
  expect(kept.endsWith('x\n')).toBe(true)
})

test('two handles write to one process', async () => {
  const one = await box.spawn(ID, 'while read -r line; do echo "got $line"; done', { detached: true, stdin: 'pipe' })
  const two = await box.attach(ID, one.id)
  one.stdin!.write('a\n')
  await two.waitForOutput('got a')
  two.stdin!.write('b\n')
  await one.waitForOutput('got b')
  one.stdin!.end()
  expect(await two.wait()).toMatchObject({ exitCode: 0 })
})

test('only a detached process can be attached to', async () => {
  const process = await box.spawn(ID, 'sleep 30')
  await rejection(box.attach(ID, process.id), 'CONFLICT')
  await rejection(box.attach(ID, '0123456789abcdef'), 'NOT_FOUND')
  await rejection(box.attach(ID, 'nonsense'), 'INVALID_ARGUMENT')
  await rejection(box.attach('never-made', process.id), 'NOT_FOUND')
  await process.close()
})

test('12 floods at once neither stop one another nor a command', async () => {
  const floods = await Promise.all(Array.from({ length: 12 }, () => box.spawn('floods', 'exec yes', { detached: true, log: '64k' })))
  expect((await box.exec('floods', 'echo ok')).stdout).toBe('ok\n')
  for (const flood of floods) expect(await flood.kill('SIGKILL')).toBe(true)
  for (const flood of floods) expect(await flood.wait()).toMatchObject({ signal: 'SIGKILL' })
})

test('detached output together has a limit that is named', async () => {
  const big = await Promise.all([1, 2].map(() => box.spawn('logs', 'sleep 60', { detached: true, log: '4m' })))
  const error = await rejection(box.spawn('logs', 'true', { detached: true, log: '4m' }), 'COMMAND_NOT_STARTED')
  expect(error.hint).toContain('16 MiB')
  for (const process of big) await process.kill('SIGKILL')
  for (const process of big) await process.wait()
  expect(await (await box.spawn('logs', 'true', { detached: true, log: '4m' })).wait()).toMatchObject({ exitCode: 0 })
})

test('a stop ends detached processes, and their ids find nothing afterwards', async () => {
  const process = await box.spawn('stopped', 'sleep 60', { detached: true })
  const waiting = rejection(process.wait(), 'SANDBOX_LOST')
  await box.stop('stopped')
  await waiting
  expect(await box.isRunning('stopped')).toBe(false)
  await rejection(box.attach('stopped', process.id), 'NOT_FOUND')
  await box.exec('stopped', 'true')
  await rejection(box.attach('stopped', process.id), 'NOT_FOUND')
  expect(await process.kill()).toBe(false)
})

test('a stream ends after the last byte', async () => {
  const process = await box.spawn(ID, 'seq 100000', { detached: true, log: '1m' })
  const lines = (await text(process.stdout)).split('\n')
  expect(lines.length).toBe(100_001)
  expect(lines[99_999]).toBe('100000')
})
