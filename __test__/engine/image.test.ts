import { expect, test } from 'vitest'
import { DockerSandbox } from '../../index.js'
import { containersOf, docker } from '../support/docker.ts'
import { rejection, thrown } from '../support/errors.ts'
import { namespace, newDataDir, open } from '../support/sandboxes.ts'

const ABSENT = 'cofferdam-no-such-image:none'

test.each(['bind', 'volume', 'auto'] as const)('an image that is not on the engine is an error that says how to get it (workspace %s)', async (workspace) => {
  const dataDir = newDataDir()
  const box = open(dataDir, { image: ABSENT, workspace })
  for (const call of [() => box.getOrCreate('a'), () => box.exec('a', 'true')]) {
    const error = await rejection(call(), 'IMAGE_NOT_FOUND')
    expect(error.message).toContain(ABSENT)
    expect(error.hint).toMatch(/build|pull/)
    expect(error.details).toMatchObject({ image: ABSENT })
  }
  expect(await containersOf(namespace(dataDir))).toEqual([])
  await box.remove('a', { workspace: true })
})

test('a name that can be no image is refused outright', () => {
  const error = thrown(() => new DockerSandbox({ image: 'NOT an image' }), 'INVALID_ARGUMENT')
  expect(error.details).toMatchObject({ argument: 'image' })
})

test('where an image that was missing has come, the next call works', async () => {
  const dataDir = newDataDir()
  const name = `cofferdam-test-${process.pid}`
  const box = open(dataDir, { image: `${name}:later` })
  await rejection(box.getOrCreate('a'), 'IMAGE_NOT_FOUND')
  await docker.getImage('ai-sandbox:latest').tag({ repo: name, tag: 'later' })
  try {
    expect((await box.exec('a', 'echo here')).stdout).toBe('here\n')
    await box.remove('a')
  } finally {
    await docker.getImage(`${name}:later`).remove({ noprune: true })
  }
})
