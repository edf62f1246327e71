// Runs in a page, in a world of its own that the page's scripts do not see. It finds elements, says how they are, and
// prepares what the browser itself then does. Each call is one request with one answer.
function (request) {
  "use strict";
  const MOST = 6;
  const squeeze = (text) => (text ?? "").replace(/\s+/g, " ").trim();
  const cut = (text, most) => (text.length > most ? text.slice(0, most) + "…" : text);

  const everything = (root, found = []) => {
    for (const element of root.querySelectorAll("*")) {
      found.push(element);
      if (element.shadowRoot) everything(element.shadowRoot, found);
    }
    return found;
  };
  const parentOf = (element) => element.parentElement ?? element.getRootNode().host ?? null;
  const closest = (element, holds) => {
    for (let at = element; at; at = parentOf(at)) if (holds(at)) return at;
    return null;
  };

  const isVisible = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true })) return false;
    if (element.localName === "option" || element.localName === "optgroup") {
      const list = element.closest("select");
      return !list || isVisible(list);
    }
    const box = element.getBoundingClientRect();
    if (box.width > 0 && box.height > 0) return true;
    const range = document.createRange();
    range.selectNodeContents(element);
    return [...range.getClientRects()].some((part) => part.width > 0 && part.height > 0);
  };
  const isEnabled = (element) =>
    !element.matches(":disabled") &&
    !closest(element, (at) => at.getAttribute("aria-disabled") === "true" || at.inert === true);
  const isWritable = (element) => {
    if (element.isContentEditable || element.localName === "textarea") return !element.readOnly;
    if (element.localName !== "input") return false;
    const never = ["button", "checkbox", "file", "hidden", "image", "radio", "reset", "submit"];
    return !never.includes(element.type) && !element.readOnly;
  };

  const INPUTS = {
    button: "button", checkbox: "checkbox", image: "button", number: "spinbutton", radio: "radio", range: "slider",
    reset: "button", search: "searchbox", submit: "button", email: "textbox", tel: "textbox", text: "textbox",
    url: "textbox",
  };
  const TAGS = {
    article: "article", aside: "complementary", blockquote: "blockquote", button: "button", datalist: "listbox",
    dd: "definition", details: "group", dialog: "dialog", fieldset: "group", figure: "figure", h1: "heading",
    h2: "heading", h3: "heading", h4: "heading", h5: "heading", h6: "heading", hr: "separator", li: "listitem",
    main: "main", menu: "list", meter: "meter", nav: "navigation", ol: "list", optgroup: "group", option: "option",
    output: "status", progress: "progressbar", search: "search", table: "table", tbody: "rowgroup", td: "cell",
    textarea: "textbox", tfoot: "rowgroup", th: "columnheader", thead: "rowgroup", tr: "row", ul: "list",
  };
  const roleOf = (element) => {
    const given = squeeze(element.getAttribute("role")).split(" ")[0];
    if (given) return given;
    const tag = element.localName;
    const inPage = () => !element.closest("article, aside, main, nav, section");
    switch (tag) {
      case "a":
      case "area":
        return element.hasAttribute("href") ? "link" : "";
      case "img":
        return element.getAttribute("alt") === "" ? "" : "img";
      case "input": {
        const role = INPUTS[element.type] ?? "";
        return role === "textbox" && element.hasAttribute("list") ? "combobox" : role;
      }
      case "select":
        return element.multiple || element.size > 1 ? "listbox" : "combobox";
      case "header":
        return inPage() ? "banner" : "";
      case "footer":
        return inPage() ? "contentinfo" : "";
      case "form":
      case "section":
        return nameOf(element, "") ? (tag === "form" ? "form" : "region") : "";
      case "th":
        return element.scope === "row" ? "rowheader" : "columnheader";
      default:
        return TAGS[tag] ?? "";
    }
  };

  // The text of what is in an element, as it is read out.
  const contents = (node, without) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE && node.nodeType !== Node.DOCUMENT_FRAGMENT_NODE) return "";
    if (node === without) return "";
    if (node.nodeType === Node.ELEMENT_NODE) {
      if (["script", "style", "template", "noscript"].includes(node.localName)) return "";
      if (node.getAttribute("aria-hidden") === "true") return "";
      if (!node.checkVisibility({ visibilityProperty: true })) return "";
      const label = node.getAttribute("aria-label");
      if (label) return ` ${label} `;
      if (node.localName === "img") return ` ${node.alt} `;
      if (node.localName === "select") return "";
      if (node.localName === "input") return ["button", "submit", "reset"].includes(node.type) ? ` ${node.value} ` : "";
    }
    const inside = node.shadowRoot ?? node;
    let text = "";
    for (const child of inside.childNodes) text += contents(child, without);
    const isInline = node.nodeType !== Node.ELEMENT_NODE || getComputedStyle(node).display.startsWith("inline");
    return isInline ? text : ` ${text} `;
  };
  const byIds = (element, attribute) => {
    const ids = squeeze(element.getAttribute(attribute)).split(" ").filter(Boolean);
    const found = ids.map((id) => element.getRootNode().getElementById(id)).filter(Boolean);
    return squeeze(found.map((other) => contents(other)).join(" "));
  };
  const labelsOf = (element) => {
    const texts = [...(element.labels ?? [])].map((label) => squeeze(contents(label, element)));
    texts.push(byIds(element, "aria-labelledby"), squeeze(element.getAttribute("aria-label")));
    return texts.filter(Boolean);
  };
  const NAMED_BY_CONTENTS = [
    "button", "cell", "checkbox", "columnheader", "gridcell", "heading", "link", "menuitem", "menuitemcheckbox",
    "menuitemradio", "option", "radio", "row", "rowheader", "switch", "tab",
  ];
  const nameOf = (element, role) => {
    const referred = byIds(element, "aria-labelledby") || squeeze(element.getAttribute("aria-label"));
    if (referred) return referred;
    const labels = labelsOf(element);
    if (labels.length) return labels.join(" ");
    const tag = element.localName;
    if (tag === "img" || tag === "area" || element.type === "image") {
      if (element.alt) return squeeze(element.alt);
    }
    if (tag === "input" && ["button", "submit", "reset"].includes(element.type)) {
      return squeeze(element.value) || { submit: "Submit", reset: "Reset", button: "" }[element.type];
    }
    const holder = { fieldset: "legend", table: "caption", figure: "figcaption" }[tag];
    const inside = holder && element.querySelector(`:scope > ${holder}`);
    if (inside) return squeeze(contents(inside));
    if (NAMED_BY_CONTENTS.includes(role)) {
      const text = squeeze(contents(element));
      if (text) return text;
    }
    return squeeze(element.getAttribute("title")) || squeeze(element.getAttribute("placeholder"));
  };

  const fits = (text, wanted, exact) =>
    exact
      ? squeeze(text) === squeeze(wanted)
      : squeeze(text).toLowerCase().includes(squeeze(wanted).toLowerCase());
  const ownText = (element) =>
    element.localName === "input" && ["button", "submit", "reset"].includes(element.type)
      ? element.value
      : element.textContent;
  const isText = (element) =>
    !["html", "head", "title", "script", "style", "template", "noscript"].includes(element.localName);

  const found = (at) => {
    if (at.css !== undefined) return [...document.querySelectorAll(at.css)];
    const all = everything(document);
    if (at.role !== undefined) {
      return all.filter(
        (element) =>
          roleOf(element) === at.role &&
          !closest(element, (above) => above.getAttribute("aria-hidden") === "true") &&
          (at.name === undefined || fits(nameOf(element, at.role), at.name, at.exact)),
      );
    }
    if (at.label !== undefined) {
      return all.filter((element) => labelsOf(element).some((label) => fits(label, at.label, at.exact)));
    }
    const holds = all.filter((element) => isText(element) && fits(ownText(element), at.text, at.exact));
    const holding = new Set(holds);
    return holds.filter((element) => ![...element.children].some((child) => holding.has(child)));
  };

  const describe = (element) => {
    const role = roleOf(element);
    const name = nameOf(element, role);
    const id = element.id ? ` (#${element.id})` : "";
    const text = name || squeeze(element.localName === "input" ? "" : element.textContent);
    return `${role || `<${element.localName}>`}${text ? ` “${cut(text, 60)}”` : ""}${id}`;
  };

  const state = (element) => ({
    enabled: isEnabled(element),
    writable: isWritable(element),
    checked: element.checked ?? element.getAttribute("aria-checked") === "true",
    text: squeeze(element.innerText ?? element.textContent),
    value: "value" in element ? String(element.value) : null,
    described: describe(element),
  });

  // Where a click would land, with the element in view.
  const point = (element) => {
    element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const boxes = [...element.getClientRects()].filter((box) => box.width > 0 && box.height > 0);
    const box = boxes[0] ?? element.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    let hit = document.elementFromPoint(x, y);
    while (hit?.shadowRoot) {
      const inner = hit.shadowRoot.elementFromPoint(x, y);
      if (!inner || inner === hit) break;
      hit = inner;
    }
    const label = hit?.closest?.("label");
    const isHit =
      hit !== null && (closest(hit, (at) => at === element) !== null || (label && label.control === element));
    return { x, y, covered_by: isHit ? null : hit ? describe(hit) : "nothing: it is outside the window" };
  };

  const page = () => ({
    url: location.href,
    title: document.title,
    text: cut((document.body?.innerText ?? "").trim(), 20000),
    status: performance.getEntriesByType("navigation")[0]?.responseStatus ?? 0,
  });

  // What else there is of the kind, for whoever looks for one that is not there.
  const others = (at) => {
    let list = [];
    if (at.role !== undefined) {
      list = found({ role: at.role }).filter(isVisible).map((element) => nameOf(element, at.role));
    } else if (at.label !== undefined) {
      list = everything(document).filter(isVisible).flatMap(labelsOf);
    }
    return [...new Set(list.filter(Boolean))].slice(0, MOST).map((name) => cut(name, 60));
  };

  // What an element looks like among all, and those of them that can be seen.
  const look = (at) => {
    let all;
    try {
      all = found(at);
    } catch (error) {
      return { wrong: error.name === "SyntaxError" ? `\`${at.css}\` is no CSS selector` : String(error) };
    }
    const visible = all.filter(isVisible);
    const answer = {
      found: visible.length,
      hidden: all.length - visible.length,
      matches: visible.slice(0, MOST).map(describe),
      others: visible.length ? [] : others(at),
    };
    return [answer, visible];
  };

  // An element that is ready to be written into, with the focus in it and all that it holds selected.
  const take = (element) => {
    element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    element.focus();
    if (typeof element.select === "function") element.select();
    else getSelection().selectAllChildren(element);
  };
  // Fields in which browsers show a chooser take their value as a whole.
  const isChosen = (element) =>
    element.localName === "input" &&
    ["color", "date", "datetime-local", "month", "range", "time", "week"].includes(element.type);
  const changed = (element) => {
    element.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    element.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const one = (answer, visible, then) => {
    if (answer.found === 1) {
      answer.state = state(visible[0]);
      then?.(visible[0]);
    }
    return answer;
  };

  switch (request.do) {
    case "page":
      return page();
    case "flush":
      return new Promise((done) => setTimeout(() => setTimeout(done, 0), 0));
    case "look": {
      const [answer, visible] = [look(request.at)].flat();
      return answer.wrong ? answer : one(answer, visible);
    }
    case "keep": {
      const [answer, visible] = [look(request.at)].flat();
      if (!answer.wrong) globalThis.__sammatiKept = visible;
      return answer;
    }
    case "point": {
      let element;
      let answer;
      if (request.kept !== undefined) {
        element = (globalThis.__sammatiKept ?? [])[request.kept];
        if (!element?.isConnected) return { wrong: "the element was taken from the page meanwhile" };
        answer = { found: isVisible(element) ? 1 : 0, hidden: isVisible(element) ? 0 : 1, matches: [], others: [] };
        answer.state = state(element);
      } else {
        const [looked, visible] = [look(request.at)].flat();
        if (looked.wrong) return looked;
        answer = one(looked, visible);
        element = visible[0];
      }
      if (answer.found === 1 && answer.state.enabled) answer.point = point(element);
      return answer;
    }
    case "focus": {
      const [answer, visible] = [look(request.at)].flat();
      return answer.wrong
        ? answer
        : one(answer, visible, (element) => {
            element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
            element.focus();
          });
    }
    case "take": {
      const [answer, visible] = [look(request.at)].flat();
      if (answer.wrong) return answer;
      return one(answer, visible, (element) => {
        if (!answer.state.enabled || !answer.state.writable) return;
        if (isChosen(element)) {
          element.focus();
          element.value = request.text;
          changed(element);
          answer.done = element.value === request.text;
          if (!answer.done) answer.wrong = `a field for a ${element.type} does not take this text`;
        } else {
          take(element);
        }
      });
    }
    case "select": {
      const [answer, visible] = [look(request.at)].flat();
      if (answer.wrong) return answer;
      return one(answer, visible, (element) => {
        if (!answer.state.enabled) return;
        if (element.localName !== "select") {
          answer.wrong = `${describe(element)} is no list of options: click it, and then the option`;
          return;
        }
        const options = [...element.options];
        const label = (option) => squeeze(option.label || option.textContent);
        const wanted =
          options.find((option) => label(option) === squeeze(request.option)) ??
          options.find((option) => option.value === request.option);
        if (!wanted || wanted.disabled) {
          answer.options = options.filter((option) => !option.disabled).slice(0, 12).map(label);
          return;
        }
        element.focus();
        wanted.selected = true;
        changed(element);
        answer.done = true;
      });
    }
    // Everything that a picture would show, in the order of the document, each with where what is in it ends.
    case "texts": {
      const list = everything(document).filter((element) => isText(element) && element.localName !== "body");
      globalThis.__sammatiTexts = list;
      const place = new Map(list.map((element, index) => [element, index]));
      const ends = list.map((_, index) => index + 1);
      for (let index = list.length - 1; index >= 0; index--) {
        const above = closest(parentOf(list[index]) ?? null, (at) => place.has(at));
        if (above) ends[place.get(above)] = Math.max(ends[place.get(above)], ends[index]);
      }
      return list.map((element, index) => ({
        text: cut(
          [element.textContent, element.value, element.placeholder, element.alt, element.title]
            .filter((text) => typeof text === "string")
            .join("\n"),
          20000,
        ),
        end: ends[index],
        secret: element.type === "password" || (request.frames && element.localName === "iframe"),
      }));
    }
    case "hide": {
      globalThis.__sammatiHidden = request.which.map((index) => {
        const element = globalThis.__sammatiTexts[index];
        const shown = element.closest("select") ?? element;
        const before = shown.getAttribute("style");
        shown.style.setProperty("transition", "none", "important");
        shown.style.setProperty("animation", "none", "important");
        shown.style.setProperty("opacity", "0", "important");
        return [shown, before];
      });
      return globalThis.__sammatiHidden.length;
    }
    case "show": {
      const hidden = globalThis.__sammatiHidden ?? [];
      globalThis.__sammatiHidden = [];
      for (const [element, before] of hidden.reverse()) {
        if (before === null) element.removeAttribute("style");
        else element.setAttribute("style", before);
      }
      return hidden.length;
    }
    default:
      return { wrong: `nobody does \`${request.do}\`` };
  }
}
