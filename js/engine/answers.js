import { defaults } from '../addon/load.js'

// Converts the engine's answers to the types of index.d.ts.

/** A date or milliseconds, as seconds since 1970. */
export function seconds(time) {
  return time === undefined ? undefined : Number(time) / 1000
}

/** A time of the engine in ISO 8601; null if it never happened (the engine says year 1). */
export function date(text) {
  return text && !text.startsWith('0001-') ? new Date(text).toISOString() : null
}

/** A `ContainerStatus`. */
export function containerStatus({ Id, Name, State, RestartCount }) {
  return {
    id: Id,
    name: Name.replace(/^\//, ''),
    state: State.Status,
    running: State.Running,
    paused: State.Paused,
    // One that was never started has an exit code only if its start failed.
    exitCode: State.Running || (State.Status === 'created' && State.ExitCode === 0) ? null : State.ExitCode,
    oomKilled: State.OOMKilled,
    error: State.Error || null,
    pid: State.Pid || null,
    startedAt: date(State.StartedAt),
    finishedAt: date(State.FinishedAt),
    restarts: RestartCount,
    health: State.Health?.Status ?? null,
  }
}

/** A `ContainerSummary`. */
export function containerSummary({ Id, Names, Image, ImageID, Command, Created, State, Status, Labels, Ports, Mounts, NetworkSettings }) {
  return {
    id: Id,
    // The other names are those that linked containers have for it.
    name: (Names?.find((name) => !name.slice(1).includes('/')) ?? '').replace(/^\//, ''),
    image: Image,
    imageId: ImageID,
    command: Command,
    created: new Date(Created * 1000).toISOString(),
    state: State,
    status: Status,
    labels: Labels ?? {},
    ports: (Ports ?? []).map(({ IP, PrivatePort, PublicPort, Type }) => ({ host: IP ?? null, container: PrivatePort, public: PublicPort ?? null, protocol: Type })),
    mounts: (Mounts ?? []).map(({ Type, Source, Name, Destination, RW }) => ({ type: Type, source: Name ?? Source ?? '', target: Destination, readOnly: !RW })),
    networks: Object.keys(NetworkSettings?.Networks ?? {}),
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
  return { type: Type, action: Action, id: Actor?.ID ?? '', attributes: Actor?.Attributes ?? {}, scope, time: new Date(timeNano / 1e6).toISOString() }
}

/** A `Progress`. */
export function progress({ id, status, stream, progressDetail }) {
  return { layer: id ?? null, status: status ?? '', message: stream ?? null, current: progressDetail?.current ?? null, total: progressDetail?.total ?? null }
}

/** An image in a list. */
export function imageSummary({ Id, RepoTags, Size, Created, Labels }) {
  return {
    id: Id,
    tags: (RepoTags ?? []).filter((tag) => tag !== '<none>:<none>'),
    size: Size,
    created: new Date(Created * 1000).toISOString(),
    labels: Labels ?? {},
  }
}

/** A step of an image's history. */
export function imageStep({ Id, Created, CreatedBy, Tags, Size, Comment }) {
  return { id: Id === '<missing>' ? null : Id, created: new Date(Created * 1000).toISOString(), command: CreatedBy, tags: Tags ?? [], size: Size, comment: Comment }
}

/** A `VolumeInfo`. */
export function volumeInfo({ Name, Driver, Mountpoint, Labels, CreatedAt }) {
  return { name: Name, driver: Driver, mountpoint: Mountpoint, labels: Labels ?? {}, created: CreatedAt ? new Date(CreatedAt).toISOString() : null }
}

/** A `TaskVolumeInfo`. */
export function taskVolumeInfo(volume) {
  return { ...volumeInfo(volume), kind: volume.Labels[defaults.labels.kind], path: volume.Options?.device ?? null }
}

/** A `NetworkInfo`. */
export function networkInfo({ Id, Name, Internal, IPAM, Labels, Containers, Created }) {
  const [{ Subnet, Gateway } = {}] = IPAM?.Config ?? []
  return {
    id: Id,
    name: Name,
    internal: Internal,
    subnet: Subnet ?? null,
    gateway: Gateway ?? null,
    dns: (Labels?.[defaults.labels.dns] ?? '').split(',').filter(Boolean),
    formerIds: (Labels?.[defaults.labels.former] ?? '').split(',').filter(Boolean),
    containers: Object.entries(Containers ?? {}).map(([id, { Name: name, IPv4Address }]) => ({ id, name, address: IPv4Address.split('/')[0] })),
    created: new Date(Created).toISOString(),
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
