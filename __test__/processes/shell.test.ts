import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes()
const ID = 'a'

test('directory, variables, functions, aliases and jobs stay', async () => {
  await using shell = await box.shell(ID, { env: { GIVEN: 'given' } })
  expect(await shell.run('mkdir -p src && cd src && export A=1; f() { echo "f $1 $A $GIVEN"; }; shopt -s expand_aliases; alias hi="echo hi"; sleep 1000 &')).toMatchObject({ exitCode: 0, cwd: '/workspace/src', restarted: false })
  expect(await shell.run('f x; hi; jobs -r | wc -l; pwd')).toMatchObject({ stdout: 'f x 1 given\nhi\n1\n/workspace/src\n', stderr: '', cwd: '/workspace/src' })
})

test('streams are apart and exit codes exact', async () => {
  await using shell = await box.shell(ID)
  expect(await shell.run('echo out; echo err >&2; (exit 7)')).toMatchObject({ stdout: 'out\n', stderr: 'err\n', exitCode: 7, signal: null, timedOut: false, stdoutBytes: 4 })
  expect(await shell.run('echo "was $?"')).toMatchObject({ stdout: 'was 7\n', exitCode: 0 })
  expect(await shell.run('no-such-program')).toMatchObject({ exitCode: 127, restarted: false })
  expect((await shell.run('if then')).exitCode).not.toBe(0)
  expect(await shell.run('echo "$((6*7))"')).toMatchObject({ stdout: '42\n' })
  expect(await shell.run('printf \'%s\' "multi\nline" | wc -l')).toMatchObject({ stdout: '1\n' })
  expect(await shell.run('cat')).toMatchObject({ stdout: '', exitCode: 0 })
})

test('output that looks like the end of a command, or writes where the end is told, does not confuse it', async () => {
  await using shell = await box.shell(ID)
  const lines = 'printf "0\\0/workspace\\0"; for fd in $(ls /proc/self/fd); do [ $fd -gt 2 ] && printf "9\\0/evil\\0" >&$fd; done 2>/dev/null; echo "still here"; false'
  const result = await shell.run(lines)
  expect(result).toMatchObject({ exitCode: 1, cwd: '/workspace' })
  expect(result.stdout).toContain('still here')
  expect(await shell.run('printenv COFFERDAM_CONTROL; echo $?')).toMatchObject({ stdout: '1\n' })
})

test('a deadline ends what was started and keeps the shell', async () => {
  await using shell = await box.shell(ID)
  await shell.run('KEPT=yes')
  const result = await shell.run('echo before; sleep 1000; echo after', { timeout: 300 })
  expect(result).toMatchObject({ exitCode: 124, timedOut: true })
  expect(result.stdout).toContain('before\n')
  expect((await shell.run('echo $KEPT')).stdout).toBe(result.restarted ? '\n' : 'yes\n')
  expect(result.restarted).toBe(false)
})

test('a shell that does not go on is replaced', async () => {
  await using shell = await box.shell(ID)
  expect(await shell.run('LOST=yes; while :; do :; done', { timeout: 200 })).toMatchObject({ exitCode: 124, timedOut: true, restarted: true, cwd: null })
  expect(await shell.run('echo "[$LOST]"')).toMatchObject({ stdout: '[]\n', restarted: false })
})

test('exit ends the shell with its code, and the next command gets a new one', async () => {
  await using shell = await box.shell(ID)
  expect(await shell.run('echo bye; exit 3')).toMatchObject({ stdout: 'bye\n', exitCode: 3, restarted: true, cwd: null })
  expect(await shell.run('echo again')).toMatchObject({ stdout: 'again\n', exitCode: 0, cwd: '/workspace' })
  expect(await shell.run('kill -9 $$')).toMatchObject({ signal: 'SIGKILL', exitCode: 137, restarted: true })
})

test('an abort has the output so far', async () => {
  await using shell = await box.shell(ID)
  const error = await rejection(shell.run('echo before; sleep 1000', { signal: AbortSignal.timeout(300) }), 'ABORTED')
  expect(error.details?.stdout).toContain('before\n')
  expect(await shell.run('echo next')).toMatchObject({ stdout: 'next\n' })
})

test('commands take turns, output arrives as it is written, and much of it is cut', async () => {
  await using shell = await box.shell(ID)
  const seen: string[] = []
  const results = await Promise.all([shell.run('N=1; sleep 0.1; echo $N'), shell.run('N=$((N + 1)); echo $N', { onStdout: (text: string) => seen.push(text) }), shell.run('head -c 3000000 /dev/zero | tr "\\0" x', { outputLimit: 1000 })])
  expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0])
  expect(results[1]!.stdout).toBe('2\n')
  expect(seen.join('')).toBe('2\n')
  expect(results[2]).toMatchObject({ truncated: true, stdoutBytes: 3_000_000 })
  expect(results[2]!.stdout.length).toBeLessThan(1100)
})

test('all output is there when a command has ended, time after time', async () => {
  await using shell = await box.shell(ID)
  for (let round = 0; round < 200; round++) {
    const result = await shell.run(`seq ${round}; echo ${round} >&2`)
    expect(result.stdout.split('\n').length).toBe(round + 1)
    expect(result.stderr).toBe(`${round}\n`)
  }
})

test('a closed shell is closed', async () => {
  const shell = await box.shell(ID)
  await shell.close()
  await rejection(shell.run('true'), 'CLOSED')
  await expect(async () => shell.run('a\0b')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
})
