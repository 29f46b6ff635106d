import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { EngineEvent } from '../../index.js'
import { breakable } from '../support/breakable-engine.ts'
import { rejection } from '../support/errors.ts'
import { collect, create, newManager, run } from '../support/manager.ts'

const actions = (events: EngineEvent[]) => events.map((event) => (event.action ?? event.type))

test('what happened is told from then until then', async () => {
  const manager = newManager()
  const label = `test.${randomUUID()}`
  const since = Date.now() - 1000
  const id = await run(manager, { labels: { [label]: '' }, command: 'exit 3', init: false })
  await manager.wait(id)
  await manager.removeContainer(id)
  const events = await collect(manager.events({ since, until: Date.now() + 500, filters: { label } }))
  expect(actions(events)).toEqual(['create', 'start', 'die', 'destroy'])
  expect(events[2]).toMatchObject({ type: 'container', action: 'die', id, attributes: { exitCode: '3', [label]: '' } })
})

test('what happens is told as it happens; leaving the loop ends it', async () => {
  const manager = newManager()
  const label = `test.${randomUUID()}`
  const events = manager.events({ filters: { label, event: ['create', 'destroy'] } })
  const first = events.next()
  const made = setTimeout(() => void create(manager, { labels: { [label]: '' } }), 100)
  expect((await first).value).toMatchObject({ action: 'create' })
  clearTimeout(made)
  expect(await events.return()).toMatchObject({ done: true })
})

test('after a break it goes on where it was', async () => {
  const way = await breakable()
  const manager = newManager()
  const label = `test.${randomUUID()}`
  const events = newManager({ engine: way.engine }).events({ filters: { label } })
  const first = events.next()
  await new Promise((resolve) => setTimeout(resolve, 200))
  const id = await create(manager, { labels: { [label]: '' } })
  expect((await first).value).toMatchObject({ action: 'create' })
  way.break()
  await manager.startContainer(id)
  expect((await events.next()).value).toMatchObject({ action: 'start' })
  await events.return()
})

test('after a break that the engine can’t make up for, there is a gap', async () => {
  const way = await breakable()
  const manager = newManager()
  const label = `test.${randomUUID()}`
  const events = newManager({ engine: way.engine }).events({ filters: { label } })
  const first = events.next()
  await new Promise((resolve) => setTimeout(resolve, 200))
  const id = await create(manager, { labels: { [label]: '' } })
  expect((await first).value).toMatchObject({ action: 'create' })
  // More than the 256 that an engine remembers, while nobody listens.
  const next = events.next()
  way.break()
  const others = Array.from({ length: 40 }, async () => {
    for (let round = 0; round < 7; round++) await manager.tag('ai-sandbox:latest', 'cofferdam-test-events:1')
  })
  await Promise.all(others)
  await manager.removeImage('cofferdam-test-events:1')
  way.break()
  expect((await next).value).toEqual({ type: 'gap' })
  await manager.startContainer(id)
  expect((await events.next()).value).toMatchObject({ action: 'start' })
  await events.return()
})

test('an abort ends it', async () => {
  const controller = new AbortController()
  const next = newManager().events({ signal: controller.signal, filters: { label: randomUUID() } }).next()
  setTimeout(() => controller.abort(), 100)
  await rejection(next, 'ABORTED')
})
