import { expect, test } from 'vitest'
import { DockerExecutor, type DockerSandboxOptions } from '../../index.js'
import { newManager } from '../support/sessions.ts'
import { cleanUp, newDataDir, newSandboxes } from '../support/sandboxes.ts'

const MIB = 1024 * 1024
const SHM = `df --block-size=1 --output=size /dev/shm | tail -1 | tr -d ' '`

const SIZES: [DockerSandboxOptions, number][] = [
  [{}, 128 * MIB],
  [{ memory: '4g' }, 1024 * MIB],
  [{ memory: '64m' }, 16 * MIB],
  [{ memory: '1g', shmSize: '512m' }, 512 * MIB],
  [{ shmSize: '1m' }, MIB],
]

test.each(SIZES)('with %j, /dev/shm has %i bytes', async (options, size) => {
  const { stdout } = await newSandboxes({ network: 'none', ...options }).exec('a', SHM)
  expect(Number(stdout)).toBe(size)
})

const SHOW = 'ulimit -Sn; ulimit -Hn; ulimit -Sc; ulimit -Hs'

test('the limits of processes are those that were asked for, higher or lower than the default', async () => {
  const raised = newSandboxes({ network: 'none', ulimits: { nofile: 4096, core: { soft: 0, hard: -1 }, stack: 16 * MIB } })
  expect((await raised.exec('a', SHOW)).stdout).toBe('4096\n4096\n0\n16384\n')
  const many = 'python3 -c "held = [open(\'/dev/null\') for _ in range(4000)]; print(len(held))"'
  expect((await raised.exec('a', many)).stdout).toBe('4000\n')
  const lowered = newSandboxes({ network: 'none', ulimits: { nofile: { soft: 20, hard: 30 } } })
  expect((await lowered.exec('a', 'ulimit -Sn; ulimit -Hn')).stdout).toBe('20\n30\n')
})

test('limits of commands do not hold for the agent', async () => {
  const box = newSandboxes({ network: 'none', ulimits: { nofile: 16, fsize: MIB, as: 512 * MIB, cpu: 2 } })
  await Promise.all(Array.from({ length: 10 }, (_, index) => box.writeFile(`a`, `file-${index}`, Buffer.alloc(3 * MIB))))
  const results = await Promise.all(Array.from({ length: 10 }, () => box.exec('a', 'cat file-0 > copy-$$; stat -c %s copy-$$')))
  for (const { stdout } of results) expect(stdout).toBe(`${MIB}\n`)
})

test('sessions and tasks have both options', async () => {
  const manager = newManager()
  const id = await manager.createSession({ shmSize: '2m', ulimits: { nofile: 2000 } })
  expect((await manager.executeCommand(id, `${SHM}; ulimit -n`)).stdout).toBe(`${2 * MIB}\n2000\n`)
  const executor = new DockerExecutor({ tasksDir: newDataDir(), logLevel: 'silent', shmSize: '2m', ulimits: { nofile: 2000 } })
  cleanUp(() => executor.close())
  expect((await executor.execute(`${SHM}; ulimit -n`)).stdout).toBe(`${2 * MIB}\n2000\n`)
})

const WRITE = (paths: string[]) => paths.map((path) => `touch ${path}/file && stat -c '%a %n' ${path}`).join('; ')

for (const user of ['auto', '4321:4321']) {
  test(`a directory in memory is one that commands of the user ${user} may write to, also where the image has it`, async () => {
    const paths = ['/data', '/opt', '/var/cache', '/etc/apt']
    const box = newSandboxes({ network: 'none', user, tmpfs: Object.fromEntries(paths.map((path) => [path, '1m'])) })
    const expected = paths.map((path) => `1777 ${path}\n`).join('')
    expect(await box.exec('a', WRITE(paths))).toMatchObject({ stdout: expected, stderr: '' })
    await box.stop('a')
    expect(await box.exec('a', WRITE(paths))).toMatchObject({ stdout: expected, stderr: '' })
  })
}

test('a link on the way to a directory in memory leads to no file of root’s', async () => {
  const box = newSandboxes({ network: 'none', tmpfs: { '/home/sandbox/parent/data': '1m' } })
  // Moving the parent takes the mount along. At the next start, the path leads elsewhere.
  const moved = 'chmod 700 ~; mkdir -p ~/other; mv ~/parent ~/moved && ln -s /run ~/parent'
  await box.exec('a', moved)
  const modes = 'stat -c "%a %u" /run /run/cofferdam'
  await box.stop('a')
  expect((await box.exec('a', modes)).stdout).toBe('755 0\n700 0\n')
})

test('only root may enter the directory of the agent’s socket, in a sandbox that was started again as well', async () => {
  const box = newSandboxes({ network: 'none' })
  const show = 'stat -c %a /run/cofferdam; ls /run/cofferdam'
  for (let run = 0; run < 2; run++) {
    expect((await box.exec('a', show)).stdout).toBe('700\n')
    await box.stop('a')
  }
})
