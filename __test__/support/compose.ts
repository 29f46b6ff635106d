import { REPOSITORY, runProgram, type ProgramExit } from './scripts.ts'
import { cleanUp } from './sandboxes.ts'

const IMAGE = 'cofferdam-test-compose:latest'

/** A project of Docker Compose, which goes with its containers, networks and volumes afterwards. */
export async function composeProject(file: string, { env = {}, flags = [] }: { env?: Record<string, string>; flags?: string[] } = {}) {
  // What is the same as before comes from the engine's cache.
  const built = await runProgram('docker', ['build', '--tag', IMAGE, `${REPOSITORY}/__test__/fixtures/compose`])
  if (built.code !== 0) throw new Error(built.output)
  const project = `cofferdam-test-${process.pid}-${Math.random().toString(36).slice(2, 8)}`
  /** `docker compose <words>`, in a container: this machine may have none, or one that is too old. */
  const compose = (...words: string[]): Promise<ProgramExit> =>
    runProgram('docker', [
      'run', '--rm', '--network', 'none',
      ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      // Under its own name, as the engine resolves what the file says about paths.
      ...['/var/run/docker.sock', REPOSITORY].flatMap((path) => ['--volume', `${path}:${path}`]),
      IMAGE, 'docker', 'compose', '--project-name', project, '--file', `${REPOSITORY}/${file}`, ...flags, ...words,
    ])
  cleanUp(() => compose('down', '--volumes', '--timeout', '5'))
  return { project, compose }
}
