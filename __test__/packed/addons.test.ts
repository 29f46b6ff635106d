import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packedAddon, programsIn } from './packages.ts'

const directory = mkdtempSync(path.join(tmpdir(), 'cofferdam-addons-'))
afterAll(() => rmSync(directory, { recursive: true }))

const GNU = /^(ld-linux-(x86-64|aarch64)\.so\.\d|lib(c|m|dl|pthread|rt|util|gcc_s)\.so\.\d)$/
const MUSL = /^libc\.so$/

describe.each([
  { platform: 'linux-x64-gnu', machine: 'Advanced Micro Devices X86-64', libraries: GNU },
  { platform: 'linux-x64-musl', machine: 'Advanced Micro Devices X86-64', libraries: MUSL },
  { platform: 'linux-arm64-gnu', machine: 'AArch64', libraries: GNU },
  { platform: 'linux-arm64-musl', machine: 'AArch64', libraries: MUSL },
])('the addon for $platform', ({ platform, machine, libraries }) => {
  let addon = ''
  const readelf = (...options: string[]) => execFileSync('readelf', ['--wide', ...options, addon], { encoding: 'utf8' })
  beforeAll(() => {
    addon = packedAddon(platform, directory)
  })

  test('is built for its architecture', () => {
    expect(/^ *Machine: +(.*)$/m.exec(readelf('--file-header'))?.[1]).toBe(machine)
  })

  test('depends only on the C library', () => {
    const needed = [...readelf('--dynamic').matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name)
    expect(needed.length).toBeGreaterThan(0)
    for (const name of needed) expect(name).toMatch(libraries)
  })

  test('needs no newer glibc than Node itself (2.28)', () => {
    const versions = [...readelf('--version-info').matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor))
    expect(versions.length > 0).toBe(libraries === GNU)
    expect(Math.max(0, ...versions)).toBeLessThanOrEqual(28)
  })

  test('can be loaded by Node', () => {
    expect(readelf('--dyn-syms')).toMatch(/ GLOBAL +DEFAULT +\d+ napi_register_module_v1$/m)
  })

  test('embeds a static agent for each architecture, the same as every other addon', () => {
    const agents = programsIn(addon)
    expect(agents).toMatchObject([{ machine: 'aarch64', isStatic: true }, { machine: 'x86_64', isStatic: true }])
    expect(agents).toEqual(programsIn(packedAddon('linux-x64-gnu', directory)))
  })
})
