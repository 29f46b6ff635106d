/** The part of dockerode that the tests use. It has no types of its own. */
declare module 'dockerode' {
  interface ContainerSummary {
    Id: string
    Names: string[]
    Image: string
    /** Seconds since 1970. */
    Created: number
    State: string
    Labels: Record<string, string>
  }

  interface ContainerInspection {
    Id: string
    Name: string
    Created: string
    State: { Status: string; Running: boolean; Paused: boolean; Pid: number; ExitCode: number; StartedAt: string }
    Config: Record<string, unknown> & { Env: string[] | null; Image: string; Labels: Record<string, string> }
    HostConfig: Record<string, unknown> & { Memory: number; CpuQuota: number; CpuPeriod: number; PidsLimit: number; SecurityOpt: string[] | null; Tmpfs?: Record<string, string> }
    Mounts: { Type: string; Name?: string; Source: string; Destination: string; RW: boolean }[]
    NetworkSettings: { Networks: Record<string, { IPAddress: string; Gateway: string; NetworkID: string }> }
  }

  class Exec {
    start(options: { Detach?: boolean }): Promise<import('node:stream').Duplex>
    inspect(): Promise<{ Running: boolean; ExitCode: number | null }>
  }

  class Container {
    readonly id: string
    exec(options: { Cmd: string[]; User?: string; AttachStdout?: boolean }): Promise<Exec>
    inspect(): Promise<ContainerInspection>
    top(options: { ps_args: string }): Promise<{ Titles: string[]; Processes: string[][] }>
    start(): Promise<void>
    stop(options?: { t?: number }): Promise<void>
    restart(): Promise<void>
    commit(options: { repo: string; tag: string; changes?: string }): Promise<{ Id: string }>
    putArchive(archive: Buffer, options: { path: string }): Promise<unknown>
    attach(options: { stream: true; stdin?: boolean; stdout?: boolean }): Promise<import('node:stream').Duplex>
    kill(options?: { signal?: string }): Promise<void>
    pause(): Promise<void>
    unpause(): Promise<void>
    wait(): Promise<{ StatusCode: number }>
    remove(options?: { force?: boolean; v?: boolean }): Promise<void>
    logs(options: { stdout: true; stderr: true; follow?: false }): Promise<Buffer>
  }

  class Image {
    tag(options: { repo: string; tag: string }): Promise<void>
    remove(options?: { force?: boolean; noprune?: boolean }): Promise<void>
    inspect(): Promise<{ Id: string; Size: number; Config: { Labels: Record<string, string> | null } }>
  }

  class Network {
    readonly id: string
    inspect(): Promise<{ Id: string; Name: string; Driver: string; Internal: boolean; EnableIPv6: boolean; Options: Record<string, string>; IPAM: { Config: { Subnet: string; Gateway: string }[] }; Labels: Record<string, string>; Containers: Record<string, { Name: string }> | null }>
    remove(): Promise<void>
    disconnect(options: { Container: string; Force?: boolean }): Promise<void>
  }

  class Volume {
    remove(): Promise<void>
  }

  interface Filters {
    filters?: Record<string, string[]>
  }

  export default class Docker {
    constructor(options?: { socketPath: string })
    getContainer(id: string): Container
    getImage(name: string): Image
    getNetwork(name: string): Network
    getVolume(name: string): Volume
    createNetwork(options: Record<string, unknown>): Promise<Network>
    createContainer(options: Record<string, unknown>): Promise<Container>
    info(): Promise<{ SecurityOptions: string[] }>
    listContainers(options?: Filters & { all?: boolean }): Promise<ContainerSummary[]>
    createVolume(options: { Name: string; Driver?: string; DriverOpts?: Record<string, string>; Labels?: Record<string, string> }): Promise<unknown>
    loadImage(archive: import('node:stream').Readable): Promise<import('node:stream').Readable>
    listImages(options?: Filters & { all?: boolean }): Promise<{ Id: string; RepoTags: string[] | null }[]>
    listNetworks(options?: Filters): Promise<{ Id: string; Name: string; IPAM?: { Config?: { Subnet: string; Gateway: string }[] } }[]>
    listVolumes(options?: Filters): Promise<{ Volumes: { Name: string; Labels: Record<string, string> | null }[] | null }>
    getEvents(options?: Filters): Promise<import('node:stream').Readable & { destroy(): void }>
  }
}
