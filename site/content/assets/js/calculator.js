// Calculator: shows the form on the page of costs and fills in the sums as people type.
import { dollars, estimate, understood } from "./costs.js";

const prices = JSON.parse(document.getElementById("prices").textContent);
const form = document.getElementById("cost-form");
const result = document.getElementById("cost-result");
const problem = document.getElementById("cost-problem");

function tell() {
  try {
    const sums = estimate(prices, understood(prices, Object.fromEntries(new FormData(form))));
    for (const cell of result.querySelectorAll("[data-sum]")) cell.textContent = dollars(sums[cell.dataset.sum]);
    problem.textContent = "";
    result.hidden = false;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problem.textContent = error.message;
    result.hidden = true;
  }
}

form.addEventListener("input", tell);
form.addEventListener("submit", (event) => event.preventDefault());
form.hidden = false;
tell();
