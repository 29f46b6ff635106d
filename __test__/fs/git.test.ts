import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import git from 'isomorphic-git'
import http from 'isomorphic-git/http/node'
import { beforeAll, expect, test } from 'vitest'
import { cleanUp, newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ network: 'none' })
const dir = '/workspace/repo'
const author = { name: 'Somebody', email: 'somebody@example.com' }
let url: string

beforeAll(async () => {
  const top = mkdtempSync(path.join(tmpdir(), 'cofferdam-git-'))
  const work = path.join(top, 'work')
  const run = (...args: string[]) => execFileSync('git', args, { cwd: work, stdio: 'pipe' })
  mkdirSync(path.join(work, 'src/deep'), { recursive: true })
  run('init', '-q', '-b', 'main')
  for (let number = 0; number < 50; number++) writeFileSync(path.join(work, 'src/deep', `file-${number}.txt`), `file ${number}\n`.repeat(50))
  writeFileSync(path.join(work, 'tool'), '#!/bin/sh\necho tool\n', { mode: 0o755 })
  execFileSync('ln', ['-s', 'src/deep/file-1.txt', 'alias'], { cwd: work })
  run('add', '.')
  run('-c', 'user.name=Host', '-c', 'user.email=host@example.com', 'commit', '-qm', 'first')
  run('clone', '-q', '--bare', '.', path.join(top, 'bare.git'))
  run('-C', path.join(top, 'bare.git'), 'config', 'http.receivepack', 'true')
  const server = createServer((request, response) => serve(top, request, response)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/bare.git`
  cleanUp(() => {
    server.close()
    rmSync(top, { recursive: true, force: true })
  })
})

/** Answers by git's own CGI program. */
function serve(top: string, request: IncomingMessage, response: ServerResponse): void {
  const asked = new URL(request.url ?? '/', 'http://localhost')
  const env = {
    ...process.env,
    GIT_PROJECT_ROOT: top,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: asked.pathname,
    QUERY_STRING: asked.search.slice(1),
    REQUEST_METHOD: request.method ?? 'GET',
    CONTENT_TYPE: request.headers['content-type'] ?? '',
  }
  const program = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  request.pipe(program.stdin)
  const parts: Buffer[] = []
  program.stdout.on('data', (part) => parts.push(part)).on('end', () => {
    const answer = Buffer.concat(parts)
    const end = answer.indexOf('\r\n\r\n')
    const fields = answer.subarray(0, end).toString().split('\r\n').map((line) => line.split(': ') as [string, string])
    const status = fields.find(([name]) => name === 'Status')?.[1] ?? '200'
    for (const [name, value] of fields) if (name !== 'Status') response.setHeader(name, value)
    response.writeHead(Number.parseInt(status, 10)).end(answer.subarray(end + 4))
  })
}

test('isomorphic-git clones, reads, commits and pushes through box.fs', async () => {
  const fs = { promises: box.fs('a') }
  await git.clone({ fs, http, dir, url })
  expect(await git.currentBranch({ fs, dir })).toBe('main')
  expect(await fs.promises.readdir(`${dir}/src/deep`)).toHaveLength(50)
  expect(await fs.promises.readFile(`${dir}/src/deep/file-7.txt`, 'utf8')).toBe('file 7\n'.repeat(50))
  expect((await fs.promises.stat(`${dir}/tool`)).mode & 0o111).toBe(0o111)
  expect(await fs.promises.readlink(`${dir}/alias`)).toBe('src/deep/file-1.txt')
  expect((await box.exec('a', 'cat alias | head -1', { cwd: dir })).stdout).toBe('file 1\n')

  await box.exec('a', 'echo changed > src/deep/file-2.txt; echo new > added; rm tool', { cwd: dir })
  const changed = (await git.statusMatrix({ fs, dir })).filter(([, head, workdir, stage]) => head !== workdir || workdir !== stage)
  expect(changed).toEqual([['added', 0, 2, 0], ['src/deep/file-2.txt', 1, 2, 1], ['tool', 1, 0, 1]])
  await git.add({ fs, dir, filepath: ['added', 'src/deep/file-2.txt'] })
  await git.remove({ fs, dir, filepath: 'tool' })
  const oid = await git.commit({ fs, dir, message: 'second', author })
  expect((await git.log({ fs, dir })).map(({ commit }) => commit.message)).toEqual(['second\n', 'first\n'])
  expect((await git.statusMatrix({ fs, dir })).filter(([, head, workdir]) => head !== workdir)).toEqual([])
  await git.branch({ fs, dir, ref: 'topic' })
  await git.checkout({ fs, dir, ref: 'topic' })
  await git.push({ fs, http, dir, remote: 'origin', ref: 'main' })

  // Git itself, in another sandbox's clone, sees the same.
  const other = { promises: box.fs('b') }
  await git.clone({ fs: other, http, dir, url })
  expect((await git.log({ fs: other, dir }))[0]?.oid).toBe(oid)
  expect(await other.promises.readFile(`${dir}/added`, 'utf8')).toBe('new\n')
  expect(await other.promises.exists(`${dir}/tool`)).toBe(false)
})
