import { cpSync, existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { namespaceOf, removeLeftovers } from '../support/data-dir.ts'
import { containersOf } from '../support/docker.ts'
import { expectSuccess, type Project } from '../support/installed.ts'
import { compiled, exampleProject, PATIENCE, serve } from '../support/nuxt.ts'
import { cleanUp, newDataDir } from '../support/sandboxes.ts'

const FIXTURE = fileURLToPath(new URL('../fixtures/nuxt-module', import.meta.url))

let project: Project

/** The example's packages, for an app that uses the module and has its files at the top level. */
beforeAll(async () => {
  project = await exampleProject()
  for (const name of ['app', 'server']) rmSync(path.join(project.directory, name), { recursive: true })
  cpSync(FIXTURE, project.directory, { recursive: true })
  await expectSuccess(project.run('npx', ['nuxi', 'build'], { deadline: PATIENCE }))
}, 2 * PATIENCE)

const output = (name: string) => path.join(project.directory, '.output', name)

test('useSandbox() returns one object with the options of the configuration and the environment', async () => {
  const dataDir = newDataDir()
  const { url, stop } = await serve(project.directory, [output('server/index.mjs')], { NUXT_COFFERDAM_DATA_DIR: dataDir, NUXT_COFFERDAM_MEMORY: '300m' })
  const info = await (await fetch(`${url}/api/info`)).json()
  expect(info).toMatchObject({ same: true, state: 'running', image: 'ai-sandbox:latest', memory: 300 * 1024 * 1024, cpus: 2, workspace: { location: path.join(dataDir, 'a') } })
  expect(await stop()).toBe(0)
  expect((await containersOf(namespaceOf(dataDir) ?? '')).map(({ State }) => State)).toEqual(['running'])
})

test('no code of the package is sent to browsers', () => {
  const files = readdirSync(output('public'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  expect(files.length).toBeGreaterThan(3)
  for (const { parentPath, name } of files) expect(readFileSync(path.join(parentPath, name), 'latin1'), name).not.toMatch(/cofferdam|DockerSandbox|useSandbox/i)
})

test.each([
  ['server', 'server/utils/types.ts'],
  ['node', 'nuxt.config.ts'],
])('useSandbox() and the configuration are typed (%s)', (config, file) => {
  const { errors, files } = compiled(project.directory, `.nuxt/tsconfig.${config}.json`)
  expect(errors).toEqual([])
  expect(files).toContain(path.join(project.directory, file))
})

test('files of sandboxes are not watched and do not change the app', async () => {
  cleanUp(() => removeLeftovers(namespaceOf(path.join(project.directory, 'data/sandboxes')) ?? ''))
  const { url, pid, output: log } = await serve(project.directory, ['node_modules/nuxt/bin/nuxt.mjs', 'dev'], {})
  const ask = (route: string) => fetch(`${url}${route}`, { signal: AbortSignal.timeout(30_000) })
  expect((await ask('/api/info')).status).toBe(200)
  const [before, said] = [watches(pid), log()]
  expect(before).toBeGreaterThan(0)
  expect(await (await ask('/api/files')).json()).toMatchObject({ exitCode: 0 })
  await new Promise((resolve) => setTimeout(resolve, 2000))
  expect(existsSync(path.join(project.directory, 'data/sandboxes/a/pages/d200/page.vue'))).toBe(true)
  expect(watches(pid) - before).toBeLessThan(100)
  expect(log()).toBe(said)
})

/** The number of files and directories that a process watches. */
function watches(pid: number): number {
  const watching = (fd: string) => {
    try {
      return readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8').match(/^inotify/gm)?.length ?? 0
    } catch {
      return 0
    }
  }
  return readdirSync(`/proc/${pid}/fdinfo`).reduce((sum, fd) => sum + watching(fd), 0)
}
