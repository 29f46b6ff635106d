/** The p-th part of sorted samples, by nearest rank: always a value that was measured. */
function quantile(sorted, p) {
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)]
}

/** What a row says about one contender's samples. */
export function summarize(samples) {
  const sorted = Float64Array.from(samples).sort()
  return { n: sorted.length, p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), p99: quantile(sorted, 0.99) }
}

/** The summary of each list of samples, under the same names. */
export function summarizeAll(samples) {
  return Object.fromEntries(Object.entries(samples).map(([name, list]) => [name, summarize(list)]))
}
