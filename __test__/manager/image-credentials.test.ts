import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { context, name } from '../support/build-contexts.ts'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { newManager } from '../support/manager.ts'
import { registry } from '../support/registry.ts'
import { cleanUp } from '../support/sandboxes.ts'

const manager = newManager()

/** The Docker configuration that credentials are looked for in. */
function configure(config: object): void {
  process.env['DOCKER_CONFIG'] = context({ 'config.json': JSON.stringify(config) })
  cleanUp(() => delete process.env['DOCKER_CONFIG'])
}

test('a registry gets the credentials that the Docker configuration has for it', async () => {
  const { address } = await registry('user:password')
  const image = `${address}/tiny:1`
  cleanUp(() => docker.getImage(image).remove().catch(() => {}))
  configure({ auths: { [address]: { auth: Buffer.from('user:wrong').toString('base64') } } })
  expect((await rejection(newManager().pull(image), 'ENGINE_ERROR')).message).toMatch(/unauthorized|no basic auth|who are you/i)
  configure({ auths: { [address]: { auth: Buffer.from('user:password').toString('base64') } } })
  await newManager().pull(image)
  expect(await manager.listImages({ filters: { reference: image } })).toHaveLength(1)
})

test('a credential helper is asked', async () => {
  const { address } = await registry('user:password')
  const image = `${address}/tiny:1`
  cleanUp(() => docker.getImage(image).remove().catch(() => {}))
  const directory = context({})
  writeFileSync(
    path.join(directory, 'docker-credential-test'),
    `#!/bin/sh\nread server\n[ "$1 $server" = "get ${address}" ] && echo '{"Username":"user","Secret":"password"}'\n`,
    { mode: 0o755 },
  )
  const before = process.env['PATH']
  process.env['PATH'] = `${directory}:${before}`
  cleanUp(() => (process.env['PATH'] = before))
  configure({ credHelpers: { [address]: 'test' } })
  await newManager().pull(image)
  expect(await manager.listImages({ filters: { reference: image } })).toHaveLength(1)
})

test.each(['no-such-helper', 'fails'])('without its credential helper (%s), an image that needs none is pulled, and a refusal names the helper', async (helper) => {
  const directory = context({})
  writeFileSync(path.join(directory, 'docker-credential-fails'), '#!/bin/sh\necho broken; exit 1\n', { mode: 0o755 })
  const before = process.env['PATH']
  process.env['PATH'] = `${directory}:${before}`
  cleanUp(() => (process.env['PATH'] = before))
  configure({ credsStore: helper })
  const open = await registry()
  cleanUp(() => docker.getImage(`${open.address}/tiny:1`).remove().catch(() => {}))
  await newManager().pull(`${open.address}/tiny:1`)
  const closed = await registry('user:password')
  const error = await rejection(newManager().pull(`${closed.address}/tiny:1`), 'ENGINE_ERROR')
  expect(error.hint).toContain(`docker-credential-${helper}`)
})

test('a build gets its base image from a private registry', async () => {
  const { address } = await registry('user:password')
  const image = `${address}/tiny:1`
  const tag = name()
  cleanUp(() => docker.getImage(image).remove().catch(() => {}))
  const directory = context({ Dockerfile: `FROM ${image}\nLABEL a=b\n` })
  configure({})
  await rejection(newManager().buildImage(directory, { tags: [tag] }), 'ENGINE_ERROR')
  configure({ auths: { [address]: { username: 'user', password: 'password' } } })
  expect(await newManager().buildImage(directory, { tags: [tag] })).toMatch(/^sha256:/)
})
