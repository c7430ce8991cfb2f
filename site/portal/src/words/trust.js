/** Incidents, work in the background, checks and their costs in plain words. */

const PROBLEMS = {
  damaged: 'Damaged copy',
  missing: 'Missing copy',
  lost: 'No intact copy is left',
  undecided: 'Nobody can tell which bytes are right',
  unreadable: 'A store does not give its bytes',
  silent: 'The self-test was not found',
}
const STATES = { watched: 'being watched', open: 'found', repairing: 'being repaired', 'needs a person': 'needs a person', closed: 'over' }
const SELF_TESTS = {
  found: ['good', 'The service damaged items of its own and found all of it.'],
  silent: ['bad', 'The service did not find all that it had damaged in items of its own: do not rely on its checks before that is explained.'],
  late: ['warn', 'The service has not proven for three days that it finds damage.'],
  waiting: ['open', 'The service has not tried yet whether it finds damage in items of its own.'],
  off: ['quiet', 'The self-test is switched off.'],
}
const QUEUES = { stored: 'Register deposits', replicate: 'Make copies', check: 'Read and judge copies', removals: 'Remove' }

export const problemInWords = (problem) => PROBLEMS[problem] ?? problem
export const incidentState = (state) => STATES[state] ?? state
export const selfTest = (state) => SELF_TESTS[state] ?? ['open', state]
export const queueName = (queue) => QUEUES[queue] ?? queue.charAt(0).toUpperCase() + queue.slice(1)

/** States of copies as the report of all checks counts them: the name of the figure, its tone when it is not 0, and where its list is. */
export const COPY_STATES = {
  intact: ['verified', 'good'],
  damaged: ['damaged', 'bad'],
  missing: ['missing', 'bad'],
  unreadable: ['could not be read', 'warn'],
  never_checked: ['not read yet', 'open'],
  undecided: ['undecided', 'bad'],
}

/** 1234 -> "1,234"; what was never counted is not 0. */
export function number(value) {
  return value == null ? 'not known' : value.toLocaleString('en-GB')
}

/** Dollars as bills show them; small sums are not rounded to nothing. */
export function dollars(value) {
  if (value == null) return 'not known'
  return value > 0 && value < 0.01 ? 'less than $0.01' : `$${value.toLocaleString('en-GB', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
}

/** "3 days", "5 hours", "less than a minute": since a time, seen at another. */
export function ageOf(iso, now) {
  const minutes = Math.floor((now - new Date(iso)) / 60_000)
  if (minutes < 1) return 'less than a minute'
  const [count, noun] = minutes < 60 ? [minutes, 'minute'] : minutes < 2880 ? [Math.floor(minutes / 60), 'hour'] : [Math.floor(minutes / 1440), 'day']
  return count === 0 ? 'less than an hour' : `${number(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** The figures of several rows of the report of checks in one: sums, and of times the oldest. */
export function together(rows) {
  const sum = (name) => rows.reduce((before, row) => before + row.copies[name], 0)
  const checks = rows.map((row) => row.oldest_check).filter(Boolean).sort()
  return {
    copies: Object.fromEntries(Object.keys(COPY_STATES).map((name) => [name, sum(name)])),
    overdue: rows.reduce((before, row) => before + row.overdue, 0),
    oldest_check: checks[0] ?? null,
    measured_at: rows.some((row) => !row.measured_at) ? null : rows.map((row) => row.measured_at).sort()[0] ?? null,
  }
}
