import { useNitroApp, useRuntimeConfig } from '#imports'
import { DockerSandbox } from 'cofferdam'

/** Where the app's `DockerSandbox` is kept, so that a hot reload, which runs this file again, finds it. */
const SANDBOX = Symbol.for('cofferdam.nuxt.sandbox')

export function useSandbox() {
  return (globalThis[SANDBOX] ??= open())
}

function open() {
  // In Nuxt, an empty string declares a setting that only the environment sets (`NUXT_COFFERDAM_ENGINE`).
  const given = Object.entries(useRuntimeConfig().cofferdam).filter(([, value]) => value !== '')
  const sandbox = new DockerSandbox(Object.fromEntries(given))
  useNitroApp().hooks.hookOnce('close', async () => {
    globalThis[SANDBOX] = undefined
    await sandbox.close()
  })
  return sandbox
}
