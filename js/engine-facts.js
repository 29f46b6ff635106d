// What the engine says, as callers get it.

/** Seconds since 1970, of a date or of milliseconds. */
export function seconds(time) {
  return time === undefined ? undefined : Number(time) / 1000
}

/** In ISO 8601; null for the engine's way to say never. */
export function date(text) {
  return text && !text.startsWith('0001-') ? new Date(text).toISOString() : null
}

/** A container in a list. */
export function summary({ Id, Names, Image, ImageID, Command, Created, State, Status, Labels, Ports, Mounts, NetworkSettings }) {
  return {
    id: Id,
    name: (Names?.[0] ?? '').replace(/^\//, ''),
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

/** What a container uses. */
export function stats({ fromEngine, received, sent, blockRead, blockWritten, memoryUsed, memoryLimit, pids, pidsLimit, cpuPercent }) {
  return {
    cpuPercent,
    memory: { used: memoryUsed, limit: memoryLimit ?? null },
    pids: { used: pids, limit: pidsLimit ?? null },
    network: received === undefined || received === null ? null : { received, sent },
    block: { read: blockRead, written: blockWritten },
    source: fromEngine ? 'engine' : 'cgroup',
  }
}

/** What happened. */
export function event({ Type, Action, Actor, timeNano, scope }) {
  if (Type === 'gap') return { type: 'gap' }
  return { type: Type, action: Action, id: Actor?.ID ?? '', attributes: Actor?.Attributes ?? {}, scope, time: new Date(timeNano / 1e6).toISOString() }
}

/** What an engine says while it pulls or builds. */
export function progress({ id, status, stream, progressDetail }) {
  return { layer: id ?? null, status: status ?? '', message: stream ?? null, current: progressDetail?.current ?? null, total: progressDetail?.total ?? null }
}
