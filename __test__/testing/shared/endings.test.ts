import { expect, test } from 'vitest'
import { rejection } from '../../support/errors.ts'
import { startCommand } from '../../support/running.ts'
import { describeBoth } from './both.ts'

describeBoth((open) => {
  const box = open()

  test('a deadline ends a command, and its output so far is in the result', async () => {
    const result = await box.exec('exec', 'echo begun; sleep 60', { timeout: 500 })
    expect(result).toMatchObject({ stdout: 'begun\n', exitCode: 124, signal: 'SIGKILL', timedOut: true, oomKilled: false })
    expect(result.executionTime).toBeGreaterThanOrEqual(450)
  })

  test('a command with a grace may end by itself at the deadline and after an abort', async () => {
    const line = "trap 'sleep 0.2; echo saved; exit 3' TERM; echo begun; while :; do sleep 0.05; done"
    const result = await box.exec('exec', line, { timeout: 500, killGrace: 20_000 })
    expect(result).toMatchObject({ stdout: 'begun\nsaved\n', exitCode: 124, timedOut: true })
    const abort = new AbortController()
    const { result: running } = await startCommand(box, 'exec', line, { signal: abort.signal, killGrace: 20_000 })
    abort.abort()
    expect((await rejection(running, 'ABORTED')).details).toMatchObject({ stdout: 'begun\nsaved\n' })
    const stubborn = await box.exec('exec', 'echo begun; sleep 60', { timeout: 300, killGrace: 300 })
    expect(stubborn).toMatchObject({ stdout: 'begun\n', timedOut: true })
  })

  test('an abort ends a command, and its output so far is in the error', async () => {
    const abort = new AbortController()
    const { result } = await startCommand(box, 'exec', 'echo begun; sleep 60', { signal: abort.signal })
    abort.abort('enough')
    const error = await rejection(result, 'ABORTED')
    expect(error.details).toEqual({ stdout: 'begun\n', stderr: '', stdoutBytes: 6, stderrBytes: 0 })
    expect(error.cause).toBe('enough')
  })

  test('the output in an error is bytes if those were asked for, and empty before the start', async () => {
    const abort = new AbortController()
    const { result } = await startCommand(box, 'exec', 'echo begun; sleep 60', { signal: abort.signal, encoding: 'buffer' })
    abort.abort()
    expect((await rejection(result, 'ABORTED')).details).toMatchObject({ stdout: Buffer.from('begun\n'), stderr: Buffer.alloc(0) })
    const early = await rejection(box.exec('exec', 'true', { signal: AbortSignal.abort() }), 'ABORTED')
    expect(early.details).toEqual({ stdout: '', stderr: '', stdoutBytes: 0, stderrBytes: 0 })
  })

  test('a signal that is aborted before or during a call ends it', async () => {
    const calls = (signal: AbortSignal) => [box.getOrCreate('b', { signal }), box.exec('b', 'true', { signal }), box.writeFile('b', 'x', '', { signal }), box.stop('b', { signal }), box.list({ signal })]
    for (const call of calls(AbortSignal.abort('before'))) expect((await rejection(call, 'ABORTED')).cause).toBe('before')
    const abort = new AbortController()
    const pending = [box.getOrCreate('b', { signal: abort.signal }), box.exec('b', 'true', { signal: abort.signal })].map((call) => rejection(call, 'ABORTED'))
    abort.abort('during')
    for (const error of await Promise.all(pending)) expect(error.cause).toBe('during')
  })

  test.each([
    ['stop', ['exited'], (id: string) => box.stop(id)],
    // Docker may be at it still.
    ['remove', ['removed', 'gone', 'exited'], (id: string) => box.remove(id)],
  ] as const)('%s ends a command under way, and its output so far is in the error', async (verb, states, end) => {
    const id = `lost-${verb}`
    await box.getOrCreate(id)
    const { result } = await startCommand(box, id, 'echo begun; sleep 60')
    await end(id)
    const { details } = await rejection(result, 'SANDBOX_LOST')
    expect(details).toMatchObject({ stdout: 'begun\n', stderr: '', stdoutBytes: 6 })
    expect(states).toContain(details?.container)
    expect((await box.exec(id, 'echo again')).stdout).toBe('again\n')
  })

  test('close ends what is under way, and every later call', async () => {
    const other = open()
    const handle = await other.getOrCreate('a')
    const { result } = await startCommand(other, 'a', 'echo begun; sleep 60')
    await other.close()
    await rejection(result, 'CLOSED')
    for (const call of [() => other.getOrCreate('a'), () => other.exec('a', 'true'), () => other.readFile('a', 'x'), () => other.list(), () => handle.exec('true')]) await rejection(call(), 'CLOSED')
    await rejection(other.exec('../a', 'true'), 'INVALID_ARGUMENT')
    await other.close()
  })
})
