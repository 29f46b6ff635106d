import { defaults } from '../addon/load.js'

// Converts the engine's answers to the types of index.d.ts. Engines and their versions differ, so any field may be missing or of
// another type.

/** A date or milliseconds, as seconds since 1970. */
export function seconds(time) {
  return time === undefined ? undefined : Number(time) / 1000
}

/** The same, or the text of a time as it is. */
export function instant(time) {
  return typeof time === 'string' ? time : seconds(time)
}

/** A time of the engine in ISO 8601; null if it never happened (the engine says year 1) or is not known. */
export function date(time) {
  const parsed = new Date(typeof time === 'string' || typeof time === 'number' ? time : NaN)
  return Number.isNaN(parsed.getTime()) || parsed.getUTCFullYear() <= 1 ? null : parsed.toISOString()
}

/** For a time that is always there, if the engine does not tell it. */
const NEVER = new Date(0).toISOString()

const text = (value) => (typeof value === 'string' ? value : '')
const list = (value) => (Array.isArray(value) ? value.filter((item) => item !== null && typeof item === 'object') : [])
const object = (value) => (value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {})
const plainName = (name) => text(name).replace(/^\//, '')

/** Docker's words for Podman's states. */
const STATES = new Map([
  ['stopped', 'exited'],
  ['configured', 'created'],
  ['initialized', 'created'],
  ['stopping', 'running'],
])

const state = (word) => STATES.get(word) ?? text(word)

/** A `ContainerStatus`. */
export function containerStatus({ Id, Name, State: described, RestartCount }) {
  const State = object(described)
  return {
    id: Id,
    name: plainName(Name),
    state: state(State.Status),
    running: State.Running === true,
    paused: State.Paused === true,
    // One that was never started has an exit code only if its start failed.
    exitCode: State.Running || (state(State.Status) === 'created' && State.ExitCode === 0) ? null : (State.ExitCode ?? null),
    oomKilled: State.OOMKilled === true,
    error: State.Error || null,
    pid: State.Pid || null,
    startedAt: date(State.StartedAt),
    finishedAt: date(State.FinishedAt),
    restarts: RestartCount ?? 0,
    health: State.Health?.Status || null,
  }
}

/** A `ContainerSummary`. */
export function containerSummary({ Id, Names, Image, ImageID, Command, Created, State, Status, Labels, Ports, Mounts, NetworkSettings }) {
  return {
    id: Id,
    // The other names are those that linked containers have for it.
    name: plainName(Array.isArray(Names) ? Names.find((name) => !text(name).slice(1).includes('/')) : undefined),
    image: Image,
    imageId: ImageID,
    command: Command,
    created: date(Created * 1000) ?? NEVER,
    state: state(State),
    status: text(Status),
    labels: object(Labels),
    ports: list(Ports).map(({ IP, PrivatePort, PublicPort, Type }) => ({ host: IP ?? null, container: PrivatePort, public: PublicPort ?? null, protocol: Type })),
    mounts: list(Mounts).map(({ Type, Source, Name, Destination, RW }) => ({ type: Type, source: Name ?? Source ?? '', target: Destination, readOnly: !RW })),
    networks: Object.keys(object(NetworkSettings?.Networks)),
  }
}

/** A `ContainerStats`. */
export function containerStats({ fromEngine, received, sent, blockRead, blockWritten, memoryUsed, memoryLimit, pids, pidsLimit, cpuPercent }) {
  return {
    cpuPercent,
    memory: { used: memoryUsed, limit: memoryLimit ?? null },
    pids: { used: pids, limit: pidsLimit ?? null },
    network: received === undefined || received === null ? null : { received, sent },
    block: { read: blockRead, written: blockWritten },
    source: fromEngine ? 'engine' : 'cgroup',
  }
}

/** An `EngineEvent`. */
export function engineEvent({ Type, Action, Actor, timeNano, scope }) {
  if (Type === 'gap') return { type: 'gap' }
  return { type: Type, action: Action, id: Actor?.ID ?? '', attributes: Actor?.Attributes ?? {}, scope, time: date(timeNano / 1e6) ?? NEVER }
}

/** A `Progress`. */
export function progress({ id, status, stream, progressDetail }) {
  return { layer: id ?? null, status: status ?? '', message: stream ?? null, current: progressDetail?.current ?? null, total: progressDetail?.total ?? null }
}

/** An image in a list. */
export function imageSummary({ Id, RepoTags, Size, Created, Labels }) {
  return {
    id: Id,
    tags: (Array.isArray(RepoTags) ? RepoTags : []).filter((tag) => text(tag) !== '' && tag !== '<none>:<none>'),
    size: Size,
    created: date(Created * 1000) ?? NEVER,
    labels: object(Labels),
  }
}

/** An image that a search has found. */
export function foundImage({ name, description, star_count, is_official, is_automated }) {
  return { name: text(name), description: text(description), stars: star_count ?? 0, official: is_official === true, automated: is_automated === true }
}

/** The bits of a mode as Go has them, and a kind of file for each. */
const GO_KINDS = [
  [2 ** 31, 'directory'],
  [2 ** 27, 'link'],
  [2 ** 26, 'device'],
  [2 ** 25, 'pipe'],
  [2 ** 24, 'socket'],
]

/** An `ArchiveInfo`. */
export function archiveInfo({ name, size, mode, mtime, linkTarget }) {
  const has = (bit) => Math.floor(mode / bit) % 2 === 1
  const [, kind] = GO_KINDS.find(([bit]) => has(bit)) ?? [0, 'file']
  return { name: text(name), kind, size: size ?? 0, mode: mode % 0o1000, modified: date(mtime) ?? NEVER, linkTarget: linkTarget || null }
}

/** A step of an image's history. */
export function imageStep({ Id, Created, CreatedBy, Tags, Size, Comment }) {
  return { id: Id === '<missing>' ? null : Id, created: new Date(Created * 1000).toISOString(), command: CreatedBy, tags: Tags ?? [], size: Size, comment: Comment }
}

/** A `VolumeInfo`. */
export function volumeInfo({ Name, Driver, Mountpoint, Labels, CreatedAt }) {
  return { name: Name, driver: Driver, mountpoint: Mountpoint, labels: object(Labels), created: date(CreatedAt) }
}

/** A `TaskVolumeInfo`. */
export function taskVolumeInfo(volume) {
  return { ...volumeInfo(volume), kind: object(volume.Labels)[defaults.labels.kind], path: volume.Options?.device ?? null }
}

/** A `NetworkInfo`. */
export function networkInfo({ Id, Name, Driver, Internal, EnableIPv6, IPAM, Labels, Containers, Created }) {
  const [{ Subnet, Gateway } = {}] = list(IPAM?.Config)
  const words = (label) => text(object(Labels)[label]).split(',').filter(Boolean)
  return {
    id: Id,
    name: Name,
    driver: text(Driver),
    internal: Internal === true,
    ipv6: EnableIPv6 === true,
    subnet: Subnet ?? null,
    gateway: Gateway ?? null,
    dns: words(defaults.labels.dns),
    formerIds: words(defaults.labels.former),
    containers: Object.entries(object(Containers)).map(([id, member]) => ({ id, name: text(member?.Name), address: text(member?.IPv4Address).split('/')[0] })),
    labels: object(Labels),
    created: date(Created) ?? NEVER,
  }
}

/** Converts the addon's chunks to log entries: bytes, or text without split characters. `rest` gives what is left at the end. */
export function logEntries(binary) {
  const decoders = { stdout: new TextDecoder('utf-8', { ignoreBOM: true }), stderr: new TextDecoder('utf-8', { ignoreBOM: true }) }
  const entry = ({ stderr, data, timestamp }) => {
    const stream = stderr ? 'stderr' : 'stdout'
    const content = binary ? data : decoders[stream].decode(data, { stream: true })
    return timestamp ? { stream, data: content, timestamp } : { stream, data: content }
  }
  const hasData = ({ data }) => data.length > 0
  return {
    items: (batch) => (batch.length > 0 ? batch.map(entry).filter(hasData) : undefined),
    rest: () => (binary ? [] : Object.entries(decoders).map(([stream, decoder]) => ({ stream, data: decoder.decode() })).filter(hasData)),
  }
}
