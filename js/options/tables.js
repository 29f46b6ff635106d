import { defaults } from '../addon/load.js'
import { invalid } from '../errors/sandbox-error.js'
import { checkArgument, checkOptions, kinds } from './check.js'

/** Options of every call; see `CallOptions`. */
export const CALL = { signal: kinds.signal }

/** Options of `close`. */
export const CLOSE = { stopAll: kinds.boolean }

/** The `engine` option: an address or an object. */
const engineKind = {
  is: (value) => typeof value === 'string' || (typeof value === 'object' && value !== null),
  name: "an address such as 'unix:///var/run/docker.sock', or an object with host and tls",
}

/** Options of every class that connects to an engine; see `DockerManagerOptions`. */
export const ENGINE = { engine: engineKind, engineTimeout: kinds.number }

/** The `engine` option as an object; see `EngineOptions`. */
export const ENDPOINT = { host: kinds.string, tls: { is: (value) => typeof value === 'object' && value !== null, name: 'an object with ca, cert and key' } }

/** See `EngineOptions.tls`. */
export const TLS = { ca: kinds.string, cert: kinds.string, key: kinds.string }

/** The environment variables that name an engine and its settings. Those of a worker, and of some runtimes, exist in JavaScript alone. */
function engineEnvironment() {
  const set = defaults.engineVariables.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined)
  return Object.fromEntries(set)
}

/** Converts the `engine` option to the form that the addon takes. */
export function engineOptions(engine, timeout) {
  const environment = engineEnvironment()
  if (typeof engine === 'string') return { host: engine, timeout, environment }
  if (engine === undefined) return { timeout, environment }
  const { host, tls } = checkOptions(engine, ENDPOINT)
  if (tls && !host) throw invalid('engine', 'engine.tls requires engine.host')
  return { host, timeout, environment, tls: tls !== undefined, ...checkOptions(tls, TLS) }
}

/** Settings of a sandbox; see `SandboxOptions`. */
export const SANDBOX = {
  profile: kinds.string,
  image: kinds.string,
  onImageChange: kinds.string,
  memory: kinds.size,
  cpus: kinds.number,
  pids: kinds.number,
  disk: kinds.size,
  timeout: kinds.number,
  maxTimeout: kinds.number,
  stopTimeout: kinds.number,
  outputLimit: kinds.size,
  network: kinds.string,
  host: kinds.string,
  dns: kinds.strings,
  readOnly: kinds.boolean,
  tmpfs: kinds.sizes,
  shmSize: kinds.size,
  ulimits: kinds.ulimits,
  user: kinds.string,
  env: kinds.record,
  runtime: kinds.string,
  labels: kinds.record,
  mounts: kinds.objects,
  workspace: kinds.string,
}

/** See `SandboxesOptions`. */
export const SANDBOXES = {
  ...SANDBOX,
  ...ENGINE,
  dataDir: kinds.string,
  idleTimeout: kinds.number,
  detachedGrace: kinds.number,
  cleanupInterval: kinds.number,
}

/** See `DockerSandboxOptions`. */
export const DOCKER_SANDBOX = { ...SANDBOXES, removeAfter: kinds.number }

/** See `CreateSessionOptions`. */
export const SESSION = { ...SANDBOX, sessionId: kinds.string, metadata: kinds.json, ...CALL }

/** Options of `remove`. */
export const REMOVE_SANDBOX = { workspace: kinds.boolean, ...CALL }

/** See `MountOptions`. */
export const MOUNT = { type: kinds.string, source: kinds.string, target: kinds.string, readOnly: kinds.boolean }

/** Converts checked options to the form that the addon takes. */
export function sandboxOptions({ engine, engineTimeout, mounts, ulimits, ...rest }) {
  const checked = mounts?.map((mount) => {
    const given = checkOptions(mount, MOUNT)
    for (const name of ['type', 'source', 'target']) checkArgument(`mounts.${name}`, given[name], kinds.string)
    return given
  })
  return { ...rest, engine: engineOptions(engine, engineTimeout), mounts: checked, ulimits: ulimits && bothLimits(ulimits) }
}

/** Limits of processes, each with a soft and a hard one. */
function bothLimits(ulimits) {
  return Object.fromEntries(Object.entries(ulimits).map(([name, given]) => [name, kinds.number.is(given) ? { soft: given, hard: given } : given]))
}

/** See `ExecOptions`. */
export const EXEC = {
  timeout: kinds.number,
  killGrace: kinds.number,
  killSignal: kinds.signalName,
  cwd: kinds.string,
  env: kinds.record,
  stdin: kinds.data,
  outputLimit: kinds.size,
  encoding: kinds.encoding,
  onStdout: kinds.function,
  onStderr: kinds.function,
  ...CALL,
}

/** See `SpawnOptions`. */
export const SPAWN = {
  cwd: kinds.string,
  env: kinds.record,
  stdin: kinds.string,
  timeout: kinds.number,
  killGrace: kinds.number,
  killSignal: kinds.signalName,
  pty: kinds.object,
  detached: kinds.boolean,
  log: kinds.size,
  name: kinds.string,
  ...CALL,
}

/** See `PtyOptions`. */
export const PTY = { cols: kinds.number, rows: kinds.number, term: kinds.string }

/** The size of a terminal. */
export const TERMINAL_SIZE = { cols: kinds.number, rows: kinds.number }

/** See `AttachOptions`. */
export const ATTACH = { from: { is: (value) => typeof value === 'string' || kinds.object.is(value), name: "'start', 'now' or an object with offsets" }, ...CALL }

/** Offsets in the output of a process. */
export const POSITION = { stdout: kinds.count, stderr: kinds.count }

/** See `Process.output`. */
export const OUTPUT = { encoding: kinds.encoding, ...CALL }

/** See `Process.waitForOutput`. */
export const WAIT_FOR_OUTPUT = { timeout: kinds.duration, ...CALL }

/** See `ShellOptions`. */
export const SHELL = { cwd: kinds.string, env: kinds.record, name: kinds.string, ...CALL }

/** See `ShellRunOptions`. */
export const RUN = { timeout: kinds.duration, outputLimit: kinds.size, encoding: kinds.encoding, onStdout: kinds.function, onStderr: kinds.function, ...CALL }

/** Options of `waitForPort`. */
export const WAIT_FOR_PORT = { timeout: kinds.duration, ...CALL }

/** Options of `tunnel`. */
export const TUNNEL = { hostPort: kinds.number, ...CALL }

const { killGrace: _grace, killSignal: _signal, ...ENGINE_EXEC } = EXEC

/** See `ContainerExecOptions`. */
export const CONTAINER_EXEC = { ...ENGINE_EXEC, user: kinds.string }

const { profile: _profile, workspace: _workspace, ...TASK_SANDBOX } = SANDBOX

/** See `DockerExecutorOptions`. */
export const EXECUTOR = {
  ...TASK_SANDBOX,
  ...ENGINE,
  isolation: kinds.string,
  tasksDir: kinds.string,
  images: kinds.record,
  log: kinds.function,
  logLevel: kinds.string,
}

/** See `TaskOptions`. */
export const TASK = { ...EXEC, image: kinds.string, runtime: kinds.string, archive: kinds.data, files: kinds.files, chownWorkspace: kinds.boolean }

/** Options of `executeBatch`. */
export const BATCH = { concurrency: kinds.number, ...CALL }

/** Options of `stopContainer` and `restartContainer`. */
export const STOP = { timeout: kinds.number, ...CALL }

/** Options of `watchContainerStats`. */
export const WATCH = { interval: kinds.duration, ...CALL }

/** See `LogOptions`. */
export const LOGS = {
  follow: kinds.boolean,
  stdout: kinds.boolean,
  stderr: kinds.boolean,
  tail: kinds.count,
  since: kinds.instant,
  after: kinds.string,
  until: kinds.instant,
  timestamps: kinds.boolean,
  encoding: kinds.encoding,
  ...CALL,
}

/** See `RegistryCredentials`. */
export const AUTH = { username: kinds.string, password: kinds.string, identityToken: kinds.string, registryToken: kinds.string }

/** Options of `pull`. */
export const PULL = { platform: kinds.string, auth: kinds.object, onProgress: kinds.function, ...CALL }

/** Options of `push`. */
export const PUSH = { auth: kinds.object, onProgress: kinds.function, ...CALL }

/** Options of `loadImages`. */
export const LOAD = { onProgress: kinds.function, ...CALL }

/** See `ImportOptions`. */
export const IMPORT = { name: kinds.string, message: kinds.string, changes: kinds.strings, platform: kinds.string, onProgress: kinds.function, ...CALL }

/** Options of `searchImages`. */
export const SEARCH = { limit: kinds.count, filters: kinds.filters, ...CALL }

/** See `PutArchiveOptions`. */
export const PUT = { keepKinds: kinds.boolean, ...CALL }

/** See `ContainerAttachOptions`. */
export const CONTAINER_ATTACH = { stdin: kinds.boolean, stdout: kinds.boolean, stderr: kinds.boolean, logs: kinds.boolean, encoding: kinds.encoding, ...CALL }

/** See `StartProcessOptions`. */
export const START = { cwd: kinds.string, env: kinds.record, user: kinds.string, tty: kinds.boolean, encoding: kinds.encoding, ...CALL }

/** See `BuildOptions`. */
export const BUILD = {
  dockerfile: kinds.string,
  tags: kinds.strings,
  buildArgs: kinds.record,
  labels: kinds.record,
  target: kinds.string,
  noCache: kinds.boolean,
  network: kinds.string,
  platform: kinds.string,
  pull: kinds.boolean,
  cacheFrom: kinds.strings,
  auth: kinds.records,
  builder: kinds.string,
  secrets: kinds.files,
  onProgress: kinds.function,
  ...CALL,
}

/** Options of `commit`. */
export const COMMIT = { name: kinds.string, message: kinds.string, pause: kinds.boolean, ...CALL }

/** Options of `readFile`. */
export const READ = { encoding: kinds.encoding, ...CALL }

/** See `WriteOptions`. */
export const WRITE = { mode: kinds.mode, ...CALL }

/** See `DeleteOptions`. */
export const DELETE = { recursive: kinds.boolean, force: kinds.boolean, ...CALL }

/** See `CopyOptions`. */
export const COPY = { maxBytes: kinds.size, maxEntries: kinds.number, ...CALL }

/** See `TaskNetworkOptions`. */
export const NETWORK = { internal: kinds.boolean, dns: kinds.strings, subnet: kinds.string, ...CALL }

/** See `NewNetworkOptions`. */
export const NEW_NETWORK = {
  name: kinds.string,
  driver: kinds.string,
  driverOptions: kinds.record,
  labels: kinds.record,
  internal: kinds.boolean,
  ipv6: kinds.boolean,
  subnets: kinds.objects,
  ...CALL,
}

/** See `NetworkSubnet`. */
export const SUBNET = { subnet: kinds.string, gateway: kinds.string, ipRange: kinds.string }

/** See `ConnectOptions`. */
export const CONNECT = { aliases: kinds.strings, ipv4Address: kinds.string, ipv6Address: kinds.string, ...CALL }

/** See `ListOptions`. */
export const LIST = { all: kinds.boolean, filters: kinds.filters, ...CALL }

/** Options of `events`. */
export const EVENTS = { filters: kinds.filters, since: kinds.time, until: kinds.time, ...CALL }

/** Options of the removal of an image or a volume. */
export const REMOVE = { force: kinds.boolean, ...CALL }

/** Options of `removeContainer`. */
export const REMOVE_CONTAINER = { force: kinds.boolean, volumes: kinds.boolean, ...CALL }

/** Options of `listProcesses`. */
export const TOP = { psArguments: kinds.string, ...CALL }

/** Options of `request`. */
export const REQUEST = { query: kinds.json, body: kinds.json, ...CALL }

/** Options of `wait`. */
export const WAIT = { condition: kinds.string, ...CALL }

/** Options of a new volume. */
export const VOLUME = { name: kinds.string, driver: kinds.string, driverOptions: kinds.record, labels: kinds.record, ...CALL }

/** Options of a list of volumes or networks. */
export const FILTERED = { filters: kinds.filters, ...CALL }
