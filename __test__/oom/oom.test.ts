import { expect, test } from 'vitest'
import { startCommand } from '../support/running.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ memory: '64m', cpus: 2 })

const BOMB = 'b = []\nwhile True: b.append(bytearray(b"x") * 1048576)'

test('a command that runs out of memory is reported as oomKilled', async () => {
  const result = await box.exec('a', ['python3', '-c', BOMB])
  expect(result).toMatchObject({ oomKilled: true, exitCode: 137, signal: 'SIGKILL', timedOut: false })
  expect((await box.exec('a', 'echo alive')).stdout).toBe('alive\n')
})

test('a command whose child runs out of memory is reported as oomKilled', async () => {
  const { containerId } = await box.getOrCreate('a')
  const result = await box.exec('a', `python3 -c '${BOMB}'`)
  expect(result).toMatchObject({ oomKilled: true, exitCode: 137, timedOut: false })
  const nested = await box.exec('a', `python3 -c '${BOMB}'; exit $?`)
  expect(nested).toMatchObject({ oomKilled: true, exitCode: 137, signal: null })
  expect((await box.getOrCreate('a')).containerId).toBe(containerId)
})

test('a command killed for another reason is not', async () => {
  expect(await box.exec('a', 'kill -9 $$')).toMatchObject({ oomKilled: false, exitCode: 137, signal: 'SIGKILL' })
  expect(await box.exec('a', 'exit 137')).toMatchObject({ oomKilled: false, exitCode: 137, signal: null })
})

test('a command that survives its child’s death is not', async () => {
  expect(await box.exec('a', `python3 -c '${BOMB}'; echo survived`)).toMatchObject({ oomKilled: false, exitCode: 0, stdout: 'survived\n' })
})

test('a command that ends itself by SIGKILL after its child ran out of memory is not', async () => {
  expect(await box.exec('a', `python3 -c '${BOMB}'; kill -9 $$`)).toMatchObject({ oomKilled: false, signal: 'SIGKILL' })
})

test('a command is not that exits with 137 while one beside it runs out of memory', async () => {
  const { result } = await startCommand(box, 'a', 'echo begun; while [ ! -e over ]; do sleep 0.05; done; exit 137')
  const nested = `python3 -c '${BOMB}'; code=$?; touch over; exit $code`
  expect(await box.exec('a', nested)).toMatchObject({ oomKilled: true, exitCode: 137 })
  expect(await result).toMatchObject({ oomKilled: false, exitCode: 137 })
})

test('a kill that the command coped with is told apart from one of the command', async () => {
  const greedy = `python3 -c 'x = bytearray(1 << 30)'`
  const coped = await box.exec('a', `${greedy} || exit 1`)
  expect(coped).toMatchObject({ exitCode: 1, oomKilled: false, limits: ['memory'] })
  expect(await box.exec('a', 'true')).toMatchObject({ limits: [] })
  const killed = await box.exec('a', greedy.replace('python3', 'exec python3'))
  expect(killed).toMatchObject({ oomKilled: true, limits: ['memory'] })
})

test('a limit on processes that was met is in the result', async () => {
  const small = newSandboxes({ pids: 10 })
  expect((await small.exec('a', 'for i in $(seq 40); do sleep 2 & done; wait')).limits).toEqual(['pids'])
  expect((await small.exec('a', 'echo enough')).limits).toEqual([])
})

// Only root can mount a disk, which is what can be full.
test.runIf(process.getuid?.() === 0)('a disk that is full is in the result', async () => {
  const small = newSandboxes({ disk: '16m' })
  expect((await small.exec('a', 'head -c 32m /dev/zero > large')).limits).toEqual(['disk'])
  expect((await small.exec('a', 'rm large')).limits).toEqual([])
})

test('commands that run out of memory at the same time are all reported', async () => {
  const results = await Promise.all([1, 2, 3].map(() => box.exec('a', ['python3', '-c', BOMB])))
  for (const result of results) expect(result).toMatchObject({ oomKilled: true, signal: 'SIGKILL' })
})

test('the sandbox stays usable when many processes run out of memory at once', async () => {
  await box.exec('a', `for i in $(seq 30); do python3 -c '${BOMB}' & done; wait`, { timeout: 20_000 })
  expect((await box.exec('a', 'echo alive')).stdout).toBe('alive\n')
})
