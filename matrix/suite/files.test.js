import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { ROOT, scaled } from './support/environment.js'
import { newDataDir, newSandboxes, newSessions } from './support/sandboxes.js'

const box = newSandboxes()

test('files are written and read as the sandbox’s user', { timeout: scaled(60_000) }, async () => {
  await box.writeFile('a', 'deep/down/file.txt', 'text')
  const { stdout } = await box.exec('a', 'stat -c %u deep/down/file.txt; id -u; cat deep/down/file.txt; echo " and more" >> deep/down/file.txt')
  const [owner, user, text] = stdout.split('\n')
  assert.equal(owner, user)
  assert.equal(text, 'text')
  assert.equal(await box.readFile('a', 'deep/down/file.txt'), 'text and more\n')
})

test('five million bytes arrive unchanged both ways', { timeout: scaled(60_000) }, async () => {
  const bytes = randomBytes(5_000_000)
  await box.writeFile('a', 'bytes', bytes)
  assert.deepEqual(await box.readFile('a', 'bytes', null), bytes)
  assert.equal((await box.exec('a', 'stat -c %s bytes')).stdout, '5000000\n')
})

test('a missing file and one of root’s are errors with errno', { timeout: scaled(60_000) }, async () => {
  await assert.rejects(box.readFile('a', 'missing'), (error) => error.code === 'FILE_ERROR' && error.details.errno === 'ENOENT')
  await assert.rejects(box.writeFile('a', '/etc/passwd', ''), (error) => error.code === 'FILE_ERROR' && error.details.errno === 'EACCES')
})

test('a workspace that is a directory of this machine is where info says', { timeout: scaled(60_000) }, async (t) => {
  await box.writeFile('a', 'seen.txt', 'seen')
  const { workspace } = await box.info('a')
  if (workspace.kind !== 'bind') return t.skip('workspaces are volumes here')
  assert.equal(readFileSync(path.join(workspace.location, 'seen.txt'), 'utf8'), 'seen')
})

test('a tree is copied in and out, and no link leads outside', { timeout: scaled(60_000) }, async () => {
  const directory = newDataDir()
  mkdirSync(path.join(directory, 'tree/empty'), { recursive: true })
  writeFileSync(path.join(directory, 'tree/run.sh'), 'echo ran', { mode: 0o755 })
  symlinkSync('run.sh', path.join(directory, 'tree/link'))
  await box.upload('a', path.join(directory, 'tree'), 'copy')
  assert.equal((await box.exec('a', 'sh copy/link; ls -A copy | tr "\\n" " "')).stdout, 'ran\nempty link run.sh ')
  await box.exec('a', 'echo made > copy/made')
  await box.download('a', 'copy', path.join(directory, 'back'))
  assert.equal(readFileSync(path.join(directory, 'back/made'), 'utf8'), 'made\n')
  assert.equal(statSync(path.join(directory, 'back/run.sh')).mode & 0o777, 0o755)
  if (ROOT) assert.equal(statSync(path.join(directory, 'back/made')).uid, 0)
  await box.exec('a', 'ln -s /etc/passwd copy/out')
  await assert.rejects(box.download('a', 'copy', path.join(directory, 'never')), (error) => error.details.reason === 'link')
  assert.equal(existsSync(path.join(directory, 'never')), false)
})

test('a session’s files are listed and deleted', { timeout: scaled(60_000) }, async () => {
  const sessions = newSessions()
  const id = await sessions.createSession()
  await sessions.writeFile(id, 'one', '1')
  await sessions.executeCommand(id, 'mkdir -p directory/below; ln -s one link')
  const listed = (await sessions.listFiles(id)).map(({ name, type }) => `${name} ${type}`)
  for (const entry of ['directory directory', 'link symlink', 'one file']) assert.ok(listed.includes(entry), `${entry} is not in ${listed}`)
  await sessions.deleteFile(id, 'directory', { recursive: true })
  assert.equal((await sessions.executeCommand(id, 'ls')).stdout, 'link\none\n')
})

test('a stopped sandbox keeps its files and what was installed', { timeout: scaled(120_000) }, async () => {
  const { containerId } = await box.getOrCreate('kept')
  await box.exec('kept', 'echo file > file; mkdir -p /home/sandbox/.local && echo installed > /home/sandbox/.local/program')
  await box.stop('kept')
  assert.equal(await box.isRunning('kept'), false)
  assert.equal((await box.exec('kept', 'cat file /home/sandbox/.local/program')).stdout, 'file\ninstalled\n')
  assert.equal((await box.getOrCreate('kept')).containerId, containerId)
})
