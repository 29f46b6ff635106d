import { createRequire } from 'node:module'
import { SandboxError } from '../errors/sandbox-error.js'

// Bundlers such as Nitro find the files to include by this name and by calls with literal paths.
const require = createRequire(import.meta.url)

/** The compiled addon: from the package for this platform, or from a checkout that was built. */
export const native = load()

/** The core's defaults for what the facade decides before a call; see src/core/facade_defaults.rs. */
export const defaults = native.defaults()

function load() {
  try {
    return require('../../native.cjs')
  } catch (error) {
    throw unavailable(error)
  }
}

/** Explains why the addon cannot be loaded, and what to do. */
function unavailable(cause) {
  const platform = `${process.platform}-${process.arch}`
  const packages = Object.keys(require('../../package.json').optionalDependencies ?? {})
  const reasons = attempts(cause)
  const found = reasons.find((reason) => !/^(Cannot find module|Unsupported|WASI)/i.test(reason))
  const isKnown = packages.some((name) => name.startsWith(`cofferdam-${platform}`))
  const [message, advice] = found
    ? [`the addon for ${platform} cannot be loaded: ${found}`, 'On Linux it needs glibc 2.28 or later, or musl 1.2.']
    : isKnown
      ? [`the package with the addon for ${platform} is not installed`, 'Install again on the platform where the code will run, with optional dependencies.']
      : [`no package provides the addon for ${platform}`, `Available packages: ${packages.join(', ') || 'none in a checkout'}.`]
  const hint = `${advice} To build the addon from source, with Rust: in a checkout of cofferdam run \`npm ci && npm run build\`, then \`npm install\` that directory here.`
  return new SandboxError('ADDON_UNAVAILABLE', message, { hint, details: { platform, packages, reasons }, cause })
}

/** Why each attempt of the generated loader failed, in order: each error is the cause of the next one. */
function attempts({ cause }) {
  const reasons = []
  for (let error = cause; error; error = error.cause) reasons.unshift(error.message.split('\n')[0])
  return reasons
}
