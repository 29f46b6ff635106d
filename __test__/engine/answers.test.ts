import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'

/** Facade modules without types of their own. */
const answers = (await import(new URL('../../js/engine/answers.js', import.meta.url).href)) as Record<
  'containerStatus' | 'containerSummary' | 'networkInfo' | 'volumeInfo' | 'taskVolumeInfo' | 'imageSummary' | 'engineEvent' | 'progress',
  (answer: unknown) => Record<string, unknown>
>

const RECORDED = new URL('../../src/core/engine/testing/answers/', import.meta.url)
const read = (name: string) => JSON.parse(readFileSync(new URL(name, RECORDED), 'utf8')) as unknown
const engines = [...new Set(readdirSync(RECORDED).map((name) => name.replace(/-(?:ended|info|list|list-ended|running|version)\.json$/, '')))]

test.each(engines)('containers of %s are described alike', (engine) => {
  const status = (name: string) => answers.containerStatus(read(`${engine}-${name}.json`))
  expect(status('running')).toMatchObject({ name: 'cofferdam-recorded', state: 'running', running: true, exitCode: null, finishedAt: null, health: null, error: null })
  expect(status('ended')).toMatchObject({ state: 'exited', running: false, exitCode: 137, pid: null, oomKilled: false, finishedAt: expect.stringMatching(/^20/) })
  const [listed] = (read(`${engine}-list.json`) as unknown[]).map(answers.containerSummary)
  expect(listed).toMatchObject({ name: 'cofferdam-recorded', state: 'running', labels: { a: 'b' }, created: expect.stringMatching(/^20/), ports: [] })
})

/** Every value that differs from this one in a single place. */
function* spoilt(value: unknown): Generator<unknown> {
  for (const other of [undefined, null, 7, 'unheard-of', true, [], [null], {}]) yield other
  if (value === null || typeof value !== 'object') return
  for (const [key, part] of Object.entries(value)) {
    for (const changed of spoilt(part)) yield Array.isArray(value) ? Object.assign([...(value as unknown[])], { [key]: changed }) : { ...value, [key]: changed }
  }
}

const NETWORK = { Id: '0', Name: 'n', Internal: false, Created: '2026-01-01T00:00:00Z', Labels: { a: 'b' }, IPAM: { Config: [{ Subnet: '10.0.0.0/24', Gateway: '10.0.0.1' }] }, Containers: { c: { Name: 'x', IPv4Address: '10.0.0.2/24' } } }
const VOLUME = { Name: 'v', Driver: 'local', Mountpoint: '/v', Labels: { a: 'b' }, CreatedAt: '2026-01-01T00:00:00Z', Options: { device: '/d' } }
const IMAGE = { Id: '0', RepoTags: ['a:b'], Size: 1, Created: 1, Labels: { a: 'b' } }
const EVENT = { Type: 'container', Action: 'start', Actor: { ID: '0', Attributes: { a: 'b' } }, timeNano: 1, scope: 'local' }
const PROGRESS = { id: '0', status: 's', progressDetail: { current: 1, total: 2 } }

test('no field that is missing, unknown or of another type breaks a description', () => {
  const described: [(answer: unknown) => unknown, unknown][] = [
    ...engines.map((engine): [(answer: unknown) => unknown, unknown] => [answers.containerStatus, read(`${engine}-running.json`)]),
    ...engines.map((engine): [(answer: unknown) => unknown, unknown] => [answers.containerSummary, (read(`${engine}-list.json`) as unknown[])[0]]),
    [answers.networkInfo, NETWORK],
    [answers.volumeInfo, VOLUME],
    [answers.taskVolumeInfo, VOLUME],
    [answers.imageSummary, IMAGE],
    [answers.engineEvent, EVENT],
    [answers.progress, PROGRESS],
  ]
  for (const [describe, answer] of described) {
    for (const changed of spoilt(answer)) {
      // An answer that is no object at all is refused before.
      if (changed !== null && typeof changed === 'object') expect(() => describe(changed), JSON.stringify(changed)).not.toThrow()
    }
  }
})

test('Podman’s words are Docker’s', () => {
  const state = (word: string) => answers.containerStatus({ State: { Status: word } }).state
  expect(['stopped', 'configured', 'initialized', 'stopping', 'running'].map(state)).toEqual(['exited', 'created', 'created', 'running', 'running'])
  expect(state('constructor')).toBe('constructor')
})
