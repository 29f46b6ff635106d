import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type { ContainerInspection } from 'dockerode'

/** Settings that vary between engines and versions. Their effects are tested from inside. */
const ENGINES_OWN = ['ConsoleSize', 'ContainerIDFile', 'OomKillDisable', 'ReadonlyPaths', 'Runtime', 'ShmSize', 'Isolation']

/** The settings requested from the engine, without empty ones and those that vary between runs or engines. */
export function posture({ Id, Config, HostConfig, NetworkSettings }: ContainerInspection): unknown {
  const namespace = Config.Labels['cofferdam.namespace'] ?? ''
  const asked = Object.fromEntries(Object.entries(HostConfig).filter(([name]) => !ENGINES_OWN.includes(name)))
  // A network may be requested by its id, so compare its name.
  if (asked['NetworkMode'] !== 'none') asked['NetworkMode'] = Object.keys(NetworkSettings.Networks).map((name) => name.replace(/^cofferdam.*/, 'cofferdam')).join()
  const text = JSON.stringify(normalise('', { HostConfig: asked, Config }))
  return JSON.parse(text.replaceAll(Id, '<container>').replaceAll(Id.slice(0, 12), '<container>').replaceAll(namespace, '<namespace>'))
}

/** Removes empty parts of a value and sorts unordered lists. Returns undefined if nothing is left. */
function normalise(name: string, value: unknown): unknown {
  switch (name) {
    case 'SecurityOpt':
      return (value as string[]).map((option) => (isProfile(option) ? 'seccomp=docker/seccomp.json' : option)).sort()
    case 'CapAdd':
    case 'CapDrop':
      // Newer engines write CAP_KILL for KILL.
      return (value as string[] | null)?.map((capability) => capability.replace(/^CAP_/, '')).sort()
    case 'Ulimits':
      return (value as { Name: string; Soft: number; Hard: number }[]).map(({ Name, Soft, Hard }) => `${Name}=${Soft}:${Hard}`).sort()
    case 'MaskedPaths':
      return [...new Set((value as string[]).map((path) => path.replace(/cpu\d+/, 'cpu…')))].sort()
    case 'RestartPolicy':
      return ['', 'no'].includes((value as { Name: string }).Name) ? undefined : value
    case 'cofferdam.spec':
    case 'cofferdam.agent':
      return '<hash>'
    case 'Source':
      return String(value).startsWith('cofferdam-agent-') ? 'cofferdam-agent-<hash>' : '<workspace>'
    // Labels of the image.
    case 'cofferdam.image':
    case 'cofferdam.programs':
    case 'cofferdam.source':
    case 'org.opencontainers.image.title':
    case 'org.opencontainers.image.description':
      return undefined
  }
  if (value === null || value === '' || value === 0 || value === false) return undefined
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => normalise('', item))
  if (typeof value !== 'object') return value
  const parts = Object.entries(value)
    .map(([key, part]) => [key, normalise(key, part)] as const)
    .filter(([, part]) => part !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
  return parts.length === 0 ? undefined : Object.fromEntries(parts)
}

function isProfile(option: string): boolean {
  if (!option.startsWith('seccomp={')) return false
  const own = readFileSync(new URL('../../docker/seccomp.json', import.meta.url), 'utf8')
  return isDeepStrictEqual(JSON.parse(option.slice('seccomp='.length)), JSON.parse(own))
}
