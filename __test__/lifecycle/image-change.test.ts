import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { DockerSandboxOptions } from '../../index.js'
import { docker } from '../support/docker.ts'
import { cleanUp, newDataDir, open } from '../support/sandboxes.ts'

/** A name for the sandbox's image, and a function that gives the name to another image. */
async function renamableImage() {
  const repo = `cofferdam-test-${randomUUID()}`
  const image = `${repo}:latest`
  cleanUp(() => docker.getImage(image).remove({ force: true }))
  await docker.getImage('ai-sandbox:latest').tag({ repo, tag: 'latest' })
  const rebuild = async () => {
    const { Id: former } = await docker.getImage(image).inspect()
    const container = await docker.createContainer({ Image: image, Cmd: ['true'] })
    await container.commit({ repo, tag: 'latest', changes: `LABEL mark=${randomUUID()}` })
    await container.remove()
    return { former, current: (await docker.getImage(image).inspect()).Id }
  }
  return { image, rebuild }
}

async function sandbox(options: DockerSandboxOptions = {}) {
  const { image, rebuild } = await renamableImage()
  const box = open(newDataDir(), { image, network: 'none', ...options })
  await box.exec('a', 'echo kept > file; echo installed > ~/tool')
  return { box, rebuild }
}

test('a stopped sandbox goes on with its image when that is rebuilt, and info says which one it is', async () => {
  const { box, rebuild } = await sandbox()
  const { former, current } = await rebuild()
  expect(former).not.toBe(current)
  await box.stop('a')
  expect((await box.exec('a', 'cat file ~/tool')).stdout).toBe('kept\ninstalled\n')
  expect((await box.info('a')).imageId).toBe(former)
})

test("with onImageChange: 'replace' it is made from the new image when it is next started, with its files", async () => {
  const { box, rebuild } = await sandbox({ onImageChange: 'replace' })
  const { former, current } = await rebuild()
  // As long as it runs, it stays.
  expect((await box.exec('a', 'cat ~/tool')).stdout).toBe('installed\n')
  expect((await box.info('a')).imageId).toBe(former)
  await box.stop('a')
  expect((await box.exec('a', 'cat file; ls ~/tool')).stdout).toBe('kept\n')
  expect((await box.info('a')).imageId).toBe(current)
  const { containerId } = await box.info('a')
  await box.stop('a')
  expect((await box.getOrCreate('a')).containerId).toBe(containerId)
})
