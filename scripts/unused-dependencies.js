// Fails for dependencies that nothing uses: of a crate, of the workspace's list, and of package.json.
//
//   node scripts/unused-dependencies.js
//
// It looks for their names in the code. knip and cargo-machete do the same, but miss the uses that are common here: command-line tools
// that scripts and tests run, and `#[serde(with = "serde_bytes")]`.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/** Packages that are used without being named: what shows their use, and in which file. */
const UNNAMED = {
  '@types/node': ['tsconfig.json', '"types": ["node"]'],
  '@vitest/coverage-v8': ['scripts/coverage.sh', '--coverage.provider=v8'],
}

const root = resolve(import.meta.dirname, '..')
const read = (path) => readFileSync(join(root, path), 'utf8')

/** The files with these extensions, new ones included, as paths relative to the root. */
function sources(extensions) {
  const options = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', ...extensions.map((extension) => `*.${extension}`)]
  const deleted = new Set(lines('git', ['ls-files', '--deleted']))
  return lines('git', options).filter((path) => !deleted.has(path))
}

function lines(program, args) {
  return execFileSync(program, args, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean)
}

/** The code of a file, without lines that are comments. */
const code = (path) => read(path).replaceAll(/^\s*(\/\/|\/\*|\* |# ).*$/gm, '')

const escaped = (text) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')

/** Dependencies of crates that none of their sources names, and entries of the workspace's list that no crate asks for. */
function unusedCrates() {
  const metadata = execFileSync('cargo', ['metadata', '--no-deps', '--format-version=1'], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })
  const { packages } = JSON.parse(metadata)
  const rust = sources(['rs'])
  const unused = []
  for (const { targets, dependencies, manifest_path: manifest } of packages) {
    const paths = targets.map(({ kind, src_path: path }) => ({ isBuild: kind[0] === 'custom-build', path: relative(root, path) }))
    const builds = paths.filter(({ isBuild }) => isBuild).map(({ path }) => path)
    const folders = paths.filter(({ isBuild }) => !isBuild).map(({ path }) => `${dirname(path)}/`)
    const own = rust.filter((path) => folders.some((folder) => path.startsWith(folder)))
    for (const { name, rename, kind } of dependencies) {
      const crate = (rename ?? name).replaceAll('-', '_')
      const use = new RegExp(`\\b${crate}\\s*::|\\b(use|crate) ${crate}\\b|"${crate}(::|")`)
      if (!(kind === 'build' ? builds : own).some((path) => use.test(code(path)))) unused.push(`${relative(root, manifest)}: ${name}`)
    }
  }
  const listed = /^\[workspace\.dependencies\]\n((?:(?!\[).*\n)*)/m.exec(read('Cargo.toml'))?.[1] ?? ''
  const manifests = packages.map(({ manifest_path: manifest }) => readFileSync(manifest, 'utf8')).join('\n')
  for (const [, name] of listed.matchAll(/^([\w-]+) *=/gm)) {
    if (!new RegExp(`^${name}(\\.| *= *\\{[^}]*)workspace *= *true`, 'm').test(manifests)) unused.push(`Cargo.toml: ${name} (workspace)`)
  }
  return unused
}

/** Packages that no code imports and whose commands nothing runs. */
function unusedPackages() {
  const { dependencies, devDependencies, scripts } = JSON.parse(read('package.json'))
  const files = sources(['js', 'cjs', 'mjs', 'ts', 'vue', 'sh']).filter((path) => path !== 'scripts/unused-dependencies.js')
  const all = [...files.map(code), ...Object.values(scripts)].join('\n')
  return Object.keys({ ...dependencies, ...devDependencies })
    .filter((name) => {
      const unnamed = UNNAMED[name]
      return unnamed ? !read(unnamed[0]).includes(unnamed[1]) : !isNamed(name, all)
    })
    .map((name) => `package.json: ${name}`)
}

function isNamed(name, all) {
  const { bin = {} } = JSON.parse(read(`node_modules/${name}/package.json`))
  const commands = (typeof bin === 'string' ? [name.replace(/^@.*\//, '')] : Object.keys(bin)).map(escaped)
  const imported = `['"]${escaped(name)}(/[^'"]*)?['"]`
  const run = commands.map((command) => `['"]${command}['"]|^${command} |(npx|--no-install) ${command}\\b`)
  return new RegExp([imported, ...run].join('|'), 'm').test(all)
}

const unused = [...unusedCrates(), ...unusedPackages()]
for (const entry of unused) console.error(`lint: unused dependency: ${entry}`)
if (unused.length > 0) {
  console.error('lint: remove them, or say in scripts/unused-dependencies.js how they are used without being named')
  process.exitCode = 1
}
