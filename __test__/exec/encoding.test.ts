import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

const TEXT = 'aé€😀z'
const BYTES = Buffer.from(TEXT)

/** Writes the bytes of standard input in two chunks, with a pause in between. */
const SPLIT = 'import sys, time; b = sys.stdin.buffer.read(); n = int(sys.argv[1]); o = sys.stdout.buffer; o.write(b[:n]); o.flush(); time.sleep(0.05); o.write(b[n:]); o.flush()'

test('a character stays whole wherever its bytes are split', async () => {
  const offsets = Array.from({ length: BYTES.length + 1 }, (_, offset) => offset)
  for (const offset of offsets) {
    const heard: string[] = []
    const result = await box.exec('a', ['python3', '-c', SPLIT, String(offset)], { stdin: TEXT, onStdout: (text: string) => heard.push(text) })
    expect(result.stdout, `split at ${offset}`).toBe(TEXT)
    expect(heard.join(''), `split at ${offset}`).toBe(TEXT)
    expect(heard.join('|'), `split at ${offset}`).not.toContain('\ufffd')
  }
})

test('invalid UTF-8 becomes a replacement character', async () => {
  expect((await box.exec('a', "printf 'a\\xffb'")).stdout).toBe('a\ufffdb')
})

test('invalid UTF-8 becomes a replacement character for listeners, too', async () => {
  let heard = ''
  await box.exec('a', "printf 'a\\xffb\\xc3'", { onStdout: (text: string) => void (heard += text) })
  expect(heard).toBe('a\ufffdb\ufffd')
})

test('NUL, escape sequences and a byte order mark pass through unchanged', async () => {
  const { stdout } = await box.exec('a', "printf '\\xef\\xbb\\xbfa\\0b\\033[31m\\033]52;c;eA==\\a\\r\\n'")
  expect(stdout).toBe('\ufeffa\0b\u001b[31m\u001b]52;c;eA==\u0007\r\n')
})

test.each(['buffer', null] as const)('encoding %j gives bytes', async (encoding) => {
  const result = await box.exec('a', "printf '\\xff\\0'; printf '\\xfe' >&2", { encoding })
  expect(result.stdout).toEqual(Buffer.from([255, 0]))
  expect(result.stderr).toEqual(Buffer.from([254]))
  expect(Buffer.isBuffer(result.stdout)).toBe(true)
})

test('every byte value survives', async () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  expect((await box.exec('a', ['cat'], { stdin: all, encoding: null })).stdout).toEqual(all)
})

test.each(['utf8', 'utf-8'] as const)('encoding %j gives text', async (encoding) => {
  expect((await box.exec('a', 'echo é', { encoding })).stdout).toBe('é\n')
})

test('an unknown encoding is refused, and the error lists the known ones', async () => {
  const error = await rejection(box.exec('a', 'true', { encoding: 'latin1' as 'utf8' }), 'INVALID_ARGUMENT')
  expect(error.message).toContain('utf8')
})
