import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newDataDir, open } from '../support/sandboxes.ts'

const dataDir = path.join(newDataDir(), 'not-made-yet')
const box = open(dataDir)

const HOSTILE: unknown[] = [
  '', ' ', '.', '..', '../x', '../../etc', '/etc', 'a/b', 'a\\b', 'a%2fb', 'a\0b', '\0', 'a b', ' a', 'a ', 'a\n', 'a\r\nb', '.hidden', '.cofferdam',
  'a:b', 'a*', 'a?', '~', '$(id)', '`id`', 'a;b', "a'b", 'a"b', 'é', 'e\u0301', '\u202eabc', '\u200b', 'a\ud800', '\ud800', '😀', 'ａ', '\u001b[31m',
  'x'.repeat(129), 'x'.repeat(300), 'x'.repeat(10_000_000),
  undefined, null, 0, 7, NaN, true, {}, [], ['a'], Symbol('a'), () => 'a', new String('a'), 10n,
]

const CALLS: [string, (id: string) => Promise<unknown>][] = [
  ['getOrCreate', (id) => box.getOrCreate(id)],
  ['exec', (id) => box.exec(id, 'true')],
  ['readFile', (id) => box.readFile(id, 'x')],
  ['writeFile', (id) => box.writeFile(id, 'x', '')],
  ['stop', (id) => box.stop(id)],
  ['remove', (id) => box.remove(id, { workspace: true })],
  ['isRunning', (id) => box.isRunning(id)],
  ['info', (id) => box.info(id)],
]

test.each(CALLS)('%s rejects every hostile id', async (_, call) => {
  for (const id of HOSTILE) {
    const error = await rejection(call(id as string), 'INVALID_ARGUMENT')
    expect(error.details).toMatchObject({ argument: 'id' })
    expect(error.message.length).toBeLessThan(300)
  }
})

test('hostile ids create nothing', () => {
  expect(existsSync(dataDir)).toBe(false)
  expect(readdirSync(path.dirname(dataDir))).toEqual([])
})
