import { native } from './load.js'

/** The core's defaults for what the facade decides before a call; see src/core/facade_defaults.rs. */
export const defaults = native.defaults()
