// The drawings of the whole run: how the cases ended, when each ran and on which worker.

/** One bar, as long as all cases, in the colours of how they ended. */
function bar(totals) {
  const parts = ["passed", "failed", "errored", "skipped", "not_run"].filter(word => totals[word]);
  const words = parts.map(word => `${totals[word]} ${WORDS[word]}`).join(", ");
  const element = el("div", { class: "bar", role: "img", "aria-label": words || "no cases" });
  for (const word of parts) {
    const part = el("span", { class: word });
    part.style.flexGrow = totals[word];
    element.append(part);
  }
  return element;
}

const WORST = ["errored", "failed", "not_run", "passed", "skipped"];

/** What of a worker's cases can be told apart at this width: neighbours in one column are drawn as one. */
function columns(cases, scale) {
  const drawn = [];
  for (const each of cases) {
    const from = each.began * scale, to = (each.began + each.seconds) * scale, last = drawn[drawn.length - 1];
    if (last && to - from < 2 && from - last.to < 1 && to - last.from < 3) {
      last.to = Math.max(last.to, to);
      last.cases.push(each);
      if (WORST.indexOf(each.status) < WORST.indexOf(last.status)) { last.status = each.status; last.first = each; }
    } else drawn.push({ from, to, status: each.status, first: each, cases: [each] });
  }
  return drawn;
}

/** A row for each worker, a box for each case. */
function timeline(run, width) {
  const attempts = each => (each.earlier ?? []).map(earlier => ({ ...each, flaky: false, began: 0, ...earlier }));
  const ran = run.cases.filter(each => each.status !== "skipped" && each.seconds > 0).flatMap(each => [...attempts(each), each]);
  const length = ran.reduce((most, each) => Math.max(most, each.began + each.seconds), Math.max(run.facts.seconds, 0.001));
  const workers = [...new Set(ran.map(each => each.worker))].sort((a, b) => a - b);
  const row = workers.length > 24 ? 8 : workers.length > 12 ? 14 : 22;
  const left = 34, right = 12, scale = (width - left - right) / length, height = workers.length * row + 26;
  const label = `${plural(run.cases.length, "case")} on ${plural(workers.length, "worker")} in ${time(length)}. The list below has each of them.`;
  const drawing = shape("svg", { class: "timeline", role: "img", "aria-label": label, viewBox: `0 0 ${width} ${height}`, width, height });
  for (const at of ticks(length, width)) {
    const x = left + at * scale;
    drawing.append(shape("line", { class: "grid", x1: x, x2: x, y1: 0, y2: height - 20 }),
      shape("text", { class: "tick", x, y: height - 5, "text-anchor": at ? "middle" : "start" }, time(at)));
  }
  workers.forEach((worker, at) => {
    const y = at * row;
    if (row > 10) drawing.append(shape("text", { class: "tick", x: left - 8, y: y + row / 2 + 4, "text-anchor": "end" }, worker + 1));
    const cases = ran.filter(each => each.worker === worker).sort((a, b) => a.began - b.began);
    for (const box of columns(cases, scale)) {
      const more = box.cases.length > 1 ? ` and ${box.cases.length - 1} more` : "";
      const title = `${box.first.title}: ${WORDS[box.status]} in ${time(box.first.seconds)}${more}`;
      drawing.append(shape("a", { href: `#case-${box.first.n}`, tabindex: "-1" },
        shape("rect", { class: box.first.flaky ? "flaky" : box.status, x: left + box.from, y: y + 2, width: Math.max(1.5, box.to - box.from - 1), height: row - 4, rx: 2 }),
        shape("title", {}, title)));
    }
  });
  return drawing;
}

/** Round times that fit under the drawing. */
function ticks(length, width) {
  const most = Math.max(2, Math.floor(width / 110));
  let step = 10 ** Math.floor(Math.log10(length / most));
  while (length / step > most) step *= length / step / 2 <= most ? 2 : length / step / 5 <= most ? 5 : 10;
  const found = [];
  for (let at = 0; at <= length * 1.0001 - step * 0.3 || !found.length; at += step) found.push(at);
  return found;
}

/** The cases that took longest. */
function slowest(run) {
  const found = [...run.cases].filter(each => each.seconds > 0).sort((a, b) => b.seconds - a.seconds).slice(0, 5);
  if (found.length < 2) return null;
  const longest = found[0].seconds;
  return panel("Slowest", found.map(each => {
    const line = el("span", { class: "measure", "aria-hidden": "true" });
    line.style.width = `${Math.max(1, each.seconds / longest * 100)}%`;
    return el("li", {}, el("a", { href: `#case-${each.n}` }, each.title), el("span", { class: "number" }, time(each.seconds)), line);
  }));
}

/** The cases that passed only at last. */
function flaky(run) {
  const found = run.cases.filter(each => each.flaky);
  if (!found.length) return null;
  const items = found.slice(0, 5).map(each => el("li", {}, el("a", { href: `#case-${each.n}` }, each.title), el("span", { class: "why" }, each.flaky)));
  if (found.length > 5) items.push(el("li", {}, el("a", { href: "#status=flaky" }, `all ${found.length} flaky cases`)));
  return panel("Flaky", items);
}

function panel(title, items) {
  return el("div", { class: "panel" }, el("h2", {}, title), el("ol", {}, items));
}
