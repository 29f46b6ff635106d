/** The quantile `p` of sorted samples by nearest rank, which is always a measured value. */
function quantile(sorted, p) {
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)]
}

/** The summary of one contender's samples. */
export function summarize(samples) {
  const sorted = Float64Array.from(samples).sort()
  return { n: sorted.length, p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), p99: quantile(sorted, 0.99) }
}

/** The summaries of several lists of samples, by the same names. */
export function summarizeAll(samples) {
  return Object.fromEntries(Object.entries(samples).map(([name, list]) => [name, summarize(list)]))
}
