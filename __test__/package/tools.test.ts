import { copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { expectSuccess, installed, newProject, type Project, type Ran } from '../support/installed.ts'
import { newDataDir } from '../support/sandboxes.ts'

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))
const [bun, deno] = process.arch === 'arm64' ? ['@oven/bun-linux-aarch64', '@deno/linux-arm64-glibc'] : ['@oven/bun-linux-x64', '@deno/linux-x64-glibc']

/** Other people's tools. */
const TOOLS = ['jest@30.5.2', 'esbuild@0.28.2', 'webpack@5.113.0', `${bun}@1.4.5`, `${deno}@2.9.6`, 'pnpm@10.12.1', '@yarnpkg/cli-dist@4.18.1']

/** Calls the engine, and prints what shows that the addon works. */
const USE = 'new DockerManager().version().then(({ Os }) => console.log(Os, typeof DockerSandbox))'
const ESM = `import { DockerManager } from 'cofferdam'\nimport { DockerSandbox } from 'cofferdam/testing'\n${USE}\n`
const CJS = `const { DockerManager } = require('cofferdam')\nconst { DockerSandbox } = require('cofferdam/testing')\n${USE}\n`
const WORKS = 'linux function\n'

const JEST = `
const { DockerManager, SandboxError } = require('cofferdam')
const { DockerSandbox } = require('cofferdam/testing')
const { sandboxSession } = require('cofferdam/ai-sdk')
test('the engine answers, and the double runs', async () => {
  const manager = new DockerManager()
  expect((await manager.version()).Os).toBe('linux')
  await manager.close()
  await expect(manager.ping()).rejects.toThrow(SandboxError)
  expect(sandboxSession).toBeInstanceOf(Function)
  const sandboxes = new DockerSandbox()
  await sandboxes.writeFile('a', 'x', 'y')
  expect(await sandboxes.readFile('a', 'x')).toBe('y')
})
`

let project: Project

beforeAll(async () => {
  project = await installed()
  await expectSuccess(project.run('npm', ['install', '--prefer-offline', '--no-save', '--ignore-scripts', ...TOOLS]))
  project.write('use.mjs', ESM)
  project.write('use.cjs', CJS)
}, 180_000)

const tool = (file: string, ...args: string[]) => project.run('node', [path.join('node_modules', file), ...args], { env: { CI: 'true' } })
const output = async (ran: Promise<Ran>) => (await expectSuccess(ran)).stdout

/** What a program prints of the failure to import the package. */
const FAILURE = `.catch(({ code, hint }) => console.log(code, hint))`

test('jest requires the package, with its defaults, in several files', async () => {
  for (const name of ['one', 'two']) project.write(`${name}.test.js`, JEST)
  const { stderr } = await expectSuccess(tool('jest/bin/jest.js', '--ci'))
  expect(stderr).toMatch(/Tests: +2 passed/)
})

test.each(['esm', 'cjs'])('a bundle of esbuild runs where the package is installed (%s), and says what it needs elsewhere', async (format) => {
  const bundle = `dist/${format}/app.${format === 'esm' ? 'mjs' : 'cjs'}`
  for (const [entry, source] of [['use.mjs', bundle], ['use.cjs', bundle.replace('app', 'required')]] as const) {
    await expectSuccess(tool('esbuild/bin/esbuild', entry, '--bundle', '--platform=node', `--format=${format}`, `--outfile=${source}`, '--log-level=error'))
    // Requiring built-in modules in an ES module is what esbuild itself can't do.
    if (format === 'esm' && entry === 'use.cjs') continue
    expect(await output(project.run('node', [source]))).toBe(WORKS)
  }
  // Beside another package.json, which is none of our business.
  const elsewhere = await newProject({ published: false })
  elsewhere.write('package.json', '{ "name": "other", "optionalDependencies": { "misleading": "1" } }')
  copyFileSync(path.join(project.directory, bundle), path.join(elsewhere.directory, path.basename(bundle)))
  const { stdout } = await expectSuccess(elsewhere.run('node', ['--input-type=module', '--eval', `await import('./${path.basename(bundle)}')${FAILURE}`]))
  expect(stdout).toMatch(/^ADDON_UNAVAILABLE .*npm install cofferdam.*--external:cofferdam/s)
  expect(stdout).not.toContain('misleading')
})

test('a bundle of webpack runs', async () => {
  project.write('webpack.mjs', `import webpack from 'webpack'
    webpack({ mode: 'production', target: 'node', entry: './use.mjs', output: { path: process.cwd() + '/dist/webpack', filename: 'app.cjs' } }, (error, stats) => {
      if (error || stats.hasErrors()) throw error ?? new Error(stats.toString())
    })`)
  await expectSuccess(project.run('node', ['webpack.mjs']))
  expect(await output(project.run('node', ['dist/webpack/app.cjs']))).toBe(WORKS)
})

test.each([
  ['Bun', `node_modules/${bun}/bin/bun`, ['run']],
  ['Deno', `node_modules/${deno}/deno`, ['run', '--allow-all', '--no-prompt']],
])('%s imports and requires the package', async (_, binary, args) => {
  const env = { DENO_DIR: newDataDir(), BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0', DO_NOT_TRACK: '1', DENO_NO_UPDATE_CHECK: '1' }
  for (const file of ['use.mjs', 'use.cjs']) expect(await output(project.run('env', [path.join(project.directory, binary), ...args, file], { env }))).toBe(WORKS)
})

/** A second project, with the tools of the first. */
async function withTools(files: Record<string, string>): Promise<Project> {
  const other = await newProject()
  for (const [name, content] of Object.entries({ 'package.json': '{ "name": "app", "private": true }', 'use.mjs': ESM, 'use.cjs': CJS, ...files })) other.write(name, content)
  return other
}

test('pnpm installs the package so that it works', async () => {
  const other = await withTools({ '.npmrc': 'store-dir=.store\n' })
  const pnpm = path.join(project.directory, 'node_modules/pnpm/bin/pnpm.cjs')
  await expectSuccess(other.run('node', [pnpm, 'add', 'cofferdam'], { env: { CI: 'true' } }))
  for (const file of ['use.mjs', 'use.cjs']) expect(await output(other.run('node', [file]))).toBe(WORKS)
  // A bundle finds the addon's package, which is not beside it.
  await expectSuccess(other.run('node', [path.join(project.directory, 'node_modules/esbuild/bin/esbuild'), 'use.mjs', '--bundle', '--platform=node', '--format=esm', '--outfile=app.mjs', '--log-level=error']))
  expect(await output(other.run('node', ['app.mjs']))).toBe(WORKS)
})

test('Yarn’s Plug’n’Play finds the addon', async () => {
  const other = await withTools({ 'yarn.lock': '' })
  const { npm_config_registry: registry = '' } = other.env
  other.write('.yarnrc.yml', `nodeLinker: pnp\nnpmRegistryServer: ${registry}\nunsafeHttpWhitelist: ['127.0.0.1']\nenableTelemetry: false\nnpmMinimalAgeGate: 0\nenableGlobalCache: false\nglobalFolder: .yarn/global\n`)
  const yarn = (...args: string[]) => other.run('node', [path.join(project.directory, 'node_modules/@yarnpkg/cli-dist/bin/yarn.js'), ...args], { env: { YARN_IGNORE_PATH: '1' } })
  await expectSuccess(yarn('add', 'cofferdam'))
  expect(existsSync(path.join(other.directory, 'node_modules'))).toBe(false)
  for (const file of ['use.mjs', 'use.cjs']) expect(await output(yarn('node', file))).toBe(WORKS)
})

test('an installation without optional packages says how to mend it', async () => {
  const other = await newProject()
  other.write('package.json', '{ "name": "app", "private": true, "dependencies": { "cofferdam": "*" } }')
  await expectSuccess(other.run('npm', ['install', '--package-lock-only']))
  await expectSuccess(other.run('npm', ['ci', '--omit=optional']))
  expect(readdirSync(path.join(other.directory, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['cofferdam'])
  const { stdout } = await expectSuccess(other.run('node', ['--input-type=module', '--eval', `await import('cofferdam')${FAILURE}`]))
  expect(stdout).toMatch(/^ADDON_UNAVAILABLE .*npm install --include=optional/)
})

test('a linked checkout works, in Node and in jest', async () => {
  const other = await withTools({ 'link.test.js': JEST })
  mkdirSync(path.join(other.directory, 'node_modules'))
  symlinkSync(REPOSITORY, path.join(other.directory, 'node_modules/cofferdam'))
  for (const file of ['use.mjs', 'use.cjs']) expect(await output(other.run('node', [file]))).toBe(WORKS)
  const { stderr } = await expectSuccess(other.run('node', [path.join(project.directory, 'node_modules/jest/bin/jest.js'), '--ci', '--rootDir', other.directory], { env: { CI: 'true' } }))
  expect(stderr).toMatch(/Tests: +1 passed/)
})

test('`import` and `require` of Node load the same classes', async () => {
  const program = `const { createRequire } = await import('node:module'); const all = createRequire(process.cwd() + '/x')('cofferdam'); console.log(all.DockerSandbox === (await import('cofferdam')).DockerSandbox)`
  expect(await output(project.run('node', ['--input-type=module', '--eval', program]))).toBe('true\n')
})

test('npx cofferdam does what the scripts do', async () => {
  const npx = (...args: string[]) => project.run('node', ['node_modules/.bin/cofferdam', ...args])
  expect(await output(project.run('npx', ['cofferdam', 'version']))).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect(await output(npx('doctor'))).toContain('sandboxes can be created')
  expect(JSON.parse(await output(npx('doctor', '--json')))).toMatchObject({ ok: true, problems: [] })
  expect(await output(npx('build-image', '--help'))).toContain('--if-missing')
  expect(await output(npx())).toContain('cofferdam build-image')
  const missing = await project.run('node', ['node_modules/.bin/cofferdam', 'doctor'], { env: { DOCKER_HOST: 'unix:///nonexistent.sock' } })
  expect(missing).toMatchObject({ code: 1, stdout: expect.stringContaining('/nonexistent.sock') })
  expect(await npx('no-such-command')).toMatchObject({ code: 2, stderr: expect.stringContaining('cofferdam doctor') })
  expect(await npx('doctor', '--jsn')).toMatchObject({ code: 2, stderr: expect.stringContaining('--jsn') })
})
