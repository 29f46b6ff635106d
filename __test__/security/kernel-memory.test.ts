import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { newSandboxes } from '../support/sandboxes.ts'

const MIB = 2 ** 20

/** Socket buffers of this machine, in MiB: those of its other network namespaces are included. */
function buffers(protocol: 'TCP' | 'UDP'): number {
  const line = readFileSync('/proc/net/sockstat', 'utf8').split('\n').find((text) => text.startsWith(`${protocol}:`))
  return (Number(/ mem (\d+)/.exec(line ?? '')?.[1]) * 4096) / MIB
}

const TCP = String.raw`
import socket, time
server = socket.create_server(('127.0.0.1', 0), backlog=500)
held, sent = [], 0
for _ in range(400):
    client = socket.create_connection(server.getsockname())
    held += [client, server.accept()[0]]
    client.setblocking(False)
    for _ in range(4):
        try:
            while True: sent += client.send(bytes(65536))
        except BlockingIOError: time.sleep(0.005)
print(sent)
`

const UDP = String.raw`
import socket
held = []
for _ in range(900):
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    receiver.bind(('127.0.0.1', 0))
    held.append(receiver)
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(150): sender.sendto(bytes(60000), receiver.getsockname())
    sender.close()
`

// Under cgroup v2 they are memory, and the program is killed for it.
test.each([['TCP', TCP], ['UDP', UDP]] as const)('%s buffers of a sandbox take no more memory of the host than it may have', async (protocol, program) => {
  const box = newSandboxes({ memory: '256m', network: 'none', timeout: 60_000, cpus: 2 })
  const report = `
def mem(): return next(int(line.split()[-1]) * 4096 for line in open('/proc/net/sockstat') if line.startswith('${protocol}:'))
before = mem()
${program}
print('taken', mem() - before)`
  const before = buffers(protocol)
  const { stdout, stderr, oomKilled } = await box.exec('a', ['python3', '-c', report])
  if (!oomKilled) {
    expect(stderr).toBe('')
    const taken = Number(/taken (-?\d+)/.exec(stdout)?.[1])
    // Other sandboxes are counted too, hence the margin.
    expect(taken / MIB).toBeLessThan(256)
    expect(taken / MIB).toBeGreaterThan(10)
  }
  expect(buffers(protocol) - before).toBeLessThan(256)
})

test('many TCP connections at once get their data through', async () => {
  const box = newSandboxes({ memory: '64m', network: 'none', timeout: 60_000, cpus: 2 })
  const program = String.raw`
import socket, threading
TOTAL = 4 << 20
def receive(server, counts):
    connection, count = server.accept()[0], 0
    while data := connection.recv(262144): count += len(data)
    counts.append(count)
def send(address):
    with socket.create_connection(address) as connection: connection.sendall(bytes(TOTAL))
counts, threads = [], []
for _ in range(24):
    server = socket.create_server(('127.0.0.1', 0))
    for target, arguments in ((receive, (server, counts)), (send, (server.getsockname(),))):
        threads.append(threading.Thread(target=target, args=arguments))
for thread in threads: thread.start()
for thread in threads: thread.join()
print(counts == [TOTAL] * 24)
`
  expect(await box.exec('a', ['python3', '-c', program])).toMatchObject({ stdout: 'True\n', stderr: '', exitCode: 0 })
})

const IPC = String.raw`
import ctypes, resource
libc = ctypes.CDLL(None, use_errno=True)
IPC_PRIVATE, IPC_CREAT = 0, 0o1000
def attempts(make):
    count = 0
    while count < 10000 and make(count) >= 0: count += 1
    return count
shm = attempts(lambda number: libc.shmget(IPC_PRIVATE, 1 << 20, IPC_CREAT | 0o600))
msg = attempts(lambda number: libc.msgget(IPC_PRIVATE, IPC_CREAT | 0o600))
mqueue = attempts(lambda number: libc.mq_open(b'/q%d' % number, 0o102, 0o600, None))
print(shm, msg, mqueue)
for name in ('MSGQUEUE', 'SIGPENDING'): print(name, *resource.getrlimit({'MSGQUEUE': 12, 'SIGPENDING': 11}[name]))
`

test('shared memory and message queues are bounded', async () => {
  const box = newSandboxes({ memory: '128m', network: 'none' })
  const { stdout } = await box.exec('a', ['python3', '-c', IPC])
  expect(stdout).toBe('32 32 8\nMSGQUEUE 819200 819200\nSIGPENDING 8192 8192\n')
  expect((await box.exec('a', 'df --output=size -B1M /dev/shm | tail -1')).stdout.trim()).toBe('32')
  // Segments that no process uses are gone.
  expect((await box.exec('a', 'tail -n +2 /proc/sysvipc/shm')).stdout).toBe('')
})
