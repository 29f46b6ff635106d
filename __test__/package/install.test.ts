import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { expectSuccess, installed, newProject, PLATFORM, tarballOf, type Project } from '../support/installed.ts'

const PLATFORMS = ['linux-arm64-gnu', 'linux-arm64-musl', 'linux-x64-gnu', 'linux-x64-musl']

const OURS = `cofferdam-${PLATFORM}`

let project: Project

beforeAll(async () => {
  project = await installed()
})

const contents = (name: string) => execFileSync('tar', ['--list', '--file', tarballOf(name)], { encoding: 'utf8' }).trim().split('\n').map((file) => file.replace(/^package\//, ''))
const textOf = (name: string, file: string) => execFileSync('tar', ['--extract', '--to-stdout', '--file', tarballOf(name), `package/${file}`], { encoding: 'utf8' })
const manifest = (name: string) => JSON.parse(textOf(name, 'package.json')) as Record<string, any>

test('npm installs the main package and this platform’s addon, and nothing else', () => {
  const installedPackages = readdirSync(path.join(project.directory, 'node_modules')).filter((name) => !name.startsWith('.'))
  expect(installedPackages).toEqual(['cofferdam', OURS])
})

test('the main package has no compiled code and depends on the platform packages of the same version', () => {
  expect(contents('cofferdam').filter((file) => file.endsWith('.node'))).toEqual([])
  const { version, optionalDependencies, dependencies } = manifest('cofferdam')
  expect(optionalDependencies).toEqual(Object.fromEntries(PLATFORMS.map((platform) => [`cofferdam-${platform}`, version])))
  expect(dependencies).toBeUndefined()
})

test.each(PLATFORMS)('the package for %s has its addon and declares its platform', (platform) => {
  const addon = `cofferdam.${platform}.node`
  const [os, cpu, libc] = platform.split('-')
  expect(contents(`cofferdam-${platform}`).sort()).toEqual(['LICENSE', 'README.md', 'THIRD-PARTY.txt', addon, 'package.json'].sort())
  const { version, engines } = manifest('cofferdam')
  expect(manifest(`cofferdam-${platform}`)).toMatchObject({ version, main: addon, os: [os], cpu: [cpu], libc: [libc === 'gnu' ? 'glibc' : libc], engines, license: 'MIT' })
})

test('the addon’s package includes the licences of its crates', () => {
  const notices = textOf(OURS, 'THIRD-PARTY.txt')
  for (const crate of ['tokio', 'rustls', 'ring', 'yamux', 'napi']) expect(notices).toMatch(new RegExp(`^${crate} \\d+\\.\\d+\\S* \\(.+\\)$`, 'm'))
  // Crates that only tests need are in no binary.
  expect(notices).not.toMatch(/^(rcgen|tempfile) /m)
})

test('packages have no install scripts', () => {
  for (const name of ['cofferdam', ...PLATFORMS.map((platform) => `cofferdam-${platform}`)]) expect(manifest(name).scripts, name).toBeUndefined()
})

test('the package of this platform is at most 8 MiB to download', () => {
  const { size } = statSync(tarballOf(OURS))
  console.log(`${OURS}: ${(size / 2 ** 20).toFixed(2)} MiB`)
  expect(size).toBeLessThanOrEqual(8 * 2 ** 20)
})

test('the package, its lock file, its crates and its loader have the same version', () => {
  const source = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  const { version } = JSON.parse(source('package.json')) as { version: string }
  expect((JSON.parse(source('package-lock.json')) as { version: string }).version).toBe(version)
  expect(/^\[workspace\.package\]\nversion = "(.*)"$/m.exec(source('Cargo.toml'))?.[1]).toBe(version)
  const crates = [...source('Cargo.lock').matchAll(/^name = "(cofferdam[^"]*)"\nversion = "(.*)"$/gm)].map(([, crate, locked]) => [crate, locked])
  expect(Object.fromEntries(crates)).toMatchObject({ cofferdam: version, 'cofferdam-agent': version, 'cofferdam-core': version })
  expect(new Set(crates.map(([, locked]) => locked))).toEqual(new Set([version]))
  expect(source('native.cjs')).toContain(`bindingPackageVersion !== '${version}'`)
  expect(JSON.parse(source('examples/nuxt/package.json'))).toMatchObject({ dependencies: { cofferdam: version } })
  const { packages } = JSON.parse(source('examples/nuxt/package-lock.json')) as { packages: Record<string, { version: string }> }
  const ours = ['cofferdam', ...PLATFORMS.map((platform) => `cofferdam-${platform}`)]
  expect(ours.map((name) => packages[`node_modules/${name}`]?.version)).toEqual(ours.map(() => version))
})

test('tarballs can be installed from files while the registry lacks the packages', async () => {
  const alone = await newProject({ published: false })
  await expectSuccess(alone.run('npm', ['install', tarballOf(OURS), tarballOf('cofferdam')]))
  const { stdout } = await expectSuccess(alone.run('node', ['--print', 'typeof require("cofferdam").DockerSandbox + typeof require("cofferdam/testing").DockerSandbox']))
  expect(stdout).toBe('functionfunction\n')
})

test('importing the installed package takes less than half of what dockerode takes', async () => {
  // CPU time, because other tests use the machine at the same time.
  const least = async (specifier: string) => {
    const program = `
      const used = process.cpuUsage()
      await import(${JSON.stringify(specifier)})
      const { user, system } = process.cpuUsage(used)
      console.log((user + system) / 1000)`
    const runs: number[] = []
    for (let run = 0; run < 8; run++) {
      const { stdout } = await expectSuccess(project.run('node', ['--input-type=module', '--eval', program]))
      runs.push(Number(stdout))
    }
    return Math.min(...runs)
  }
  const ours = await least('cofferdam')
  const dockerode = await least(import.meta.resolve('dockerode'))
  console.log(`import 'cofferdam': ${ours.toFixed(1)} ms of CPU time, dockerode: ${dockerode.toFixed(1)} ms (best of 8)`)
  expect(ours).toBeLessThan(dockerode / 2)
})
