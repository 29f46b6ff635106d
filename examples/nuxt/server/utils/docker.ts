import { DockerSandbox } from 'cofferdam'

declare global {
  var dockerSandbox: DockerSandbox | undefined
}

/** The app's sandboxes. The object is kept in `globalThis`, so that a hot reload reuses it. */
export function useDocker(): DockerSandbox {
  return (globalThis.dockerSandbox ??= open())
}

function open(): DockerSandbox {
  const sandbox = new DockerSandbox(useRuntimeConfig().docker)
  // When the server ends or `nuxi dev` replaces its worker, containers keep running, and the next process finds them.
  useNitroApp().hooks.hookOnce('close', async () => {
    globalThis.dockerSandbox = undefined
    await sandbox.close()
  })
  return sandbox
}
