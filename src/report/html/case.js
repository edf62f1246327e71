// One case: what was called, what each step did and when, what went wrong.

function load(number) {
  const block = document.getElementById(`data-${number}`);
  return block ? JSON.parse(block.textContent) : null;
}

/** All of a case, as the children of its article. */
function caseView(found, number) {
  const name = found.case ? `${found.scenario} [${found.case}]` : found.scenario;
  const title = found.repetition ? `${name} #${found.repetition}` : name;
  const drawing = callsDrawing(found, number, Math.min(innerWidth, 1340) - 100);
  return [
    el("div", { class: "case-head" }, chip(found.status), found.flaky && chip("flaky"), el("span", { class: "path" }, found.path)),
    el("h2", { class: "title", tabindex: "-1" }, title),
    el("p", { class: "about" }, `${time(found.seconds)} on worker ${(found.worker ?? 0) + 1}, ${time(found.began)} after the start; ${countsText(found.counts ?? {})}`),
    found.reason && el("p", { class: "notice" }, found.reason),
    command(found.rerun),
    (found.failures ?? []).map(each => failureView(each, "Outside its steps")),
    (found.warnings ?? []).map(each => el("p", { class: "notice" }, el("strong", {}, "Warning: "), each)),
    attempts(found.earlier ?? []),
    drawing && el("section", { class: "part" }, el("h3", {}, "Calls"), el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Calls, wider than the page at times" }, drawing)),
    el("section", { class: "part" }, el("h3", {}, "Steps"), steps(found, number)),
    found.printed && el("section", { class: "part" }, el("h3", {}, "Printed"), el("pre", {}, found.printed.join("\n"))),
    found.not_run && el("p", { class: "about" }, `Not run: ${found.not_run.join(", ")}`),
  ].flat().filter(Boolean);
}

function countsText(counts) {
  const parts = ["passed", "failed", "skipped", "not_run"].filter(word => counts[word]).map(word => `${counts[word]} ${WORDS[word]}`);
  const steps = parts.length ? `steps: ${parts.join(", ")}` : "no steps";
  return `${steps}; ${plural(counts.requests ?? 0, "request")}`;
}

function command(text) {
  if (!text) return null;
  const code = el("code", {}, text);
  const button = el("button", { type: "button", class: "copy", on: { click: () => copy(text, code) } }, "Copy");
  return el("div", { class: "command" }, el("span", { class: "unseen" }, "The command that runs this case again: "), code, button);
}

async function copy(text, code) {
  try { await navigator.clipboard.writeText(text); } catch {
    const range = document.createRange();
    range.selectNodeContents(code);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    document.execCommand("copy");
  }
  say("Copied");
}

/** How it failed before it was run again. */
function attempts(earlier) {
  return earlier.map((each, at) => el("details", { class: "attempt" },
    el("summary", {}, `Attempt ${at + 1} `, chip(each.status), ` ${time(each.seconds)}`),
    (each.failures ?? []).map(failure => failureView(failure, "Outside its steps")),
    (each.steps ?? []).map(step => el("div", { class: "step-body" }, el("p", {}, el("strong", {}, step.label), ` ${step.summary ?? ""}`), stepBody(step)))));
}

/** A line for each step, with a bar for the time in which it ran. */
function steps(found, number) {
  const list = el("ol", { class: "steps" });
  const begin = found.began ?? 0, length = Math.max(found.seconds ?? 0, 1e-6);
  (found.steps ?? []).forEach((step, index) => {
    const at = index + 1, isBad = step.status === "failed" || step.status === "errored";
    const summary = step.summary && step.summary.startsWith(step.label) ? step.summary.slice(step.label.length) : step.summary;
    const head = el("summary", {}, chip(step.flaky ? "flaky" : step.status),
      el("span", { class: "label" }, el("strong", {}, step.label), " ", el("span", { class: "what" }, step.reason ?? summary ?? "")),
      track(step, begin, length), el("span", { class: "number" }, step.status === "not_run" ? "" : time(step.seconds)));
    const body = el("div", { class: "step-body" });
    const details = el("details", { id: `case-${number}-step-${at}`, class: `step ${step.status}` }, head, body);
    // What is folded is made when it is opened.
    const show = () => { if (!body.hasChildNodes()) body.append(...stepBody(step)); };
    details.addEventListener("toggle", () => details.open && show());
    details.fillIn = show;
    if (isBad) { show(); details.open = true; }
    list.append(el("li", {}, details));
  });
  return list.hasChildNodes() ? list : el("p", { class: "about" }, "No step was told of.");
}

/** When a step ran, and its tries in it. */
function track(step, begin, length) {
  const percent = seconds => `${Math.min(100, Math.max(0, seconds / length * 100))}%`;
  const element = el("span", { class: "track", "aria-hidden": "true" });
  const box = (kind, from, took) => {
    const part = el("span", { class: kind });
    part.style.left = percent(from - begin);
    part.style.width = percent(Math.min(took, begin + length - from));
    element.append(part);
  };
  if (step.status !== "not_run" && step.status !== "skipped") box(`whole ${step.status}`, step.began ?? 0, step.seconds ?? 0);
  for (const exchange of (step.exchanges ?? []).slice(0, 200)) box("try", exchange.began ?? 0, exchange.seconds ?? 0);
  return element;
}

function stepBody(step) {
  const tries = step.tries > 1 ? `, ${plural(step.tries, "try").replace("trys", "tries")}${step.retries ? ` (${plural(step.retries, "retry").replace("retrys", "retries")})` : ""}` : "";
  const exchanges = step.exchanges ?? [];
  const shown = exchanges.length > 12 ? [...exchanges.slice(0, 3), ...exchanges.slice(-6)] : exchanges;
  return [
    el("p", { class: "about" }, `${step.place ? `${step.place.path}:${step.place.line}` : ""}${tries}`),
    ...(step.failures ?? []).map(each => failureView(each)),
    step.snapshot && snapshotView(step.snapshot),
    ...(step.pages ?? []).map(pageView),
    step.left_out && el("p", { class: "notice" }, `${plural(step.left_out, "exchange")} left out: the report is long, and this case passed.`),
    ...shown.flatMap((each, at) => [
      exchanges.length > shown.length && at === 3 && el("p", { class: "notice" }, `${exchanges.length - shown.length} more tries are not shown.`),
      exchangeView(each, isLastShown(shown, at)),
    ]),
  ].filter(Boolean);
}

function isLastShown(shown, at) {
  return at === shown.length - 1;
}

/** What was expected and what came, under the line of the file that says so. */
function failureView(failure, where) {
  const place = failure.place;
  const spot = place ? `${place.path}:${place.line}:${place.column}` : where;
  const said = [];
  if (failure.expected !== undefined) said.push(el("div", {}, el("dt", {}, "expected"), el("dd", {}, failure.expected)));
  if (failure.actual !== undefined) said.push(el("div", {}, el("dt", {}, "got"), el("dd", {}, failure.actual)));
  return el("div", { class: "failure" },
    el("p", { class: "message" }, el("strong", {}, failure.message), spot && el("span", { class: "path" }, spot)),
    place?.text && line(place),
    said.length ? el("dl", { class: "sides" }, said) : null,
    (failure.notes ?? []).map(note => el("p", { class: "note" }, note)));
}

/** A line of a file, the part that is meant marked. */
function line(place) {
  const signs = [...place.text], from = place.column - 1, to = from + (place.length ?? 1);
  return el("pre", { class: "line" }, el("span", { class: "line-number" }, place.line), signs.slice(0, from).join(""),
    el("mark", {}, signs.slice(from, to).join("") || " "), signs.slice(to).join(""));
}

const OUTCOMES = { same: "Same as its snapshot", updated: "Its snapshot was written", new: "There is no snapshot yet", different: "It differs from its snapshot" };

function snapshotView(snapshot) {
  const lines = (snapshot.diff ?? []).map(text => {
    const kind = { "-": "removed", "+": "added", "…": "folded" }[text[0]] ?? "same";
    return el("span", { class: `diff ${kind}` }, kind === "folded" ? `… ${plural(Number(text.slice(2)), "equal line")}` : text, "\n");
  });
  return el("div", { class: "snapshot" }, el("p", { class: "message" }, el("strong", {}, OUTCOMES[snapshot.outcome] ?? snapshot.outcome), snapshot.path && el("span", { class: "path" }, snapshot.path)),
    lines.length ? el("pre", { class: "code", tabindex: "0", "aria-label": "What differs" }, lines) : null,
    snapshot.pending && el("p", { class: "note" }, `pending: ${snapshot.pending}`));
}

/** A page that was kept: what it was, its picture if it is here, and where the files are. */
function pageView(page) {
  const files = [page.picture && `picture: ${page.picture}`, page.text && `text: ${page.text}`].filter(Boolean);
  return el("div", { class: "kept" }, el("p", { class: "message" }, el("strong", {}, `Page kept as ${page.name}`), " ", el("span", { class: "path" }, page.url)),
    page.title && el("p", { class: "note" }, page.title),
    page.image && el("img", { class: "picture", src: `data:image/png;base64,${page.image}`, alt: `A picture of the page “${visible(page.title || page.url)}”` }), files.map(file => el("p", { class: "note" }, file)));
}

function exchangeView(exchange, isOpen) {
  const { request, response } = exchange;
  const head = request ? `${request.method} ${request.url}` : `notification to ${response.url ?? ""}`;
  const came = request ? `${response.status} in ${time(exchange.seconds)}` : `after ${time(exchange.seconds)}`;
  return el("details", { class: "exchange", open: isOpen },
    el("summary", {}, el("span", { class: "url" }, head), " ", el("span", { class: "number" }, came)),
    request && messageView("Request", request),
    messageView(request ? "Response" : "Notification", response));
}

function messageView(title, message) {
  const headers = message.headers ?? [];
  const hasBody = ["text", "base64", "parts"].some(name => message[name]);
  const [kind, lines] = hasBody ? bodyLines(message) : ["no body", []];
  return el("div", { class: "message-part" },
    el("h4", {}, title, " ", el("span", { class: "kind" }, kind)),
    headers.length ? el("details", { class: "headers" }, el("summary", {}, plural(headers.length, "header")),
      el("table", {}, el("tbody", {}, headers.map(each => el("tr", {}, el("th", { scope: "row" }, each.name), el("td", {}, each.value ?? "")))))) : null,
    hasBody && el("pre", { class: "code", tabindex: "0", "aria-label": `${title}: ${kind}` }, lines),
    message.cut && el("p", { class: "notice" }, `Cut: it was ${bytes(message.cut)}.`));
}
