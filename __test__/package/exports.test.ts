import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import * as cofferdam from '../../index.js'

const source = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')

/** The names of the values that a declaration file exports. */
const declared = (text: string) => [...text.matchAll(/^export (?:declare )?(?:class|function|const) (\w+)/gm)].flatMap(([, name]) => name ?? []).sort()

test('index.js exports what index.d.ts declares', () => {
  expect(Object.keys(cofferdam).sort()).toEqual(declared(source('index.d.ts')))
  expect(Object.keys(cofferdam).sort()).toEqual(['DockerExecutor', 'DockerManager', 'DockerSandbox', 'FsFileHandle', 'NetworkManager', 'Process', 'Sandbox', 'SandboxError', 'SandboxFs', 'SandboxManager', 'Shell', 'VolumeManager', 'doctor'])
})

test.each([
  ['DockerSandbox', cofferdam.DockerSandbox],
  ['Sandbox', cofferdam.Sandbox],
  ['DockerManager', cofferdam.DockerManager],
  ['NetworkManager', cofferdam.NetworkManager],
  ['VolumeManager', cofferdam.VolumeManager],
])('the class %s has the methods that index.d.ts declares', (name, { prototype }) => {
  const body = source('index.d.ts').split(`export class ${name} {`)[1]?.split('\n}\n')[0] ?? ''
  const methods = [...new Set([...body.matchAll(/^ {2}(\w+)\(/gm)].flatMap(([, method]) => method ?? []))]
  expect(namesOf(prototype)).toEqual([...new Set([...methods, 'constructor'])].sort())
})

/** The names of a prototype's methods, also of those that it inherits. */
function namesOf(prototype: object): string[] {
  const chain: object[] = []
  for (let one = prototype; one !== Object.prototype; one = Object.getPrototypeOf(one)) chain.push(one)
  return [...new Set(chain.flatMap(Object.getOwnPropertyNames))].sort()
}

test('native.d.ts and native.cjs match the built addon', () => {
  const native = createRequire(import.meta.url)('../../native.cjs') as Record<string, unknown>
  const built = Object.keys(native).sort()
  // A class may also be exported under the name of its Rust type.
  const aliases = [...source('native.d.ts').matchAll(/^export type (\w+) = \w+$/gm)].flatMap(([, name]) => name ?? [])
  expect([...declared(source('native.d.ts')), ...aliases].sort()).toEqual(built)
  const assigned = [...source('native.cjs').matchAll(/^module\.exports\.(\w+) = /gm)].flatMap(([, name]) => name ?? [])
  expect(assigned.sort()).toEqual(built)
})

test.each(['Cancellation', 'NativeChecks', 'NativeEvents', 'NativeSandboxes', 'NativeSessions', 'NativeTasks', 'OutputStream'])('native.d.ts declares the methods of the addon’s class %s', (name) => {
  const native = createRequire(import.meta.url)('../../native.cjs') as Record<string, { prototype: object }>
  const body = source('native.d.ts').split(`export declare class ${name} {`)[1]?.split('\n}\n')[0] ?? ''
  const methods = [...body.matchAll(/^ {2}(\w+)\(/gm)].flatMap(([, method]) => method ?? [])
  expect(Object.getOwnPropertyNames(native[name]?.prototype).sort()).toEqual(methods.sort())
})

test('the package can be imported by its name', () => {
  const cwd = new URL('../..', import.meta.url)
  const run = (...args: string[]) => execFileSync(process.execPath, args, { cwd, encoding: 'utf8' }).trim()
  const names = 'DockerExecutor,DockerManager,DockerSandbox,FsFileHandle,NetworkManager,Process,Sandbox,SandboxError,SandboxFs,SandboxManager,Shell,VolumeManager,doctor'
  expect(run('--input-type=module', '--eval', "console.log(Object.keys(await import('cofferdam')).sort().join())")).toBe(names)
})

test('the published files include everything index.js needs', () => {
  const { files } = JSON.parse(source('package.json')) as { files: string[] }
  const needed = ['index.js', 'index.d.ts', 'js', 'native.cjs']
  expect(files).toEqual(expect.arrayContaining(needed))
})
