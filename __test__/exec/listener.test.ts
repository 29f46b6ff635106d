import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { count } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

test('a listener gets every byte in order', async () => {
  const hash = createHash('sha256')
  let bytes = 0
  const result = await box.exec('a', 'seq 3000000', {
    encoding: 'buffer',
    onStdout: (chunk: Buffer) => {
      hash.update(chunk)
      bytes += chunk.length
    },
  })
  expect(bytes).toBe(22_888_896)
  expect(result.stdoutBytes).toBe(bytes)
  const { stdout } = await box.exec('a', 'seq 3000000 | sha256sum')
  expect(stdout).toBe(`${hash.digest('hex')}  -\n`)
})

test('each stream has its own listener', async () => {
  const heard = { stdout: '', stderr: '' }
  const result = await box.exec('a', 'echo out; echo err >&2', {
    onStdout: (text: string) => void (heard.stdout += text),
    onStderr: (text: string) => void (heard.stderr += text),
  })
  expect(heard).toEqual({ stdout: 'out\n', stderr: 'err\n' })
  expect(result).toMatchObject(heard)
})

test('output reaches a listener while the command runs', async () => {
  let first = 0
  const begun = Date.now()
  await box.exec('a', 'echo early; sleep 3; echo late', { onStdout: () => void (first ||= Date.now() - begun) })
  expect(first).toBeGreaterThan(0)
  expect(first).toBeLessThan(2500)
})

test('the result resolves after the last listener call', async () => {
  const order: string[] = []
  await box.exec('a', 'echo a; sleep 0.1; echo b', {
    onStdout: async (text: string) => {
      await sleep(100)
      order.push(text.trim())
    },
  })
  order.push('result')
  expect(order).toEqual(['a', 'b', 'result'])
})

test('a slow listener slows the command down, and its calls never overlap', async () => {
  let active = 0
  let most = 0
  let calls = 0
  let written = 0
  const run = box.exec('a', 'seq 2000000; echo done > finished', {
    onStdout: async (text: string) => {
      most = Math.max(most, ++active)
      calls++
      await sleep(calls < 10 ? 100 : 0)
      written += text.length
      active--
    },
  })
  await sleep(400)
  // 15 MB exceed all buffers in between, so the command must wait for its listener.
  await rejection(box.readFile('a', 'finished'), 'FILE_ERROR')
  await run
  expect(most).toBe(1)
  expect(written).toBe(14_888_896)
})

test('a listener that is busy when the command ends still gets the rest', async () => {
  let heard = ''
  const result = await box.exec('a', 'seq 300000', {
    onStdout: async (text: string) => {
      await sleep(150)
      heard += text
    },
  })
  expect(result.stdoutBytes).toBe(1_988_895)
  expect(heard.length).toBe(1_988_895)
})

test('a listener that throws kills the command, and the call rejects with its error', async () => {
  const error = new Error('mine')
  const { containerId } = await box.getOrCreate('a')
  const run = box.exec('a', 'echo x; sleep 1234', {
    onStdout: () => {
      throw error
    },
  })
  await expect(run).rejects.toBe(error)
  await expect.poll(() => count(containerId, 'sleep 1234'), { timeout: 5000 }).toBe(0)
})

test('a listener that rejects kills the command, and the call rejects with its error', async () => {
  const error = new TypeError('later')
  const { containerId } = await box.getOrCreate('a')
  const run = box.exec('a', 'echo x >&2; (setsid sleep 1235 &); sleep 1235', {
    onStderr: async () => {
      await sleep(10)
      throw error
    },
  })
  await expect(run).rejects.toBe(error)
  await expect.poll(() => count(containerId, 'sleep 1235'), { timeout: 5000 }).toBe(0)
})

test('a listener may throw anything', async () => {
  await expect(box.exec('a', 'echo x; sleep 20', { onStdout: () => Promise.reject(undefined) })).rejects.toBe(undefined)
})

test('a listener that throws on the last output still rejects the call', async () => {
  const error = new Error('last')
  await expect(
    box.exec('a', 'printf x', {
      onStdout: () => {
        throw error
      },
    }),
  ).rejects.toBe(error)
})

test('a listener may use the sandbox', async () => {
  const heard: string[] = []
  await box.exec('a', 'echo outer', {
    onStdout: async () => void heard.push((await box.exec('a', 'echo inner')).stdout),
  })
  expect(heard).toEqual(['inner\n'])
})

test('a command that ends while its listener sleeps has not timed out', async () => {
  const result = await box.exec('a', 'echo x', { timeout: 500, onStdout: () => sleep(1500) })
  expect(result).toMatchObject({ timedOut: false, exitCode: 0 })
})

test('a deadline kills a command whose listener does not return in time', async () => {
  const begun = Date.now()
  const result = await box.exec('a', 'yes', { timeout: 500, onStdout: () => sleep(50) })
  expect(result).toMatchObject({ timedOut: true, exitCode: 124 })
  expect(Date.now() - begun).toBeLessThan(20_000)
})

const never = () => new Promise<void>(() => {})

test('a listener whose promise never settles keeps no call waiting: not past a deadline, an abort, a removal or a close', async () => {
  const options = { timeout: 1000, onStdout: never }
  expect(await box.exec('a', 'yes', options)).toMatchObject({ timedOut: true })
  expect(await box.exec('a', 'echo x; sleep 100', options)).toMatchObject({ timedOut: true, stdout: 'x\n' })
  await rejection(box.exec('a', 'echo x; sleep 100', { onStdout: never, signal: AbortSignal.timeout(300) }), 'ABORTED')
  const other = newSandboxes()
  const removed = expect(other.exec('a', 'yes', { onStdout: never })).rejects.toMatchObject({ code: 'SANDBOX_LOST' })
  await sleep(1500)
  await other.remove('a')
  await removed
  const closed = rejection(other.exec('b', 'yes', { onStdout: never }), 'CLOSED')
  await sleep(1500)
  await other.close()
  await closed
}, 120_000)

test('a command that ends by itself does not wait for ever for its listener', async () => {
  expect(await box.exec('a', 'echo x', { onStdout: never })).toMatchObject({ exitCode: 0, stdout: 'x\n' })
}, 60_000)

test.each([['text'], [{}], [null]])('rejects %j as a listener', async (onStdout) => {
  const error = await rejection(box.exec('a', 'true', { onStdout: onStdout as unknown as () => void }), 'INVALID_ARGUMENT')
  expect(error.details).toMatchObject({ argument: 'onStdout' })
})
