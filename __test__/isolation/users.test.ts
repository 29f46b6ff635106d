import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { removeLeftovers } from '../support/data-dir.ts'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { cleanUp, namespace, newDataDir, newSandboxes, open } from '../support/sandboxes.ts'
import { inOtherProcess } from '../support/steps.ts'
import { newExecutor } from '../support/tasks.ts'
import { tar } from '../support/tar.ts'

/** Looks its user up in every way that programs do. */
const LOOK_UP = [
  'whoami && id -un && id -gn && id -Gn && groups',
  `python3 -c 'import os, pwd, grp; pwd.getpwuid(os.getuid()); [grp.getgrgid(gid) for gid in os.getgroups()]'`,
  `node -e 'console.log(require("os").userInfo().uid)'`,
  'bash -lc true',
].join(' && ')

const own = (dataDir: string, name: string) => readdirSync(path.join(dataDir, '.cofferdam', name)).filter((entry) => !entry.startsWith('.'))

const uidOf = (file: string) => statSync(file).uid

for (const profile of ['conversation', 'session', 'task'] as const) {
  for (const user of ['auto', '1234:2345', 'unique']) {
    test(`every id has a name with the profile ${profile} and the user ${user}`, async () => {
      const box = newSandboxes({ profile, user })
      const { stdout, stderr, exitCode } = await box.exec('a', LOOK_UP)
      expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
      expect(stdout).toMatch(/^sandbox/)
      // A second command has another tag, and a container that is started again has the same names.
      await box.stop('a')
      expect(await box.exec('a', 'groups && tail -n +1 /etc/group | sort | uniq -d')).toMatchObject({ stderr: '', exitCode: 0, stdout: expect.not.stringContaining(':') })
    })
  }
}

test('names are added to those of an image that has none, and its groups of the user are kept, but not root’s', async () => {
  const container = await docker.createContainer({ Image: 'ai-sandbox:latest' })
  const passwd = 'root:x:0:0:root:/root:/bin/sh\nworker:x:1234:1234::/nowhere:/bin/sh'
  const group = 'root:x:0:worker\nworker:x:1234:\nvideo:x:44:other,worker\naudio:x:29:other\n'
  await container.putArchive(tar({ passwd, group }), { path: '/etc' })
  const image = `cofferdam-test-${randomBytes(4).toString('hex')}`
  await container.commit({ repo: image, tag: 'latest' })
  await container.remove()
  cleanUp(() => docker.getImage(image).remove({ force: true }))
  for (const readOnly of [false, true]) {
    const box = newSandboxes({ image, user: '1234:1234', readOnly })
    expect((await box.exec('a', 'whoami; id -G | tr " " "\\n" | grep -c -x -e 44 -e 1234; id -G | tr " " "\\n" | grep -c -x -e 0 -e 29')).stdout).toBe('worker\n2\n0\n')
    expect(await box.exec('a', 'groups && id -Gn')).toMatchObject({ stderr: '', exitCode: 0 })
    const other = newSandboxes({ image, readOnly })
    expect((await other.exec('a', 'whoami && id -gn && cat /etc/passwd')).stdout).toMatch(new RegExp(`^sandbox\nsandbox\n${passwd}\nsandbox:x:1000:1000:`))
  }
})

test.each(['/etc/group', '/etc'])('a mount of the caller’s at %s outweighs our names', async (target) => {
  const directory = newDataDir()
  chmodSync(directory, 0o755)
  const lines = 'root:x:0:\nmine:x:1000:\n'
  writeFileSync(path.join(directory, 'group'), lines)
  // The engine mounts its own files over the last three.
  for (const name of ['passwd', 'resolv.conf', 'hosts', 'hostname']) writeFileSync(path.join(directory, name), '')
  const source = target === '/etc' ? directory : path.join(directory, 'group')
  const box = newSandboxes({ readOnly: true, mounts: [{ type: 'bind', source, target, readOnly: true }] })
  expect(await box.exec('a', 'cat /etc/group')).toMatchObject({ stdout: lines, exitCode: 0 })
})

test('sandboxes with user: unique have ids of their own, which they keep', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, { user: 'unique' })
  const uid = async (id: string) => Number((await box.exec(id, 'id -u')).stdout)
  const [a, b] = [await uid('a'), await uid('b')]
  expect(a).not.toBe(b)
  for (const id of [a, b]) expect(id >= 1_900_000_000 && id <= 1_900_065_535).toBe(true)
  expect((await box.info('a')).user).toBe(`${a}:${a}`)
  await box.exec('a', 'echo kept > file')
  expect(uidOf(path.join(dataDir, 'a/file'))).toBe(a)
  await box.stop('a')
  expect(await uid('a')).toBe(a)
  await box.remove('a')
  expect(await uid('a')).toBe(a)
  const { containerId } = await box.getOrCreate('a')
  const another = open(dataDir, { user: 'unique' })
  expect((await another.getOrCreate('a')).containerId).toBe(containerId)
  await another.close()
  await box.remove('a', { workspace: true })
  await box.remove('b', { workspace: true })
  expect(own(dataDir, 'users')).toEqual([])
})

test('20 sandboxes that are created at once by two owners get 20 ids', async () => {
  const dataDir = newDataDir()
  const owners = [open(dataDir, { user: 'unique', network: 'none' }), open(dataDir, { user: 'unique', network: 'none' })]
  const uids = await Promise.all(Array.from({ length: 20 }, async (_, index) => (await owners[index % 2]?.exec(`s${index}`, 'id -u'))?.stdout))
  expect(new Set(uids).size).toBe(20)
})

test('a limit of the kernel on each user that one sandbox has used up does not reach another', async () => {
  const box = newSandboxes({ user: 'unique', pids: 200 })
  const watch = `import ctypes, time, sys
libc = ctypes.CDLL(None)
got = 0
while libc.inotify_init1(0o2000000) >= 0: got += 1
print(got, flush=True)
time.sleep(float(sys.argv[1]))`
  await box.writeFile('a', 'watch.py', watch)
  await box.writeFile('b', 'watch.py', watch)
  const all = Number((await box.exec('a', 'python3 watch.py 30 > out & while ! [ -s out ]; do sleep 0.02; done; cat out')).stdout)
  expect(all).toBeGreaterThan(10)
  expect(Number((await box.exec('a', 'python3 watch.py 0')).stdout)).toBe(0)
  expect(Number((await box.exec('b', 'python3 watch.py 0')).stdout)).toBe(all)
})

for (const options of [{}, { disk: '64m' }, { workspace: 'volume' }] as const) {
  test(`the files of a workspace change hands with ${JSON.stringify(options)}`, async () => {
    const dataDir = newDataDir()
    const target = path.join(newDataDir(), 'target')
    writeFileSync(target, 'of the host')
    chownSync(target, 1000, 1000)
    const before = open(dataDir, { ...options })
    await before.exec('a', `mkdir -m 700 -p x/y && cd x/y && umask 077 && echo secret > file && ln file other && ln -s ${target} link && mkfifo pipe && chmod 500 .`)
    await before.close()
    const box = open(dataDir, { ...options, user: 'unique' })
    const { stdout, exitCode } = await box.exec('a', 'id -u; cat x/y/file x/y/other; stat -c %u . x x/y x/y/file x/y/pipe x/y/link; chmod 700 x/y; echo more >> x/y/file; rm -r x; ls')
    const [uid, ...rest] = stdout.trim().split('\n')
    expect(exitCode).toBe(0)
    expect(rest).toEqual(['secret', 'secret', uid, uid, uid, uid, uid, uid])
    expect(uidOf(target)).toBe(1000)
    await box.close()
    // And back.
    await open(dataDir, options).exec('a', 'echo back > file')
  })
}

test('what somebody else owns in a workspace does not change hands', async () => {
  const dataDir = newDataDir()
  const before = open(dataDir)
  await before.exec('a', 'mkdir d')
  await before.close()
  writeFileSync(path.join(dataDir, 'a/d/of-root'), '')
  symlinkSync('/etc/hostname', path.join(dataDir, 'a/link'))
  await open(dataDir, { user: 'unique' }).exec('a', 'true')
  expect(uidOf(path.join(dataDir, 'a/d/of-root'))).toBe(0)
  expect(uidOf('/etc/hostname')).toBe(0)
  expect(uidOf(path.join(dataDir, 'a/d'))).toBeGreaterThan(1_899_999_999)
})

test('a range is kept to, and one that is used up is CONFLICT', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, { user: 'unique:70000-70001', network: 'none' })
  const uids = [(await box.exec('a', 'id -u')).stdout, (await box.exec('b', 'id -u')).stdout]
  expect(uids.sort()).toEqual(['70000\n', '70001\n'])
  const error = await rejection(box.exec('c', 'true'), 'CONFLICT')
  expect(error.details).toMatchObject({ first: 70_000, last: 70_001 })
  await box.remove('a', { workspace: true })
  expect((await box.exec('c', 'id -u; whoami')).stdout).toMatch(/^7000[01]\nsandbox/)
})

test('a process that is not root gives each sandbox an id too, in volumes', async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'cofferdam-users-'))
  cleanUp(async () => {
    await removeLeftovers(namespace(dataDir))
    rmSync(dataDir, { recursive: true, force: true })
  })
  const user = { uid: 1234, gid: statSync('/var/run/docker.sock').gid }
  chownSync(dataDir, user.uid, user.gid)
  const options = { dataDir, user: 'unique', network: 'none' } as const
  const [a, again, b, info] = await inOtherProcess(options, [['exec', 'a', 'echo kept > file; id -u'], ['exec', 'a', 'cat file; stat -c %u file'], ['exec', 'b', 'id -u'], ['info', 'a']], user)
  const uids = [a, b].map((outcome) => Number(outcome?.value.stdout))
  for (const uid of uids) expect(uid >= 1_900_000_000 && uid <= 1_900_065_535).toBe(true)
  expect(uids[0]).not.toBe(uids[1])
  expect(again?.value.stdout).toBe(`kept\n${uids[0]}\n`)
  expect(info?.value.workspace.kind).toBe('volume')
  // It can't give a directory of its own to another user.
  await expect(inOtherProcess({ ...options, workspace: 'bind' }, [], user)).rejects.toThrow(/needs a process of root's/)
})

test.each(['unique:', 'unique:0-5', 'unique:9-7', 'unique:1-4294967295', 'unique:5', 'Unique', 'unique:1-2-3'])('user: %s is refused', (user) => {
  expect(() => newSandboxes({ user })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', details: expect.objectContaining({ argument: 'user' }) }))
})

test('tasks with user: unique have ids of their own and leave nothing behind; one with a directory works as its owner', async () => {
  const { executor, tasksDir } = newExecutor({ user: 'unique' })
  const results = await Promise.all([executor.execute('id -u; whoami; groups'), executor.execute('id -u')])
  const uids = results.map(({ stdout }) => stdout.split('\n')[0])
  expect(new Set(uids).size).toBe(2)
  expect(results[0]).toMatchObject({ stderr: '', exitCode: 0 })
  for (const name of ['users', 'names']) expect(own(tasksDir, name)).toEqual([])
  const directory = newDataDir()
  chownSync(directory, 4321, 4322)
  expect((await executor.execute('id -u; id -g', directory)).stdout).toBe('4321\n4322\n')
  expect(readFileSync('/etc/passwd', 'utf8')).not.toContain('4321')
})
