import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { expectSuccess, installed } from '../support/installed.ts'
import { nodeOfVersion } from '../support/node-versions.ts'
import { newDataDir } from '../support/sandboxes.ts'

/** The AI SDK needs Node 22 or later. */
const NODE = '22.12.0'
const VERSIONS = ['ai@7.0.173', 'zod@4.1.13']

const TSCONFIG = { compilerOptions: { module: 'nodenext', target: 'es2022', strict: true, noEmit: true, skipLibCheck: true, lib: ['es2023', 'dom', 'dom.asynciterable', 'esnext.disposable'], types: [] }, files: ['types.mts'] }
const TYPES = `
import type { Experimental_SandboxSession } from 'ai'
import type { Sandbox } from 'cofferdam'
import { networkSandboxSession, sandboxSession } from 'cofferdam/ai-sdk'
declare const box: Sandbox
export const session: Experimental_SandboxSession = sandboxSession(box)
export const network: Experimental_SandboxSession = networkSandboxSession(box, { ports: [80] })
`

test('an agent of the AI SDK works in a sandbox, and every method of the session does what its interface says', async () => {
  const project = await installed({ node: nodeOfVersion(NODE) })
  await expectSuccess(project.run('npm', ['install', '--prefer-offline', ...VERSIONS]))
  project.write('agent.mjs', readFileSync(new URL('../fixtures/ai-sdk.mjs', import.meta.url), 'utf8'))
  const { stdout } = await expectSuccess(project.run('node', ['agent.mjs', JSON.stringify({ dataDir: newDataDir() })]))
  expect(stdout).toContain('ALL FINE')
  project.write('types.mts', TYPES)
  project.write('tsconfig.json', JSON.stringify(TSCONFIG))
  await expectSuccess(project.run('node', [fileURLToPath(new URL('../../node_modules/typescript/lib/tsc.js', import.meta.url)), '-p', '.']))
})
