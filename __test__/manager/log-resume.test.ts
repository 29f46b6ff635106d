import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { collect, newManager, run } from '../support/manager.ts'

const manager = newManager()

test('a log that is read on after its last line neither repeats a line nor leaves one out', async () => {
  const total = 400
  const id = await run(manager, { command: `i=0; while [ $i -lt ${total} ]; do echo line $i; i=$((i+1)); done`, init: false })
  await manager.wait(id)
  const lines: string[] = []
  let after: string | undefined
  let rounds = 0
  for (let more = true; more; rounds++) {
    more = false
    let taken = 0
    for await (const { data, timestamp } of manager.getContainerLogs(id, { timestamps: true, after })) {
      lines.push(data)
      after = timestamp
      if (++taken === 7) {
        more = true
        break
      }
    }
  }
  expect(rounds).toBeGreaterThan(50)
  expect(lines).toEqual(Array.from({ length: total }, (_, index) => `line ${index}\n`))
})

test('`since` and `until` take the timestamp of a line, to the nanosecond', async () => {
  const id = await run(manager, { command: 'echo a; echo b; echo c', init: false })
  await manager.wait(id)
  const all = await collect(manager.getContainerLogs(id, { timestamps: true }))
  const [, b, c] = all.map(({ timestamp }) => timestamp ?? '')
  const texts = async (options: object) => (await collect(manager.getContainerLogs(id, options))).map(({ data }) => data).join('')
  expect(await texts({ since: b })).toBe('b\nc\n')
  expect(await texts({ after: b })).toBe('c\n')
  expect(await texts({ after: c })).toBe('')
  expect(await texts({ since: b, until: b })).toBe('b\n')
  expect(b).toMatch(/\.\d{9}Z$/)
})

test('what is no timestamp is refused', async () => {
  for (const wrong of ['', 'yesterday', '2026-01-31', '1969-12-31T23:59:59Z']) {
    expect((await rejection(manager.getContainerLogs('x', { after: wrong }).next(), 'INVALID_ARGUMENT')).details?.argument).toBe('after')
    expect((await rejection(manager.getContainerLogs('x', { since: wrong }).next(), 'INVALID_ARGUMENT')).details?.argument).toBe('since')
  }
  expect(() => manager.getContainerLogs('x', { after: '2026-01-31T00:00:00Z', since: 0 })).toThrow(/after/)
})
