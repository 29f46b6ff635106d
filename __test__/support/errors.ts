import { expect } from 'vitest'
import { SandboxError, type ErrorCode } from '../../index.js'

/** The error that a promise rejects with, which must be a `SandboxError` with this code. */
export async function rejection(promise: Promise<unknown>, code: ErrorCode): Promise<SandboxError> {
  let error: unknown
  try {
    error = { resolved: await promise }
  } catch (thrown) {
    error = thrown
  }
  return expectError(error, code)
}

/** The error that a function throws, which must be a `SandboxError` with this code. */
export function thrown(call: () => unknown, code: ErrorCode): SandboxError {
  let error: unknown
  try {
    error = { returned: call() }
  } catch (caught) {
    error = caught
  }
  return expectError(error, code)
}

function expectError(error: unknown, code: ErrorCode): SandboxError {
  expect(error).toBeInstanceOf(SandboxError)
  const found = error as SandboxError
  expect(`${found.code}: ${found.message}`).toMatch(new RegExp(`^${code}: .`, 's'))
  return found
}
