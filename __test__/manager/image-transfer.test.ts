import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { context, name } from '../support/build-contexts.ts'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { collect, newManager } from '../support/manager.ts'
import { registry } from '../support/registry.ts'
import { cleanUp } from '../support/sandboxes.ts'
import { tar } from '../support/tar.ts'

const manager = newManager()
const auth = { username: 'user', password: 'password' }

/** A small image. */
async function image(): Promise<string> {
  const made = name()
  await manager.importImage(tar({ hello: made }), { name: made })
  return made
}

test('images are saved and loaded with their names', async () => {
  const names = [await image(), await image()]
  const ids = await Promise.all(names.map(async (one) => (await docker.getImage(one).inspect()).Id))
  const archive = Buffer.concat(await collect(manager.saveImages(names)))
  for (const one of names) await manager.removeImage(one)
  const reports: string[] = []
  expect((await manager.loadImages(gzipSync(archive), { onProgress: ({ message }) => reports.push(message ?? '') })).sort()).toEqual([...names].sort())
  expect(reports.join('')).toContain('Loaded image')
  expect(await Promise.all(names.map(async (one) => (await docker.getImage(one).inspect()).Id))).toEqual(ids)
})

test('an image goes from engine to engine without a file', async () => {
  const made = await image()
  expect(await manager.loadImages(manager.saveImages(made))).toEqual([made])
})

test('what is no archive of images, and an image that is missing, are refused', async () => {
  await rejection(manager.loadImages(Buffer.from('no archive'.repeat(1000))), 'ENGINE_ERROR')
  await rejection(manager.saveImages('no-such-image:1').next(), 'NOT_FOUND')
  expect((await rejection(manager.saveImages([]).next(), 'INVALID_ARGUMENT')).details?.argument).toBe('images')
  await rejection(manager.importImage(tar({ a: 'b' }), { changes: ['RUN true'] }), 'ENGINE_ERROR')
  await rejection(manager.importImage(tar({ a: 'b' }), { name: 'a b' }), 'INVALID_ARGUMENT')
})

test('an image is pushed and pulled with the credentials of the call', async () => {
  const { address, pushed } = await registry('user:password')
  const made = `${address}/pushed:2`
  cleanUp(() => docker.getImage(made).remove({ force: true }).catch(() => {}))
  await manager.importImage(tar({ hello: 'world' }), { name: made })
  await rejection(manager.push(made), 'ENGINE_ERROR')
  await rejection(manager.push(made, { auth: { ...auth, password: 'wrong' } }), 'ENGINE_ERROR')
  expect(pushed()).toEqual([])
  const reports: string[] = []
  const digest = await manager.push(made, { auth, onProgress: ({ status }) => reports.push(status) })
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(pushed()).toContain('/v2/pushed/manifests/2')
  expect(reports).toContain('Pushed')
  await manager.removeImage(made)
  await rejection(manager.pull(made), 'ENGINE_ERROR')
  await manager.pull(made, { auth })
  expect(await manager.listImages({ filters: { reference: made } })).toHaveLength(1)
})

test('a build gets its base image with the credentials of the call', async () => {
  const { address } = await registry('user:password')
  const base = `${address}/tiny:1`
  cleanUp(() => docker.getImage(base).remove().catch(() => {}))
  const directory = context({ Dockerfile: `FROM ${base}\nLABEL a=b\n` })
  await rejection(manager.buildImage(directory, { tags: [name()] }), 'ENGINE_ERROR')
  expect(await manager.buildImage(directory, { tags: [name()], auth: { [address]: auth } })).toMatch(/^sha256:/)
})

test('credentials that are none are refused', async () => {
  for (const wrong of [{}, { username: 'a' }, { password: 'b' }, { username: '', password: 'b' }]) {
    expect((await rejection(manager.pull('a', { auth: wrong }), 'INVALID_ARGUMENT')).details?.argument).toBe('auth')
    await rejection(manager.push('a', { auth: wrong }), 'INVALID_ARGUMENT')
    await rejection(manager.buildImage('.', { auth: { a: wrong } }), 'INVALID_ARGUMENT')
  }
  await rejection(manager.pull('a', { auth: { user: 'a' } as never }), 'INVALID_ARGUMENT')
})

test('what can not be pushed is told', async () => {
  await rejection(manager.push(`127.0.0.1:1/no-such-image:${Date.now()}`), 'IMAGE_NOT_FOUND')
  await rejection(manager.push('a@sha256:00'), 'INVALID_ARGUMENT')
})

test('a build asks for newer bases, takes layers of other images, and is for a platform', async () => {
  const { address, requests } = await registry()
  const [base, first, second] = [`${address}/tiny:1`, name(), name()]
  cleanUp(() => docker.getImage(base).remove().catch(() => {}))
  await manager.pull(base)
  const directory = context({ Dockerfile: `FROM ${base}\nCOPY a /a\n`, a: 'a' })
  requests.length = 0
  await manager.buildImage(directory, { tags: [first] })
  expect(requests).toEqual([])
  await manager.buildImage(directory, { tags: [second], pull: true, cacheFrom: [first] })
  expect(requests.join()).toContain('/v2/tiny/manifests/1')
  expect((await docker.getImage(second).inspect()).Id).toBe((await docker.getImage(first).inspect()).Id)
  expect((await rejection(manager.buildImage(directory, { platform: 'no/such/platform/at/all' }), 'ENGINE_ERROR')).message).toContain('platform')
  expect((await rejection(manager.buildImage(directory, { cacheFrom: ['a b'] }), 'INVALID_ARGUMENT')).details?.argument).toBe('image')
})

test('a search is sent, and its answer or its failure comes back', async () => {
  expect((await rejection(manager.searchImages(''), 'INVALID_ARGUMENT')).details?.argument).toBe('term')
  // No registry can be reached from here, or one can.
  const found = await manager.searchImages('debian', { limit: 3, signal: AbortSignal.timeout(60_000) }).catch((error: { code: string }) => error)
  if (Array.isArray(found)) expect(found.length).toBeLessThanOrEqual(3)
  else expect(found.code).toBe('ENGINE_ERROR')
})
