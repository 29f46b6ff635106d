import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

const MIB = 1024 * 1024

/** The peak resident memory of this process, in bytes. */
function peakRss(): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024
}

test('200 MB of output are counted exactly without using memory in this process', async () => {
  await box.exec('a', 'head -c 10000000 /dev/zero')
  const before = peakRss()
  const result = await box.exec('a', 'head -c 200000000 /dev/zero')
  expect(result).toMatchObject({ exitCode: 0, truncated: true, stdoutBytes: 200_000_000 })
  expect(peakRss() - before).toBeLessThan(64 * MIB)
})

test('a deadline ends a flood on both streams, and the sandbox stays usable', async () => {
  const result = await box.exec('a', 'yes & yes >&2', { timeout: 1000 })
  expect(result).toMatchObject({ timedOut: true, exitCode: 124, truncated: true })
  expect(result.stdoutBytes).toBeGreaterThan(MIB)
  expect((await box.exec('a', 'echo ok')).stdout).toBe('ok\n')
})

test('a flood does not starve other commands', async () => {
  const flood = box.exec('a', 'yes', { timeout: 2000 })
  const beside = await box.exec('a', 'echo beside')
  expect(beside.stdout).toBe('beside\n')
  expect((await flood).timedOut).toBe(true)
})
