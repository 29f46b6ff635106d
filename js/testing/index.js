export { SandboxError } from '../errors/sandbox-error.js'
export { Sandbox } from '../sandbox.js'
export { DockerSandbox } from './docker-sandbox.js'
