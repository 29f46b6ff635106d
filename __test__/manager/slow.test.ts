import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/fake-engine.ts'
import { newManager, run } from '../support/manager.ts'
import { cleanUp } from '../support/sandboxes.ts'

// An engine has two minutes for a call that may take long. That is meant for silence, not for work that goes on.
const LONGER = 125_000

test.concurrent('a stop may take longer than two minutes', { timeout: LONGER + 60_000 }, async () => {
  const manager = newManager()
  const [asked, own] = await Promise.all([run(manager, { command: ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'], init: false }), run(manager, { command: ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'], init: false })])
  const begun = Date.now()
  expect(await Promise.all([manager.stopContainer(asked, LONGER), manager.restartContainer(own, LONGER)])).toEqual([true, true])
  expect(Date.now() - begun).toBeGreaterThanOrEqual(LONGER - 1000)
})

test.concurrent('an upload may take longer than two minutes', { timeout: LONGER + 60_000 }, async () => {
  const directory = temporaryDirectory()
  writeFileSync(path.join(directory, 'Dockerfile'), 'FROM scratch\n')
  writeFileSync(path.join(directory, 'large'), randomBytes(5_000_000))
  const socket = path.join(temporaryDirectory(), 'engine.sock')
  let got = 0
  const server = createServer((request, response) => {
    response.setHeader('Api-Version', '1.41').setHeader('Ostype', 'linux')
    if (!request.url?.startsWith('/build')) return void response.end('OK')
    // 40 kB a second.
    request.on('readable', () => {}).on('end', () => response.end('{"aux":{"ID":"sha256:00"}}\n'))
    const reading = setInterval(() => (got += request.read(Math.min(40_000, request.readableLength))?.length ?? 0), 1000)
    request.on('close', () => clearInterval(reading))
  }).listen(socket)
  cleanUp(() => void server.close())
  const begun = Date.now()
  expect(await newManager({ engine: `unix://${socket}` }).buildImage(directory)).toBe('sha256:00')
  expect(Date.now() - begun).toBeGreaterThanOrEqual(120_000)
  expect(got).toBeGreaterThan(5_000_000)
})
