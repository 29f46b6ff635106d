import { useNitroApp, useRuntimeConfig } from '#imports'
import { DockerSandbox } from 'cofferdam'

/** Where the app's sandboxes are: a hot reload that runs this file again finds them. */
const SANDBOX = Symbol.for('cofferdam.nuxt.sandbox')

export function useSandbox() {
  return (globalThis[SANDBOX] ??= open())
}

function open() {
  // As Nuxt has it, an empty text stands for what only the environment sets (`NUXT_COFFERDAM_ENGINE`).
  const given = Object.entries(useRuntimeConfig().cofferdam).filter(([, value]) => value !== '')
  const sandbox = new DockerSandbox(Object.fromEntries(given))
  useNitroApp().hooks.hookOnce('close', async () => {
    globalThis[SANDBOX] = undefined
    await sandbox.close()
  })
  return sandbox
}
