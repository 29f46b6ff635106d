import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

const KIB_100 = 102_400

/** A command that prints this many bytes of a pattern in which the text at each position names the position. */
function print(bytes: number, stream = 'stdout'): string[] {
  return ['python3', '-c', `import sys; n = ${bytes}; s = ''.join('%07d\\n' % (i * 8) for i in range(n // 8 + 1)); sys.${stream}.write(s[:n])`]
}

function pattern(bytes: number): string {
  let text = ''
  for (let position = 0; text.length < bytes; position += 8) text += `${String(position).padStart(7, '0')}\n`
  return text.slice(0, bytes)
}

test('100 KiB are kept in full by default', async () => {
  const result = await box.exec('a', print(KIB_100))
  expect(result).toMatchObject({ truncated: false, stdoutBytes: KIB_100 })
  expect(result.stdout).toBe(pattern(KIB_100))
})

test.each([KIB_100 + 1, KIB_100 + 7000, 3 * KIB_100, 5_000_003])('of %i bytes, the head and the tail are kept around the exact number omitted', async (bytes) => {
  const result = await box.exec('a', print(bytes))
  const whole = pattern(bytes)
  const half = KIB_100 / 2
  expect(result).toMatchObject({ truncated: true, stdoutBytes: bytes, stderr: '', stderrBytes: 0 })
  expect(result.stdout).toBe(`${whole.slice(0, half)}\n[... ${bytes - KIB_100} bytes omitted ...]\n${whole.slice(-half)}`)
})

test('each stream has its own limit', async () => {
  const result = await box.exec('a', "head -c 100 /dev/zero | tr '\\0' o; head -c 300 /dev/zero | tr '\\0' e >&2", { outputLimit: 100 })
  expect(result).toMatchObject({
    truncated: true,
    stdout: 'o'.repeat(100),
    stdoutBytes: 100,
    stderr: `${'e'.repeat(50)}\n[... 200 bytes omitted ...]\n${'e'.repeat(50)}`,
    stderrBytes: 300,
  })
})

test('a limit of 0 keeps only the count', async () => {
  expect(await box.exec('a', 'printf abc; true', { outputLimit: 0 })).toMatchObject({ stdout: '\n[... 3 bytes omitted ...]\n', stdoutBytes: 3, truncated: true, stderr: '' })
  expect(await box.exec('a', 'true', { outputLimit: 0 })).toMatchObject({ stdout: '', truncated: false })
})

test("'1m' is 1,048,576 bytes", async () => {
  expect(await box.exec('a', print(1_048_576), { outputLimit: '1m' })).toMatchObject({ truncated: false, stdoutBytes: 1_048_576 })
  const more = await box.exec('a', print(1_048_577), { outputLimit: '1m' })
  expect(more).toMatchObject({ truncated: true, stdoutBytes: 1_048_577 })
  expect(more.stdout).toContain('\n[... 1 bytes omitted ...]\n')
})

test('the limit also applies to the result when a listener gets everything', async () => {
  let heard = 0
  const result = await box.exec('a', print(500_000), { outputLimit: 1000, onStdout: (text: string) => void (heard += text.length) })
  expect(heard).toBe(500_000)
  expect(result).toMatchObject({ truncated: true, stdoutBytes: 500_000 })
  expect(result.stdout).toBe(`${pattern(500_000).slice(0, 500)}\n[... 499000 bytes omitted ...]\n${pattern(500_000).slice(-500)}`)
})

test('no character is cut at the omission', async () => {
  for (const limit of [99, 100, 101, 102, 103]) {
    const { stdout } = await box.exec('a', ['python3', '-c', "print('€' * 1000, end='')"], { outputLimit: limit })
    expect(stdout).not.toContain('\ufffd')
    const kept = Buffer.byteLength(stdout.replace(/\n\[\.\.\. \d+ bytes omitted \.\.\.\]\n/, ''))
    expect(stdout).toContain(`[... ${3000 - kept} bytes omitted ...]`)
    expect(kept).toBeLessThanOrEqual(limit)
    expect(kept).toBeGreaterThanOrEqual(limit - 8)
  }
})

test('a million lines are counted', async () => {
  const result = await box.exec('a', 'seq 1000000')
  expect(result).toMatchObject({ truncated: true, stdoutBytes: 6_888_896 })
  expect(result.stdout.startsWith('1\n2\n3\n')).toBe(true)
  expect(result.stdout.endsWith('999999\n1000000\n')).toBe(true)
})

test('bytes are truncated the same way', async () => {
  const { stdout } = await box.exec('a', "printf '\\xff\\xff\\xff\\xff\\xff\\xff'", { outputLimit: 2, encoding: null })
  expect(stdout).toEqual(Buffer.concat([Buffer.from([255]), Buffer.from('\n[... 4 bytes omitted ...]\n'), Buffer.from([255])]))
})

test.each([-1, 1.5, NaN, Infinity, '1x', '', '65m', 64 * 1024 * 1024 + 1, true, null])('rejects outputLimit %j', async (outputLimit) => {
  const error = await rejection(box.exec('a', 'true', { outputLimit: outputLimit as number }), 'INVALID_ARGUMENT')
  expect(error.details).toMatchObject({ argument: 'outputLimit' })
})
