import { existsSync } from 'node:fs'
import module from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { SandboxError } from '../errors/sandbox-error.js'
import { PACKAGES } from './platforms.js'

// Not passed as it is, and `createRequire` is not imported by itself: webpack would then take the addon for a module.
const self = import.meta.url

/** The compiled addon: from the package for this platform, or from a checkout that was built. */
export const native = load()

/** The core's defaults for what the facade decides before a call; see src/core/facade_defaults.rs. */
export const defaults = native.defaults()

function load() {
  try {
    if (isInPlace()) {
      // What traces files, such as Nitro, finds those to include by this name and by calls with literal paths.
      const require = module.createRequire(self)
      return require('../../native.cjs')
    }
  } catch (error) {
    throw unavailable(error, false)
  }
  return loadForBundle()
}

/** Whether this file is where it was installed. A bundle is elsewhere, or says that it is where it was built. */
function isInPlace() {
  if (!/[\\/]js[\\/]addon[\\/]load\.js$/.test(self ?? '')) return false
  const file = self.startsWith('file:') ? fileURLToPath(self) : self
  return existsSync(path.join(path.dirname(file), '../../native.cjs'))
}

/** Loads the addon for a bundle: of the package as it is installed where the bundle, the program or its working directory is. */
function loadForBundle() {
  let failure
  for (const place of [self, process.argv[1], path.join(process.cwd(), 'here')]) {
    if (!place) continue
    const find = module.createRequire(place)
    let found
    try {
      found = find.resolve('cofferdam/native')
    } catch (error) {
      failure ??= error
      continue
    }
    try {
      return find(found)
    } catch (error) {
      throw unavailable(error, true)
    }
  }
  throw unavailable(failure, true)
}

/** Explains why the addon cannot be loaded, and what to do. */
function unavailable(cause, isBundle) {
  const platform = `${process.platform}-${process.arch}`
  const reasons = attempts(cause)
  const found = reasons.find((reason) => !/^(Cannot find (module|package)|Unsupported|WASI)/i.test(reason))
  const isKnown = PACKAGES.some((name) => name.startsWith(`cofferdam-${platform}`))
  const [message, advice] = reasonFor({ platform, found, isKnown, isBundle, reasons })
  const hint = `${advice} To build the addon from source, with Rust: in a checkout of cofferdam run \`npm ci && npm run build\`, then \`npm install\` that directory here.`
  return new SandboxError('ADDON_UNAVAILABLE', message, { hint, details: { platform, packages: PACKAGES, reasons }, cause })
}

/** A message and what to do. */
function reasonFor({ platform, found, isKnown, isBundle, reasons }) {
  if (!isKnown) return [`no package provides the addon for ${platform}`, `Available packages: ${PACKAGES.join(', ')}.`]
  if (found) return [`the addon for ${platform} cannot be loaded: ${found}`, 'On Linux it needs glibc 2.28 or later, or musl 1.2.']
  if (isBundle && reasons.every((reason) => !/cofferdam-/.test(reason))) {
    return [
      'cofferdam is part of a bundle, and is not installed where the bundle runs: the addon is not part of it',
      'Run `npm install cofferdam` where the bundle runs, or leave cofferdam out of the bundle (esbuild: `--external:cofferdam`; webpack: `externals: { cofferdam: "commonjs cofferdam" }`).',
    ]
  }
  return [`the package with the addon for ${platform} is not installed`, 'Install again on the platform where the code will run, with optional dependencies: `npm install --include=optional`.']
}

/** Why each attempt of the generated loader failed, in order: each error is the cause of the next one. */
function attempts(failure) {
  const reasons = []
  const errors = failure?.cause ? failure.cause : failure
  for (let error = errors; error; error = error.cause) reasons.unshift(error.message.split('\n')[0])
  return reasons
}
