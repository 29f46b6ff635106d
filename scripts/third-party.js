// The licences of the crates compiled into the addon and the agents, which must be distributed with the binary.
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

const OURS = ['cofferdam', 'cofferdam-agent']

/** The text of all notices. Each appears once, under the names of its crates. */
export function thirdPartyNotices(root) {
  const options = ['metadata', '--format-version=1', '--locked', '--filter-platform=x86_64-unknown-linux-gnu']
  const { packages, resolve } = JSON.parse(execFileSync('cargo', options, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28, stdio: 'pipe' }))
  const linked = reachable(packages.filter(({ name }) => OURS.includes(name)).map(({ id }) => id), new Map(resolve.nodes.map((node) => [node.id, node])))
  const namesOf = new Map()
  for (const { id, name, version, license, manifest_path: manifest, source } of packages) {
    if (!linked.has(id) || !source) continue
    for (const text of noticesIn(dirname(manifest), license)) namesOf.set(text, [...(namesOf.get(text) ?? []), `${name} ${version} (${license})`])
  }
  return [...namesOf].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`).join(`\n${'-'.repeat(80)}\n\n`)
}

/** The ids of the crates and everything linked into them, without build dependencies. */
function reachable(ids, nodes) {
  const found = new Set(ids)
  for (const id of found) {
    for (const { pkg, dep_kinds: kinds } of nodes.get(id).deps) if (kinds.some(({ kind }) => kind === null)) found.add(pkg)
  }
  return found
}

/** The licence files of a crate, or the name of its licence if it has none. */
function noticesIn(directory, license) {
  const files = readdirSync(directory, { withFileTypes: true }).filter((file) => file.isFile() && /^(licen[cs]e|copying|notice)/i.test(file.name))
  return files.length > 0 ? files.map(({ name }) => readFileSync(join(directory, name), 'utf8').trim()) : [`Licence: ${license}`]
}
