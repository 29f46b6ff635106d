import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { ENGINE, fakeEngine, response, stallingEngine, temporaryDirectory } from '../support/fake-engine.ts'
import { newDataDir } from '../support/sandboxes.ts'
import { inOtherProcess } from '../support/steps.ts'

const NOTHING = 'unix:///nonexistent.sock'

test('DOCKER_HOST is used', async () => {
  const engine = await stallingEngine(/never/)
  const [outcome] = await inOtherProcess({ dataDir: newDataDir() }, [['list']], { env: { DOCKER_HOST: engine.address } })
  expect(outcome?.value).toEqual([])
  expect(engine.requests).toContain('GET /_ping')
})

test('an engine that DOCKER_HOST names is the only one', async () => {
  const [outcome] = await inOtherProcess({ dataDir: newDataDir() }, [['list']], { env: { DOCKER_HOST: NOTHING } })
  expect(outcome?.error).toMatchObject({ code: 'ENGINE_UNREACHABLE', details: { tried: [{ address: NOTHING, source: 'DOCKER_HOST' }] } })
})

test('the option comes before DOCKER_HOST', async () => {
  const [outcome] = await inOtherProcess({ dataDir: newDataDir(), engine: `unix://${ENGINE}` }, [['list']], { env: { DOCKER_HOST: NOTHING } })
  expect(outcome?.value).toEqual([])
})

test.each(['npipe', 'garbage'])('a DOCKER_HOST that can’t be used is an error (%s)', async (kind) => {
  const host = { npipe: 'npipe:////./pipe/docker_engine', garbage: '::garbage::' }[kind] as string
  const [outcome] = await inOtherProcess({ dataDir: newDataDir() }, [['list']], { env: { DOCKER_HOST: host } })
  expect(outcome?.error?.code).toMatch(/^(INVALID_ARGUMENT|ENGINE_UNSUPPORTED)$/)
  expect(outcome?.error?.message).toContain(host)
})

/** A Docker configuration with one context, which is the current one. */
function configuration(name: string, host: string): string {
  const directory = temporaryDirectory()
  const meta = path.join(directory, 'contexts/meta', createHash('sha256').update(name).digest('hex'))
  mkdirSync(meta, { recursive: true })
  writeFileSync(path.join(meta, 'meta.json'), JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker: { Host: host, SkipTLSVerify: false } } }))
  writeFileSync(path.join(directory, 'config.json'), JSON.stringify({ currentContext: name }))
  return directory
}

test('the current context of the Docker configuration is used', async () => {
  const engine = await stallingEngine(/never/)
  const env = { DOCKER_HOST: '', DOCKER_CONFIG: configuration('mine', engine.address) }
  const [outcome] = await inOtherProcess({ dataDir: newDataDir() }, [['list']], { env })
  expect(outcome?.value).toEqual([])
  expect(engine.requests).toContain('GET /_ping')
})

test('DOCKER_CONTEXT names another context than the current one', async () => {
  const [outcome] = await inOtherProcess({ dataDir: newDataDir() }, [['list']], {
    env: { DOCKER_HOST: '', DOCKER_CONFIG: configuration('mine', NOTHING), DOCKER_CONTEXT: 'default' },
  })
  expect(outcome?.value).toEqual([])
  const [missing] = await inOtherProcess({ dataDir: newDataDir() }, [['list']], {
    env: { DOCKER_HOST: '', DOCKER_CONFIG: configuration('mine', NOTHING), DOCKER_CONTEXT: 'absent' },
  })
  expect(missing?.error).toMatchObject({ code: 'INVALID_ARGUMENT' })
  expect(missing?.error?.message).toContain('absent')
})

test('an engine that is too old, or runs containers of Windows, is refused', async () => {
  for (const headers of ['Api-Version: 1.12\r\nOSType: linux\r\n', 'Api-Version: 1.45\r\nOSType: windows\r\n']) {
    const engine = await fakeEngine((socket) => socket.write(response('200 OK', 'text/plain', 'OK', headers)))
    const [outcome] = await inOtherProcess({ dataDir: newDataDir(), engine: engine.address }, [['list']])
    expect(outcome?.error).toMatchObject({ code: 'ENGINE_UNSUPPORTED', hint: expect.any(String) })
  }
})
