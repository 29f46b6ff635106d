import { constants } from 'node:os'
import { expect, test } from 'vitest'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

/** Signals that do not end a process by default. */
const HARMLESS = new Set(['SIGCHLD', 'SIGCONT', 'SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGWINCH'])

/** The signals 1 to 31 with their Linux names. */
const NAMES = Object.entries(constants.signals)
  .filter(([name]) => !['SIGIOT', 'SIGPOLL', 'SIGUNUSED', 'SIGCLD'].includes(name))
  .sort(([, a], [, b]) => a - b)

test('the list of signals is complete', () => {
  expect(NAMES.map(([, number]) => number)).toEqual(Array.from({ length: 31 }, (_, index) => index + 1))
})

test.each(NAMES.filter(([name]) => !HARMLESS.has(name)))('a command ended by %s exits with 128 + %i and names it', async (name, number) => {
  // Without the shell, which blocks or handles some of them.
  const result = await box.exec('a', ['python3', '-c', `import os, signal; signal.signal(${number}, signal.SIG_DFL) if ${number} != 9 else 0; os.kill(os.getpid(), ${number})`])
  expect(result).toMatchObject({ signal: name, exitCode: 128 + number, timedOut: false, oomKilled: false })
})

test('a real-time signal is reported by its number', async () => {
  const result = await box.exec('a', ['python3', '-c', 'import os; os.kill(os.getpid(), 40)'])
  expect(result).toMatchObject({ signal: 'SIG40', exitCode: 168 })
})

test('the shell reports its child’s signal as an exit code', async () => {
  const result = await box.exec('a', 'bash -c "kill -TERM \\$\\$"; exit $?')
  expect(result).toMatchObject({ signal: null, exitCode: 143 })
})

test('a command starts with default signal handling', async () => {
  const { stdout } = await box.exec('a', ['cat', '/proc/self/status'])
  expect(stdout.match(/^Sig(Blk|Ign|Cgt):.*$/gm)).toEqual(['SigBlk:\t0000000000000000', 'SigIgn:\t0000000000000000', 'SigCgt:\t0000000000000000'])
})

test('a broken pipe ends a program quietly', async () => {
  const result = await box.exec('a', 'set -o pipefail; yes | head -n 1 >/dev/null')
  expect(result.exitCode).toBe(128 + constants.signals.SIGPIPE)
  expect(result.stderr).toBe('')
})
