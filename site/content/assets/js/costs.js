// Costs: what storage and checks of a collection cost, from the prices of site/data/prices.yml.
// The hook site/hooks/costs.py computes the same for the examples on the page; a test compares the two.

const GB = 2 ** 30;

/** Dollars for each part of a month, for the deposit, and for the way out. `wants` has the fields of an example. */
export function estimate(prices, wants) {
  const { classes, places, functions, index, queues, assumed } = prices;
  const { items, copies } = wants;
  const bytes = wants.terabytes * 1e12;
  const gb = bytes / GB;
  const others = copies - 1;
  const [first, other, place] = [classes.standard, classes[wants.class], places[wants.place]];
  const reading = (bytes / 1e6 / assumed.read_mb_a_second) * copies; // seconds to read every copy once
  const running = (seconds, jobs) =>
    (seconds + jobs * assumed.seconds_a_job) * assumed.function_gb * functions.second_of_gb +
    (jobs / 1e6) * functions.million_calls +
    ((jobs * assumed.queue_requests_a_job) / 1e6) * queues.million_requests;

  const storage = stored(first, gb) + others * stored(other, Math.max(gb, (items * other.least) / GB));
  const events = wants.checks * copies * assumed.years_of_events;
  const kept = items * (assumed.bytes_of_record + events * assumed.bytes_of_event);
  const records = (kept / GB) * index.gb_month;
  const reads = (items / 1000) * (first.read + others * other.read);
  const checking =
    reads +
    others * gb * (other.retrieval + place.transfer) +
    running(reading, items) +
    (items / 1e6) * (assumed.writes_a_check * index.million_writes + assumed.reads_a_check * index.million_reads);
  const deposit =
    (items / 1000) * (first.write + others * other.write) +
    others * gb * (other.retrieval + 2 * place.transfer) +
    reads +
    running(2 * reading, items * (1 + copies)) +
    (items / 1e6) * assumed.writes_a_deposit * index.million_writes;

  const checks = (checking * wants.checks) / 12;
  const month = storage + records + checks;
  return { storage, records, checks, month, year: 12 * month, deposit, decade: 120 * month + deposit, leaving: gb * prices.internet };
}

function stored(kind, gb) {
  let below = 0;
  let sum = 0;
  for (const [limit, price] of kind.storage) {
    const end = limit === null ? gb : Math.min(limit, gb); // JSON has no infinity
    sum += Math.max(0, end - below) * price;
    below = end;
  }
  return sum;
}

/** What somebody typed, as `wants`; an error's text names the field. */
export function understood(prices, fields) {
  const wants = { class: fields.class, place: fields.place };
  if (!Object.hasOwn(prices.classes, fields.class)) throw new RangeError("There is no such storage class.");
  if (!Object.hasOwn(prices.places, fields.place)) throw new RangeError("There is no such place.");
  const limits = { items: [1, 1e9], terabytes: [0.001, 1e5], copies: [1, 5], checks: [0, 12] };
  for (const [name, [least, most]] of Object.entries(limits)) {
    const text = String(fields[name] ?? "").trim();
    const value = Number(text);
    const whole = name === "terabytes" || Number.isInteger(value);
    if (text === "" || !whole || !(value >= least && value <= most)) {
      const words = { items: "Items", terabytes: "Terabytes", copies: "Copies", checks: "Checks in a year" };
      throw new RangeError(`${words[name]}: a ${name === "terabytes" ? "number" : "whole number"} from ${least} to ${most.toLocaleString("en")}.`);
    }
    wants[name] = value;
  }
  return wants;
}

/** Dollars as people read them: cents below a hundred, else whole dollars. */
export function dollars(sum) {
  const digits = sum < 100 ? 2 : 0;
  return `$${sum.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}
