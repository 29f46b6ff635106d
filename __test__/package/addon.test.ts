import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { expectSuccess, installed, PLATFORM, type Project } from '../support/installed.ts'

let unchanged: Project

beforeAll(async () => {
  unchanged = await installed()
})

/** How an import fails; `platform` is what the process is to take itself for. */
async function importError(project: Project, platform: { platform?: string; arch?: string } = {}) {
  const program = `
    for (const [name, value] of Object.entries(${JSON.stringify(platform)})) Object.defineProperty(process, name, { value })
    const error = await import('cofferdam').then(() => { throw new Error('was imported') }, (error) => error)
    const { name, code, message, hint, details } = error
    console.log(JSON.stringify({ name, code, message, hint, details }))`
  const { stdout } = await expectSuccess(project.run('node', ['--input-type=module', '--eval', program]))
  return JSON.parse(stdout) as { name: string; code: string; message: string; hint: string; details: { platform: string; packages: string[]; reasons: string[] } }
}

const BUILD = /npm ci && npm run build/

test.each([
  { platform: 'darwin', arch: 'arm64' },
  { platform: 'win32', arch: 'x64' },
  { platform: 'linux', arch: 'riscv64' },
  { platform: 'sunos', arch: 'x64' },
])('on $platform/$arch, the import says which platforms have a package, and how to build from source', async ({ platform, arch }) => {
  const { name, code, message, hint, details } = await importError(unchanged, { platform, arch })
  expect({ name, code, message }).toEqual({ name: 'SandboxError', code: 'ADDON_UNAVAILABLE', message: expect.stringContaining(`${platform}-${arch}`) })
  for (const known of ['linux-x64-gnu', 'linux-x64-musl', 'linux-arm64-gnu', 'linux-arm64-musl']) expect(hint).toContain(`cofferdam-${known}`)
  expect(hint).toMatch(BUILD)
  expect(details.packages).toHaveLength(4)
})

const addonPackage = ({ directory }: Project) => path.join(directory, `node_modules/cofferdam-${PLATFORM}`)

test('without the package of this platform, the import says that it is not installed', async () => {
  const project = await installed()
  rmSync(addonPackage(project), { recursive: true })
  const { code, message, hint, details } = await importError(project)
  expect({ code, message }).toEqual({ code: 'ADDON_UNAVAILABLE', message: expect.stringMatching(`linux-${process.arch} is not installed`) })
  expect(hint).toMatch(/optional dependencies/)
  expect(hint).toMatch(BUILD)
  expect(details.reasons.join()).toContain(`Cannot find module 'cofferdam-${PLATFORM}'`)
})

test('with an addon that cannot be loaded, the import says why', async () => {
  const project = await installed()
  writeFileSync(path.join(addonPackage(project), `cofferdam.${PLATFORM}.node`), 'cut short')
  const { code, message, hint } = await importError(project)
  expect(code).toBe('ADDON_UNAVAILABLE')
  expect(message).toMatch(/cannot be loaded: .*(file too short|invalid ELF header)/)
  expect(hint).toMatch(/glibc/)
})

test('`require` fails in the same way', async () => {
  const project = await installed()
  rmSync(addonPackage(project), { recursive: true })
  const { stdout } = await expectSuccess(project.run('node', ['--eval', 'try { require("cofferdam") } catch ({ code }) { console.log(code) }']))
  expect(stdout).toBe('ADDON_UNAVAILABLE\n')
})
