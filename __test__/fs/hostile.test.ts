import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ network: 'none' })
const fs = box.fs('a')
const failing = (promise: Promise<unknown>) => promise.then(() => 'done', (error) => error.code)

test('pipes, sockets and devices are refused at once', async () => {
  await box.exec('a', 'mkfifo pipe; python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\'socket\')"')
  for (const path of ['pipe', 'socket', '/dev/zero']) {
    expect(await failing(fs.readFile(path))).toBe('EINVAL')
    expect(await failing(fs.open(path, 'r+'))).toBe('EINVAL')
    expect(await failing(fs.writeFile(path, 'x', { flag: 'a' }))).toBe('EINVAL')
    expect(await failing(fs.copyFile(path, 'copy'))).toBe('EINVAL')
    expect(await failing(fs.cp(path, 'copy'))).toBe('ERR_FS_CP_EINVAL')
  }
  expect((await fs.stat('pipe')).isFIFO()).toBe(true)
  expect((await fs.readdir('.', { withFileTypes: true })).find(({ name }) => name === 'socket')?.isSocket()).toBe(true)
})

test('links lead to files of the container, never to those of the agent', async () => {
  await fs.symlink('/etc/hostname', 'out')
  expect(await fs.readFile('out', 'utf8')).toBe((await box.exec('a', 'cat /etc/hostname')).stdout)
  for (const path of ['/proc/self/exe', '/proc/1/exe', '/proc/self/cwd', '/proc/self/fd/0']) {
    expect(['EACCES', 'EPERM', 'ELOOP']).toContain(await failing(fs.readlink(path)))
    expect(['EACCES', 'EPERM', 'ELOOP']).toContain(await failing(fs.readFile(path)))
  }
  for (const path of ['/proc/self/environ', '/proc/1/maps', '/proc/thread-self/maps', '/proc/self/attr/current']) {
    expect(['EACCES', 'EPERM']).toContain(await failing(fs.readFile(path)))
  }
  for (const path of ['/proc/self/attr/exec', '/proc/self/timerslack_ns']) {
    expect(['EACCES', 'EPERM']).toContain(await failing(fs.writeFile(path, '0')))
    expect(['EACCES', 'EPERM']).toContain(await failing(fs.appendFile(path, '0')))
    expect(['EACCES', 'EPERM']).toContain(await failing(box.writeFile('a', path, '0').catch((error) => Promise.reject({ code: error.details.errno }))))
  }
})

test('a user can do what its commands can, and no more', async () => {
  for (const call of [fs.writeFile('/etc/passwd', 'x'), fs.chmod('/etc/passwd', 0o777), fs.unlink('/etc/passwd'), fs.rename('/etc/passwd', '/etc/other'), fs.utimes('/etc/passwd', 1, 1), fs.truncate('/etc/passwd'), fs.mkdir('/etc/new'), fs.symlink('x', '/etc/link')]) {
    expect(['EACCES', 'EPERM', 'EROFS']).toContain(await failing(call))
  }
  expect(await failing(fs.access('/etc/passwd', 2))).toBe('EACCES')
  expect(await failing(fs.access('/etc/passwd', 4))).toBe('done')
  await box.exec('a', 'mkdir shut; touch shut/file; chmod 000 shut')
  expect(await failing(fs.readdir('shut'))).toBe('EACCES')
  await fs.chmod('shut', 0o700)
  expect(await fs.readdir('shut')).toEqual(['file'])
})

test('names that are not UTF-8 are listed and used as bytes', async () => {
  await box.exec('a', ['python3', '-c', "import os; os.mkdir('odd'); open(b'odd/\\xff\\xfe', 'w').write('odd')"])
  const [name] = await fs.readdir('odd', 'buffer')
  expect([...(name ?? [])]).toEqual([0xff, 0xfe])
  const path = Buffer.concat([Buffer.from('odd/'), name ?? Buffer.alloc(0)])
  expect(await fs.readFile(path, 'utf8')).toBe('odd')
  await fs.rename(path, 'odd/plain')
  expect(await fs.readdir('odd')).toEqual(['plain'])
})

test('deep and wide trees are listed, copied and deleted while other calls go on', async () => {
  await box.exec('a', ['python3', '-c', "import os\nos.mkdir('deep'); os.chdir('deep')\nfor i in range(3000):\n  os.mkdir('d'); os.chdir('d')"])
  await box.exec('a', "mkdir wide; cd wide; seq 5000 | xargs touch")
  const copied = fs.cp('wide', 'wide-copy', { recursive: true })
  expect(await fs.stat('wide').then((stats) => stats.isDirectory())).toBe(true)
  await copied
  expect(await fs.readdir('wide-copy')).toHaveLength(5000)
  await fs.cp('deep', 'deep-copy', { recursive: true })
  expect(await failing(fs.readdir('deep', { recursive: true }))).toBe('ENAMETOOLONG')
  await fs.rm('deep-copy', { recursive: true })
  await box.exec('a', 'mkdir -p loop/a; ln -s .. loop/a/up')
  expect(await failing(fs.cp('loop', 'unrolled', { recursive: true, dereference: true }))).toBe('ELOOP')
})

test('arguments are checked', async () => {
  for (const call of [() => fs.readFile(''), () => fs.readFile('a\0b'), () => fs.stat(5 as never), () => fs.chmod('x', 0o70_000), () => fs.open('x', 'rx'), () => fs.writeFile('x', 5 as never), () => fs.truncate('x', Number.NaN), () => fs.utimes('x', Number.NaN, 0), () => fs.mkdir('x', { recursive: 'yes' as never }), () => fs.cp('x', 'y', { filter: () => true } as never)]) {
    await rejection((async () => call())(), 'INVALID_ARGUMENT')
  }
  await rejection(box.fs('../x').stat('.'), 'INVALID_ARGUMENT')
})

test('a call is aborted by its signal, and a lost sandbox is told from a failed call', async () => {
  await rejection(fs.readFile('x', { signal: AbortSignal.abort() }), 'ABORTED')
  const file = await fs.open('kept', 'w')
  await file.write('kept')
  await box.stop('a')
  await rejection(file.write('more'), 'SANDBOX_LOST')
  expect(await fs.readFile('kept', 'utf8')).toBe('kept')
})
