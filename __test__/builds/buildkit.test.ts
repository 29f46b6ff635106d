import { expect, test } from 'vitest'
import { context, name } from '../support/build-contexts.ts'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { collect, newManager, run } from '../support/manager.ts'
import { registry } from '../support/registry.ts'
import { cleanUp } from '../support/sandboxes.ts'

const manager = newManager()

test('mounts of RUN, with the steps and their output as progress', async () => {
  const tag = name()
  const directory = context({
    Dockerfile: `FROM ai-sandbox:latest
USER 0
RUN --mount=type=cache,target=/cache echo kept > /cache/file && cat /cache/file
RUN --mount=type=bind,source=asset,target=/asset cp /asset /copied
CMD ["cat", "/copied"]
`,
    asset: 'of the context\n',
  })
  const reports: { layer: string | null; status: string; message: string | null }[] = []
  const id = await manager.buildImage(directory, { tags: [tag], builder: 'buildkit', noCache: true, onProgress: (report) => void reports.push(report) })
  expect(id).toBe((await docker.getImage(tag).inspect()).Id)
  const text = reports.map(({ message }) => message ?? '').join('')
  expect(text).toContain('RUN --mount=type=cache')
  expect(text).toContain('kept\n')
  expect(reports.map(({ status }) => status)).toEqual(expect.arrayContaining(['begun', 'done']))
  const container = await run(manager, { image: tag, command: ['cat', '/copied'] })
  await manager.wait(container)
  expect((await collect(manager.getContainerLogs(container))).map(({ data }) => data).join('')).toBe('of the context\n')
})

test('secrets reach the steps that mount them, and no layer', async () => {
  const tag = name()
  const binary = Buffer.from([0, 255, 10, 13])
  const directory = context({
    Dockerfile: `FROM ai-sandbox:latest
USER 0
RUN --mount=type=secret,id=token,required=true --mount=type=secret,id=binary sha256sum /run/secrets/token /run/secrets/binary | cut -c1-64 > /sums
RUN test ! -e /run/secrets/token
`,
  })
  await manager.buildImage(directory, { tags: [tag], builder: 'buildkit', noCache: true, secrets: { token: 's3cret', binary } })
  const container = await run(manager, { image: tag, command: ['cat', '/sums'] })
  await manager.wait(container)
  const { createHash } = await import('node:crypto')
  const sum = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')
  expect((await collect(manager.getContainerLogs(container))).map(({ data }) => data).join('')).toBe(`${sum('s3cret')}\n${sum(binary)}\n`)
  const image = Buffer.concat(await collect(manager.saveImages(tag)))
  expect(image.includes('s3cret')).toBe(false)
  const { message } = await rejection(manager.buildImage(directory, { builder: 'buildkit', noCache: true, secrets: { other: 'x' } }), 'ENGINE_ERROR')
  expect(message).toContain('token')
})

test('a base image comes from a private registry, with the credentials of the call', async () => {
  const { address } = await registry('user:password')
  const directory = context({ Dockerfile: `FROM ${address}/tiny:1\nLABEL a=b\n` })
  cleanUp(() => docker.getImage(`${address}/tiny:1`).remove().catch(() => {}))
  await rejection(manager.buildImage(directory, { builder: 'buildkit' }), 'ENGINE_ERROR')
  const auth = { [address]: { username: 'user', password: 'password' } }
  expect(await manager.buildImage(directory, { builder: 'buildkit', tags: [name()], auth })).toMatch(/^sha256:/)
})

test('a target, arguments and labels are those of the call', async () => {
  const tag = name()
  const directory = context({ Dockerfile: 'FROM ai-sandbox:latest AS first\nARG A=1\nENV B=$A\nFROM first\nRUN false\n' })
  await manager.buildImage(directory, { builder: 'buildkit', tags: [tag], target: 'first', buildArgs: { A: '2' }, labels: { mine: 'yes' } })
  expect(await docker.getImage(tag).inspect()).toMatchObject({ Config: { Env: expect.arrayContaining(['B=2']), Labels: { mine: 'yes' } } })
})

test('a step that fails is told with what it wrote', async () => {
  const directory = context({ Dockerfile: 'FROM ai-sandbox:latest\nRUN echo before; exit 7\n' })
  let text = ''
  const { message } = await rejection(manager.buildImage(directory, { builder: 'buildkit', onProgress: (report) => void (text += report.message ?? '') }), 'ENGINE_ERROR')
  expect(message).toContain('exit code: 7')
  expect(text).toContain('before\n')
})

test('builders and secrets that are none are refused', async () => {
  const refused = async (options: object) => (await rejection(manager.buildImage('.', options), 'INVALID_ARGUMENT')).details?.argument
  expect(await refused({ builder: 'kaniko' })).toBe('builder')
  expect(await refused({ secrets: { a: 'b' } })).toBe('secrets')
  expect(await refused({ builder: 'buildkit', secrets: { a: 'x'.repeat(512_001) } })).toBe('secrets')
  expect(await refused({ builder: 'buildkit', secrets: { a: 1 } })).toBe('secrets')
})
