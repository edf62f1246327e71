// Who calls whom in a case, drawn as lanes and arrows.

/** The institutions whose data stands in an answer to a fetch; the answer may be cut. */
function institutions({ request, response }) {
  const text = response.text ?? "";
  if (!/\/(sessions|FI)\//i.test(request?.url ?? "") || !/"(data|FIstatus)"\s*:/.test(text)) return [];
  const names = [...text.matchAll(/"fipI[dD]"\s*:\s*"([^"]{1,80})"/g)].map(found => found[1]);
  return [...new Set(names)].slice(0, 6);
}

function place(url) {
  const found = /^[a-z]+:\/\/([^/?#]+)([^?#]*)(\?[^#]*)?/i.exec(url ?? "");
  return found ? { host: found[1], path: `${found[2] || "/"}${found[3] ? "?…" : ""}` } : { host: "", path: url ?? "" };
}

/** The arrows of a case, in order; tries that went alike are one. */
function calls(found) {
  const arrows = [];
  const hosts = new Map();
  for (const step of found.steps ?? []) for (const { request } of step.exchanges ?? []) {
    if (request) hosts.set(place(request.url).host, (hosts.get(place(request.url).host) ?? 0) + 1);
  }
  const main = [...hosts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "gateway";
  (found.steps ?? []).forEach((step, index) => {
    const add = arrow => arrows.push({ step: index + 1, bad: false, ...arrow });
    const bad = step.status === "failed" || step.status === "errored";
    if (step.status === "skipped" || step.status === "not_run") return;
    const exchanges = step.exchanges ?? [];
    if (step.kind === "request") requests(step, exchanges, bad, main, add);
    else if (step.kind === "await") {
      for (const exchange of exchanges) {
        add({ from: main, to: "fiu", text: notification(exchange.response), bad });
      }
      if (!exchanges.length) add({ from: main, to: "fiu", text: step.summary ?? "await", bad, lost: bad });
    } else if (step.kind === "consent") {
      add({ from: "fiu", to: "page", text: (step.summary ?? "consent").replace(/\w+:\/\/[^/ ]+/, ""), bad });
      if (!bad) add({ from: "page", to: main, text: `customer: ${(step.summary ?? "").split(" ")[0] || "answers"}`, back: true });
    } else if (step.kind === "sandbox") add({ from: "fiu", to: main, text: "change the sandbox", bad });
    else if (step.kind === "sleep") add({ from: "fiu", to: "fiu", text: step.summary ?? "sleep", bad });
  });
  return { arrows, main };
}

function requests(step, exchanges, bad, main, add) {
  const groups = [];
  for (const exchange of exchanges) {
    const { host, path } = place(exchange.request?.url);
    const key = `${exchange.request?.method} ${host}${path} ${exchange.response.status}`;
    const last = groups[groups.length - 1];
    if (last?.key === key) { last.count += 1; last.exchange = exchange; }
    else groups.push({ key, host, path, exchange, count: 1 });
  }
  groups.forEach((group, at) => {
    const { request, response } = group.exchange, isLast = at === groups.length - 1;
    const times = group.count > 1 ? ` ×${group.count}` : "";
    add({ from: "fiu", to: group.host, text: `${request?.method ?? ""} ${group.path}${times}` });
    institutions(group.exchange).forEach(name => add({ from: "fips", to: group.host, text: `data of ${name}`, back: true }));
    add({ from: group.host, to: "fiu", text: `${response.status ?? ""} in ${time(group.exchange.seconds)}`, back: true, bad: bad && isLast });
  });
  const unanswered = (step.tries ?? 0) > 0 && bad && step.status === "errored" && (step.failures ?? []).some(each => each.kind === "transport");
  if (!groups.length || unanswered) add({ from: "fiu", to: main, text: step.summary || step.label, bad, lost: bad });
}

function notification(response) {
  try {
    const body = JSON.parse(response.text ?? "");
    const status = body.data?.status ?? body.status ?? "";
    return `${body.type ?? "notification"}${typeof status === "string" && status ? `: ${status}` : ""}`;
  } catch { return "notification"; }
}

/** The lanes that arrows need, from the left. */
function lanes(arrows, main) {
  const used = new Set(arrows.flatMap(arrow => [arrow.from, arrow.to]));
  used.add("fiu");
  const others = [...used].filter(name => !["fiu", "page", "fips", main].includes(name));
  const all = [["fiu", "FIU", "sammati"], ["page", "Consent page", "account aggregator"], [main, "Gateway", main === "gateway" ? "" : main],
    ...others.map(host => [host, host, ""]), ["fips", "FIPs", "institutions"]];
  return all.filter(([name]) => used.has(name));
}

/** The drawing, or nothing where nobody was called. */
function callsDrawing(found, number, room) {
  const { arrows, main } = calls(found);
  if (!arrows.some(arrow => arrow.from !== arrow.to)) return null;
  const shown = arrows.slice(0, 400), row = 30, top = 50;
  const columns = lanes(shown, main), edge = 80;
  const gap = Math.min(420, Math.max(210, Math.floor((room - 2 * edge) / Math.max(1, columns.length - 1))));
  const at = new Map(columns.map(([name], index) => [name, edge + index * gap]));
  const width = edge * 2 + (columns.length - 1) * gap, height = top + shown.length * row + 16;
  const drawing = shape("svg", { class: "calls", role: "group", "aria-label": `Calls between ${columns.map(lane => lane[1]).join(", ")}`, viewBox: `0 0 ${width} ${height}`, width, height });
  for (const [name, title, host] of columns) {
    const x = at.get(name);
    drawing.append(shape("line", { class: "lane", x1: x, x2: x, y1: top - 8, y2: height - 6 }),
      shape("text", { class: "who", x, y: 18, "text-anchor": "middle" }, cut(title, 26)),
      shape("text", { class: "tick", x, y: 34, "text-anchor": "middle" }, cut(host, 28)));
  }
  shown.forEach((arrow, index) => drawing.append(arrowShape(arrow, top + index * row + 18, at, number)));
  if (arrows.length > shown.length) drawing.append(shape("text", { class: "tick", x: edge, y: height - 2 }, `… ${arrows.length - shown.length} more`));
  return drawing;
}

function arrowShape(arrow, y, at, number) {
  const from = at.get(arrow.from), to = at.get(arrow.to);
  const kind = `arrow${arrow.back ? " back" : ""}${arrow.bad ? " bad" : ""}`;
  const title = `${arrow.text}${arrow.bad ? ", not as expected" : ""}`;
  const link = shape("a", { class: kind, href: `#case-${number}-step-${arrow.step}`, "aria-label": `step ${arrow.step}: ${title}` }, shape("title", {}, title));
  if (from === to) {
    link.append(shape("rect", { class: "note", x: from - 60, y: y - 15, width: 120, height: 20, rx: 4 }), shape("text", { x: from, y: y - 1, "text-anchor": "middle" }, cut(arrow.text, 18)));
    return link;
  }
  const way = to > from ? 1 : -1, end = arrow.lost ? (from + to) / 2 : to - way * 2, room = Math.abs(to - from);
  link.append(shape("rect", { class: "touch", x: Math.min(from, to), y: y - 18, width: room, height: 26 }),
    shape("line", { x1: from + way * 2, x2: end - way * (arrow.lost ? 0 : 6), y1: y, y2: y }));
  link.append(arrow.lost
    ? shape("path", { class: "cross", d: `M${end - 5} ${y - 5}l10 10m0 -10l-10 10` })
    : shape("path", { class: "head", d: `M${end} ${y}l${-way * 8} -4v8z` }));
  link.append(shape("text", { x: (from + to) / 2, y: y - 5, "text-anchor": "middle" }, cut(arrow.text, Math.floor(room / 6.9))));
  return link;
}
