import { expect, test } from 'vitest'
import { exportsOf, keysOfNative, keysOfTypes, optionModules, optionTypes, structsOfCore } from './sources.ts'

// An option is named in index.d.ts, in a table of js/options, in native.d.ts and in a struct of the core. These tests compare the names.

type Table = Record<string, unknown>

const modules = await Promise.all(optionModules().map(exportsOf))
const isTable = (name: string) => /^[A-Z_]+$/.test(name)
const tables = Object.fromEntries(modules.flatMap((exported) => Object.entries(exported).filter(([name]) => isTable(name)))) as Record<string, Table>

const keys = (...names: string[]) => [...new Set(names.flatMap((name) => Object.keys(tables[name] ?? {})))].sort()

/** Each table, and the types of index.d.ts that have its keys. */
const PUBLIC: Record<string, string[]> = {
  SANDBOX: ['api.SandboxOptions'],
  SANDBOXES: ['api.SandboxesOptions', 'api.SandboxManagerOptions'],
  DOCKER_SANDBOX: ['api.DockerSandboxOptions'],
  SESSION: ['api.CreateSessionOptions'],
  MOUNT: ['api.MountOptions'],
  ENGINE: ['api.DockerManagerOptions', "Omit<NonNullable<Parameters<typeof api.doctor>[0]>, 'signal' | 'dataDir'>"],
  ENDPOINT: ['api.EngineOptions'],
  TLS: ["api.EngineOptions['tls']"],
  WRITE: ['api.WriteOptions', "Parameters<api.DockerSandbox['writeFile']>[3]"],
  CALL: ['api.CallOptions', "Parameters<api.SandboxManager['listFiles']>[2]"],
  CLOSE: ["Parameters<api.DockerSandbox['close']>[0]", "Parameters<api.SandboxManager['close']>[0]"],
  EXEC: ['api.ExecOptions'],
  READ: ["Parameters<api.DockerSandbox['readFile']>[2]", "Parameters<api.SandboxManager['readFile']>[2]", "Parameters<api.Sandbox['readFile']>[1]"],
  DELETE: ['api.DeleteOptions'],
  COPY: ['api.CopyOptions'],
  REMOVE_CONTAINER: ["Parameters<api.DockerManager['removeContainer']>[1]"],
  TOP: ["Parameters<api.DockerManager['listProcesses']>[1]"],
  REQUEST: ["Parameters<api.DockerManager['request']>[2]"],
  HEALTH: ['api.ContainerHealthCheck'],
  DEVICE: ["Exclude<NonNullable<api.ContainerConfig['devices']>[number], string>"],
  WAIT: ["Parameters<api.DockerManager['wait']>[1]"],
  REMOVE: ["Parameters<api.DockerManager['removeImage']>[1]", "Parameters<api.VolumeManager['remove']>[1]"],
  REMOVE_SANDBOX: ["Parameters<api.DockerSandbox['remove']>[1]", "Parameters<api.Sandbox['remove']>[0]"],
  EXECUTOR: ['api.DockerExecutorOptions'],
  TASK: ['api.TaskOptions'],
  BATCH: ["Parameters<api.DockerExecutor['executeBatch']>[1]"],
  CONTAINER: ['api.ContainerConfig'],
  CONTAINER_MOUNT: ['api.ContainerMount'],
  LIMITS: ['api.ResourceLimits'],
  RESTART: ["api.ContainerConfig['restartPolicy']"],
  SECURITY: ['api.ContainerSecurity'],
  CONTAINER_EXEC: ['api.ContainerExecOptions'],
  STOP: ["Parameters<api.DockerManager['stopContainer']>[1]", "Parameters<api.DockerManager['restartContainer']>[1]"],
  WATCH: ["Parameters<api.DockerSandbox['watchStats']>[1]", "Parameters<api.DockerManager['watchContainerStats']>[1]"],
  LOGS: ['api.LogOptions'],
  LIST: ['api.ListOptions', "Parameters<api.DockerManager['pruneContainers']>[0]", "Parameters<api.VolumeManager['prune']>[0]", "Parameters<api.NetworkManager['prune']>[0]"],
  EVENTS: ["Parameters<api.DockerManager['events']>[0]"],
  AUTH: ['api.RegistryCredentials'],
  PUSH: ["Parameters<api.DockerManager['push']>[1]"],
  LOAD: ["Parameters<api.DockerManager['loadImages']>[1]"],
  IMPORT: ['api.ImportOptions'],
  SEARCH: ["Parameters<api.DockerManager['searchImages']>[1]"],
  PUT: ['api.PutArchiveOptions'],
  CONTAINER_ATTACH: ['api.ContainerAttachOptions'],
  FS_READ_FILE: ['api.FsReadFileOptions'],
  FS_WRITE_FILE: ['api.FsWriteFileOptions'],
  FS_READDIR: ['api.FsReaddirOptions'],
  FS_ENCODING: ['api.FsEncodingOptions'],
  FS_MKDIR: ['api.FsMkdirOptions'],
  FS_RM: ['api.FsRmOptions'],
  FS_CP: ['api.FsCpOptions'],
  FS_READ_STREAM: ['api.FsReadStreamOptions'],
  FS_WRITE_STREAM: ['api.FsWriteStreamOptions'],
  READ_LINES: ['api.ReadLinesOptions'],
  FILE_EDIT: ['api.FileEdit'],
  EXPECTED_FILE: ["api.FileEdit['expected']"],
  FILE_TO_WRITE: ['api.FileToWrite'],
  GLOB: ['api.GlobOptions'],
  GREP: ['api.GrepOptions'],
  FS_WATCH: ['api.FsWatchOptions'],
  SPAWN: ['api.SpawnOptions'],
  PTY: ['api.PtyOptions'],
  TERMINAL_SIZE: ["Parameters<api.Process['resize']>[0]", "Parameters<api.Attachment['resize']>[0]"],
  ATTACH: ['api.AttachOptions'],
  POSITION: ["Exclude<api.AttachOptions['from'], string>"],
  OUTPUT: ["Parameters<api.Process['output']>[0]"],
  WAIT_FOR_OUTPUT: ["Parameters<api.Process['waitForOutput']>[1]"],
  SHELL: ['api.ShellOptions'],
  RUN: ['api.ShellRunOptions'],
  WAIT_FOR_PORT: ["Parameters<api.DockerSandbox['waitForPort']>[2]"],
  TUNNEL: ["Parameters<api.DockerSandbox['tunnel']>[2]"],
  START: ['api.StartProcessOptions'],
  UPDATE: ['api.ContainerUpdate'],
  NEW_NETWORK: ['api.NewNetworkOptions'],
  SUBNET: ['api.NetworkSubnet'],
  CONNECT: ['api.ConnectOptions'],
  PULL: ["Parameters<api.DockerManager['pull']>[1]"],
  BUILD: ['api.BuildOptions'],
  COMMIT: ["Parameters<api.DockerManager['commit']>[1]"],
  VOLUME: ["Parameters<api.VolumeManager['create']>[0]"],
  FILTERED: ["Parameters<api.VolumeManager['list']>[0]", "Parameters<api.NetworkManager['list']>[0]"],
  NETWORK: ['api.TaskNetworkOptions'],
}

const types = keysOfTypes(Object.values(PUBLIC).flat())

test.each(Object.entries(PUBLIC).flatMap(([table, expressions]) => expressions.map((type) => [table, type] as const)))('%s has the keys of %s', (table, type) => {
  expect(keys(table)).toEqual(types.get(type))
})

test('every table of js/options and every option type of index.d.ts is compared', () => {
  expect(Object.keys(tables).sort()).toEqual(Object.keys(PUBLIC).sort())
  const compared = Object.values(PUBLIC).flat()
  expect(optionTypes().filter((name) => !compared.includes(`api.${name}`))).toEqual([])
})

/** Why a key is on one side only. An entry that no longer applies fails the test. */
interface Exceptions {
  left?: Record<string, string>
  right?: Record<string, string>
}

function compare(left: string[], right: string[], exceptions: Exceptions = {}): void {
  const without = (all: string[], others: string[]) => all.filter((key) => !others.includes(key))
  expect({ left: without(left, right), right: without(right, left) }).toEqual({
    left: Object.keys(exceptions.left ?? {}).sort(),
    right: Object.keys(exceptions.right ?? {}).sort(),
  })
}

const SIGNAL = { signal: 'passed as a Cancellation' }
const OUTPUT = { onStdout: 'passed as an OutputStream', onStderr: 'passed as an OutputStream', encoding: 'passed as `binary`' }

/** Tables of js/options, the interface of native.d.ts that takes their values, and the differences (left: js, right: native). */
const NATIVE: [string[], string, Exceptions?][] = [
  [['SANDBOXES'], 'NativeOptions', { left: { engineTimeout: 'passed as `engine.timeout`', idleTimeout: 'an argument of `clean`', detachedGrace: 'an argument of `clean`', cleanupInterval: 'the timer is in js/sandbox/janitor.js' } }],
  [['ENDPOINT', 'TLS'], 'NativeEngineOptions', { right: { timeout: 'the option `engineTimeout`', environment: 'variables of the process' } }],
  [['MOUNT'], 'NativeMount'],
  [['EXEC'], 'NativeExecOptions', { left: { ...SIGNAL, ...OUTPUT }, right: { binary: 'the option `encoding`' } }],
  [['COPY'], 'NativeCopyOptions', { left: SIGNAL }],
  [['LOGS'], 'NativeLogOptions', { left: { ...SIGNAL, encoding: 'text is decoded in js/engine/answers.js' } }],
  [['BUILD'], 'NativeBuildOptions', { left: { ...SIGNAL, onProgress: 'progress is a JsonStream' }, right: { context: 'an argument of `buildImage`' } }],
  [['NETWORK'], 'NativeNetworkOptions', { left: SIGNAL }],
  [['NEW_NETWORK'], 'NativeNewNetwork', { left: SIGNAL }],
  [['SUBNET'], 'NativeRange'],
  [['CONNECT'], 'NativeEndpoint', { left: SIGNAL }],
  [['AUTH'], 'NativeCredentials'],
  [['PUT'], 'NativePutOptions', { left: SIGNAL }],
  [['IMPORT'], 'NativeImportOptions', { left: { ...SIGNAL, onProgress: 'progress is a JsonStream' } }],
  [['GREP'], 'NativeGrep', { left: SIGNAL, right: { pattern: 'an argument of `grep`' } }],
  [['GLOB'], 'NativeGlob', { left: SIGNAL, right: { patterns: 'an argument of `glob`' } }],
  [['SPAWN'], 'NativeSpawnOptions', { left: SIGNAL, right: { control: 'for shells; see js/shell/shell.js' } }],
  [['PTY'], 'NativePty'],
  [['POSITION'], 'NativePosition', { right: { now: "the position 'now'" } }],
  [['CONTAINER_ATTACH'], 'NativeAttachOptions', { left: { ...SIGNAL, encoding: 'text is decoded in js/engine/answers.js' } }],
  [['START'], 'NativeStartOptions', { left: { ...SIGNAL, encoding: 'text is decoded in js/engine/answers.js' }, right: { command: 'an argument of `startProcess`' } }],
  [['VOLUME'], 'NativeVolumeOptions', { left: SIGNAL }],
  [['CONTAINER_EXEC'], 'NativeManagedExec', { left: { ...SIGNAL, ...OUTPUT }, right: { binary: 'the option `encoding`', command: 'an argument of `exec`' } }],
]

test.each(NATIVE)('%j has the keys of %s', (names, native, exceptions) => {
  compare(keys(...names), keysOfNative(native), exceptions)
})

test('TASK has the keys of NativeTask, in addition to those of EXEC', () => {
  const own = keys('TASK').filter((key) => !keys('EXEC').includes(key))
  compare(own, keysOfNative('NativeTask'), {
    left: { runtime: 'passed as `image`' },
    right: { hostEnvironment: 'the executor’s `isolation`', workspaceDir: 'an argument of `execute`' },
  })
})

test('the core’s Options have the keys of NativeOptions', () => {
  const [options, ...others] = structsOfCore().filter(({ name, fields }) => name === 'Options' && fields.includes('maxTimeout'))
  expect(others).toEqual([])
  compare(options?.fields ?? [], keysOfNative('NativeOptions'), { left: { lifetime: 'follows from the profile', workspaceDir: 'set for a task by the core' } })
})

/** Tables whose values reach the core as JSON, and a field that identifies the core's struct (left: js, right: core). */
const JSON_TABLES: [string, string, Exceptions?][] = [
  ['CONTAINER', 'hostname'],
  ['CONTAINER_MOUNT', 'size', { left: { type: 'a Rust keyword, renamed by serde' }, right: { kind: 'renamed to `type` by serde' } }],
  ['LIMITS', 'blkioWeight'],
  ['SECURITY', 'capDrop'],
  ['HEALTH', 'startPeriod'],
  ['DEVICE', 'permissions'],
]

test.each(JSON_TABLES)('%s has the fields of the core’s struct with %s', (table, field, exceptions) => {
  const parsed = structsOfCore().filter(({ attributes, fields }) => attributes.includes('deny_unknown_fields') && fields.includes(field))
  expect(parsed).toHaveLength(1)
  compare(keys(table), parsed[0]?.fields ?? [], exceptions)
})

test('UPDATE has the fields of the core’s Update', () => {
  const [update, ...others] = structsOfCore().filter(({ name }) => name === 'Update')
  expect(others).toEqual([])
  compare(keys('UPDATE'), update?.fields ?? [])
})
