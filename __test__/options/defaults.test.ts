import path from 'node:path'
import { expect, test } from 'vitest'
import { documentation, documentedDefaults, exportsOf, sourceOf } from './sources.ts'

// The `@default` values of index.d.ts are those that the addon uses.

const { defaults, native } = await exportsOf('addon/load.js')

const open = (options: object = {}) => new native.NativeChecks(new native.NativeSandboxes({ engine: {}, ...options }, false))
const settings = (options?: object) => open(options).settings()
const terms = (options?: object) => open(options).checkExec('id', 'true', {})

/** The value of an option that makes no difference. */
function same(option: string, values: string[]): string | undefined {
  return values.find((value) => JSON.stringify(settings({ [option]: value })) === JSON.stringify(settings()))
}

/** The longest deadline that a command can have. */
function longestTimeout(): number {
  const allowed = (timeout: number) => {
    try {
      return open().checkExec('id', 'true', { timeout }) !== undefined
    } catch {
      return false
    }
  }
  let [low, high] = [1, 24 * 60 * 60_000 + 1]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (allowed(middle)) low = middle
    else high = middle
  }
  return low
}

/** What the addon uses without the option. */
const ACTUAL: Record<string, () => unknown> = {
  'SandboxOptions.profile': () => same('profile', ['task', 'session', 'conversation']),
  'SandboxOptions.image': () => settings().image,
  'SandboxOptions.memory': () => settings().memory,
  'SandboxOptions.cpus': () => settings().cpus,
  'SandboxOptions.pids': () => settings().pids,
  'SandboxOptions.timeout': () => terms().timeout,
  'SandboxOptions.maxTimeout': longestTimeout,
  'SandboxOptions.stopTimeout': () => settings().stopTimeout,
  'ExecOptions.killGrace': () => terms().killGrace,
  'SandboxOptions.outputLimit': () => terms().outputLimit,
  'SandboxOptions.network': () => (settings().network ? 'enabled' : 'none'),
  'SandboxOptions.host': () => settings().host,
  'SandboxOptions.readOnly': () => settings().readOnly,
  'SandboxOptions.user': () => same('user', ['12345:12345', 'auto']),
  'SandboxOptions.workspace': () => same('workspace', ['volume', 'auto']),
  'SandboxesOptions.engineTimeout': () => defaults.engineTimeout,
  'SandboxesOptions.dataDir': () => settings().dataDir,
  'SandboxesOptions.idleTimeout': () => defaults.idle.idleTimeout,
  'SandboxesOptions.detachedGrace': () => defaults.idle.detachedGrace,
  'SandboxesOptions.cleanupInterval': () => defaults.idle.cleanupInterval,
  'DockerSandboxOptions.removeAfter': () => defaults.idle.removeAfter,
  'CopyOptions.maxBytes': () => open().checkCopy('id', '/tmp', 'x', {}).bytes,
  'CopyOptions.maxEntries': () => open().checkCopy('id', '/tmp', 'x', {}).entries,
  'DockerManagerOptions.engineTimeout': () => defaults.engineTimeout,
  'ContainerExecOptions.timeout': () => defaults.containers.execTimeout,
  'ContainerExecOptions.outputLimit': () => defaults.containers.outputLimit,
  'DockerManager.killContainer': () => defaults.containers.killSignal,
  'DockerManager.watchContainerStats': () => defaults.containers.statsInterval,
  'DockerExecutorOptions.engineTimeout': () => defaults.engineTimeout,
  'DockerExecutorOptions.logLevel': () => defaults.tasks.logLevel,
}

const LIFE = 'takes effect when a sandbox is next started; see __test__/lifecycle/image-change.test.ts'
const TEXT = 'the facade decodes unless bytes are asked for; see __test__/exec/encoding.test.ts'
const SENT = 'part of the request to the engine; see the tests of the core’s container configuration'
const AS_NODE = 'that of node:fs; see __test__/fs/as-node.test.ts and streams.test.ts'
const FLAG = 'a flag that is off when absent'

/** Documented defaults that cannot be read without an engine. */
const NOT_OBSERVED: Record<string, string> = {
  'MountOptions.readOnly': SENT,
  'ExecOptions.encoding': TEXT,
  'SandboxOptions.onImageChange': LIFE,
  'ExecOptions.killSignal': 'sent to the agent; see __test__/deadline/grace.test.ts',
  'LogOptions.encoding': TEXT,
  'ContainerExecOptions.encoding': TEXT,
  'CreateSessionOptions.metadata': 'written by the facade; see __test__/sessions/sessions.test.ts',
  'DeleteOptions.recursive': FLAG,
  'DeleteOptions.force': FLAG,
  'ContainerConfig.restartPolicy': SENT,
  'ContainerConfig.tty': SENT,
  'ContainerConfig.openStdin': SENT,
  'ContainerConfig.stdinOnce': SENT,
  'ContainerConfig.autoRemove': SENT,
  'ContainerMount.readOnly': SENT,
  'ContainerSecurity.readOnly': SENT,
  'ContainerSecurity.noNewPrivileges': SENT,
  'ContainerSecurity.privileged': SENT,
  'ListOptions.all': FLAG,
  'LogOptions.follow': FLAG,
  'LogOptions.stdout': 'see __test__/manager/logs.test.ts',
  'LogOptions.stderr': 'see __test__/manager/logs.test.ts',
  'LogOptions.timestamps': FLAG,
  'BuildOptions.dockerfile': 'the engine’s own default',
  'BuildOptions.noCache': FLAG,
  'BuildOptions.builder': 'see __test__/builds/buildkit.test.ts',
  'BuildOptions.pull': FLAG,
  'PutArchiveOptions.keepKinds': FLAG,
  'ContainerAttachOptions.stdin': 'see __test__/manager/attach.test.ts',
  'ContainerAttachOptions.stdout': 'see __test__/manager/attach.test.ts',
  'ContainerAttachOptions.stderr': 'see __test__/manager/attach.test.ts',
  'ContainerAttachOptions.logs': FLAG,
  'ContainerAttachOptions.encoding': TEXT,
  'StartProcessOptions.tty': FLAG,
  'StartProcessOptions.encoding': TEXT,
  'NewNetworkOptions.driver': SENT,
  'NewNetworkOptions.internal': FLAG,
  'NewNetworkOptions.ipv6': FLAG,
  'TaskNetworkOptions.internal': FLAG,
  'TaskOptions.chownWorkspace': FLAG,
  'SpawnOptions.stdin': 'see __test__/processes/spawn.test.ts',
  'SpawnOptions.timeout': 'see __test__/processes/spawn.test.ts',
  'SpawnOptions.killGrace': 'sent to the agent, as that of a command',
  'SpawnOptions.killSignal': 'sent to the agent, as that of a command',
  'SpawnOptions.detached': FLAG,
  'SpawnOptions.log': 'see __test__/processes/detached.test.ts',
  'PtyOptions.cols': 'see __test__/processes/terminal.test.ts',
  'PtyOptions.rows': 'see __test__/processes/terminal.test.ts',
  'PtyOptions.term': 'see __test__/processes/terminal.test.ts',
  'AttachOptions.from': 'see __test__/processes/detached.test.ts',
  'ShellOptions.name': 'see __test__/processes/shell.test.ts',
  'ShellRunOptions.timeout': 'the facade’s own',
  'ShellRunOptions.outputLimit': 'the facade’s own',
  'ShellRunOptions.encoding': TEXT,
  'FileEdit.all': 'see __test__/fs/beyond.test.ts',
  'FsCpOptions.dereference': AS_NODE,
  'FsCpOptions.errorOnExist': AS_NODE,
  'FsCpOptions.force': AS_NODE,
  'FsCpOptions.preserveTimestamps': AS_NODE,
  'FsCpOptions.recursive': AS_NODE,
  'FsEncodingOptions.encoding': AS_NODE,
  'FsMkdirOptions.mode': AS_NODE,
  'FsMkdirOptions.recursive': AS_NODE,
  'FsReadStreamOptions.highWaterMark': AS_NODE,
  'FsReadStreamOptions.start': AS_NODE,
  'FsReaddirOptions.encoding': AS_NODE,
  'FsReaddirOptions.recursive': AS_NODE,
  'FsReaddirOptions.withFileTypes': AS_NODE,
  'FsRmOptions.force': AS_NODE,
  'FsRmOptions.recursive': AS_NODE,
  'FsWriteFileOptions.encoding': AS_NODE,
  'FsWriteFileOptions.flag': AS_NODE,
  'FsWriteFileOptions.mode': AS_NODE,
  'FsWriteStreamOptions.encoding': AS_NODE,
  'FsWriteStreamOptions.highWaterMark': AS_NODE,
  'FsWriteStreamOptions.mode': AS_NODE,
  'FsWatchOptions.recursive': 'see __test__/fs/watch.test.ts',
  'GlobOptions.cwd': 'see __test__/fs/search.test.ts',
  'GlobOptions.gitignore': 'see __test__/fs/search.test.ts',
  'GlobOptions.ignore': 'see __test__/fs/search.test.ts',
  'GlobOptions.limit': 'see __test__/fs/search.test.ts',
  'GrepOptions.context': 'see __test__/fs/search.test.ts',
  'GrepOptions.gitignore': 'see __test__/fs/search.test.ts',
  'GrepOptions.glob': 'see __test__/fs/search.test.ts',
  'GrepOptions.ignoreCase': 'see __test__/fs/search.test.ts',
  'GrepOptions.limit': 'see __test__/fs/search.test.ts',
  'GrepOptions.literal': 'see __test__/fs/search.test.ts',
  'GrepOptions.path': 'see __test__/fs/search.test.ts',
  'ReadLinesOptions.start': 'see __test__/fs/beyond.test.ts',
}

const documented = documentedDefaults()

test('every documented default is compared, or there is a reason why not', () => {
  expect([...documented.keys()].sort()).toEqual([...Object.keys(ACTUAL), ...Object.keys(NOT_OBSERVED)].sort())
})

test.each(Object.entries(ACTUAL))('the documented default of %s is the one in use', (name, actual) => {
  const value = actual()
  expect(value).toBeDefined()
  expect(parse(documented.get(name) ?? '', typeof value)).toBe(value)
})

/** A documented value, such as `'512m'`, or `1800000 (30 minutes)`. */
function parse(text: string, type: string): unknown {
  const [, quoted] = text.match(/^'(.*)'$/) ?? []
  const [, amount, unit] = quoted?.match(/^(\d+)([kmgt])$/) ?? []
  if (type === 'number' && amount && unit) return Number(amount) * 1024 ** ('kmgt'.indexOf(unit) + 1)
  return quoted ?? JSON.parse(text.replace(/ \(.*\)$/, ''))
}

test('the documentation of the profiles names their limits', () => {
  const text = documentation('SandboxOptions', 'profile')
  const [session, task] = [settings({ profile: 'session' }), settings({ profile: 'task' })]
  const [, ofSession = '', ofTask = ''] = text.match(/'session'`: (.*) `'task'`: (.*)$/) ?? []
  for (const part of [`${session.cpus} CPU,`, `${session.pids} processes`, `${terms({ profile: 'session' }).timeout / 60_000} minutes`, 'no network', 'read-only', `${session.disk / 2 ** 30} GiB disk`, `\`${session.dataDir}\``]) expect(ofSession).toContain(part)
  for (const part of [`${task.cpus} CPUs`, `${task.pids} processes`, `${terms({ profile: 'task' }).timeout / 1000} seconds`, 'the same']) expect(ofTask).toContain(part)
  for (const { network, readOnly, disk, tmpfs } of [session, task]) expect({ network, readOnly, disk, tmpfs: tmpfs.sort() }).toEqual({ network: false, readOnly: true, disk: session.disk, tmpfs: ['/run', '/tmp'] })
  expect(settings().disk ?? 'unlimited').toBe('unlimited')
})

test('defaults that only prose documents are those in use', () => {
  expect(documentation('DockerExecutor', 'executeBatch')).toContain(`(default: ${defaults.tasks.concurrency})`)
  expect(documentation('DockerExecutorOptions', 'images')).toContain(defaults.tasks.runtimes[0].image)
  expect(documentation('DockerExecutorOptions', 'isolation')).toContain(defaults.tasks.variables.isolation)
  for (const limit of ['memory', 'cpuShares', 'pids']) expect(documentation('ResourceLimits', limit)).toContain(defaults.containers.variables[limit])
})

test('the Nuxt module ignores the default data directory', () => {
  const [, ignored = ''] = sourceOf('nuxt/module.js').match(/options\.dataDir \|\| '([^']+)'/) ?? []
  expect(path.normalize(ignored)).toBe(path.normalize(settings().dataDir))
})
