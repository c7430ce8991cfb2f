/* The live parts of the site: filters over lists, the status of the service, the enquiry form. Without this file every
   list is whole, the status is a sentence, and the form is sent by the browser itself. */
(() => {
  "use strict";

  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };

  /* Filters. A list says which facets it has, data-filter="projects:Project; services:Service", and how it is called,
     data-filter-label="Providers"; each entry has data-projects="DSpace Fedora", and data-text where its own text is not
     what is to be searched. Without facets data-filter is empty. Lists that are called the same have one filter together, above
     the heading of the first. */
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  let number = 0;

  const addFilter = (lists) => {
    const [list] = lists;
    const rows = lists.flatMap((each) => [...(each.tagName === "TABLE" ? each.tBodies[0].rows : each.children)]);
    const entries = rows.map((element) => ({ element, text: plain(element.dataset.text ?? element.textContent) }));
    if (entries.length < 2) return;
    const asked = new URLSearchParams(location.search);
    const id = `filter-${(number += 1)}`;
    const search = make("input", { type: "search", id: `${id}-text`, autocomplete: "off" });
    search.value = asked.get("q") ?? "";
    const form = make("form", { class: "filter", role: "search", "aria-label": `Filter: ${list.dataset.filterLabel ?? "list"}` });
    form.append(make("p", {}, make("label", { for: search.id }, "Search this list"), search));

    const facets = (list.dataset.filter ?? "").split(";").map((facet) => facet.split(":").map((part) => part.trim()));
    const chosen = facets.filter(([name]) => name).map(([name, label = name]) => {
      const values = (element) => (element.getAttribute(`data-${name}`) ?? "").split(/\s+/).filter(Boolean);
      const all = [...new Set(entries.flatMap((entry) => values(entry.element)))].sort((a, b) => a.localeCompare(b));
      const select = make("select", { id: `${id}-${name}` }, make("option", { value: "" }, "All"));
      select.append(...all.map((value) => make("option", { value }, value.replace(/-/g, " "))));
      if (all.includes(asked.get(name))) select.value = asked.get(name);
      form.append(make("p", {}, make("label", { for: select.id }, label), select));
      return { select, values };
    });

    const told = make("p", { class: "filter__count", role: "status", "aria-live": "polite" });
    form.append(make("p", {}, make("button", { type: "reset" }, "Show all")), told);
    let announcement = 0;
    const apply = () => {
      const words = plain(search.value).split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const { element, text } of entries) {
        const fits =
          words.every((word) => text.includes(word)) &&
          chosen.every(({ select, values }) => !select.value || values(element).includes(select.value));
        element.hidden = !fits;
        shown += fits;
      }
      clearTimeout(announcement);  // said once, when the typing pauses
      announcement = setTimeout(() => {
        told.textContent = shown ? `${shown} of ${entries.length} shown` : `Nothing fits: 0 of ${entries.length} shown`;
      }, 200);
    };
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply));
    addEventListener("hashchange", () => {
      const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (target && lists.some((each) => each.contains(target)) && target.closest("[hidden]")) form.reset();
    });
    const frame = list.closest(".wide-table") ?? list;
    const before = frame.previousElementSibling;
    (lists.length > 1 && before && /^H[2-6]$/.test(before.tagName) ? before : frame).before(form);
    apply();
  };

  /* Status of the service: asked when somebody is about to see it. */
  const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
  const when = (text) =>
    `${new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" }).format(new Date(text))} UTC`;

  const told = ({ public_spaces: spaces, items, measured_at: measured, last_check: last, copies }) => {
    const lines = [["Open to the public", `${counted(spaces, "space")} with ${counted(items, "item")}`]];
    if (last) lines.push(["Last copy read", when(last)]);
    const all = copies.intact + copies.bad + copies.unread;
    if (all) {
      const rest = [
        copies.bad ? `${counted(copies.bad, "copy", "copies")} damaged or missing` : "",
        copies.unread ? `${counted(copies.unread, "copy", "copies")} not read yet` : "",
      ].filter(Boolean);
      const found = `${copies.intact.toLocaleString("en")} of ${counted(all, "copy", "copies")} intact`;
      lines.push(["When last read", [found, ...rest].join("; ")]);
    }
    if (measured) lines.push(["Counted", when(measured)]);
    const rows = lines.map(([term, text]) => make("div", {}, make("dt", {}, term), make("dd", {}, text)));
    return make("dl", { class: "service-status__figures" }, ...rows);
  };

  const showStatus = async (place) => {
    try {
      const answer = await fetch(place.dataset.status, { signal: AbortSignal.timeout(8000) });
      if (answer.ok) place.replaceChildren(told(await answer.json()));
    } catch {
      /* What stands there is true without the service, too. */
    }
  };

  /* The form: sent in the page, so that what was typed stays in sight. */
  const sendInPage = (form) => {
    const told = make("p", { class: "enquiry__answer", role: "alert" });
    form.append(told);
    let sending = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (sending) return;
      sending = true;
      told.textContent = "";
      try {
        const body = new URLSearchParams(new FormData(form));
        const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
        const text = await answer.json();
        if (answer.ok) {
          const thanks = make("div", { class: "enquiry__thanks", role: "status", tabindex: "-1" });
          thanks.append(make("p", {}, make("strong", {}, "Thank you.")), make("p", {}, text.received));
          form.replaceWith(thanks);
          thanks.focus();
        } else {
          told.textContent = `Your enquiry was not sent. ${text.detail}.`;
        }
      } catch {
        told.textContent = "Your enquiry was not sent: the service did not answer. What you typed is still here; try again later.";
      }
      sending = false;
    });
  };

  const called = new Map();
  for (const list of document.querySelectorAll(".filterable")) {
    const name = list.dataset.filterLabel ?? list;
    called.set(name, [...(called.get(name) ?? []), list]);
  }
  called.forEach(addFilter);
  const seen = new IntersectionObserver((found) => {
    for (const { isIntersecting, target } of found) {
      if (isIntersecting) {
        seen.unobserve(target);
        showStatus(target);
      }
    }
  });
  document.querySelectorAll("[data-status]").forEach((place) => seen.observe(place));
  document.querySelectorAll("form.enquiry").forEach(sendInPage);
})();
