import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where other versions of Node stay from one run to the next. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/cofferdam-node', import.meta.url))

/** The path of this version of Node, which comes from npm's packages of its binaries, for glibc. */
export function nodeOfVersion(version: string): string {
  const name = `node-${process.platform}-${process.arch}`
  const directory = path.join(CACHE, version)
  const program = path.join(directory, 'node_modules', name, 'bin/node')
  if (existsSync(program)) return program
  const { status, stderr } = spawnSync('npm', ['install', '--prefix', directory, '--prefer-offline', '--no-audit', '--no-fund', `${name}@${version}`], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`Node ${version} cannot be installed:\n${stderr}`)
  return program
}
