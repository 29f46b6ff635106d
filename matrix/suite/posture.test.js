import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GVISOR, MAPPED, scaled } from './support/environment.js'
import { newSandboxes } from './support/sandboxes.js'

const PROFILES = ['conversation', 'session', 'task']

/** Tries what hostile code tries, and prints one line for each attempt. */
const ATTEMPTS = `
import ctypes, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, call):
    ctypes.set_errno(0)
    try:
        result = call()
    except OSError as error:
        return print(name, 'refused')
    print(name, 'refused' if isinstance(result, int) and result == -1 else 'allowed')
attempt('setuid', lambda: os.setuid(0))
attempt('setgroups', lambda: os.setgroups([]))
attempt('chroot', lambda: os.chroot('/'))
attempt('mount', lambda: libc.mount(b'none', b'/mnt', b'tmpfs', 0, None))
attempt('user namespace', lambda: libc.unshare(0x10000000))
attempt('mount namespace', lambda: libc.unshare(0x00020000))
attempt('keyctl', lambda: libc.syscall(250, 0, -3, 0))
attempt('bpf', lambda: libc.syscall(321, 0, 0, 0))
attempt('io_uring', lambda: libc.syscall(425, 1, 0))
attempt('ptrace of the agent', lambda: libc.ptrace(16, 1, 0, 0))
attempt('kill of the agent', lambda: os.kill(1, 9))
attempt('memory of the agent', lambda: open('/proc/1/mem', 'rb'))
attempt('environment of the agent', lambda: open('/proc/1/environ', 'rb').read())
attempt('raw socket', lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
attempt('packet socket', lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3))
attempt('device', lambda: os.mknod('/workspace/sda', 0o60600, os.makedev(8, 0)))
attempt('lower nice', lambda: os.nice(-30))
attempt('lower oom_score_adj', lambda: os.write(os.open('/proc/self/oom_score_adj', os.O_WRONLY), b'-1000') and 0)
attempt('sysctl', lambda: open('/proc/sys/kernel/core_pattern', 'w'))
attempt('sysrq', lambda: open('/proc/sysrq-trigger', 'w'))
attempt('kernel memory', lambda: open('/proc/kcore', 'rb').read(1) or -1)
attempt('kernel log', lambda: open('/dev/kmsg', 'rb'))
attempt('the agent itself', lambda: open('/.cofferdam/agent', 'r+b'))
attempt('its socket', lambda: os.listdir('/run/cofferdam'))
attempt('the cgroup', lambda: open('/sys/fs/cgroup/pids.max', 'w'))
attempt('the engine', lambda: os.stat('/var/run/docker.sock'))
`

for (const profile of PROFILES) {
  test(`with the profile ${profile}, a command has no privileges`, { timeout: scaled(60_000) }, async (t) => {
    const box = newSandboxes({ profile })
    const { stdout } = await box.exec('a', "id -u; grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status; head -c 40 /proc/self/uid_map")
    t.diagnostic(stdout.replaceAll(/\s+/g, ' '))
    assert.notEqual(stdout.split('\n')[0], '0')
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) assert.match(stdout, new RegExp(`^${set}:\\s+0+$`, 'm'))
    // gVisor's /proc has neither line; what they do is attempted below.
    if (!GVISOR) assert.match(stdout, /^NoNewPrivs:\s+1$/m)
    if (!GVISOR) assert.match(stdout, /^Seccomp:\s+2$/m)
  })

  test(`with the profile ${profile}, what hostile code tries is refused`, { timeout: scaled(60_000) }, async () => {
    const box = newSandboxes({ profile })
    const { stdout, stderr } = await box.exec('a', ['python3', '-c', ATTEMPTS])
    assert.equal(stderr, '')
    assert.deepEqual(stdout.trim().split('\n').filter((line) => !line.endsWith(' refused')), [])
  })
}

test('a session has a read-only root file system and no network', { timeout: scaled(60_000) }, async () => {
  const box = newSandboxes({ profile: 'session' })
  const { stdout, stderr } = await box.exec('a', 'ls /sys/class/net; touch /workspace/f /tmp/f && echo written; touch /etc/x /usr/x /opt/x; tail -n +2 /proc/net/route | wc -l')
  assert.equal(stdout, 'lo\nwritten\n0\n')
  assert.equal(stderr.match(/Read-only file system/g)?.length, 3)
})

test('in-memory directories are as small as they were asked for, and run no programs', { timeout: scaled(60_000) }, async () => {
  const box = newSandboxes({ profile: 'session' })
  const { stdout } = await box.exec('a', 'head -c 80M /dev/zero > /tmp/big; stat -c %s /tmp/big; rm /tmp/big; cp /bin/true /tmp/true; /tmp/true || echo refused')
  const [size, run] = stdout.split('\n')
  assert.ok(Number(size) <= 50 * 1024 ** 2, `${size} bytes in /tmp`)
  assert.equal(run, 'refused')
})

test('root in the container is nobody’s root outside, where the engine maps users', { skip: !MAPPED && 'the engine maps no users', timeout: scaled(60_000) }, async () => {
  const { stdout } = await newSandboxes().exec('a', "awk '$1 == 0 { print $2 }' /proc/self/uid_map")
  assert.notEqual(stdout.trim(), '0')
})
