/**
 * The Nuxt module, for `modules: ['cofferdam/nuxt']` in `nuxt.config.ts`. It provides `useSandbox()` in server code, with the options in
 * `runtimeConfig.cofferdam`. Environment variables such as `NUXT_COFFERDAM_MEMORY` override options that are set there when the server starts.
 */

import type { DockerSandboxOptions } from 'cofferdam'
import type { NuxtModule } from 'nuxt/schema'

declare module 'nuxt/schema' {
  interface RuntimeConfig {
    cofferdam: DockerSandboxOptions
  }
}

declare const cofferdam: NuxtModule
export default cofferdam
