// Costs: the arithmetic of the calculator, by hand-made prices whose sums can be done in the head.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dollars, estimate, understood } from "../../../site/content/assets/js/costs.js";

const GB = 2 ** 30;
const kind = (more) => ({ storage: [[null, 0]], write: 0, read: 0, retrieval: 0, least: 0, ...more });
const free = (more = {}) => ({
  classes: { standard: kind({}), cold: kind({}) },
  places: { same: { transfer: 0 }, far: { transfer: 0.5 } },
  functions: { second_of_gb: 0, million_calls: 0 },
  index: { million_writes: 0, million_reads: 0, gb_month: 0 },
  queues: { million_requests: 0 },
  internet: 0,
  assumed: {
    read_mb_a_second: 100, function_gb: 2, seconds_a_job: 0, writes_a_deposit: 0, writes_a_check: 0, reads_a_check: 0,
    bytes_of_record: 0, bytes_of_event: 0, years_of_events: 5, queue_requests_a_job: 3,
  },
  ...more,
});
const wants = { items: 1000, terabytes: (1000 * GB) / 1e12, copies: 2, class: "cold", place: "same", checks: 12 };
const near = (found, expected) => assert.ok(Math.abs(found - expected) < 1e-6, `${found} is not ${expected}`);

test("every copy is stored, the first in the standard class", () => {
  const prices = free({ classes: { standard: kind({ storage: [[null, 0.02]] }), cold: kind({ storage: [[null, 0.01]] }) } });
  near(estimate(prices, wants).storage, 30);
  near(estimate(prices, { ...wants, copies: 1 }).storage, 20);
  near(estimate(prices, { ...wants, copies: 4 }).storage, 50);
});

test("the price falls in steps", () => {
  const prices = free({ classes: { standard: kind({ storage: [[100, 1], [900, 0.5], [null, 0.1]] }), cold: kind({}) } });
  near(estimate(prices, wants).storage, 100 + 400 + 10);
});

test("a small item is charged as the least size of its class", () => {
  const prices = free({ classes: { standard: kind({}), cold: kind({ storage: [[null, 1]], least: 2 * GB }) } });
  near(estimate(prices, wants).storage, 2000);
});

test("a check reads every copy, and pays for what it reads elsewhere", () => {
  const prices = free({ classes: { standard: kind({}), cold: kind({ retrieval: 0.25 }) } });
  near(estimate(prices, wants).checks, 250);
  near(estimate(prices, { ...wants, place: "far" }).checks, 750);
  near(estimate(prices, { ...wants, checks: 0 }).checks, 0);
  near(estimate(prices, { ...wants, copies: 1 }).checks, 0);
});

test("functions are paid by the second", () => {
  const prices = free({ functions: { second_of_gb: 0.001, million_calls: 0 } });
  near(estimate(prices, { ...wants, terabytes: 1 }).checks, (1e6 / 100) * 2 * 2 * 0.001);
});

test("ten years are 120 months and the deposit", () => {
  const prices = free({ classes: { standard: kind({ storage: [[null, 0.01]], write: 5 }), cold: kind({}) }, internet: 0.09 });
  const sums = estimate(prices, wants);
  near(sums.deposit, 5);
  near(sums.month, 10);
  near(sums.year, 120);
  near(sums.decade, 1205);
  near(sums.leaving, 90);
});

test("what was typed is understood, or the text says what is wrong", () => {
  const fields = { items: "1000", terabytes: " 0.5 ", copies: "2", class: "cold", place: "same", checks: "4" };
  assert.deepEqual(understood(free(), fields), { items: 1000, terabytes: 0.5, copies: 2, class: "cold", place: "same", checks: 4 });
  for (const [name, text] of [["items", ""], ["items", "1.5"], ["items", "many"], ["terabytes", "-1"], ["copies", "0"], ["copies", "6"], ["checks", "13"], ["terabytes", "1e9"]]) {
    assert.throws(() => understood(free(), { ...fields, [name]: text }), RangeError, `${name}=${text}`);
  }
  assert.throws(() => understood(free(), { ...fields, class: "toString" }), RangeError);
  assert.throws(() => understood(free(), { ...fields, place: "moon" }), RangeError);
});

test("sums are shown as people read them", () => {
  assert.equal(dollars(0.5), "$0.50");
  assert.equal(dollars(1234.5), "$1,235");
});
