import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { DockerSandbox } from '../../index.js'
import { rejection } from '../support/errors.ts'
import { newDataDir } from '../support/sandboxes.ts'

test.each(['unix:///no/such.sock', 'tcp://127.0.0.1:1', 'http://no-such-host.invalid'])('the constructor does not connect to the engine (%s)', (engine) => {
  const dataDir = path.join(newDataDir(), 'later')
  expect(new DockerSandbox({ engine, dataDir })).toBeInstanceOf(DockerSandbox)
  expect(existsSync(dataDir)).toBe(false)
})

test('an invalid address rejects the first call', async () => {
  for (const engine of ['nonsense', 'ftp://x', '']) {
    const call = async () => new DockerSandbox({ engine, dataDir: newDataDir() }).list()
    await rejection(call(), 'INVALID_ARGUMENT')
  }
})
