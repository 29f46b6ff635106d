import { expect, test } from 'vitest'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

test('conversations have separate files', async () => {
  await box.writeFile('one', 'file', 'of one')
  await box.writeFile('two', 'file', 'of two')
  await box.exec('one', 'echo one > ~/home; echo one > /tmp/shared; echo one > /dev/shm/shared; ln -s /workspace/../two/file link')
  for (const path of ['file', '/home/sandbox/home', '/tmp/shared', '/dev/shm/shared']) {
    expect(await box.exec('two', ['grep', '-r', 'one', path])).toMatchObject({ stdout: '' })
  }
  expect(await box.readFile('one', 'file')).toBe('of one')
  expect(await box.exec('one', 'cat link; ls -d /workspace/../two ../two')).toMatchObject({ stdout: '' })
  expect((await box.exec('two', 'find / -name file -path "*workspace*" 2>/dev/null')).stdout).toBe('/workspace/file\n')
})

test('conversations cannot see or signal each other’s processes', async () => {
  await box.exec('one', 'sleep 4001 & echo $! > pid')
  expect((await box.exec('two', 'pgrep -fa "sleep 4[0]01"')).stdout).toBe('')
  const pid = (await box.readFile('one', 'pid')).trim()
  await box.exec('two', `kill -9 ${pid}; kill -9 -1; pkill -9 -f 4001; true`)
  expect((await box.exec('one', 'pgrep -fc "sleep 4[0]01"')).stdout).toBe('1\n')
})

test('conversations share no System V or POSIX memory, queues or abstract sockets', async () => {
  await box.exec('one', `python3 - <<'END' &
import socket, time
server = socket.socket(socket.AF_UNIX)
server.bind('\\0cofferdam-test')
server.listen()
open('bound', 'w').close()
time.sleep(60)
END
while [ ! -e bound ]; do sleep 0.05; done; ipcmk -M 4096 >/dev/null; true`)
  const { stdout } = await box.exec('two', `python3 -c "
import socket
try: socket.socket(socket.AF_UNIX).connect('\\0cofferdam-test'); print('connected')
except OSError as error: print(error.strerror)"; ipcs -m | grep -c 4096; ls /dev/shm /dev/mqueue | grep -c shared`)
  expect(stdout).toBe('Connection refused\n0\n0\n')
})
