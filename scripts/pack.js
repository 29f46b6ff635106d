// Packs what is published: the package itself, without compiled code, and one package for each platform of `napi.targets`.
//
//   node scripts/pack.js <directory of the addons> <directory for the packages>
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { thirdPartyNotices } from './third-party.js'

/** Bytes that a platform's package may weigh, compressed. */
const LARGEST = 6 * 2 ** 20

const root = resolve(import.meta.dirname, '..')
const [addons, out] = process.argv.slice(2).map((path) => resolve(path))
// Within the project: napi writes nowhere else.
mkdirSync(join(root, 'target'), { recursive: true })
const stage = mkdtempSync(join(root, 'target', 'pack-'))
try {
  pack()
} finally {
  rmSync(stage, { recursive: true, force: true })
}

function pack() {
  const manifest = readJson(join(root, 'package.json'))
  const platforms = stagePlatforms()
  stageMain(manifest, platforms)
  mkdirSync(out, { recursive: true })
  const directories = ['main', ...platforms.map(({ directory }) => directory)].map((name) => join(stage, name))
  const packed = JSON.parse(execFileSync('npm', ['pack', '--json', '--cache', join(stage, 'cache'), '--pack-destination', out, ...directories], { encoding: 'utf8' }))
  for (const { filename, size, unpackedSize } of Object.values(packed)) {
    console.log(`pack: ${filename}: ${mebibytes(size)} MiB, ${mebibytes(unpackedSize)} MiB installed`)
    if (size > LARGEST) throw new Error(`${filename} is larger than ${mebibytes(LARGEST)} MiB`)
  }
}

/** A directory for each platform whose addon is there, and a word about the others. */
function stagePlatforms() {
  execFileSync('npx', ['--no-install', 'napi', 'create-npm-dirs', '--cwd', root, '--npm-dir', relative(root, join(stage, 'platforms'))], { stdio: 'pipe' })
  const platforms = []
  const notices = thirdPartyNotices(root)
  for (const name of readdirSync(join(stage, 'platforms'))) {
    const directory = join('platforms', name)
    const manifest = readJson(join(stage, directory, 'package.json'))
    const addon = join(addons, manifest.main)
    if (existsSync(addon)) {
      cpSync(addon, join(stage, directory, manifest.main))
      cpSync(join(root, 'LICENSE'), join(stage, directory, 'LICENSE'))
      writeFileSync(join(stage, directory, 'THIRD-PARTY.txt'), notices)
      writeJson(join(stage, directory, 'package.json'), { ...manifest, type: 'commonjs', files: [...manifest.files, 'THIRD-PARTY.txt'] })
      platforms.push({ name: manifest.name, directory })
    } else if (manifest.os.includes('linux')) {
      throw new Error(`${addon} is missing`)
    } else {
      console.log(`pack: ${manifest.name}: not packed; its addon is built on a machine of its own (${manifest.os}, ${manifest.cpu})`)
    }
  }
  return platforms
}

/** What a user needs, and which packages have the addon, each in this very version. A checkout is private: published from there, it would have none. */
function stageMain(manifest, platforms) {
  const { private: _, devDependencies: _tools, scripts: _scripts, napi: _napi, ...published } = manifest
  const main = join(stage, 'main')
  for (const name of ['README.md', 'LICENSE', ...manifest.files]) {
    // The same declarations, for those who use `require`.
    cpSync(join(root, name.replace(/\.d\.cts$/, '.d.ts')), join(main, name), { recursive: true })
  }
  published.optionalDependencies = Object.fromEntries(platforms.map(({ name }) => [name, manifest.version]))
  writeJson(join(main, 'package.json'), published)
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)
}

function mebibytes(bytes) {
  return (bytes / 2 ** 20).toFixed(2)
}
