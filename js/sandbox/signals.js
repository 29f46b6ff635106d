/** Names of the signals from 1 on, by their numbers on Linux: containers have these on every platform. */
const SIGNALS = [
  'HUP', 'INT', 'QUIT', 'ILL', 'TRAP', 'ABRT', 'BUS', 'FPE', 'KILL', 'USR1', 'SEGV', 'USR2', 'PIPE', 'ALRM', 'TERM', 'STKFLT',
  'CHLD', 'CONT', 'STOP', 'TSTP', 'TTIN', 'TTOU', 'URG', 'XCPU', 'XFSZ', 'VTALRM', 'PROF', 'WINCH', 'IO', 'PWR', 'SYS',
]

/** The name of a signal, such as `'SIGKILL'`. */
export function signalName(number) {
  return `SIG${SIGNALS[number - 1] ?? number}`
}

/** The number of a signal such as `'SIGKILL'`; undefined for an unknown name. */
export function signalNumber(name) {
  const index = SIGNALS.findIndex((known) => name === `SIG${known}`)
  return index < 0 ? undefined : index + 1
}
