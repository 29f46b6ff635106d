import type { DockerSandbox } from 'cofferdam'

/**
 * The app's `DockerSandbox`, with the options of `runtimeConfig.cofferdam`: made by the first call, the same one for all, closed
 * when the server ends. Its containers live on and are found again.
 *
 * @throws SandboxError `INVALID_ARGUMENT` for an option that is unknown or out of range
 */
export function useSandbox(): DockerSandbox
