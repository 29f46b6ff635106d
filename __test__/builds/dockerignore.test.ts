import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/fake-engine.ts'
import { newManager } from '../support/manager.ts'
import { cleanUp } from '../support/sandboxes.ts'
import { names } from '../support/tar.ts'

// Docker's own client (its classic builder) and this package send contexts to the same engine, which keeps their archives. What the
// client sends is right.

interface Sent { names?: string[]; dockerfile?: string; body?: Buffer }

/** An engine that takes contexts and keeps what it got last. */
async function collector(): Promise<{ address: string; last: () => Sent }> {
  const file = path.join(temporaryDirectory(), 'engine.sock')
  let last: Sent = {}
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://engine')
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece)).on('end', () => {
      response.setHeader('Api-Version', '1.41').setHeader('Builder-Version', '1').setHeader('Ostype', 'linux')
      response.setHeader('Content-Type', 'application/json')
      if (pathname.endsWith('/build')) {
        const body = Buffer.concat(pieces)
        last = { names: names(body), dockerfile: searchParams.get('dockerfile') ?? '', body }
        response.end('{"stream":"ok"}\n{"aux":{"ID":"sha256:00"}}\n')
      } else if (pathname.endsWith('/version')) response.end('{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12","Os":"linux","Arch":"amd64"}')
      else if (pathname.endsWith('/info')) response.end('{"OSType":"linux"}')
      else response.end('OK')
    })
  }).listen(file)
  cleanUp(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return { address: `unix://${file}`, last: () => last }
}

let engine: Awaited<ReturnType<typeof collector>>
beforeAll(async () => {
  engine = await collector()
})

/** What Docker's client sends; undefined if it refuses. */
async function byDocker(directory: string, words: string[] = []): Promise<Sent | undefined> {
  try {
    await promisify(execFile)('docker', ['build', '--quiet', ...words, directory], { env: { ...process.env, DOCKER_HOST: engine.address, DOCKER_BUILDKIT: '0' } })
    return engine.last()
  } catch (error) {
    expect((error as { stderr: string }).stderr).toMatch(/pattern|exclusion|regexp|dockerignore/)
    return undefined
  }
}

async function byUs(directory: string, dockerfile?: string): Promise<Sent | undefined> {
  const manager = newManager({ engine: engine.address })
  try {
    await manager.buildImage(directory, { dockerfile })
    return engine.last()
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', details: { argument: 'context' } })
    return undefined
  } finally {
    await manager.close()
  }
}

const latin1 = (text: string) => Buffer.from(text, 'latin1')

const FILES = [
  'Dockerfile', 'a', 'b', 'ab', 'axb', 'a.pyc', 'a1b', 'adb', '{a,b}', '!x', 'cx', 'bx', 'dx', '-', ']', '^', 'a^b', '#x', 'a b', 'é', 'aéc', 'a\\b', 'foo*bar', '*', 'x.log', '.env', '.hidden/x', 'x\ny/b',
  'secret/key', 'secret/keep', 'src/a', 'src/b.pyc', 'src/deep/a', 'src/deep/keep', 'src/deep/b.log', 'dist/keep', 'dist/x', 'dist/sub/keep', 'ax/b', 'a1/b', 'docker/Recipe', 'docker/other', 'node_modules/x/index.js', 'x/Dockerfile', 'abc/secret/x',
].map((name) => Buffer.from(name)).concat(['caf\xe9', '\xe9', 'cafe\xe9\xe8'].map(latin1))

/** The context that all patterns are tried on. */
const directory = temporaryDirectory()
const at = (name: Buffer) => Buffer.concat([Buffer.from(`${directory}/`), name])
for (const name of FILES) {
  mkdirSync(path.dirname(at(name).toString('latin1')), { recursive: true })
  writeFileSync(at(name), name.includes('Dockerfile') || name.includes('Recipe') ? 'FROM scratch\n' : '')
}

async function same(patterns: string | Buffer, dockerfile?: string): Promise<string[] | undefined> {
  writeFileSync(path.join(directory, '.dockerignore'), patterns)
  const theirs = await byDocker(directory, dockerfile ? ['--file', path.join(directory, dockerfile)] : [])
  const ours = await byUs(directory, dockerfile)
  // Docker notices some invalid patterns only when it needs them; here they are refused at once.
  if (ours === undefined && theirs !== undefined) return expectInvalid(patterns.toString())
  expect(ours?.names).toEqual(theirs?.names)
  return ours?.names
}

/** Expects that one of the lines is no pattern for Docker either. */
async function expectInvalid(patterns: string): Promise<undefined> {
  for (const line of patterns.split('\n')) {
    writeFileSync(path.join(directory, '.dockerignore'), line.trim().replace(/^!\s*/, ''))
    if ((await byDocker(directory)) === undefined) return
  }
  expect.fail('Docker takes all of these patterns')
}

const PATTERNS = [
  '', '*', '**', '**/*', 'a', '/a', 'a/', './a', 'a//', '//a', '/', '.', '..', '../a', 'x/../a', '/../a', 'src//deep', 'src/', '/src/', 'src/deep/', ' a ', '\ta\r', 'a\r\nb\r\n', '\u00a0a\u2003', '\ufeffa', '\n\ufeffa', '#x', ' #x', '\\#x',
  '**.pyc', '**/*.pyc', '*.pyc', '**pyc', '**/a', '**a', '**a*', 'a**', 'a**b', 'src/**', 'src/**/a', 'src/**a', '**/deep/**', '***', '**/**', '**/**/a', 'src/***', '**/', 'src/**/', '**/keep', '**/secret', '*/keep', '*/*', '*/*/*',
  '{a,b}', '{a', 'a}', '{a,b', '*{a,b}', '*{', '?{a,b}', 'a?', 'a?b', '?', '??', '*?', '[ab]', '[!a]x', '[^a]x', '[a-d]x', '[a', '[', ']', '[]', '[]a]', '[a-', '[a-]', '[-a]', '[\\]]', '[\\-]', '[b-a]', '[*]', '[?]', '[**]', '[.]', '[[:alpha:]]', '[[:alpha:]]x', '[[:foo:]]', '[[:]', 'a[^x]b', 'ax[^b]b', '[^a]/b',
  '^', '^a', '^*.log', 'a^b', 'a^b*', '*^b', '$', 'a$', '*$', '(a)', 'a|b', '*|*', 'a+', '*.log|', '|*', 'a|b|*c', 'x*|*b|d?', '?{2}', 'a{2}', 'a{2}*', '?{1,2}', '?{2,}', '?{,2}', '?{02}', '?{1001}', '?{3,2}', '*{2}', '**{2}', '{2}*', '|{2}*', '[ab]{2}', '[ab]{2}{3}', '^{2}a?', '\\b{0}a?', 'a{2*', 'a{2,b*', '?{2}b', '\\a', '\\d*', 'a\\db', 'a\\Db', 'a\\wb', '\\*', 'foo\\*bar', 'a\\\\b', 'a\\', '\\', 'a\\b', 'a\\y', '\\.env', '.*', 'src\\deep', '\\Aa*', 'a*\\z', '\\ba*', 'a\\Bxb*',
  'é', 'a?c', 'a*c', '[é]', 'caf?', 'caf*', '*\n!a', '*\n!src', '*\n!src/deep', '*\n!**/keep', '*\n!*/keep', '*\n!src/deep/keep', 'dist\n!dist/keep', 'dist\n!**/keep', 'dist\n!dist/**/keep', 'dist/*\n!dist/keep', 'dist\n!dist/sub\ndist/sub/keep', 'src/**\n!src/a', 'secret\n!secret/keep\nsecret', '*\n!a*\nab', '!a\n*', '!\n', '! a', '*\n! a ', '*\n!/a', '*\n!//a', '!/', '!.', '*\n!.', '!!x', '*\n!!x', 'a\n!', '*\n!./a',
  'Dockerfile', '*file', '**/Dockerfile', '.dockerignore', '.*', 'a\n#b\n  \n\n', 'a'.repeat(65_535), `${'a'.repeat(65_536)}\n`, `b\n${'a'.repeat(70_000)}`,
]

test.each(PATTERNS.map((patterns) => [patterns.length > 80 ? `${patterns.length} bytes` : patterns, patterns]))('%j leaves out what Docker leaves out', async (_, patterns) => {
  await same(patterns)
})

test.each(['caf\xe9', 'caf\xe9\nsecret', '\xe9', '*\xe9', '[\xe9]', '?', 'c?f\xe9', 'secret\n# \xe9\na', 'secret \xe9\na', '\xff\xfes\0e\0c\0r\0e\0t\0'])('patterns that are no UTF-8 work as Docker’s: %j', async (patterns) => {
  await same(latin1(patterns))
})

test('what is not UTF-8 does not disable the other lines', async () => {
  expect(await same(latin1('# caf\xe9\nsecret\ncaf\xe9\n'))).not.toContain('secret/key')
})

test.each(['docker', 'docker/*', '**/Recipe', 'docker/Recipe', '*', 'Recipe', '**/docker'])('a Dockerfile that %j leaves out is sent all the same', async (patterns) => {
  writeFileSync(path.join(directory, '.dockerignore'), patterns)
  const ours = await byUs(directory, 'docker/Recipe')
  expect(ours).toMatchObject({ dockerfile: 'docker/Recipe', names: expect.arrayContaining(['docker/Recipe']) })
  // Docker's own client does not find one in a directory that a pattern such as **/docker leaves out.
  if (patterns !== '**/docker') await same(patterns, 'docker/Recipe')
})

test.each(['', 'secret', '*', undefined])('a Dockerfile from elsewhere is sent as Docker sends it (%j)', async (patterns) => {
  const context = temporaryDirectory()
  for (const file of ['a', 'secret']) writeFileSync(path.join(context, file), '')
  if (patterns !== undefined) writeFileSync(path.join(context, '.dockerignore'), patterns)
  const elsewhere = path.join(temporaryDirectory(), 'Recipe')
  writeFileSync(elsewhere, 'FROM scratch\n')
  const plain = ({ names, dockerfile }: Sent = {}) => [names?.map((name) => name.replace(/[0-9a-f]{20}/, '…')), dockerfile?.replace(/[0-9a-f]{20}/, '…')]
  const theirs = plain(await byDocker(context, ['--file', elsewhere]))
  expect(plain(await byUs(context, elsewhere))).toEqual(theirs)
})

// The parts that patterns are made of at random; the seed is fixed.
const PARTS = ['a', 'b', 'x', '*', '**', '?', '/', '/', '.', '[ab]', '[^a]', '[!a]', '{a,b}', '\\', '!', '^', 'src', 'deep', 'keep', 'secret', 'dist', '**/', '/**', '\n', '\n', '\n!', ' ', '.pyc', '-', ']', '[', 'd', '|', '+']

test('patterns at random leave out what Docker leaves out', { timeout: 120_000 }, async () => {
  let seed = 7
  const random = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below
  for (let round = 0; round < 250; round++) {
    const patterns = Array.from({ length: 1 + random(9) }, () => PARTS[random(PARTS.length)]).join('')
    try {
      await same(patterns)
    } catch (cause) {
      throw new Error(`patterns ${JSON.stringify(patterns)}`, { cause })
    }
  }
})
