import type { DockerSandboxOptions } from 'cofferdam'

export default defineNuxtConfig({
  compatibilityDate: '2026-01-01',
  telemetry: false,
  devtools: { enabled: false },
  css: ['~/assets/main.css'],
  app: { head: { title: 'Sandbox', htmlAttrs: { lang: 'en' } } },
  runtimeConfig: {
    // NUXT_DOCKER_DATA_DIR, NUXT_DOCKER_MEMORY and so on replace these when the server starts.
    docker: {
      dataDir: './data/sandboxes',
      image: 'ai-sandbox:latest',
      memory: '512m',
      cpus: 0.5,
      timeout: 60_000,
    } satisfies DockerSandboxOptions,
  },
})
