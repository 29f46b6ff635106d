import { expect, test } from 'vitest'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

test('64 commands at once each get their own output', async () => {
  const numbers = Array.from({ length: 64 }, (_, number) => number)
  const results = await Promise.all(
    numbers.map((number) => box.exec('a', `for i in 1 2 3; do echo ${number}; echo e${number} >&2; done; exit ${number}`)),
  )
  for (const [number, result] of results.entries()) {
    expect(result).toMatchObject({ exitCode: number, stdout: `${number}\n`.repeat(3), stderr: `e${number}\n`.repeat(3) })
  }
})

test('64 commands with 100 KB of output each get their own', async () => {
  const results = await Promise.all(
    Array.from({ length: 64 }, (_, number) => box.exec('a', `head -c 100000 /dev/zero | tr '\\0' '${String.fromCharCode(65 + (number % 26))}'`)),
  )
  for (const [number, { stdout, truncated }] of results.entries()) {
    expect(stdout === String.fromCharCode(65 + (number % 26)).repeat(100_000) && !truncated, `command ${number}`).toBe(true)
  }
})

test('a slow command does not hold up a quick one', async () => {
  const slow = box.exec('a', 'sleep 3; echo slow')
  const begun = Date.now()
  await box.exec('a', 'echo quick')
  expect(Date.now() - begun).toBeLessThan(2500)
  expect((await slow).stdout).toBe('slow\n')
})

test('more commands than the sandbox may have processes all run eventually', async () => {
  const results = await Promise.all(Array.from({ length: 300 }, (_, number) => box.exec('a', ['echo', String(number)])))
  expect(results.map(({ stdout }) => Number(stdout))).toEqual(Array.from({ length: 300 }, (_, number) => number))
})
