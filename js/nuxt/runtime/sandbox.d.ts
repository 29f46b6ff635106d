import type { DockerSandbox } from 'cofferdam'

/**
 * The app's `DockerSandbox`, with the options in `runtimeConfig.cofferdam`. The first call creates it, all calls share it, and it is closed
 * when the server stops. Its containers keep running and are found again.
 *
 * @throws SandboxError `INVALID_ARGUMENT` for an unknown or out-of-range option
 */
export function useSandbox(): DockerSandbox
