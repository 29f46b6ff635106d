import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdtempSync, readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { CopyResult, SandboxError } from '../../index.js'
import { cleanUp } from './sandboxes.ts'

/** A directory on the host for trees of any depth, removed afterwards. Deep trees are faster in memory. */
export function treeDirectory({ inMemory = false } = {}): string {
  const parent = inMemory && existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const directory = mkdtempSync(path.join(parent, 'cofferdam-tree-'))
  // Node's own removal is recursive and fails for deep trees.
  cleanUp(() => spawnSync('rm', ['-rf', directory]))
  return directory
}

/** Everything below a directory of the host: path → type, mode and content. Does not follow links. */
export function tree(top: string): Record<string, string> {
  const names = readdirSync(top, { recursive: true, encoding: 'utf8' }).sort()
  return Object.fromEntries(names.map((name) => [name, describe(path.join(top, name))]))
}

function describe(file: string): string {
  const stat = lstatSync(file)
  const mode = (stat.mode & 0o7777).toString(8)
  if (stat.isDirectory()) return `directory ${mode}`
  if (stat.isSymbolicLink()) return `link ${readlinkSync(file)}`
  return stat.isFile() ? `file ${mode} ${readFileSync(file, 'utf8')}` : 'other'
}

/** The part of a copy that an error reports as done. */
export function copied({ details }: SandboxError): CopyResult {
  return details?.['copied'] as CopyResult
}
