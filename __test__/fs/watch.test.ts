import { expect, test } from 'vitest'
import type { FileChange, FileWatch } from '../../index.js'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

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

test('changes of commands and of calls are reported, in their order', async () => {
  await fs.mkdir('plain')
  const watch = fs.watch('plain')
  await watch.ready
  await box.exec('a', 'cd plain; echo x > one; mv one two; rm two; mkdir sub; touch sub/deep; touch end')
  const seen = await until(watch, at('create', 'plain/end'))
  expect(seen.filter(({ type }) => type !== 'change')).toEqual([
    { type: 'create', path: 'plain/one' },
    { type: 'rename', path: 'plain/two', from: 'plain/one' },
    { type: 'delete', path: 'plain/two' },
    { type: 'create', path: 'plain/sub' },
    { type: 'create', path: 'plain/end' },
  ])
  expect(seen).toContainEqual({ type: 'change', path: 'plain/one' })
  await fs.appendFile('plain/end', 'more')
  await until(watch, at('change', 'plain/end'))
  await watch.return?.()
})

test('with recursive, directories that are made, moved and filled at once are not missed', async () => {
  await fs.mkdir('tree')
  const watch = fs.watch('tree', { recursive: true })
  await watch.ready
  await box.exec('a', 'cd tree; mkdir -p a/b/c; touch a/b/c/file; mv a z; touch z/b/c/later; mkdir ../outside; touch ../outside/inner; mv ../outside in; touch in/after; mv in/after ..; touch end')
  const seen = await until(watch, at('create', 'tree/end'))
  expect(seen).toContainEqual({ type: 'rename', path: 'tree/z', from: 'tree/a' })
  for (const path of ['tree/in', 'tree/in/inner', 'tree/in/after']) expect(seen).toContainEqual({ type: 'create', path })
  expect(seen).toContainEqual({ type: 'delete', path: 'tree/in/after' })
  const created = seen.flatMap((change) => (change.type === 'create' ? [change.path] : []))
  expect(created.some((path) => /^tree\/[az]\/b\/c\/file$/.test(path))).toBe(true)
  expect(created.some((path) => /^tree\/[az]\/b\/c\/later$/.test(path))).toBe(true)
  await watch.return?.()
})

test('a thousand directories made at once are all watched', async () => {
  await fs.mkdir('many')
  const watch = fs.watch('many', { recursive: true })
  await watch.ready
  await box.exec('a', 'cd many; for i in $(seq 1000); do mkdir d$i; done; touch done')
  await until(watch, at('create', 'many/done'))
  await box.exec('a', 'cd many; for i in $(seq 1000); do : > d$i/file; done; touch all')
  const seen = await until(watch, at('create', 'many/all'))
  expect(seen.filter((change) => change.type === 'create' && change.path.endsWith('/file'))).toHaveLength(1000)
  await watch.return?.()
})

test('more than can be told is an overflow, and the watch goes on', async () => {
  await fs.mkdir('flood')
  const watch = fs.watch('flood')
  await watch.ready
  await box.exec('a', `python3 -c "
import os
os.chdir('flood')
for i in range(120000):
  open('f', 'w').close(); os.rename('f', 'g'); os.unlink('g')
"`, { timeout: 60_000 })
  await until(watch, ({ type }) => type === 'overflow')
  await box.exec('a', 'touch flood/after')
  await until(watch, at('create', 'flood/after'))
  await watch.return?.()
})

test('a watch of a file, two watches of one directory, and their ends', async () => {
  await fs.writeFile('file', 'x')
  const [file, one, two] = [fs.watch('file'), fs.watch('.'), fs.watch('.')]
  await Promise.all([file.ready, one.ready, two.ready])
  await box.exec('a', 'echo more >> file')
  await until(file, at('change', 'file'))
  await until(one, at('change', 'file'))
  await one.return?.()
  await box.exec('a', 'rm file')
  await until(two, at('delete', 'file'))
  await until(file, at('delete', 'file'))
  await expect(file.next()).rejects.toMatchObject({ code: 'ENOENT', syscall: 'watch', path: 'file' })
  expect(await file.next()).toEqual({ done: true, value: undefined })
  const aborted = fs.watch('.', { signal: AbortSignal.timeout(50) })
  await aborted.ready
  await rejection(aborted.next(), 'ABORTED')
  await expect(fs.watch('missing').next()).rejects.toMatchObject({ code: 'ENOENT' })
  await box.stop('a')
  await rejection(two.next(), 'SANDBOX_LOST')
})
