/**
 * The Nuxt module, for `modules: ['cofferdam/nuxt']` in `nuxt.config.ts`. Server code then has `useSandbox()`; its options are
 * those of `runtimeConfig.cofferdam`, and `NUXT_COFFERDAM_MEMORY` and the like replace those that are there when the server starts.
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
