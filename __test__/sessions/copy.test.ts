import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'
import { newManager } from '../support/sessions.ts'
import { tree, treeDirectory } from '../support/trees.ts'

const sessions = newManager({ cpus: 2 })
const session = await sessions.createSession()
const sh = async (command: string) => {
  const { stdout, stderr, exitCode } = await sessions.executeCommand(session, command)
  expect(stderr + exitCode).toBe('0')
  return stdout
}

/** A project on the host with permissions, links, empty directories and nested files. */
function newProject() {
  const project = path.join(treeDirectory(), 'project')
  mkdirSync(path.join(project, 'src/deep/er'), { recursive: true })
  mkdirSync(path.join(project, 'empty'), { mode: 0o700 })
  writeFileSync(path.join(project, 'run.sh'), '#!/bin/sh\necho run', { mode: 0o755 })
  writeFileSync(path.join(project, 'src/private'), 'secret', { mode: 0o600 })
  writeFileSync(path.join(project, 'src/deep/er/none'), '')
  symlinkSync('../run.sh', path.join(project, 'src/link'))
  symlinkSync('nowhere', path.join(project, 'dangling'))
  chmodSync(path.join(project, 'src/deep'), 0o555)
  utimesSync(path.join(project, 'src/private'), 1_700_000_000.25, 1_700_000_000.25)
  return project
}

test('a project can be copied in, used, and copied out unchanged', async () => {
  const project = newProject()
  expect(await sessions.copyTo(session, project, 'project')).toEqual({ entries: 9, bytes: 24 })
  expect(await sh('cd project && src/link && stat -c "%a %U:%u %y" src/private && ls -A empty && find . | wc -l')).toMatch(
    /^run\n600 \S+:\d+ 2023-11-14 22:13:20.250000000 \+0000\n10\n$/,
  )
  const back = path.join(treeDirectory(), 'back')
  expect(await sessions.copyFrom(session, 'project', back)).toEqual({ entries: 9, bytes: 24 })
  expect(tree(back)).toEqual(tree(project))
  expect(statSync(path.join(back, 'src/private')).mtimeMs).toBe(1_700_000_000_250)
  expect(statSync(path.join(back, 'src/private')).uid).toBe(process.getuid?.())
})

test('a single file can be copied, and missing directories are created', async () => {
  const directory = treeDirectory()
  writeFileSync(path.join(directory, 'tool'), 'one', { mode: 0o755 })
  expect(await sessions.copyTo(session, path.join(directory, 'tool'), 'bin/of/mine/tool')).toEqual({ entries: 1, bytes: 3 })
  expect(await sh('stat -c "%a %n" bin/of/mine/tool bin/of; cat bin/of/mine/tool')).toBe('755 bin/of/mine/tool\n755 bin/of\none')
  const out = path.join(directory, 'new/place/tool')
  await sessions.copyFrom(session, 'bin/of/mine/tool', out)
  expect(readFileSync(out, 'utf8')).toBe('one')
  await sh('echo two > bin/of/mine/tool')
  await sessions.copyFrom(session, '/workspace/bin/of/mine/tool', out)
  expect(readFileSync(out, 'utf8')).toBe('two\n')
})

test('a copy into an existing directory adds its entries and keeps the rest', async () => {
  const project = newProject()
  await sh('mkdir -p there/src && echo old > there/src/private && echo kept > there/kept && ln -s /etc/passwd there/run.sh')
  await sessions.copyTo(session, project, 'there')
  expect(await sh('cd there && cat src/private kept && ./run.sh && find . | wc -l')).toBe('secretkept\nrun\n11\n')
  // The same again, and into the workspace itself.
  await sessions.copyTo(session, project, 'there')
  await sessions.copyTo(session, project, '.')
  expect(await sh('cat src/private')).toBe('secret')

  const target = treeDirectory()
  writeFileSync(path.join(target, 'kept'), 'kept')
  mkdirSync(path.join(target, 'src'))
  writeFileSync(path.join(target, 'src/private'), 'old')
  await sessions.copyFrom(session, 'project', target)
  expect(tree(target)).toEqual({ ...tree(project), kept: 'file 644 kept', src: expect.stringContaining('directory') })
})

test('a directory does not replace a file, nor a file a directory', async () => {
  const directory = treeDirectory()
  mkdirSync(path.join(directory, 'in'))
  writeFileSync(path.join(directory, 'file'), 'x')
  await sh('mkdir -p places/directory; touch places/file')
  const errno = async (copy: Promise<unknown>) => (await rejection(copy, 'FILE_ERROR')).details?.errno
  expect(await errno(sessions.copyTo(session, directory, 'places/file'))).toBe('ENOTDIR')
  expect(await errno(sessions.copyTo(session, path.join(directory, 'file'), 'places/directory'))).toBe('EISDIR')
  expect(await errno(sessions.copyFrom(session, 'places', path.join(directory, 'file')))).toBe('ENOTDIR')
  expect(await errno(sessions.copyFrom(session, 'places/file', directory))).toBe('EISDIR')
  expect(await sh('find places | sort')).toBe('places\nplaces/directory\nplaces/file\n')
  expect(readdirSync(directory)).toEqual(['file', 'in'])
})

test('names may be any bytes (F8)', async () => {
  await sh(`mkdir odd && cd odd && python3 -c "
import os
for name in [b'new\\nline', b'\\x1b[31m', b'\\xff\\xfe', b'-rf', b' ', b'n' * 255]:
    with open(name, 'wb') as file: file.write(name)"`)
  const target = path.join(treeDirectory(), 'odd')
  await sessions.copyFrom(session, 'odd', target)
  const names = readdirSync(target, { encoding: 'buffer' })
  expect(names).toHaveLength(6)
  for (const name of names) expect(readFileSync(Buffer.concat([Buffer.from(`${target}/`), name]))).toEqual(name)
  await sessions.copyTo(session, target, 'again')
  expect(await sh('diff -r odd again && echo same')).toBe('same\n')
})

test('files over the size limit of other calls can be copied in both directions without using memory', async () => {
  const directory = treeDirectory()
  const [large, back] = [path.join(directory, 'large'), path.join(directory, 'back')]
  writeFileSync(large, 'begin')
  truncateSync(large, 300 * 2 ** 20)
  const before = process.memoryUsage().rss
  let most = 0
  const look = setInterval(() => (most = Math.max(most, process.memoryUsage().rss - before)), 5)
  await sessions.copyTo(session, large, 'large')
  await sessions.copyFrom(session, 'large', back)
  clearInterval(look)
  await sh('rm large')
  expect(spawnSync('cmp', [large, back]).status).toBe(0)
  expect(most).toBeLessThan(64 * 2 ** 20)
}, 300_000)

test('thirty thousand nested directories are copied in both directions while other calls are answered (F9)', async () => {
  await sh(`python3 -c "
import os
os.chdir('/tmp')
for _ in range(30000):
    os.mkdir('d'); os.chdir('d')"`)
  const target = path.join(treeDirectory({ inMemory: true }), 'd')
  const copying = sessions.copyFrom(session, '/tmp/d', target)
  expect(await sh('echo meanwhile')).toBe('meanwhile\n')
  expect(await copying).toEqual({ entries: 29_999, bytes: 0 })
  expect(await sessions.copyTo(session, target, '/tmp/again')).toEqual({ entries: 29_999, bytes: 0 })
}, 300_000)

test('conversations have the same as upload and download', async () => {
  const sandboxes = newSandboxes()
  const project = newProject()
  const box = await sandboxes.getOrCreate('a')
  expect(await sandboxes.upload('a', project, 'one')).toEqual({ entries: 9, bytes: 24 })
  expect(await box.upload(path.join(project, 'run.sh'), 'two/run.sh')).toEqual({ entries: 1, bytes: 18 })
  const directory = treeDirectory()
  await sandboxes.download('a', 'one', path.join(directory, 'one'))
  await box.download('two', path.join(directory, 'two'))
  expect(tree(path.join(directory, 'one'))).toEqual(tree(project))
  expect(tree(path.join(directory, 'two'))).toEqual({ 'run.sh': 'file 755 #!/bin/sh\necho run' })
})

test('rejects invalid arguments', async () => {
  const directory = treeDirectory()
  for (const [hostPath, at] of [['', 'x'], ['a\0b', 'x'], [directory, ''], [directory, 'a\0b'], [7, 'x'], [directory, 7]] as [string, string][]) {
    await rejection(sessions.copyTo(session, hostPath, at), 'INVALID_ARGUMENT')
    await rejection(sessions.copyFrom(session, at, hostPath), 'INVALID_ARGUMENT')
  }
  for (const options of [{ maxBytes: -1 }, { maxEntries: 0.5 }, { maxBytes: 'much' }, { maxByte: 1 }]) {
    await rejection(sessions.copyTo(session, directory, 'x', options as never), 'INVALID_ARGUMENT')
  }
  await rejection(sessions.copyTo('no-such-session', directory, 'x'), 'NOT_FOUND')
  const missing = await rejection(sessions.copyTo(session, path.join(directory, 'none'), 'x'), 'FILE_ERROR')
  expect(missing.details).toMatchObject({ errno: 'ENOENT', path: path.join(directory, 'none') })
  const empty = await rejection(sessions.copyFrom(session, 'none/in', path.join(directory, 'x')), 'FILE_ERROR')
  expect(empty.details).toMatchObject({ errno: 'ENOENT', path: 'none/in' })
  expect(readdirSync(directory)).toEqual([])
})

test('holes stay holes, in both directions', async () => {
  const small = newManager({ cpus: 2, disk: '64m' })
  const box = await small.createSession()
  const size = 500 * 1024 ** 2
  await small.executeCommand(box, `mkdir holes; truncate -s ${size} holes/none; truncate -s ${size - 4} holes/end; printf data >> holes/end; head -c 20M /dev/zero > holes/zeros`)
  const directory = treeDirectory()
  await small.copyFrom(box, 'holes', path.join(directory, 'holes'))
  for (const name of ['none', 'end', 'zeros']) {
    const { blocks, size: apparent } = statSync(path.join(directory, 'holes', name))
    expect([name, apparent, blocks * 512 <= 16 * 1024]).toEqual([name, name === 'zeros' ? 20 * 1024 ** 2 : size, true])
  }
  await small.copyTo(box, path.join(directory, 'holes'), 'back')
  expect((await small.executeCommand(box, 'du -sm back | cut -f1; tail -c 4 back/end; cmp back/none holes/none && cmp back/zeros holes/zeros && echo same')).stdout).toBe('1\ndatasame\n')
  // The limit is on the size, holes included.
  expect((await rejection(small.copyFrom(box, 'holes', path.join(directory, 'again'), { maxBytes: size }), 'FILE_TOO_LARGE')).details).toMatchObject({ limit: size })
  await small.destroySession(box)
})
