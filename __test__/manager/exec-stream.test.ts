import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { breakable } from '../support/breakable-engine.ts'
import { newManager, run } from '../support/manager.ts'

const manager = newManager()

test.each(['true', 'echo out; echo err >&2; exit 3', 'exec 0<&-; echo out; echo err >&2; exit 3'])('input that nobody reads does not hold up %j', async (command) => {
  const id = await run(manager)
  const begun = Date.now()
  const result = await manager.exec(id, command, { stdin: Buffer.alloc(16 * 2 ** 20, 'x'), timeout: 20_000 })
  expect(result).toMatchObject(command === 'true' ? { exitCode: 0, timedOut: false } : { stdout: 'out\n', stderr: 'err\n', exitCode: 3, timedOut: false })
  expect(Date.now() - begun).toBeLessThan(5000)
})

test('a command that closes its streams is waited for', async () => {
  const id = await run(manager)
  expect(await manager.exec(id, 'exec >&- 2>&-; sleep 1.5; exit 3')).toMatchObject({ exitCode: 3, timedOut: false })
  expect(await manager.exec(id, 'exec >&- 2>&-; sleep 60', { timeout: 500 })).toMatchObject({ exitCode: 124, timedOut: true, survivors: true })
})

// The end of the output and that of the command are a moment apart, so a connection that is cut less than a second before the end is not noticed.
test.each(['sleep 30', 'sleep 30; exit 126'])('a connection that is cut is an error, with the output so far (%s)', async (rest) => {
  const id = await run(manager)
  const way = await breakable()
  const begun = Date.now()
  const cut = newManager({ engine: way.engine })
  // The two streams are two pipes, so the engine may send either first.
  let awaited = 2
  const arrived = () => --awaited === 0 && way.break()
  const running = cut.exec(id, `echo out; echo err >&2; ${rest}`, { timeout: 20_000, onStdout: arrived, onStderr: arrived })
  const error = await rejection(running, 'ENGINE_UNREACHABLE')
  expect(error.details).toMatchObject({ stdout: 'out\n', stderr: 'err\n' })
  expect(error.details).toHaveProperty('survivors')
  expect(Date.now() - begun).toBeLessThan(6000)
})

test.each([
  ['a user', { user: 'nosuchuser' }, 'true', 'nosuchuser'],
  ['a working directory', { cwd: '/no/such' }, 'true', '/no/such'],
  ['a program', {}, ['/no/such'], '/no/such'],
] as const)('%s that does not exist is COMMAND_NOT_STARTED', async (_, options, command, named) => {
  const id = await run(manager)
  const error = await rejection(manager.exec(id, command as string, options), 'COMMAND_NOT_STARTED')
  expect(error.message).toContain(named)
})

test.each([126, 127])('an exit code of %i of the command’s own is its exit code', async (code) => {
  const id = await run(manager)
  expect(await manager.exec(id, `echo 'OCI runtime exec failed'; exit ${code}`)).toMatchObject({ exitCode: code, stdout: 'OCI runtime exec failed\n', timedOut: false })
})
