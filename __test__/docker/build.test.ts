import { beforeAll, expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { temporaryDirectory } from '../support/fake-engine.ts'
import { BUILD_PATIENCE, ensureImages } from '../support/images.ts'
import { cleanUp } from '../support/sandboxes.ts'
import { runProgram, script } from '../support/scripts.ts'

// Small, and in the engine's cache after this.
const NAME = 'cofferdam-runtime-shell'
beforeAll(() => ensureImages(NAME), BUILD_PATIENCE)

/** A unique prefix for image names. Images with it are removed afterwards. */
function newPrefix(): string {
  const prefix = `cofferdam-test-${process.pid}/${Math.random().toString(36).slice(2, 8)}/`
  cleanUp(async () => {
    for (const tag of await tags(prefix)) await docker.getImage(prefix + tag).remove({ force: true })
  })
  return prefix
}

/** The names of images with this prefix, without the prefix. */
async function tags(prefix: string): Promise<string[]> {
  const images = await docker.listImages()
  return images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag.startsWith(prefix)).map((tag) => tag.slice(prefix.length)).sort()
}

const idOf = async (name: string) => (await docker.getImage(name).inspect()).Id

test('a version gets all of its tags', async () => {
  const prefix = newPrefix()
  const { code, output } = await script('build-sandbox.sh', '--prefix', prefix, '--version', '12.0.3', NAME)
  expect([code, output]).toEqual([0, expect.stringMatching(/ is ready \(\d+ MB, \d+ s\)\n$/)])
  expect(await tags(prefix)).toEqual(['12', '12.0', '12.0.3', 'latest'].map((tag) => `${NAME}:${tag}`))
  const { Config } = await docker.getImage(`${prefix}${NAME}:12`).inspect()
  expect(Config.Labels).toMatchObject({ 'org.opencontainers.image.version': '12.0.3', 'cofferdam.image': NAME })
})

test('a pre-release gets only its own tag', async () => {
  const prefix = newPrefix()
  await script('build-sandbox.sh', '--prefix', prefix, '--version', '2.0.0-rc.1', NAME)
  expect(await tags(prefix)).toEqual([`${NAME}:2.0.0-rc.1`])
})

test.each(['1', '1.2', 'v1.2.3', '1.2.3+build', '01.2.3', '1.2.3-', '', 'latest', '1.2.3 --force'])('rejects %j as a version', async (version) => {
  const { code, output } = await script('build-sandbox.sh', '--version', version, NAME)
  expect([code, output]).toEqual([2, expect.stringContaining('semantic version')])
})

test.each([['--prefix', 'no-slash'], ['--prefix', '/'], ['--prefix', '-x/'], ['--fast'], ['no-such-image'], ['ai-sandbox:latest']])('%s %s is refused before anything is built', async (...words) => {
  expect(await script('build-sandbox.sh', ...words.filter(Boolean))).toMatchObject({ code: 2 })
})

/** Builds an empty image. */
async function imageWith(name: string, label: string): Promise<string> {
  const { code, output } = await runProgram('docker', ['build', '--tag', name, '-'], { stdin: `FROM scratch\nLABEL ${label}\n` })
  expect(output).toBeTruthy()
  expect(code).toBe(0)
  return idOf(name)
}

test('--if-missing builds missing images and those whose sources have changed', async () => {
  const prefix = newPrefix()
  const old = await imageWith(`${prefix}${NAME}:latest`, `cofferdam.source=of-yesterday x=${prefix}`)
  const build = () => script('build-sandbox.sh', '--prefix', prefix, '--if-missing', NAME)
  expect((await build()).output).toMatch(/ is ready /)
  const built = await idOf(`${prefix}${NAME}`)
  expect(built).not.toBe(old)
  // The previous image has no name left and is removed.
  await expect(docker.getImage(old).inspect()).rejects.toMatchObject({ statusCode: 404 })
  expect((await build()).output).toBe(`image: ${prefix}${NAME}:latest is up to date\n`)
  expect(await idOf(`${prefix}${NAME}`)).toBe(built)
})

test('--if-missing leaves a foreign image with that name alone', async () => {
  const prefix = newPrefix()
  const theirs = await imageWith(`${prefix}${NAME}:latest`, `theirs=${prefix}`)
  expect((await script('build-sandbox.sh', '--prefix', prefix, '--if-missing', NAME)).output).toMatch(/ is up to date\n$/)
  expect(await idOf(`${prefix}${NAME}`)).toBe(theirs)
})

test('a replaced image stays if it has another name', async () => {
  const prefix = newPrefix()
  const old = await imageWith(`${prefix}${NAME}:latest`, `cofferdam.source=other y=${prefix}`)
  await docker.getImage(old).tag({ repo: `${prefix}backup`, tag: '1' })
  await script('build-sandbox.sh', '--prefix', prefix, NAME)
  expect(await idOf(`${prefix}backup:1`)).toBe(old)
  expect(await idOf(`${prefix}${NAME}:latest`)).not.toBe(old)
})

test('an image loaded from a file needs no build', async () => {
  const prefix = newPrefix()
  await script('build-sandbox.sh', '--prefix', prefix, '--version', '1.0.0', NAME)
  const kept = `${temporaryDirectory()}/images.tar`
  await runProgram('docker', ['save', '--output', kept, `${prefix}${NAME}:1.0.0`])
  for (const tag of await tags(prefix)) await docker.getImage(prefix + tag).remove()
  expect(await tags(prefix)).toEqual([])
  expect(await runProgram('docker', ['load', '--input', kept])).toMatchObject({ code: 0 })
  const { output } = await script('build-sandbox.sh', '--prefix', prefix, '--version', '1.0.0', '--if-missing', NAME)
  expect(output).toBe(`image: ${prefix}${NAME}:1.0.0 is up to date\n`)
  expect(await tags(prefix)).toHaveLength(4)
})

test('concurrent builds wait for each other', async () => {
  const prefix = newPrefix()
  const builds = await Promise.all([1, 2, 3].map(() => script('build-sandbox.sh', '--prefix', prefix, '--if-missing', NAME)))
  expect(builds.map(({ code }) => code)).toEqual([0, 0, 0])
  expect(builds.filter(({ output }) => output.includes('is ready'))).toHaveLength(1)
})

test('without an engine, the error says what to do', async () => {
  const { code, output } = await runProgram('env', ['DOCKER_HOST=unix:///no/such/docker.sock', 'bash', `${import.meta.dirname}/../../docker/build-sandbox.sh`])
  expect([code, output]).toEqual([1, expect.stringMatching(/no Docker engine answers[^]*scripts\/ensure-engine\.sh/)])
})
