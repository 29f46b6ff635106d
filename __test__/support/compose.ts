import { REPOSITORY, runProgram, type ProgramExit } from './scripts.ts'
import { cleanUp } from './sandboxes.ts'

const IMAGE = 'cofferdam-test-compose:latest'

/** A Docker Compose project, removed afterwards with its containers, networks and volumes. */
export async function composeProject(file: string, { env = {}, flags = [] }: { env?: Record<string, string>; flags?: string[] } = {}) {
  // Fast after the first time, thanks to the engine's cache.
  const built = await runProgram('docker', ['build', '--tag', IMAGE, `${REPOSITORY}/__test__/fixtures/compose`])
  if (built.code !== 0) throw new Error(built.output)
  const project = `cofferdam-test-${process.pid}-${Math.random().toString(36).slice(2, 8)}`
  /** Runs `docker compose <words>` in a container, because this machine's may be missing or too old. */
  const compose = (...words: string[]): Promise<ProgramExit> =>
    runProgram('docker', [
      'run', '--rm', '--network', 'none',
      ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      // At the same path, because the engine resolves the paths in the file.
      ...['/var/run/docker.sock', REPOSITORY].flatMap((path) => ['--volume', `${path}:${path}`]),
      IMAGE, 'docker', 'compose', '--project-name', project, '--file', `${REPOSITORY}/${file}`, ...flags, ...words,
    ])
  cleanUp(() => compose('down', '--volumes', '--timeout', '5'))
  return { project, compose }
}
