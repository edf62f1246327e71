// Elements and texts. Whatever is shown goes through here as text.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes, its children texts or elements. */
function el(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same for drawings. */
function shape(name, attributes, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : visible(String(child)));
  }
  return element;
}

/** What could hide or turn text is written out. */
function visible(text) {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g,
    sign => `\\u{${sign.codePointAt(0).toString(16)}}`);
}

function time(seconds) {
  seconds = seconds ?? 0;
  if (seconds < 0.0095) return `${(seconds * 1000).toFixed(seconds ? 1 : 0)} ms`;
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
}

function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function bytes(count) {
  if (count < 1024) return plural(count, "byte");
  if (count < 1024 * 1024) return `${(count / 1024).toFixed(1)} KiB`;
  return `${(count / 1024 / 1024).toFixed(1)} MiB`;
}

function cut(text, length) {
  return text.length > length ? `${text.slice(0, Math.max(1, length - 1))}…` : text;
}

const WORDS = { passed: "passed", failed: "failed", errored: "errored", skipped: "skipped", not_run: "not run", flaky: "flaky" };
const SIGNS = { passed: "✓", failed: "✗", errored: "!", skipped: "–", not_run: "○", flaky: "↻" };

/** The word for how something ended, with a sign that no colour is needed for. */
function chip(status) {
  return el("span", { class: `chip ${status}` }, el("span", { "aria-hidden": "true" }, SIGNS[status]), ` ${WORDS[status]}`);
}

/** JSON with a line for each member and item: digits and order stay as they were sent. */
function prettyJson(text) {
  let out = "", depth = 0, inText = false, escaped = false;
  const line = () => { out += `\n${"  ".repeat(Math.min(depth, 40))}`; };
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (inText) {
      out += sign;
      inText = escaped || sign !== '"';
      escaped = !escaped && sign === "\\";
    } else if (sign === "{" || sign === "[") {
      out += sign;
      let next = at + 1;
      while (/\s/.test(text[next] ?? "")) next += 1;
      if (text[next] === "}" || text[next] === "]") { out += text[next]; at = next; }
      else { depth += 1; line(); }
    } else if (sign === "}" || sign === "]") {
      depth = Math.max(0, depth - 1);
      line();
      out += sign;
    } else if (sign === ",") { out += sign; line(); }
    else if (sign === ":") out += ": ";
    else if (!/\s/.test(sign)) { out += sign; inText = sign === '"'; }
  }
  return out;
}

/** XML with a line for each element, and one for an element that has nothing but text. */
function prettyXml(text) {
  const parts = text.match(/<!\[CDATA\[[\s\S]*?(?:\]\]>|$)|<!-\-[\s\S]*?(?:-->|$)|<[^>]*>?|[^<]+/g) ?? [];
  const lines = [];
  let depth = 0, isOpen = false;
  for (const part of parts) {
    const indent = "  ".repeat(Math.min(depth, 40));
    if (part.startsWith("</")) {
      depth = Math.max(0, depth - 1);
      if (isOpen) lines[lines.length - 1] += part;
      else lines.push("  ".repeat(Math.min(depth, 40)) + part);
      isOpen = false;
    } else if (part.startsWith("<") && !/^<[!?]/.test(part)) {
      lines.push(indent + part);
      isOpen = !part.endsWith("/>");
      if (isOpen) depth += 1;
    } else if (part.startsWith("<")) {
      if (isOpen && part.startsWith("<![")) lines[lines.length - 1] += part;
      else lines.push(indent + part);
    } else if (part.trim()) {
      if (isOpen) lines[lines.length - 1] += part.trim();
      else lines.push(indent + part.trim());
    }
  }
  return lines.join("\n");
}

/** A text with its parts coloured; a long one as it is. */
function coloured(text, language) {
  if (text.length > 60000) return [text];
  const pattern = language === "json"
    ? /("(?:\\.|[^"\\])*")(\s*:)?|(-?\d[\d.eE+-]*|\btrue\b|\bfalse\b|\bnull\b)/g
    : /(<!-\-[\s\S]*?-->)|(<\/?[^\s>/]+|\/?>)/g;
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(pattern)) {
    parts.push(text.slice(from, found.index));
    if (language === "json") {
      const kind = found[3] ? "value" : found[2] ? "name" : "string";
      parts.push(el("span", { class: `c-${kind}` }, found[1] ?? found[3]), found[2] ?? "");
    } else parts.push(el("span", { class: found[1] ? "c-note" : "c-name" }, found[0]));
    from = found.index + found[0].length;
  }
  parts.push(text.slice(from));
  return parts;
}

/** What a body is, and its lines. */
function bodyLines(message) {
  if (message.base64 !== undefined) return [`${bytes(Math.floor((message.cut ?? message.base64.length) * 3 / 4))} that are not text, in base64`, [message.base64]];
  if (message.parts !== undefined) return ["parts", [message.parts]];
  const text = message.text ?? "";
  const first = text.trimStart()[0];
  const size = bytes(message.cut ?? new TextEncoder().encode(text).length);
  if (first === "{" || first === "[") {
    let isJson = message.cut !== undefined;
    try { JSON.parse(text); isJson = true; } catch { /* it is shown as it is */ }
    if (isJson) return [`JSON, ${size}`, coloured(prettyJson(text), "json")];
  }
  if (first === "<") return [`XML, ${size}`, coloured(prettyXml(text), "xml")];
  return [size, [text]];
}
