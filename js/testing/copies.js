import { lstat, mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SandboxError } from '../errors/sandbox-error.js'
import { Directory, fileError } from './file-tree.js'

/** Counts what is copied, and enforces the limits. */
export class Budget {
  #limits
  copied = { entries: 0, bytes: 0 }

  constructor(limits) {
    this.#limits = limits
  }

  spend(path, { entries = 0, bytes = 0 }) {
    this.copied.entries += entries
    this.copied.bytes += bytes
    for (const [what, limit] of Object.entries(this.#limits)) {
      if (this.copied[what] <= limit) continue
      throw new SandboxError('FILE_TOO_LARGE', `could not copy ${path}: the total exceeds the limit of ${limit} ${what}`, { details: { path, limit } })
    }
  }
}

/** Reads a path of the host as directories and buffers. Permissions and times are not kept; links are rejected. */
export async function fromHost(hostPath, budget) {
  const read = async (path) => {
    const stat = await attempt(path, () => lstat(path))
    if (stat.isDirectory()) return readAll(path)
    if (stat.isSymbolicLink()) throw fileError('copy', path, 'ELOOP', path === hostPath ? {} : { reason: 'link' })
    if (!stat.isFile()) throw fileError('copy', path, 'EINVAL', { reason: 'kind' })
    budget.spend(path, { bytes: stat.size })
    return attempt(path, () => readFile(path))
  }
  const readAll = async (path) => {
    const directory = new Directory()
    for (const name of await attempt(path, () => readdir(path))) {
      budget.spend(join(path, name), { entries: 1 })
      directory.set(name, await read(join(path, name)))
    }
    return directory
  }
  const found = await read(hostPath)
  if (!(found instanceof Directory)) budget.spend(hostPath, { entries: 1 })
  return found
}

/** Counts everything that is copied from a path. */
export function measure(found, path, budget) {
  if (!(found instanceof Directory)) return budget.spend(path, { entries: 1, bytes: found.length })
  for (const [name, child] of found) {
    if (child instanceof Directory) budget.spend(`${path}/${name}`, { entries: 1 })
    measure(child, `${path}/${name}`, budget)
  }
}

/** Writes directories and buffers to a path of the host; existing directories are merged. */
export async function toHost(found, path) {
  const there = await lstat(path).catch(() => undefined)
  if (found instanceof Directory) {
    if (there && !there.isDirectory()) throw fileError('copy', path, 'ENOTDIR')
    await attempt(path, () => mkdir(path, { recursive: true }))
    for (const [name, child] of found) await toHost(child, join(path, name))
  } else {
    if (there?.isDirectory()) throw fileError('copy', path, 'EISDIR')
    await attempt(path, () => mkdir(dirname(path), { recursive: true }))
    await attempt(path, () => writeFile(path, found))
  }
}

async function attempt(path, operation) {
  try {
    return await operation()
  } catch ({ code }) {
    throw fileError('copy', path, code)
  }
}
