import { expect, test } from 'vitest'
import { rejection } from '../../support/errors.ts'
import { describeBoth } from './both.ts'

describeBoth((open) => {
  const box = open()

  test('a sandbox is made by the first call, and again by the first one after it was removed', async () => {
    expect([await box.isRunning('life'), await box.list()]).toEqual([false, []])
    await rejection(box.info('life'), 'NOT_FOUND')
    const { id, containerId, workspace } = await box.getOrCreate('life')
    expect({ id, containerId, workspace }).toEqual({ id: 'life', containerId: expect.stringMatching(/^[0-9a-f]{64}$/), workspace: { kind: 'bind', location: expect.stringMatching(/^\/.*\/life$/) } })
    expect(await box.isRunning('life')).toBe(true)
    await box.stop('life')
    expect(await box.isRunning('life')).toBe(false)
    expect(await box.list()).toEqual([{ id: 'life', containerId, state: 'exited', running: false, image: 'ai-sandbox:latest', created: expect.stringMatching(/^\d{4}-.*Z$/) }])
    expect((await box.getOrCreate('life')).containerId).toBe(containerId)
    await box.remove('life')
    expect(await box.list()).toEqual([])
    expect((await box.getOrCreate('life')).containerId).not.toBe(containerId)
    await box.remove('life', { workspace: true })
    await box.remove('life')
    await box.stop('life')
  })

  test('info tells what the options say', async () => {
    const { containerId } = await box.getOrCreate('info')
    expect(await box.info('info')).toEqual({
      id: 'info',
      containerId,
      state: 'running',
      image: 'ai-sandbox:latest',
      imageId: expect.any(String),
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      workspace: { kind: 'bind', location: expect.stringMatching(/^\/.*\/info$/) },
      memory: 512 * 1024 * 1024,
      cpus: 2,
      pids: 100,
      disk: { limit: null, used: null, enforcement: 'none' },
      user: expect.stringMatching(/^\d+:\d+$/),
      network: 'enabled',
      isolation: { metadata: expect.stringMatching(/^(blocked|open)$/), host: expect.stringMatching(/^(blocked|open)$/) },
      seccomp: 'cofferdam',
      agent: expect.any(String),
    })
    await box.remove('info')
  })

  test('a handle has the same verbs', async () => {
    const handle = await box.getOrCreate('handle')
    await handle.writeFile('file', 'x')
    expect([await handle.readFile('file'), (await handle.exec('cat file')).stdout, await handle.isRunning()]).toEqual(['x', 'x', true])
    expect(await handle.info()).toMatchObject({ id: 'handle', containerId: handle.containerId })
    await handle.stop()
    expect(await handle.isRunning()).toBe(false)
    await handle.remove({ workspace: true })
    expect(() => Object.assign(handle, { id: 'other' })).toThrow(TypeError)
  })

  test('what is idle is stopped', async () => {
    const other = open({ idleTimeout: 300, cleanupInterval: 100 })
    expect((await other.exec('a', 'echo hi')).stdout).toBe('hi\n')
    await expect.poll(() => other.isRunning('a'), { timeout: 10_000 }).toBe(false)
    expect(await other.list()).toMatchObject([{ id: 'a', state: 'exited' }])
  })
})
