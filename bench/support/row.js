/**
 * A row of the table.
 *
 * @param results contender → summary `{ n, p50, p95, p99 }`, or a single figure `{ n, p50 }`
 * @param checks the targets of the row
 * @param more further figures of the row, name → summary
 */
export function row({ scenario, what, unit = 'ms', results, checks, more = {} }) {
  return { scenario, what, unit, results, checks, met: checks.every(({ met }) => met), more }
}

/** A figure that must not exceed a limit. */
export function atMost(figure, limit, target) {
  return { target, value: figure, met: figure <= limit }
}

/** How many times as fast as another contender. For rates, where more is better, swap the two. */
export function timesFaster(ours, theirs, least, name) {
  const ratio = theirs / ours
  return { target: `≥ ${least}× ${name}`, ratio: `${ratio.toFixed(1)}× as fast as ${name}`, value: ratio, met: ratio >= least }
}

/** How many times as long as another contender takes. */
export function timesAsLong(ours, theirs, most, name) {
  const ratio = ours / theirs
  return { target: `≤ ${most}× ${name}`, ratio: `${ratio.toFixed(2)}× the time of ${name}`, value: ratio, met: ratio <= most }
}

/** A ratio without a target. */
export function compared(ours, theirs, name) {
  const { ratio, value } = timesFaster(ours, theirs, 0, name)
  return { ratio, value, met: true }
}
