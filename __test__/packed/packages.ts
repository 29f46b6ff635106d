import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where `npm run pack` puts the packages. */
export const DIST = fileURLToPath(new URL('../../dist', import.meta.url))

/** Extracts a platform's addon from its package and returns its path. */
export function packedAddon(platform: string, directory: string): string {
  const tarball = readdirSync(DIST).find((file) => file.startsWith(`cofferdam-${platform}-`))
  if (!tarball) throw new Error(`no package for ${platform} in ${DIST}; run npm run pack`)
  const target = path.join(directory, platform)
  const addon = path.join(target, `package/cofferdam.${platform}.node`)
  if (existsSync(addon)) return addon
  mkdirSync(target, { recursive: true })
  execFileSync('tar', ['--extract', '--directory', target, '--file', path.join(DIST, tarball)])
  return addon
}

export interface EmbeddedProgram {
  machine: string
  /** Whether the program needs neither a loader nor libraries. */
  isStatic: boolean
  sha256: string
}

const MACHINES: Record<number, string> = { 62: 'x86_64', 183: 'aarch64' }
const INTERPRETER = 3

/** The ELF programs embedded in an addon. */
export function programsIn(addon: string): EmbeddedProgram[] {
  const file = readFileSync(addon)
  const programs: EmbeddedProgram[] = []
  for (let at = file.indexOf('\x7fELF', 1, 'latin1'); at >= 0; at = file.indexOf('\x7fELF', at + 1, 'latin1')) {
    const machine = MACHINES[file.readUInt16LE(at + 18)]
    // The magic number alone is not a program.
    if (!machine || file.readUInt16LE(at + 52) !== 64) continue
    const headers = at + Number(file.readBigUInt64LE(at + 32))
    const types = Array.from({ length: file.readUInt16LE(at + 56) }, (_, index) => file.readUInt32LE(headers + index * file.readUInt16LE(at + 54)))
    // The section header table is at the end of the program.
    const end = at + Number(file.readBigUInt64LE(at + 40)) + file.readUInt16LE(at + 58) * file.readUInt16LE(at + 60)
    programs.push({ machine, isStatic: !types.includes(INTERPRETER), sha256: createHash('sha256').update(file.subarray(at, end)).digest('hex') })
  }
  return programs.sort((a, b) => a.machine.localeCompare(b.machine))
}
