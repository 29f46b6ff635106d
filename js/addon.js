import { createRequire } from 'node:module'
import { SandboxError } from './error.js'

// Named so, and called with plain texts: this is what tools that collect an app's files look for (Nitro's, for one).
const require = createRequire(import.meta.url)

/** The compiled part: from the package for this platform, or from a checkout where it was built. */
export const native = load()

function load() {
  try {
    return require('../native.cjs')
  } catch (error) {
    throw unavailable(error)
  }
}

/** Says why there is no addon, and what can be done. */
function unavailable(cause) {
  const platform = `${process.platform}-${process.arch}`
  const packages = Object.keys(require('../package.json').optionalDependencies ?? {})
  const reasons = attempts(cause)
  const found = reasons.find((reason) => !/^(Cannot find module|Unsupported|WASI)/i.test(reason))
  const isKnown = packages.some((name) => name.startsWith(`cofferdam-${platform}`))
  const [message, advice] = found
    ? [`the addon for ${platform} cannot be loaded: ${found}`, 'On Linux it needs glibc 2.28 or later, or musl 1.2.']
    : isKnown
      ? [`the package with the addon for ${platform} is not installed`, 'Install again on the platform where it will run, and leave no optional dependencies out.']
      : [`there is no package with an addon for ${platform}`, `There are ${packages.join(', ') || 'none in a checkout'}.`]
  const hint = `${advice} To build it from source, with Rust: in a checkout of cofferdam run \`npm ci && npm run build\`, then \`npm install\` that directory here.`
  return new SandboxError('ADDON_UNAVAILABLE', message, { hint, details: { platform, packages, reasons }, cause })
}

/** What the generated loader tried, in order: each attempt's error is the cause of the next one's. */
function attempts({ cause }) {
  const reasons = []
  for (let error = cause; error; error = error.cause) reasons.unshift(error.message.split('\n')[0])
  return reasons
}
