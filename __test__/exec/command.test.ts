import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

test('a string runs under bash', async () => {
  const result = await box.exec('a', 'echo "$0"; [[ -n $BASH_VERSION ]] && echo {1..3} | tr -d " "; printf %s "it\'s" | wc -c')
  expect(result).toMatchObject({ exitCode: 0, stdout: '/bin/bash\n123\n4\n', stderr: '' })
})

test('an array runs without a shell', async () => {
  const result = await box.exec('a', ['printf', '%s|', '$HOME', '`id`', 'a b', '', '*', "'\"", '\n'])
  expect(result.stdout).toBe('$HOME|`id`|a b||*|\'"|\n|')
})

test('shell built-ins, pipes and lists work', async () => {
  const result = await box.exec('a', 'cd /tmp && pwd; type cd; false || echo or; seq 3 | sort -r | paste -sd,; set -o pipefail; false | true')
  expect(result.stdout).toBe('/tmp\ncd is a shell builtin\nor\n3,2,1\n')
  expect(result.exitCode).toBe(1)
})

test('a multi-line script with here-documents runs completely', async () => {
  const result = await box.exec('a', 'cat <<EOF\nfirst $((1+1))\nEOF\nfor i in 1 2; do\n  echo "line $i"\ndone\n')
  expect(result.stdout).toBe('first 2\nline 1\nline 2\n')
})

test('a syntax error is reported by the shell', async () => {
  const result = await box.exec('a', 'if then')
  expect(result.exitCode).toBe(2)
  expect(result.stderr).toContain('syntax error')
})

test('a line that begins with a dash is not taken for a shell option', async () => {
  const result = await box.exec('a', '--version')
  expect(result).toMatchObject({ exitCode: 127, stdout: '' })
})

test('a command that the shell cannot find exits with 127', async () => {
  const result = await box.exec('a', 'no-such-program')
  expect(result).toMatchObject({ exitCode: 127, signal: null, timedOut: false })
  expect(result.stderr).toContain('not found')
})

test.each([
  ['an empty string', ''],
  ['an empty array', []],
  ['an array with an empty program', ['', 'x']],
  ['a NUL in a line', 'echo a\0b'],
  ['a NUL in an argument', ['echo', 'a\0b']],
  ['a number', 7],
  ['null', null],
  ['undefined', undefined],
  ['an object', {}],
  ['an array with a number', ['echo', 7]],
  ['an array with null', ['echo', null]],
])('rejects %s as a command', async (_, command) => {
  const error = await rejection(box.exec('a', command as string), 'INVALID_ARGUMENT')
  expect(error.details).toMatchObject({ argument: 'command' })
})

test('a lone surrogate in a command does no harm', async () => {
  const result = await box.exec('a', ['printf', '%s', 'a\ud800b'])
  expect(result.stdout).toBe('a\ufffdb')
})
