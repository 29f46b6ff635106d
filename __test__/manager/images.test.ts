import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Progress } from '../../index.js'
import { context, name } from '../support/build-contexts.ts'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { create, newManager, run } from '../support/manager.ts'
import { registry } from '../support/registry.ts'
import { cleanUp } from '../support/sandboxes.ts'

const manager = newManager()

test('an image is pulled, with progress', async () => {
  const { address } = await registry()
  const image = `${address}/tiny:1`
  cleanUp(() => docker.getImage(image).remove().catch(() => {}))
  const seen: Progress[] = []
  await manager.pull(image, { onProgress: (progress) => void seen.push(progress) })
  expect((await manager.listImages({ filters: { reference: image } }))[0]?.tags).toEqual([image])
  expect(seen.some(({ layer, status }) => layer !== null && status === 'Pull complete')).toBe(true)
  expect(await manager.removeImage(image)).toBe(true)
  expect(await manager.removeImage(image)).toBe(false)
})

test('callers who pull an image at once all have it', async () => {
  const { address } = await registry()
  const image = `${address}/tiny:1`
  cleanUp(() => docker.getImage(image).remove().catch(() => {}))
  await Promise.all(Array.from({ length: 5 }, () => manager.pull(image)))
  expect(await manager.listImages({ filters: { reference: image } })).toHaveLength(1)
})

test('a pull that breaks off halfway can be given up, and leaves no image', async () => {
  const { address, requests } = await registry(undefined, { breaks: true })
  const image = `${address}/tiny:1`
  const controller = new AbortController()
  const pull = manager.pull(image, { signal: controller.signal })
  // The engine tries again by itself, ever more slowly.
  await expect.poll(() => requests.filter((request) => request.includes('/blobs/')).length, { timeout: 20_000 }).toBeGreaterThan(2)
  controller.abort()
  await rejection(pull, 'ABORTED')
  expect(await manager.listImages({ filters: { reference: image } })).toEqual([])
})

test('an image that the registry does not have is IMAGE_NOT_FOUND, in its words', async () => {
  const { address } = await registry()
  const error = await rejection(manager.pull(`${address}/tiny:2`), 'IMAGE_NOT_FOUND')
  expect(error.message).toMatch(/manifest unknown|not found/)
  expect(error.details?.image).toBe(`${address}/tiny:2`)
})

test('a registry that does not answer is an error', async () => {
  const error = await rejection(manager.pull('127.0.0.1:1/tiny:1'), 'ENGINE_ERROR')
  expect(error.message).toMatch(/connection refused/)
})

test('an image is built of a directory, without what is ignored', async () => {
  const directory = context({
    Dockerfile: 'FROM ai-sandbox:latest\nARG WHO\nCOPY . /c\nRUN echo "built for $WHO" > /tmp/who',
    '.dockerignore': 'node_modules\n*.log\n!keep.log\n',
    'src/a.js': 'a',
    'node_modules/x/index.js': 'x',
    'b.log': 'b',
    'keep.log': 'k',
  })
  symlinkSync('src/a.js', path.join(directory, 'link'))
  const tag = name()
  const messages: (string | null)[] = []
  const id = await manager.buildImage(directory, {
    tags: [tag],
    buildArgs: { WHO: 'me' },
    labels: { 'test.label': 'yes' },
    onProgress: ({ message }) => void messages.push(message),
  })
  expect(id).toMatch(/^sha256:/)
  expect(messages.join('')).toContain('Successfully built')
  expect((await manager.listImages({ filters: { reference: tag } }))[0]).toMatchObject({ id, labels: { 'test.label': 'yes' } })
  const container = await run(manager, { image: tag })
  const { stdout } = await manager.exec(container, 'cat /tmp/who; cd /c; find . -type f -o -type l | sort; readlink link')
  expect(stdout.split('\n')).toEqual(['built for me', './.dockerignore', './Dockerfile', './keep.log', './link', './src/a.js', 'src/a.js', ''])
  await manager.removeContainer(container, true)
})

test('another Dockerfile and a stage of it can be chosen', async () => {
  const directory = context({ 'other/Recipe': 'FROM ai-sandbox:latest AS one\nRUN echo 1 > /tmp/stage\nFROM ai-sandbox:latest AS two\nRUN echo 2 > /tmp/stage\n' })
  const tag = name()
  await manager.buildImage(directory, { dockerfile: 'other/Recipe', target: 'one', tags: [tag] })
  const container = await run(manager, { image: tag })
  expect((await manager.exec(container, 'cat /tmp/stage')).stdout).toBe('1\n')
  await manager.removeContainer(container, true)
})

test('a Dockerfile may be elsewhere, and be ignored', async () => {
  const directory = context({ file: 'x', '.dockerignore': 'docker\nsecret\n', 'docker/Recipe': 'FROM ai-sandbox:latest\nCOPY . /c\n', secret: 's' })
  const elsewhere = path.join(context({ Recipe: 'FROM ai-sandbox:latest\nCOPY . /c\n' }), 'Recipe')
  for (const dockerfile of ['docker/Recipe', path.join(directory, 'docker/Recipe'), elsewhere]) {
    const tag = name()
    await manager.buildImage(directory, { dockerfile, tags: [tag] })
    const container = await run(manager, { image: tag })
    expect((await manager.exec(container, 'cd /c; find . -type f | sort')).stdout).toBe('./.dockerignore\n./file\n')
    await manager.removeContainer(container, true)
  }
  expect((await rejection(manager.buildImage(directory, { dockerfile: '../Recipe' }), 'INVALID_ARGUMENT')).details?.argument).toBe('dockerfile')
  expect((await rejection(manager.buildImage(directory, { dockerfile: '/no/such/Recipe' }), 'FILE_ERROR')).details?.path).toBe('/no/such/Recipe')
})

test('a build that fails says what failed', async () => {
  const error = await rejection(manager.buildImage(context({ Dockerfile: 'FROM ai-sandbox:latest\nRUN exit 7\n' })), 'ENGINE_ERROR')
  expect(error.message).toContain('exit 7')
  expect(error.details?.exitCode).toBe(7)
})

test('a directory or a Dockerfile that is not there is a FILE_ERROR', async () => {
  expect((await rejection(manager.buildImage('/nonexistent'), 'FILE_ERROR')).details?.errno).toBe('ENOENT')
  await rejection(manager.buildImage(context({})), 'FILE_ERROR')
})

/** Ways to make each kind of file but a regular one. */
const SPECIAL: [kind: string, make: (file: string) => void][] = [
  ['a named pipe', (file) => void execFileSync('mkfifo', [file])],
  ['a device', (file) => void execFileSync('mknod', [file, 'c', '1', '5'])],
  ['a directory', (file) => void mkdirSync(file)],
  ['a symbolic link', (file) => symlinkSync('/dev/zero', file)],
  ['a socket', (file) => void execFileSync('python3', ['-c', `import socket; socket.socket(socket.AF_UNIX).bind('${file}')`])],
]

describe.each(SPECIAL)('%s', (kind, make) => {
  test('is no .dockerignore, and does not hold up other calls', async () => {
    const directory = context({ Dockerfile: 'FROM ai-sandbox:latest\n' })
    make(path.join(directory, '.dockerignore'))
    const building = rejection(manager.buildImage(directory), 'FILE_ERROR')
    expect((await manager.listImages()).length).toBeGreaterThan(0)
    const { message, details } = await building
    expect(message).toContain(kind)
    expect(details?.path).toBe(path.join(directory, '.dockerignore'))
  })

  test('is no Dockerfile, and does not hold up other calls', async () => {
    const directory = context({})
    make(path.join(directory, 'Dockerfile'))
    // The engine gets a link as it is, and follows it in the context only.
    const building = rejection(manager.buildImage(directory), kind === 'a symbolic link' ? 'ENGINE_ERROR' : 'FILE_ERROR')
    expect((await manager.listImages()).length).toBeGreaterThan(0)
    await building
  })

  test('in a context does not hold up the build', async () => {
    const directory = context({ Dockerfile: 'FROM ai-sandbox:latest\nCOPY . /c\n', file: 'x' })
    make(path.join(directory, 'odd'))
    const tag = name()
    await manager.buildImage(directory, { tags: [tag] })
    const container = await run(manager, { image: tag })
    const { stdout } = await manager.exec(container, 'ls /c; readlink /c/odd')
    const sent = kind === 'a directory' ? ['odd'] : kind === 'a symbolic link' ? ['odd', '/dev/zero'] : []
    expect(stdout.split('\n').filter(Boolean)).toEqual(['Dockerfile', 'file', ...sent])
    await manager.removeContainer(container, true)
  })

  test('is no Docker configuration, and does not hold up other calls', async () => {
    if (kind === 'a symbolic link') return
    const directory = context({})
    make(path.join(directory, 'config.json'))
    process.env['DOCKER_CONFIG'] = directory
    cleanUp(() => delete process.env['DOCKER_CONFIG'])
    const own = newManager({ engine: 'unix:///var/run/docker.sock' })
    const pulling = rejection(own.pull('127.0.0.1:1/tiny:1'), 'INVALID_ARGUMENT')
    expect((await manager.listImages()).length).toBeGreaterThan(0)
    expect((await pulling).message).toContain(kind)
  })
})

test('what .dockerignore contains is in no error', async () => {
  const directory = context({ Dockerfile: 'FROM ai-sandbox:latest\n', '.dockerignore': 'a\nsecret[\n' })
  const invalid = await rejection(manager.buildImage(directory), 'INVALID_ARGUMENT')
  expect(invalid.message).toMatch(/line 2/)
  expect(invalid.message).not.toContain('secret')
  rmSync(path.join(directory, '.dockerignore'))
  const outside = path.join(context({ outside: 'secret[\n' }), 'outside')
  symlinkSync(outside, path.join(directory, '.dockerignore'))
  expect((await rejection(manager.buildImage(directory), 'FILE_ERROR')).message).not.toContain('secret')
})

test.each(['../Dockerfile', 'a/../../Dockerfile', '.'])('%j is no Dockerfile of a context', async (dockerfile) => {
  await rejection(manager.buildImage(context({ Dockerfile: 'FROM ai-sandbox:latest\n' }), { dockerfile }), 'INVALID_ARGUMENT')
})

test('a build can be given up', async () => {
  const controller = new AbortController()
  const building = manager.buildImage(context({ Dockerfile: 'FROM ai-sandbox:latest\nRUN sleep 60\n' }), {
    signal: controller.signal,
    onProgress: ({ message }) => message?.includes('RUN sleep') && controller.abort(),
  })
  await rejection(building, 'ABORTED')
})

test('an image gets another name', async () => {
  const tag = name()
  await manager.tag('ai-sandbox:latest', tag)
  expect((await manager.listImages({ filters: { reference: tag } }))[0]?.tags).toContain(tag)
  expect(await manager.removeImage(tag)).toBe(true)
  await rejection(manager.tag('no-such-image:1', tag), 'NOT_FOUND')
})

test('a container becomes an image', async () => {
  const container = await run(manager)
  await manager.exec(container, 'echo kept > /kept', { user: '0' })
  const tag = name()
  expect(await manager.commit(container, { name: tag, message: 'why' })).toMatch(/^sha256:/)
  const copy = await run(manager, { image: tag, command: ['sleep', '60'] })
  expect((await manager.exec(copy, 'cat /kept')).stdout).toBe('kept\n')
  await manager.removeContainer(copy, true)
})

test('an image that a container needs stays', async () => {
  const tag = name()
  await manager.buildImage(context({ Dockerfile: 'FROM ai-sandbox:latest\nRUN echo needed > /tmp/needed\n' }), { tags: [tag] })
  const container = await create(manager, { image: tag })
  await rejection(manager.removeImage(tag), 'CONFLICT')
  await manager.removeContainer(container)
})

test.each(['', 'A B', '../x', 'a\nb'])('%j is no image', async (image) => {
  await rejection(manager.pull(image), 'INVALID_ARGUMENT')
})
