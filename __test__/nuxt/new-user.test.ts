import { readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { leftovers, namespaceOf, removeLeftovers } from '../support/data-dir.ts'
import { containersOf } from '../support/docker.ts'
import { expectSuccess, newProject, type Project } from '../support/installed.ts'
import { PATIENCE, serve, timed } from '../support/nuxt.ts'
import { documentBlocks, filesOf, readmeBlocks } from '../support/readme.ts'
import { cleanUp } from '../support/sandboxes.ts'

test('following the README in an empty directory, without a compiler, gives what it promises', { timeout: 2 * PATIENCE }, async () => {
  const project = await newProject()
  cleanUp(() => removeLeftovers(namespace(project)))
  expect(readdirSync(project.directory)).toEqual([])
  for (const compiler of ['cargo', 'rustc', 'cc', 'gcc', 'clang', 'make']) {
    expect(await project.run('sh', ['-c', `command -v ${compiler}`])).toEqual({ code: 127, stdout: '', stderr: '' })
  }
  await installAndRun(project)
  await buildAndServe(project)
})

async function installAndRun(project: Project): Promise<void> {
  const [install, example] = readmeBlocks('Install')
  if (install?.language !== 'sh' || example?.language !== 'js') throw new Error('the README’s section Install must begin with a block of sh, then js')
  // With an empty cache, so that the size printed is what a new user downloads.
  const env = { npm_config_cache: path.join(project.directory, '../cache') }
  for (const command of install.code.trim().split('\n')) await timed(command, shell(project, command, env))
  console.log(`downloaded: ${(project.fetched() / 2 ** 20).toFixed(2)} MiB`)
  expect(project.fetched()).toBeLessThan(7 * 2 ** 20)

  const [[name, content] = ['', '']] = filesOf(example.code)
  project.write(name, content)
  expect(await timed(`node ${name}`, project.run('node', [name], { deadline: 60_000 }))).toEqual({ code: 0, stdout: '42\n', stderr: '' })
  expect(namespace(project)).not.toBe('')
  expect(await leftovers(namespace(project))).toEqual([])
}

async function buildAndServe(project: Project): Promise<void> {
  const [install, app, server] = documentBlocks('docs/nuxt.md', 'Set up')
  if (install?.language !== 'sh' || app?.language !== 'ts' || server?.language !== 'sh') throw new Error('the section "Set up" of docs/nuxt.md must begin with blocks of sh (install), ts (files) and sh (build and start)')
  const [build = '', start = ''] = server.code.trim().split('\n')
  await timed(install.code.trim(), shell(project, install.code))
  for (const [name, content] of filesOf(app.code)) project.write(name, content)
  await timed(build, shell(project, build))

  const [, main = ''] = /^HOST=127\.0\.0\.1 node (\S+)$/.exec(start) ?? []
  const { url, stop } = await serve(project.directory, [main], {})
  const body = JSON.stringify({ conversationId: 'conv-1', command: 'python3 -V' })
  const answer = await fetch(`${url}/api/run`, { method: 'POST', body, headers: { 'Content-Type': 'application/json', Connection: 'close' } })
  expect(await answer.json()).toMatchObject({ stdout: expect.stringMatching(/^Python 3\./) as string, exitCode: 0, timedOut: false })
  expect(await stop()).toBe(0)
  expect((await containersOf(namespace(project))).map(({ State }) => State)).toEqual(['running'])
}

const shell = (project: Project, command: string, env: Record<string, string> = {}) => expectSuccess(project.run('sh', ['-c', command], { env, deadline: PATIENCE }))

/** The namespace of the project's sandboxes; empty before the first use. */
const namespace = (project: Project) => namespaceOf(path.join(project.directory, 'data/sandboxes')) ?? ''
