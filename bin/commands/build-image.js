import { runScript } from './script.js'

export const run = (args) => runScript('docker/build-sandbox.sh', args)
