import { once } from 'node:events'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { breakable } from '../support/breakable-engine.ts'
import { newManager } from '../support/manager.ts'
import { cleanUp } from '../support/sandboxes.ts'

const INDEX = pathToFileURL(path.resolve(import.meta.dirname, '../../index.js')).href

/** The engine's address as the worker finds it, whose environment is a copy. */
async function inWorker(env: NodeJS.ProcessEnv, change = ''): Promise<unknown> {
  const code = `import('${INDEX}').then(async ({ doctor }) => { ${change}; const { engine } = await doctor(); require('node:worker_threads').parentPort.postMessage(engine?.address) })`
  const worker = new Worker(code, { eval: true, env })
  cleanUp(() => worker.terminate())
  return (await once(worker, 'message'))[0]
}

test('DOCKER_HOST may be a host and a port without a scheme', async () => {
  const { engine } = await breakable()
  const before = process.env['DOCKER_HOST']
  process.env['DOCKER_HOST'] = engine.replace('tcp://', '')
  cleanUp(() => (before === undefined ? delete process.env['DOCKER_HOST'] : (process.env['DOCKER_HOST'] = before)))
  expect(await newManager().ping()).toBeGreaterThan(0)
})

test('the environment is that of JavaScript, also in a worker', async () => {
  const { engine } = await breakable()
  const { DOCKER_HOST: _, ...env } = process.env
  expect(await inWorker({ ...env, DOCKER_HOST: engine })).toBe(engine)
  expect(await inWorker(env, `process.env.DOCKER_HOST = '${engine}'`)).toBe(engine)
  expect(await inWorker({ ...env, DOCKER_HOST: engine }, 'delete process.env.DOCKER_HOST')).not.toBe(engine)
})
