import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import type { FileChange, FileWatch } from '../../index.js'
import { newSandboxes } from '../support/sandboxes.ts'

// Takes every inotify instance of the machine's root for a moment.

const box = newSandboxes({ network: 'none' })
const fs = box.fs('a')

/** Reads changes until one of them is what is waited for. Returns all. */
async function until(watch: FileWatch, is: (change: FileChange) => boolean): Promise<FileChange[]> {
  const seen: FileChange[] = []
  for (;;) {
    const { value, done } = await watch.next()
    if (done) throw new Error(`ended after ${JSON.stringify(seen)}`)
    seen.push(value)
    if (is(value)) return seen
  }
}

const at = (type: string, path: string) => (change: FileChange) => change.type === type && 'path' in change && change.path === path

test('where no watches are left, the agent looks, and says so', async () => {
  await fs.mkdir('poll')
  const giveBack = await takeInstances()
  try {
    const watch = fs.watch('poll', { recursive: true })
    expect(await watch.next()).toEqual({ done: false, value: { type: 'polling' } })
    await box.exec('a', 'mkdir poll/d; echo x > poll/d/f')
    const seen = await until(watch, at('create', 'poll/d/f'))
    expect(seen).toEqual([{ type: 'create', path: 'poll/d' }, { type: 'create', path: 'poll/d/f' }])
    await box.exec('a', 'mv poll/d/f poll/g')
    await until(watch, (change) => change.type === 'rename' && change.path === 'poll/g' && change.from === 'poll/d/f')
    await watch.return?.()
  } finally {
    giveBack()
  }
})

/** Takes all inotify instances that the kernel still gives this user, which is the agent's, too. */
async function takeInstances(): Promise<() => void> {
  const taker = spawn('python3', ['-c', `
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
while libc.inotify_init() >= 0: pass
print('taken', flush=True)
sys.stdin.read()`], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(taker.stdout, 'data')
  return () => void taker.kill()
}
