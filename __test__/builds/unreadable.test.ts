import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { ENGINE, temporaryDirectory } from '../support/fake-engine.ts'

const INDEX = pathToFileURL(path.resolve(import.meta.dirname, '../../index.js')).href

// Only root can become another user, who may use the engine's socket by its group and has files that it may not read.
test.runIf(process.getuid?.() === 0).each(['file', 'directory/x', 'Dockerfile', '.dockerignore'])('a %s that may not be read is what the error is about', (unreadable) => {
  const context = temporaryDirectory()
  chmodSync(context, 0o755)
  writeFileSync(path.join(context, 'Dockerfile'), 'FROM scratch\n')
  mkdirSync(path.dirname(path.join(context, unreadable)), { recursive: true })
  writeFileSync(path.join(context, unreadable), 'FROM scratch\n')
  const secret = unreadable.includes('/') ? path.dirname(path.join(context, unreadable)) : path.join(context, unreadable)
  chmodSync(secret, 0o000)
  const script = `import('${INDEX}').then(({ DockerManager }) => new DockerManager().buildImage('${context}')).catch(({ code, message, details }) => console.log(JSON.stringify({ code, message, details })))`
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { uid: 65_534, gid: statSync(ENGINE).gid, env: { ...process.env, HOME: '/nonexistent' }, encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toMatchObject({ code: 'FILE_ERROR', details: { path: secret, errno: 'EACCES' }, message: expect.stringContaining(secret) })
})
