import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { cleanUp } from '../support/sandboxes.ts'
import { directories, newExecutor } from '../support/tasks.ts'

const isRoot = process.getuid?.() === 0

/** A directory of root's with files that only root may read. */
function rootsDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'cofferdam-of-root-'))
  cleanUp(() => rmSync(directory, { recursive: true, force: true }))
  mkdirSync(path.join(directory, 'src'), { mode: 0o700 })
  writeFileSync(path.join(directory, 'src/file'), 'secret', { mode: 0o600 })
  return directory
}

/** All files with their owners, modes and contents. */
function everything(directory: string): Record<string, unknown> {
  const names = ['.', ...readdirSync(directory, { recursive: true }).map(String)]
  return Object.fromEntries(
    names.map((name) => {
      const { uid, gid, mode, mtimeMs } = statSync(path.join(directory, name))
      return [name, { uid, gid, mode, mtimeMs, content: mode & 0o100000 ? readFileSync(path.join(directory, name), 'utf8') : null }]
    }),
  )
}

test.runIf(isRoot)('a task works on a copy of a directory of root’s, and says so', async () => {
  const directory = rootsDirectory()
  writeFileSync(path.join(directory, 'of-user'), '')
  chownSync(path.join(directory, 'of-user'), 1000, 1000)
  writeFileSync(path.join(directory, 'run.sh'), '#!/bin/sh\necho ran\n')
  chmodSync(path.join(directory, 'run.sh'), 0o755)
  const before = everything(directory)
  const lines: string[] = []
  const { executor, tasksDir } = newExecutor({ logLevel: 'warn', log: (line) => void lines.push(line) })
  const command = './run.sh; cat src/file src/given; echo more >> src/file; mkdir out; chmod u+s run.sh; ln -s /etc out/link; rm of-user; stat -c %u . src src/file out run.sh'
  const result = await executor.execute(command, directory, { files: { 'src/given': 'given\n' } })
  expect(result).toMatchObject({ stdout: 'ran\nsecretgiven\n1000\n1000\n1000\n1000\n1000\n', stderr: '', workspace: 'copied', cleanup: { done: true } })
  expect(everything(directory)).toEqual(before)
  expect(directories(tasksDir)).toEqual([])
  expect(lines.join()).toMatch(/belongs to root.*copy.*chownWorkspace/)
})

test.runIf(isRoot)('many tasks at once have copies of one directory', async () => {
  const directory = rootsDirectory()
  const { executor } = newExecutor()
  const results = await Promise.all(Array.from({ length: 6 }, (_, index) => executor.execute(`cat src/file; echo ${index} > file; ls`, directory)))
  for (const { stdout } of results) expect(stdout).toBe('secretfile\nsrc\n')
})

test.runIf(isRoot)('what cannot be copied is an error that names the option which helps', async () => {
  const directory = rootsDirectory()
  symlinkSync('/etc/shadow', path.join(directory, 'link'))
  const { executor } = newExecutor()
  const error = await rejection(executor.execute('true', directory), 'FILE_ERROR')
  expect(error.hint).toContain('chownWorkspace')
  expect(error.message).toContain(directory)
  const large = rootsDirectory()
  writeFileSync(path.join(large, 'large'), Buffer.alloc(8 << 20, 1))
  await rejection(newExecutor({ disk: '4m' }).executor.execute('true', large), 'DISK_LIMIT')
})

test.runIf(isRoot)('a directory of root’s is given to a task if asked, and nothing outside of it', async () => {
  const directory = rootsDirectory()
  const { executor } = newExecutor()
  const { stdout, workspace } = await executor.execute('cat src/file; id -u', directory, { chownWorkspace: true })
  expect({ stdout, workspace }).toEqual({ stdout: 'secret1000\n', workspace: 'mounted' })
  expect(statSync(path.join(directory, 'src/file')).uid).toBe(1000)
})

test('the result tells a directory of the task’s own from the caller’s', async () => {
  const { executor } = newExecutor()
  expect((await executor.execute('true')).workspace).toBe('own')
  const directory = rootsDirectory()
  chownSync(directory, 1000, 1000)
  expect((await executor.execute('true', directory)).workspace).toBe('mounted')
  const host = newExecutor({ isolation: 'host' }).executor
  expect((await host.execute('true')).workspace).toBe('own')
  expect((await host.execute('true', directory)).workspace).toBe('mounted')
})
