import { DockerSandbox } from 'cofferdam'

declare global {
  var dockerSandbox: DockerSandbox | undefined
}

/** The app's sandboxes. There is one object: a hot reload that runs this file again finds it. */
export function useDocker(): DockerSandbox {
  return (globalThis.dockerSandbox ??= open())
}

function open(): DockerSandbox {
  const sandbox = new DockerSandbox(useRuntimeConfig().docker)
  // The server ends, or `nuxi dev` replaces the worker that this runs in. Containers live on, and the next one finds them.
  useNitroApp().hooks.hookOnce('close', async () => {
    globalThis.dockerSandbox = undefined
    await sandbox.close()
  })
  return sandbox
}
