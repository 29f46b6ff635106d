import { runScript } from './script.js'

export const run = (args) => runScript('scripts/ensure-engine.sh', args)
