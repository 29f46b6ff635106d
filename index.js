export { DockerSandbox } from './js/docker-sandbox.js'
export { doctor } from './js/doctor.js'
export { SandboxError } from './js/error.js'
export { Sandbox } from './js/sandbox.js'
