import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

/** The longest argument that Linux accepts: 32 pages including the final NUL. */
const LONGEST = 131_071

test('an argument of 130,000 bytes arrives intact', async () => {
  const result = await box.exec('a', ['sh', '-c', 'printf %s "$1" | wc -c', 'sh', 'x'.repeat(130_000)])
  expect(result.stdout.trim()).toBe('130000')
})

test('a command line of 130,000 bytes runs', async () => {
  const result = await box.exec('a', `: ${'x'.repeat(129_990)}; echo done`)
  expect(result.stdout).toBe('done\n')
})

test('the longest argument that Linux accepts works, one byte more is refused', async () => {
  const result = await box.exec('a', ['true', 'x'.repeat(LONGEST)])
  expect(result.exitCode).toBe(0)
  await rejection(box.exec('a', ['true', 'x'.repeat(LONGEST + 1)]), 'INVALID_ARGUMENT')
})

test('many arguments arrive in order', async () => {
  const words = Array.from({ length: 5000 }, (_, index) => `word ${index}`)
  const result = await box.exec('a', ['printf', '%s\n', ...words])
  expect(result.stdout).toBe(`${words.join('\n')}\n`)
})

test.each([200_000, 2_000_000])('an argument of %i bytes is refused, and the hint names an alternative', async (length) => {
  const error = await rejection(box.exec('a', `echo ${'x'.repeat(length)}`), 'INVALID_ARGUMENT')
  expect(error.message).toContain(String(LONGEST))
  expect(error.hint).toMatch(/stdin|file/)
})

test('arguments that are too long in total are refused', async () => {
  const error = await rejection(box.exec('a', ['true', ...Array.from({ length: 30 }, () => 'x'.repeat(100_000))]), 'INVALID_ARGUMENT')
  expect(error.details).toMatchObject({ argument: 'command' })
})

test('an environment that is too long is refused', async () => {
  await rejection(box.exec('a', 'true', { env: { LONG: 'x'.repeat(200_000) } }), 'INVALID_ARGUMENT')
})

test('a refused argument creates no sandbox', async () => {
  await rejection(box.exec('never', `echo ${'x'.repeat(200_000)}`), 'INVALID_ARGUMENT')
  expect((await box.list()).map(({ id }) => id)).not.toContain('never')
})
