import { expect, test } from 'vitest'
import { DockerSandbox, type DockerSandboxOptions } from '../../index.js'
import { rejection, thrown } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

function refused(options: unknown) {
  return thrown(() => new DockerSandbox(options as DockerSandboxOptions), 'INVALID_ARGUMENT')
}

const MISSPELLED: [string, string][] = [
  ['memmory', 'memory'],
  ['Memory', 'memory'],
  ['cpu', 'cpus'],
  ['datadir', 'dataDir'],
  ['data_dir', 'dataDir'],
  ['timeOut', 'timeout'],
  ['pid', 'pids'],
  ['readonly', 'readOnly'],
  ['netwrok', 'network'],
  ['outputlimit', 'outputLimit'],
]

test.each(MISSPELLED)('the message for the misspelled option %s suggests %s', (misspelled, meant) => {
  const error = refused({ [misspelled]: 1 })
  expect(error.message).toContain(`"${misspelled}"`)
  expect(error.message).toContain(`"${meant}"`)
  expect(error.details).toMatchObject({ argument: misspelled })
})

test('an option that resembles no other is rejected without a suggestion', () => {
  expect(refused({ privileged: true }).message).not.toContain('did you mean')
})

const INVALID: [string, unknown[]][] = [
  ['engine', [7, null, true, [], { tls: {} }, { host: 7 }, { hots: 'x' }, { host: 'tcp://x', tls: { caa: 'x' } }]],
  ['engineTimeout', [0, -1, NaN, Infinity, '100', null]],
  ['dataDir', [7, null, {}, '']],
  ['image', ['', 'a b', 7, null, 'x'.repeat(2000)]],
  ['onImageChange', ['Keep', 'recreate', '', true, null]],
  ['memory', [0, 1, '1m', '15m', -1, NaN, Infinity, 1.5, '', 'much', '512mb x', null, true, {}]],
  ['cpus', [0, 0.01, -1, NaN, Infinity, '1', null, 2000]],
  ['pids', [0, 1, 3, -1, 4.5, NaN, Infinity, '10', null]],
  ['timeout', [0, -1, NaN, Infinity, 2 ** 31, 300_001, '100', null]],
  ['maxTimeout', [0, -1, NaN, 86_400_001, '100', null]],
  ['stopTimeout', [-1, NaN, Infinity, 60_001, '100', null]],
  ['outputLimit', [-1, 1.5, NaN, '65m', null, true]],
  ['network', ['host', 'bridge', 'container:x', '', 'None', null, true]],
  ['host', ['Deny', 'open', '', true, null]],
  ['dns', ['1.1.1.1', ['dns.example'], [1], null, ['']]],
  ['readOnly', ['true', 1, null]],
  ['tmpfs', [[], { relative: '1m' }, { '/workspace': '1m' }, { '/proc': '1m' }, { '/x': '300m' }, { '/x': 0 }, { '/x': null }, { '/../x': '1m' }, null]],
  ['shmSize', [0, -1, 1.5, NaN, '257m', 'x', null, true]],
  ['ulimits', [[], { nice: 1 }, { 'no file': 1 }, { nofile: 'x' }, { nofile: NaN }, { nofile: -2 }, { nofile: 1.5 }, { nofile: { soft: 2, hard: 1 } }, { nofile: { soft: -1, hard: 1 } }, { nofile: { soft: 1 } }, null]],
  ['user', ['root', '0:0', '0', '1000', '1000:0', '0:1000', '-1:-1', '4294967295:1', '4294967296:1', 'a:b', '', 1000, null]],
  ['env', [{ '': 'x' }, { 'A=B': 'x' }, { A: 'x\0' }, { A: 1 }, ['A=1'], null]],
  ['labels', [{ '': 'x' }, { 'cofferdam.namespace': 'x' }, { a: 1 }, null]],
  ['workspace', ['Bind', '', 'tmpfs', null, true]],
  ['mounts', [
    null, {}, ['/a:/b'], [null],
    [{ type: 'bind', source: '/var/run/docker.sock', target: '/docker.sock' }],
    [{ type: 'bind', source: '/', target: '/host' }],
    [{ type: 'bind', source: '/proc', target: '/host' }],
    [{ type: 'bind', source: '/sys', target: '/host' }],
    [{ type: 'bind', source: '/dev', target: '/host' }],
    [{ type: 'bind', source: '/run', target: '/host' }],
    [{ type: 'bind', source: 'relative', target: '/host' }],
    [{ type: 'bind', source: '/srv/../etc', target: '/host' }],
    [{ type: 'bind', source: '/usr', target: '/workspace' }],
    [{ type: 'bind', source: '/usr', target: '/' }],
    [{ type: 'bind', source: '/usr', target: 'relative' }],
    [{ type: 'bind', source: '/usr' }],
    [{ type: 'tmpfs', source: '/usr', target: '/x' }],
    [{ type: 'volume', source: '../x', target: '/x' }],
    [{ type: 'volume', source: '', target: '/x' }],
    [{ type: 'bind', source: '/usr', target: '/x', readonly: true }],
  ]],
]

test.each(INVALID.flatMap(([name, values]) => values.map((value) => [name, value] as const)))('%s: %j is rejected', (name, value) => {
  const error = refused({ [name]: value })
  expect(error.message.length).toBeGreaterThan(10)
})

test.each([[null], [7], ['x'], [[]], [true]])('%j is rejected as options', (options) => {
  refused(options)
})

test('the bounds of the ranges are allowed', () => {
  for (const options of [
    { memory: '16m' }, { memory: 16 * 1024 * 1024 }, { cpus: 0.05 }, { cpus: 1024 }, { pids: 4 }, { timeout: 1 }, { timeout: 300_000 }, { maxTimeout: 86_400_000 }, { stopTimeout: 0 }, { shmSize: 1 }, { shmSize: '256m' }, { ulimits: { nofile: -1, core: { soft: 0, hard: -1 } } }, { stopTimeout: 60_000 },
    { outputLimit: 0 }, { outputLimit: '64m' }, { dns: ['1.1.1.1', '::1'] }, { user: '1:1' }, { tmpfs: { '/x': '256m' } }, { memory: undefined }, {},
  ]) {
    expect(new DockerSandbox(options)).toBeInstanceOf(DockerSandbox)
  }
})

test('the message names the limit', () => {
  expect(refused({ memory: 1 }).message).toContain('16m')
  expect(refused({ timeout: 300_001 }).message).toContain('300000')
  expect(refused({ pids: 1 }).message).toContain('4')
})

test('the message for a misspelled option of a call suggests the right one', async () => {
  const box = newSandboxes()
  const calls: [Promise<unknown>, string][] = [
    [box.exec('a', 'true', { timeuot: 1 } as object), 'timeout'],
    [box.exec('a', 'true', { onstdout() {} } as object), 'onStdout'],
    [box.readFile('a', 'x', { encodign: null } as object), 'encoding'],
    [box.writeFile('a', 'x', '', { singal: undefined } as object), 'signal'],
    [box.remove('a', { worksapce: true } as object), 'workspace'],
    [box.getOrCreate('a', { signall: 1 } as object), 'signal'],
  ]
  for (const [call, meant] of calls) expect((await rejection(call, 'INVALID_ARGUMENT')).message).toContain(`"${meant}"`)
  for (const options of [null, 7, 'x', []]) await rejection(box.exec('a', 'true', options as object), 'INVALID_ARGUMENT')
})
