import { script } from './scripts.ts'

/** How long building all images may take on a busy, fresh machine, in milliseconds. */
export const BUILD_PATIENCE = 1_200_000

/** Builds images of the project that are missing. Without names, all of them. */
export async function ensureImages(...names: string[]): Promise<void> {
  const { code, output } = await script('build-sandbox.sh', '--if-missing', ...(names.length > 0 ? names : ['--all']))
  if (code !== 0) throw new Error(`could not build the images:\n${output}`)
}
