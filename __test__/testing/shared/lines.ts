import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecHandler } from '../../../js/testing/index.js'

/** The shell lines that these tests run, each with a handler that does the same in memory. */
export const LINES: Record<string, ExecHandler> = {
  'echo out; echo err >&2; exit 3': () => ({ stdout: 'out\n', stderr: 'err\n', exitCode: 3 }),
  'sleep 30': () => never(),
  'kill -TERM $$': () => ({ signal: 'SIGTERM' }),
  'echo begun; sleep 60': async ({ stdout }) => {
    await stdout('begun\n')
    return never()
  },
  "trap 'sleep 0.2; echo saved; exit 3' TERM; echo begun; while :; do sleep 0.05; done": async ({ stdout, signal }) => {
    await stdout('begun\n')
    if (!signal.aborted) await once(signal, 'abort')
    await sleep(200)
    return { stdout: 'saved\n', exitCode: 3 }
  },
  'echo a; sleep 0.2; echo b': async ({ stdout }) => {
    await stdout('a\n')
    await sleep(200)
    return 'b\n'
  },
  'printf "%s" "$FIRST $SECOND"': ({ env }) => `${env.FIRST} ${env.SECOND}`,
  pwd: ({ cwd }) => `${cwd}\n`,
  'seq 1 1000': () => numbers(1000),
  'seq 1 300000': async ({ stdout }) => {
    for (const part of numbers(300_000).match(/.{1,8192}/gs) ?? []) await stdout(part)
  },
  "printf '\\xff\\0a'": () => Buffer.from([255, 0, 97]),
  "printf 'x€%.0s' $(seq 100)": () => 'x€'.repeat(100),
}

/** The output of `seq 1 last`. */
export function numbers(last: number): string {
  return Array.from({ length: last }, (_, index) => `${index + 1}\n`).join('')
}

function never(): Promise<never> {
  return new Promise(() => {})
}
