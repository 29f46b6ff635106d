import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
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
  const { status, stderr } = spawnSync('npm', ['install', '--prefix', directory, '--prefer-offline', '--no-audit', '--no-fund', `${name}@${version}`], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`Node ${version} could not be installed:\n${stderr}`)
  return program
}
