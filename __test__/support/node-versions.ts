import { spawnSync } from 'node:child_process'
import { existsSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The directory in which other versions of Node are kept between runs. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/cofferdam-node', import.meta.url))

/** Installs a version of Node (for glibc) from npm and returns its path. */
export function nodeOfVersion(version: string): string {
  const name = `node-${process.platform}-${process.arch}`
  const directory = path.join(CACHE, version)
  const program = path.join(directory, 'node_modules', name, 'bin/node')
  if (existsSync(program)) return program
  // Test files run at the same time: each installs its own, and the first one to finish is kept.
  const own = `${directory}.${process.pid}`
  const { status, stderr } = spawnSync('npm', ['install', '--prefix', own, '--prefer-offline', '--no-audit', '--no-fund', `${name}@${version}`], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`Node ${version} could not be installed:\n${stderr}`)
  try {
    renameSync(own, directory)
  } catch {
    rmSync(own, { recursive: true, force: true })
  }
  return program
}
