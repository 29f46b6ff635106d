// Packs what is published: the main package, without compiled code, and one package for each platform of `napi.targets`.
//
//   node scripts/pack.js <directory with the addons> <directory for the packages>
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { commonjs } from './commonjs.js'
import { thirdPartyNotices } from './third-party.js'

/** The largest compressed size of a platform's package, in bytes. */
const LARGEST = 9 * 2 ** 20

/** What is made for the package and not copied: two packings at once must not share it. */
const GENERATED = 'cjs'

const root = resolve(import.meta.dirname, '..')
const [addons, out] = process.argv.slice(2).map((path) => resolve(path))
// Inside the project, because napi writes nowhere else.
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
    if (size > LARGEST) throw new Error(`${filename} is ${mebibytes(size)} MiB, over the limit of ${mebibytes(LARGEST)} MiB`)
  }
}

/** Creates a directory for each platform that has an addon. Fails without one for Linux; reports the others as not packed. */
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
      throw new Error(`${addon} is missing; build it first`)
    } else {
      console.log(`pack: ${manifest.name}: not packed; its addon must be built on such a machine (${manifest.os}, ${manifest.cpu})`)
    }
  }
  return platforms
}

/** Stages the main package with the files that users need. It depends on the platform packages of the same version. */
function stageMain(manifest, platforms) {
  const { private: _, devDependencies: _tools, scripts: _scripts, napi: _napi, ...published } = manifest
  const main = join(stage, 'main')
  for (const name of ['README.md', 'LICENSE', ...manifest.files.filter((file) => file !== GENERATED)]) {
    // `require` uses the same declarations.
    cpSync(join(root, name.replace(/\.d\.cts$/, '.d.ts')), join(main, name), { recursive: true })
  }
  commonjs(join(main, GENERATED))
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
