import { constants } from 'node:os'
import { expect, test } from 'vitest'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

/** What does not end a process by default. */
const HARMLESS = new Set(['SIGCHLD', 'SIGCONT', 'SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGWINCH'])

/** The signals by number, 1 to 31, as this Linux names them. */
const NAMES = Object.entries(constants.signals)
  .filter(([name]) => !['SIGIOT', 'SIGPOLL', 'SIGUNUSED', 'SIGCLD'].includes(name))
  .sort(([, a], [, b]) => a - b)

test('the list of signals is whole', () => {
  expect(NAMES.map(([, number]) => number)).toEqual(Array.from({ length: 31 }, (_, index) => index + 1))
})

test.each(NAMES.filter(([name]) => !HARMLESS.has(name)))('a command ended by %s exits with 128 + %i and names it', async (name, number) => {
  // Not by the shell, in which some of them are blocked or handled.
  const result = await box.exec('a', ['python3', '-c', `import os, signal; signal.signal(${number}, signal.SIG_DFL) if ${number} != 9 else 0; os.kill(os.getpid(), ${number})`])
  expect(result).toMatchObject({ signal: name, exitCode: 128 + number, timedOut: false, oomKilled: false })
})

test('a real-time signal is reported by its number', async () => {
  const result = await box.exec('a', ['python3', '-c', 'import os; os.kill(os.getpid(), 40)'])
  expect(result).toMatchObject({ signal: 'SIG40', exitCode: 168 })
})

test('the shell reports the signal of its child as a code', async () => {
  const result = await box.exec('a', 'bash -c "kill -TERM \\$\\$"; exit $?')
  expect(result).toMatchObject({ signal: null, exitCode: 143 })
})

test('a command begins with default signal handling', async () => {
  const { stdout } = await box.exec('a', ['cat', '/proc/self/status'])
  expect(stdout.match(/^Sig(Blk|Ign|Cgt):.*$/gm)).toEqual(['SigBlk:\t0000000000000000', 'SigIgn:\t0000000000000000', 'SigCgt:\t0000000000000000'])
})

test('a broken pipe ends a program quietly', async () => {
  const result = await box.exec('a', 'set -o pipefail; yes | head -n 1 >/dev/null')
  expect(result.exitCode).toBe(128 + constants.signals.SIGPIPE)
  expect(result.stderr).toBe('')
})
