import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

test.each([0, -0, -1, NaN, Infinity, -Infinity, 2 ** 31, 300_001, 1e300, '100', null, true, [100]])('rejects timeout %j', async (timeout) => {
  const error = await rejection(box.exec('a', 'true', { timeout: timeout as number }), 'INVALID_ARGUMENT')
  expect(error.details).toMatchObject({ argument: 'timeout' })
})

test('the error for a timeout that is too long names the limit', async () => {
  const error = await rejection(box.exec('a', 'true', { timeout: 300_001 }), 'INVALID_ARGUMENT')
  expect(error.message).toContain('300000')
})

test('a fraction of a millisecond counts as a deadline', async () => {
  const begun = Date.now()
  const result = await box.exec('a', 'sleep 20', { timeout: 0.5 })
  expect(result).toMatchObject({ timedOut: true, exitCode: 124 })
  expect(Date.now() - begun).toBeLessThan(5000)
})

test('a deadline of one millisecond is enforced', async () => {
  expect(await box.exec('a', 'sleep 20', { timeout: 1 })).toMatchObject({ timedOut: true, exitCode: 124 })
})

test('the longest deadline is accepted', async () => {
  expect(await box.exec('a', 'echo ok', { timeout: 300_000 })).toMatchObject({ timedOut: false, stdout: 'ok\n' })
})

test('an undefined timeout means the default', async () => {
  expect(await box.exec('a', 'echo ok', { timeout: undefined })).toMatchObject({ timedOut: false, stdout: 'ok\n' })
})

test('the default deadline of the sandboxes is enforced', async () => {
  const impatient = newSandboxes({ timeout: 300 })
  expect(await impatient.exec('a', 'sleep 20')).toMatchObject({ timedOut: true, exitCode: 124 })
})

test('maxTimeout allows longer deadlines', async () => {
  const patient = newSandboxes({ maxTimeout: 600_000 })
  expect((await patient.exec('a', 'echo ok', { timeout: 500_000 })).stdout).toBe('ok\n')
  const error = await rejection(patient.exec('a', 'true', { timeout: 600_001 }), 'INVALID_ARGUMENT')
  expect(error.message).toContain('600000')
})

test('creating the container does not count towards the deadline', async () => {
  const fresh = newSandboxes({ cpus: 2 })
  expect(await fresh.exec('first', 'echo ok', { timeout: 100 })).toMatchObject({ timedOut: false, stdout: 'ok\n' })
})
