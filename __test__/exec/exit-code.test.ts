import { expect, test } from 'vitest'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

test('every exit code from 0 to 255 is reported', async () => {
  const codes = Array.from({ length: 256 }, (_, code) => code)
  const results = []
  for (let first = 0; first < codes.length; first += 32) {
    results.push(...(await Promise.all(codes.slice(first, first + 32).map((code) => box.exec('a', `exit ${code}`)))))
  }
  expect(results.map(({ exitCode }) => exitCode)).toEqual(codes)
  expect(results.every(({ signal, timedOut, oomKilled }) => signal === null && !timedOut && !oomKilled)).toBe(true)
})

test('a command that exits with 124 itself has not timed out', async () => {
  const result = await box.exec('a', 'exit 124')
  expect(result).toMatchObject({ exitCode: 124, timedOut: false, signal: null })
})

test('a command that is ended by timeout(1) has not timed out either', async () => {
  const result = await box.exec('a', 'timeout 0.1 sleep 30')
  expect(result).toMatchObject({ exitCode: 124, timedOut: false })
})

test('a command without output has empty strings', async () => {
  const result = await box.exec('a', 'true')
  expect(result).toMatchObject({ stdout: '', stderr: '', stdoutBytes: 0, stderrBytes: 0, truncated: false })
})

test('executionTime is how long the command took', async () => {
  const { executionTime } = await box.exec('a', 'sleep 0.3')
  expect(executionTime).toBeGreaterThanOrEqual(290)
  expect(executionTime).toBeLessThan(5000)
})
