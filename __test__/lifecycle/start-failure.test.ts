import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { editedEngine } from '../support/fake-engine.ts'
import { namespace, newDataDir, open } from '../support/sandboxes.ts'

test('a container that does not start tells the runtime’s reason, and does not stay', async () => {
  const dataDir = newDataDir()
  const { address: engine } = await editedEngine((sent) => sent.replace('"/.cofferdam/agent","init"', '"/.cofferdam/agenx","init"'))
  const box = open(dataDir, { engine, network: 'none' })
  for (let attempt = 0; attempt < 2; attempt++) {
    const error = await rejection(box.exec('a', 'true'), 'ENGINE_ERROR')
    expect(error.message).toMatch(/could not start a container: .*"\/\.cofferdam\/agenx".*no such file/)
  }
  expect(await docker.listContainers({ all: true, filters: { label: [`cofferdam.namespace=${namespace(dataDir)}`] } })).toEqual([])
  // What kept it from starting is gone, and so is every trace of it.
  expect((await open(dataDir, { network: 'none' }).exec('a', 'echo works')).stdout).toBe('works\n')
})
