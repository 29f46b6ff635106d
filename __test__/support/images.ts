import { script } from './scripts.ts'

/** How long building everything may take on a busy machine that has nothing yet. */
export const BUILD_PATIENCE = 1_200_000

/** Has images of the project built where they are missing; without a name, all. */
export async function ensureImages(...names: string[]): Promise<void> {
  const { code, output } = await script('build-sandbox.sh', '--if-missing', ...(names.length > 0 ? names : ['--all']))
  if (code !== 0) throw new Error(`the images could not be built:\n${output}`)
}
