import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { tarOf } from '../support/archives.ts'
import { temporaryDirectory } from '../support/fake-engine.ts'
import { startTaskServer, startWorker } from '../support/worker.ts'

const archives = path.join(temporaryDirectory(), 'archives')

// One server and one worker for the whole file: no test's task may keep the worker from the next.
mkdirSync(archives)
const server = await startTaskServer(archives, 'secret')
startWorker(server.url, ['--max-archive', '1'], { WORKER_TOKEN: 'secret' })

async function run(task: Record<string, unknown>) {
  return server.result(await server.add(task))
}

/** Stores an archive on the server and returns its URL. */
function give(name: string, content: Buffer): string {
  writeFileSync(path.join(archives, name), content)
  return `archives/${name}`
}

test('a task runs in a container, and its result is reported', async () => {
  const result = await run({ command: 'echo out; echo err >&2; exit 3' })
  expect(result).toMatchObject({ stdout: 'out\n', stderr: 'err\n', exitCode: 3, timedOut: false, isolation: 'docker', cleanup: { done: true } })
})

test('a task sets the options of its run', async () => {
  const task = { command: ['sh', '-c', 'cat; echo "$A"; cat a/b; pwd'], runtime: 'shell', stdin: 'given\n', env: { A: '1' }, files: { 'a/b': 'file\n' }, cwd: '.', image: null }
  expect(await run(task)).toMatchObject({ stdout: 'given\n1\nfile\n/workspace\n', exitCode: 0 })
  expect(await run({ command: 'sleep 60', timeout: 500 })).toMatchObject({ timedOut: true, exitCode: 124 })
})

test.each([
  ['tar', (content: Buffer) => content],
  ['tar.gz', gzipSync],
])('an archive (%s) is unpacked where the command runs', async (ending, pack) => {
  const archive = give(`project.${ending}`, pack(tarOf({ name: 'main.py', content: 'print(open("data/in").read())' }, { name: 'data/in', content: 'from the archive' })))
  expect(await run({ command: 'python3 main.py', archive })).toMatchObject({ stdout: 'from the archive\n', exitCode: 0 })
})

test.each<[string, string, Buffer]>([
  ['leads out of it', 'name', tarOf({ name: 'kept' }, { name: '../../escaped' })],
  ['is absolute', 'name', tarOf({ name: '/escaped' })],
  ['links out of it', 'link', tarOf({ name: 'link', type: '2', target: '../..' }, { name: 'link/escaped' })],
  ['holds a hard link', 'hardlink', tarOf({ name: 'passwd', type: '1', target: '/etc/passwd' })],
  ['holds a device', 'kind', tarOf({ name: 'disk', type: '4' })],
  ['is not an archive', 'archive', Buffer.from('this is not an archive')],
  ['ends too early', 'archive', tarOf({ content: 'x'.repeat(5000) }).subarray(0, 2000)],
  ['claims to be larger than it is', 'archive', tarOf({ content: 'x', size: 2 ** 20 })],
])('an archive that %s fails its task, and no other', async (_, reason, content) => {
  const archive = give('hostile.tar', content)
  const { error, stdout } = await run({ command: 'echo ran', archive })
  expect(error).toMatchObject({ code: 'FILE_ERROR', details: { reason }, message: expect.stringMatching(/./) })
  expect(stdout).toBeUndefined()
  expect((await run({ command: 'echo next' })).stdout).toBe('next\n')
})

test.each([
  ['that is larger than the limit', () => give('large.tar', Buffer.alloc(2 * 2 ** 20)), 'TOO_LARGE'],
  ['that is missing', () => 'archives/missing.tar', 'SERVER_REFUSED'],
  ['with an invalid URL', () => 'http://[', 'BAD_ADDRESS'],
  ['with a file URL', () => 'file:///etc/passwd', 'BAD_ADDRESS'],
  ['whose URL is a number', () => 7, 'BAD_ADDRESS'],
])('an archive %s fails its task', async (_, archive, code) => {
  expect(await run({ command: 'true', archive: archive() })).toMatchObject({ error: { code } })
})

test.each([
  ['no command', {}],
  ['a command that is an object', { command: { toString: 'x' } }],
  ['an empty command', { command: '' }],
  ['an unknown runtime', { command: 'true', runtime: 'cobol' }],
  ['an invalid deadline', { command: 'true', timeout: 'soon' }],
  ['a deadline that is too long', { command: 'true', timeout: 1e9 }],
  ['invalid files', { command: 'true', files: { a: 1 } }],
  ['a file without a name', { command: 'true', files: { '': 'x' } }],
  ['a missing image', { command: 'true', image: 'no-such-image:1' }],
  ['a missing program', { command: ['/no/such'] }],
])('a task with %s is reported as failed', async (_, task) => {
  const { error } = await run(task)
  expect(error).toMatchObject({ code: expect.stringMatching(/^(INVALID_ARGUMENT|FILE_ERROR|IMAGE_NOT_FOUND|COMMAND_NOT_STARTED)$/) })
})

test('a task cannot pollute the worker’s prototypes', async () => {
  const task = JSON.parse('{"command": "ls -A", "__proto__": {"timeout": -1}, "constructor": 1, "signal": 1, "onStdout": 1, "workspaceDir": "/etc", "files": {"__proto__": "x"}}')
  expect(await run(task)).toMatchObject({ stdout: expect.stringMatching(/^__proto__$/m), exitCode: 0 })
})
