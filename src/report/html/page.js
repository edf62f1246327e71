// The page: the list, what of it is shown, and which case is open.

const PAGE = 200;
const run = JSON.parse(document.getElementById("data-run").textContent);
const state = { status: "", text: "", order: "bad", shown: PAGE, open: 0 };
const byId = id => document.getElementById(id);
const reduced = matchMedia("(prefers-reduced-motion: reduce)");

for (const each of run.cases) {
  each.began ??= 0;
  each.seconds ??= 0;
  each.worker ??= 0;
  each.words = `${each.title} ${each.path} ${each.why ?? ""}`.toLowerCase();
}

function say(text) {
  byId("said").textContent = text;
}

// --- the list ---

const RANK = { errored: 0, failed: 0, not_run: 1, passed: 2, skipped: 3 };

function chosen() {
  const words = state.text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = each => (!state.status || (state.status === "flaky" ? each.flaky : each.status === state.status))
    && words.every(word => each.words.includes(word));
  const found = run.cases.filter(fits);
  if (state.order === "slow") found.sort((a, b) => b.seconds - a.seconds);
  if (state.order === "bad") found.sort((a, b) => RANK[a.status] - RANK[b.status] || (b.flaky ? 1 : 0) - (a.flaky ? 1 : 0) || a.n - b.n);
  return found;
}

function filters() {
  const counts = { ...run.facts.totals };
  const button = (status, word, count) => el("button", { type: "button", "data-status": status, "aria-pressed": "false", on: { click: () => choose({ status }) } }, word, " ", el("span", { class: "number" }, count));
  const words = Object.keys(WORDS).filter(word => counts[word]);
  return el("div", { class: "filters", role: "group", "aria-label": "Show only" }, button("", "all", run.cases.length), words.map(word => button(word, WORDS[word], counts[word])));
}

function search() {
  const field = el("input", { id: "search", type: "search", autocomplete: "off", spellcheck: "false", on: { input: event => choose({ text: event.target.value }) } });
  const option = (value, text) => el("option", { value }, text);
  const order = el("select", { id: "order", on: { change: event => choose({ order: event.target.value }) } },
    option("bad", "problems first"), option("plan", "as planned"), option("slow", "slowest first"));
  return el("div", { class: "search" },
    el("div", {}, el("label", { for: "search" }, "Search"), field),
    el("div", {}, el("label", { for: "order" }, "Order"), order));
}

function row(each) {
  return el("li", {}, el("a", { class: `row ${each.status}`, href: `#case-${each.n}` },
    chip(each.status),
    el("span", { class: "name" }, el("strong", {}, each.title), each.why && el("span", { class: "why" }, each.why), el("span", { class: "path" }, each.path)),
    el("span", { class: "marks" }, each.flaky && chip("flaky")),
    el("span", { class: "number" }, each.status === "skipped" ? "" : time(each.seconds))));
}

function choose(change) {
  Object.assign(state, { shown: PAGE }, change);
  const words = new URLSearchParams();
  for (const name of ["status", "text"]) if (state[name]) words.set(name, state[name]);
  history.replaceState(null, "", `#${words}`);
  drawList();
}

function drawList() {
  const found = chosen(), list = byId("list");
  list.replaceChildren(...found.slice(0, state.shown).map(row));
  for (const button of document.querySelectorAll("[data-status]")) button.setAttribute("aria-pressed", String(button.dataset.status === state.status));
  byId("more").hidden = found.length <= state.shown;
  if (!byId("more").hidden) byId("more").textContent = `Show ${Math.min(PAGE, found.length - state.shown)} of ${found.length - state.shown} more`;
  byId("none").hidden = found.length > 0;
  say(`${plural(found.length, "case")} shown`);
}

function more() {
  const before = state.shown;
  state.shown += PAGE;
  drawList();
  byId("list").children[before]?.querySelector("a").focus();
}

// --- a case ---

function openCase(number, step) {
  const article = byId("case"), found = load(number);
  if (!found) return false;
  if (state.open !== number) {
    state.open = number;
    article.replaceChildren(walk(number), ...caseView(found, number));
  }
  show(true);
  document.title = `${found.scenario}: ${WORDS[found.status]}`;
  const target = step && byId(`case-${number}-step-${step}`);
  if (target) {
    target.fillIn();
    target.open = true;
    target.scrollIntoView({ block: "start", behavior: reduced.matches ? "auto" : "smooth" });
    target.querySelector("summary").focus({ preventScroll: true });
  } else {
    scrollTo(0, 0);
    article.querySelector("h2").focus({ preventScroll: true });
  }
  return true;
}

/** Where one can go from a case. */
function walk(number) {
  const found = chosen(), at = found.findIndex(each => each.n === number);
  const link = (to, text) => to ? el("a", { class: "button", href: `#case-${to.n}` }, text) : el("span", { class: "button off" }, text);
  return el("nav", { class: "walk", "aria-label": "Cases" }, el("a", { class: "button", href: "#" }, "← All cases"), link(found[at - 1], "Previous"), link(found[at + 1], "Next"));
}

function step(by) {
  const found = chosen(), at = found.findIndex(each => each.n === state.open);
  const next = found[state.open ? at + by : 0];
  if (next) location.hash = `case-${next.n}`;
}

function show(isCase) {
  byId("case").hidden = !isCase;
  byId("overview").hidden = isCase;
  byId("cases").hidden = isCase;
}

function follow() {
  const hash = decodeURIComponent(location.hash.slice(1));
  const found = /^case-(\d+)(?:-step-(\d+))?$/.exec(hash);
  if (found && openCase(Number(found[1]), Number(found[2] ?? 0))) return;
  const words = new URLSearchParams(found ? "" : hash);
  const was = state.open;
  state.open = 0;
  state.status = Object.hasOwn(WORDS, words.get("status") ?? "") ? words.get("status") : hash ? "" : state.status;
  state.text = words.get("text") ?? (hash ? "" : state.text);
  byId("search").value = state.text;
  show(false);
  document.title = title;
  drawDrawings();
  drawList();
  if (was) document.querySelector(`a.row[href="#case-${was}"]`)?.focus();
}

// --- the whole ---

const title = `${document.querySelector("h1").textContent} – ${run.facts.target}`;

function drawDrawings() {
  const place = byId("drawings"), width = place.clientWidth - 34;
  if (!run.cases.length || width <= 0) return;
  place.replaceChildren(...[
    bar(run.facts.totals),
    run.cases.some(each => each.seconds > 0) && el("figure", { class: "panel" }, el("figcaption", {}, el("h2", {}, "Timeline"), el("span", { class: "path" }, "a row for each worker, a box for each case")), timeline(run, width)),
    el("div", { class: "panels" }, slowest(run), flaky(run)),
  ].filter(Boolean));
}

const THEMES = ["auto", "light", "dark"];

function theme(name) {
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  byId("theme").textContent = `Theme: ${name}`;
  byId("theme").dataset.now = name;
  try { localStorage.setItem("sammati-theme", name); } catch { /* pages without storage forget it */ }
}

/** What is printed below the list: the cases that did not pass, unless one is open. */
function beforePrint() {
  if (state.open) {
    for (const details of byId("case").querySelectorAll("details.step")) details.fillIn();
    return;
  }
  const bad = chosen().filter(each => !["passed", "skipped"].includes(each.status)).slice(0, 50);
  byId("printed").replaceChildren(...bad.map(each => el("article", {}, ...caseView(load(each.n), `p${each.n}`))));
  for (const code of byId("printed").querySelectorAll("pre.code")) shorten(code, 60);
}

/** Leaves so many lines of a body, and says how many there were: on paper nobody scrolls. */
function shorten(code, most) {
  const all = code.textContent.split("\n").length;
  if (all <= most) return;
  let left = most;
  for (const node of [...code.childNodes]) {
    const lines = node.textContent.split("\n");
    if (left <= 0) node.remove();
    else if (lines.length > left) node.textContent = lines.slice(0, left).join("\n");
    left -= lines.length - 1;
  }
  code.after(el("p", { class: "notice" }, `${all - most} more lines are in the page, and not printed.`));
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isField = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === "Escape" && state.open) location.hash = "";
  else if (event.key === "Escape" && event.target.id === "search" && state.text) { event.target.value = ""; choose({ text: "" }); }
  else if (isField) return;
  else if (event.key === "/") { if (state.open) location.hash = ""; event.preventDefault(); setTimeout(() => byId("search").focus()); }
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
}

function begin() {
  byId("cases").append(el("h2", { id: "cases-heading" }, "Cases"), search(), filters(),
    el("ul", { id: "list", class: "list" }), el("p", { id: "none", class: "about", hidden: true }, "No case fits."),
    el("button", { id: "more", type: "button", hidden: true, on: { click: more } }, "More"));
  let kept = "auto";
  try { kept = localStorage.getItem("sammati-theme") ?? "auto"; } catch { /* as above */ }
  theme(THEMES.includes(kept) ? kept : "auto");
  byId("theme").addEventListener("click", () => theme(THEMES[(THEMES.indexOf(byId("theme").dataset.now) + 1) % THEMES.length]));
  byId("print").addEventListener("click", () => print());
  addEventListener("hashchange", follow);
  addEventListener("keydown", key);
  addEventListener("beforeprint", beforePrint);
  addEventListener("afterprint", () => byId("printed").replaceChildren());
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; if (!state.open) drawDrawings(); } });
  follow();
}

begin();
