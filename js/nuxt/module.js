import path from 'node:path'
import { fileURLToPath } from 'node:url'

const RUNTIME = fileURLToPath(new URL('./runtime/', import.meta.url)).replaceAll('\\', '/')

/** The Nuxt module: `useSandbox()` in server code, with the options in `runtimeConfig.cofferdam`. Adds nothing to the client. */
export default function cofferdam(_options, nuxt) {
  const options = (nuxt.options.runtimeConfig.cofferdam ??= {})
  // Files of sandboxes are not sources of the app: without this, a command that writes files would reload it.
  const dataDir = path.relative(nuxt.options.rootDir, path.resolve(nuxt.options.rootDir, options.dataDir || 'data/sandboxes'))
  if (!dataDir.startsWith('..')) nuxt.options.ignore.push(`/${dataDir}/`)
  const typed = (references) => void references?.push({ types: 'cofferdam/nuxt' })
  nuxt.hook('prepare:types', ({ references, nodeReferences }) => [references, nodeReferences].forEach(typed))
  nuxt.hook('nitro:prepare:types', ({ references }) => typed(references))
  nuxt.hook('nitro:config', (nitro) => {
    if (nitro.imports) nitro.imports.imports.push({ name: 'useSandbox', from: `${RUNTIME}sandbox.js` })
    // Nuxt would bundle the package of a module into the app, where it could not find its addon. Only the runtime is bundled.
    nitro.externals.external = [...(nitro.externals.external ?? []), 'cofferdam']
    nitro.externals.inline.push((id) => id.startsWith(RUNTIME))
  })
}

cofferdam.getMeta = () => ({ name: 'cofferdam' })
