/** The commands: what each is for, and the module with its `run(args)`, which returns an exit code. A module is loaded when its command is used. */
export const COMMANDS = {
  doctor: { usage: 'doctor [--json] [--data-dir <path>]', summary: 'which engine would be used, and what to fix', load: () => import('./doctor.js') },
  'build-image': { usage: 'build-image [<name>…] [--if-missing]', summary: 'builds the images of sandboxes; ai-sandbox by default', load: () => import('./build-image.js') },
  'ensure-engine': { usage: 'ensure-engine', summary: 'installs and starts a Docker engine where it can, or says what to run', load: () => import('./ensure-engine.js') },
  help: { usage: 'help', summary: 'this list', load: () => import('./help.js') },
  version: { usage: 'version', summary: 'the version of the package', load: () => import('./version.js') },
}
