import { beforeAll, expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ network: 'none' })
const fs = box.fs('a')

beforeAll(async () => {
  await fs.writeFiles([
    { path: 'app/src/main.ts', data: 'import a from "a"\n\nexport const port = 3000\nconsole.log(port)\n' },
    { path: 'app/src/deep/util.ts', data: '// nothing\nexport const PORT = 1\n' },
    { path: 'app/src/.hidden.ts', data: 'port\n' },
    { path: 'app/README.md', data: 'The port is 3000.\nmore\nmore\nThe port (again)\n' },
    { path: 'app/node_modules/x/index.ts', data: 'port\n' },
    { path: 'app/.gitignore', data: 'node_modules\n' },
    { path: 'app/.git/config', data: 'port\n' },
    { path: 'app/binary', data: Buffer.from('port\0port\n') },
    { path: 'app/latin', data: Buffer.from([0x70, 0x6f, 0x72, 0x74, 0xe9, 0x0a]) },
  ])
})

test('glob finds files by their paths', async () => {
  const found = async (...given: Parameters<typeof fs.glob>) => (await fs.glob(...given)).paths
  expect(await found('**/*.ts', { cwd: 'app' })).toEqual(['src/.hidden.ts', 'src/deep/util.ts', 'src/main.ts'])
  expect(await found('*.ts', { cwd: 'app' })).toEqual([])
  expect(await found('src/*.ts', { cwd: 'app' })).toEqual(['src/.hidden.ts', 'src/main.ts'])
  expect(await found(['*.md', 'src/**/{util,none}.*'], { cwd: 'app' })).toEqual(['README.md', 'src/deep/util.ts'])
  expect(await found('**/*.ts', { cwd: 'app', gitignore: false, ignore: ['src/deep/**', '**/.hidden*'] })).toEqual(['node_modules/x/index.ts', 'src/main.ts'])
  expect(await found('**/config', { cwd: '/workspace/app', gitignore: false })).toEqual(['.git/config'])
  expect(await fs.glob('**/*', { cwd: 'app', limit: 2 })).toMatchObject({ paths: [expect.any(String), expect.any(String)], truncated: true })
  expect(await fs.glob('**/*.ts', { cwd: 'app', limit: 3 })).toMatchObject({ truncated: false })
  expect(await fs.glob('nothing', { cwd: 'app' })).toEqual({ paths: [], truncated: false })
})

test('grep finds lines, with lines around them', async () => {
  expect(await fs.grep('port', { path: 'app', glob: '*.ts' })).toEqual({
    matches: [
      { path: 'app/src/.hidden.ts', line: 1, column: 1, text: 'port' },
      { path: 'app/src/deep/util.ts', line: 2, column: 3, text: 'export const PORT = 1' },
      { path: 'app/src/main.ts', line: 1, column: 3, text: 'import a from "a"' },
      { path: 'app/src/main.ts', line: 3, column: 3, text: 'export const port = 3000' },
      { path: 'app/src/main.ts', line: 4, column: 13, text: 'console.log(port)' },
    ],
    truncated: false,
  })
  const around = await fs.grep(/^the port/i, { path: 'app/README.md', context: 1 })
  expect(around.matches).toEqual([
    { path: 'app/README.md', line: 1, column: 1, text: 'The port is 3000.', before: [], after: ['more'] },
    { path: 'app/README.md', line: 4, column: 1, text: 'The port (again)', before: ['more'], after: [] },
  ])
  expect((await fs.grep('port (', { path: 'app', literal: true })).matches.map(({ path, line }) => [path, line])).toEqual([['app/README.md', 4]])
  expect((await fs.grep('port', { path: 'app/latin' })).matches).toEqual([{ path: 'app/latin', line: 1, column: 1, text: 'port\ufffd' }])
  expect((await fs.grep('port', { path: 'app', glob: '!*.ts', maxPerFile: 1 })).matches.map(({ path }) => path)).toEqual(['app/README.md', 'app/latin'])
  expect(await fs.grep('port', { path: 'app', limit: 2 })).toMatchObject({ matches: [expect.anything(), expect.anything()], truncated: true })
  expect((await fs.grep('port', { path: 'app', gitignore: false, glob: 'index.ts' })).matches).toHaveLength(1)
})

test('wrong patterns and paths are told', async () => {
  expect((await rejection(fs.grep('(', { path: 'app' }), 'INVALID_ARGUMENT')).details).toEqual({ argument: 'pattern' })
  await rejection(fs.grep('(?=x)', { path: 'app' }), 'INVALID_ARGUMENT')
  await rejection(fs.grep('x{1000}{1000}', { path: 'app' }), 'INVALID_ARGUMENT')
  await rejection(fs.glob('a{', { cwd: 'app' }), 'INVALID_ARGUMENT')
  await rejection(fs.glob('/etc/*'), 'INVALID_ARGUMENT')
  await rejection(fs.glob('../*'), 'INVALID_ARGUMENT')
  await expect(fs.grep('x', { path: 'missing' })).rejects.toMatchObject({ code: 'ENOENT', path: 'missing' })
  await expect(fs.glob('x', { cwd: 'missing' })).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a search sees what its user may, follows no links, and survives a hostile tree', async () => {
  await box.exec('a', `mkdir -p odd/shut; ln -s /etc odd/out; ln -s . odd/loop; mkfifo odd/pipe; ln -s file odd/link; echo needle > odd/file; echo needle > odd/shut/file; chmod 000 odd/shut
    head -c 20000000 /dev/zero | tr '\\0' x > odd/long; echo needle >> odd/long; python3 -c "open(b'odd/\\xff', 'w').write('needle')"`)
  const { matches, truncated } = await fs.grep('needle|root', { path: 'odd' })
  expect(truncated).toBe(false)
  expect(matches.map(({ path }) => path)).toEqual(['odd/file', 'odd/\ufffd'])
  expect((await fs.grep('needle', { path: 'odd/link' })).matches.map(({ path }) => path)).toEqual(['odd/link'])
  expect((await fs.glob('**/l*', { cwd: 'odd' })).paths).toEqual(['link', 'long', 'loop'])
})

test('a search ends at its timeout, with its signal, and with its process', async () => {
  await box.exec('a', 'mkdir -p wide; cd wide; for i in $(seq 300); do mkdir d$i; (cd d$i; seq 100 | xargs touch); done')
  await rejection(fs.grep('x', { path: '/', gitignore: false, timeout: 1 }), 'TIMEOUT')
  await rejection(fs.grep('x', { path: '/', signal: AbortSignal.timeout(5) }), 'ABORTED')
  const searching = fs.grep('nothing-has-this', { path: '/', gitignore: false }).then(() => 'done', (error) => error.code)
  const killing = box.exec('a', 'while ! pkill -9 -f "[a]gent search"; do :; done', { timeout: 10_000 })
  expect(['CONFLICT', 'done']).toContain(await searching)
  await box.exec('a', 'true')
  await killing
})
