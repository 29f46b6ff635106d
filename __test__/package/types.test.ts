import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { installed, PLATFORM, tarballOf } from '../support/installed.ts'

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url))

/** Runs a tool of node_modules. */
function run(tool: string, args: string[], cwd?: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(path.join(MODULES, '.bin', tool), args, { cwd, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } })
  return { status, output: stdout + stderr }
}

test.each(['cofferdam', `cofferdam-${PLATFORM}`])('publint finds nothing wrong with %s', (name) => {
  expect(run('publint', ['run', '--strict', tarballOf(name)])).toEqual({ status: 0, output: expect.stringContaining('All good!') })
})

test('types and code resolve together in every module system', () => {
  // Not with the resolution that ignores `exports`, which does not find `cofferdam/testing`. Nuxt always imports its modules, and `native` is for
  // bundles of this package alone.
  expect(run('attw', [tarballOf('cofferdam'), '--profile', 'node16', '--exclude-entrypoints', 'nuxt', 'native']).status).toBe(0)
})

const ESM = `
import { DockerSandbox, SandboxError, type ErrorCode, type ExecResult } from 'cofferdam'
import { DockerSandbox as MemoryDockerSandbox } from 'cofferdam/testing'
const sandboxes: InstanceType<typeof DockerSandbox> = new MemoryDockerSandbox()
const result: Promise<ExecResult> = new DockerSandbox({ memory: '1g' }).exec('a', 'true', { timeout: 1000 })
result.catch((error: unknown) => { if (error instanceof SandboxError) { const code: ErrorCode = error.code; console.log(code) } })
// @ts-expect-error a misspelled option
new DockerSandbox({ memry: '1g' })
`
const CJS = ESM.replace("import { DockerSandbox as MemoryDockerSandbox } from 'cofferdam/testing'", "import testing = require('cofferdam/testing')\nimport MemoryDockerSandbox = testing.DockerSandbox").replace(/import (.*), type ErrorCode, type ExecResult } from 'cofferdam'/, "import cofferdam = require('cofferdam')\nimport type { ErrorCode, ExecResult } from 'cofferdam'\nconst $1 } = cofferdam")

test('a user’s TypeScript compiles, as ES modules, as CommonJS and for a bundler', async () => {
  const project = await installed()
  mkdirSync(path.join(project.directory, 'node_modules/@types'))
  for (const name of ['@types/node', 'undici-types']) symlinkSync(path.join(MODULES, name), path.join(project.directory, 'node_modules', name))
  project.write('esm.mts', ESM)
  project.write('cjs.cts', CJS)
  project.write('bundled.ts', ESM)
  const compile = (module: string, resolution: string, file: string) =>
    run('tsc', ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,esnext.disposable', '--types', 'node', '--module', module, '--moduleResolution', resolution, file], project.directory)
  expect(compile('node16', 'node16', 'esm.mts')).toEqual({ status: 0, output: '' })
  expect(compile('node16', 'node16', 'cjs.cts')).toEqual({ status: 0, output: '' })
  expect(compile('nodenext', 'nodenext', 'cjs.cts')).toEqual({ status: 0, output: '' })
  expect(compile('preserve', 'bundler', 'bundled.ts')).toEqual({ status: 0, output: '' })
})
