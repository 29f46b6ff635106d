/** cofferdam's default limits of a conversation, which dockerode's containers get as well. */
export const IMAGE = 'ai-sandbox:latest'
export const USER = '1000:1000'
/** The label of the network of sandboxes. */
export const NETWORK_LABEL = 'cofferdam.network'

const MEMORY = 512 * 1024 * 1024
/** 100 processes for commands, 8 for the agent. */
const PIDS = 108
const CPUS = 0.5

/** Periods of the CPU quota in microseconds: cofferdam's, and the engines' default. */
export const PERIOD = 20_000
export const ENGINE_PERIOD = 100_000

export function hostConfig({ workspace, network, period = PERIOD }) {
  return {
    Memory: MEMORY,
    MemorySwap: MEMORY,
    CpuPeriod: period,
    CpuQuota: period * CPUS,
    PidsLimit: PIDS,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    LogConfig: { Type: 'none', Config: {} },
    NetworkMode: network,
    Mounts: [{ Type: 'bind', Source: workspace, Target: '/workspace' }],
    Ulimits: [
      { Name: 'core', Soft: 0, Hard: 0 },
      { Name: 'nofile', Soft: 1024, Hard: 1024 },
    ],
  }
}
