"use strict";
// All that the page shows stands in #data. It reaches the screen as text only: nothing here parses HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const LAYERS = { passes: ["✓", "good"], partly: ["~", "part"], stops: ["✗", "bad"] };
  const CHANGES = { new: "new", removed: "gone", changed: "changed" };
  const COLOURS = { http: "#0550ae", grpc: "#0550ae", tcp: "#6639ba", tls: "#6639ba", outside: "#59636e",
    besides: "#b6bec7", stopped: "#b3261e", open: "#b3261e", new: "#1a7f37", removed: "#b3261e", changed: "#9a6700" };
  const NAMES = { http: "HTTP, gRPC", tcp: "TCP, TLS", stopped: "declared, and does not work", open: "open, and not declared",
    besides: "open without a route of its own",
    new: "new", removed: "gone", changed: "changed" };

  function element(kind, options = {}, ...children) {
    const made = document.createElement(kind);
    for (const [name, value] of Object.entries(options)) {
      if (name === "text") made.textContent = value;
      else if (name === "on") Object.entries(value).forEach(([event, act]) => made.addEventListener(event, act));
      else if (value !== undefined && value !== false && value !== "") made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  const nodes = new Map(data.nodes.map((node) => [node.id, node]));
  const areas = new Map(data.areas.map((area) => [area.id, area]));
  data.calls.forEach((call, number) => { call.number = number; call.name = `${call.caller} → ${call.callee}`; });

  // ---- what is asked for -------------------------------------------------------------------------------------------
  function within(area, ancestor) {
    for (let at = area; at; at = areas.get(at)?.parent) if (at === ancestor) return true;
    return false;
  }
  const odd = (call) => call.outcome !== "passes" || call.standing !== "declared";
  const tests = {
    "": () => true,
    odd,
    weak: (call) => call.kept !== "" && !call.kept.startsWith("policy"),
    change: (call) => call.change !== "",
  };
  function wanted(call) {
    const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const [source, target] = [nodes.get(call.source), nodes.get(call.target)];
    const where = $("where").value;
    const text = [call.name, call.port, ...call.what, source?.area, target?.area, source?.about, target?.about]
      .join(" ").toLowerCase();
    return words.every((word) => text.includes(word)) && tests[$("show").value](call) &&
      (!where || within(source?.area, where) || within(target?.area, where));
  }

  // ---- the panel at the side ---------------------------------------------------------------------------------------
  let opener = null;
  function open(...children) {
    opener = document.activeElement;
    $("details").replaceChildren(
      element("button", { type: "button", class: "close", "aria-label": "close", text: "✕", on: { click: close } }),
      ...children,
    );
    $("details").hidden = false;
    $("details").scrollTop = 0;
    $("details").focus({ preventScroll: true });
    resized();
  }
  function close() {
    if ($("details").hidden) return;
    $("details").hidden = true;
    if (opener && opener.isConnected) opener.focus({ preventScroll: true });
    resized();
  }
  function tag(change) {
    return change ? element("span", { class: `tag ${change}`, text: CHANGES[change] }) : null;
  }
  function pairs(entries) {
    const shown = Object.entries(entries).filter(([, value]) => value);
    return element("dl", {}, ...shown.flatMap(([name, value]) => [
      element("dt", { text: name }), element("dd", { text: value }),
    ]));
  }
  function steps(found) {
    return element("ol", {}, ...found.map((step) => element("li", {},
      element("span", { class: `mark ${LAYERS[step.outcome][1]}`, text: LAYERS[step.outcome][0] }),
      element("span", { text: `${step.layer}: ` }), element("b", { text: step.by }), element("div", { text: step.text }),
    )));
  }
  function explain(call) {
    const trace = call.trace;
    const verdict = call.change === "removed" ? ["not open any more; before it was", "part"]
      : trace.allowed ? ["allowed", "good"] : trace.possible ? ["allowed only in part", "part"] : ["denied", "bad"];
    const request = trace.request && `${trace.request.method} ${trace.request.host || ""}${trace.request.path}`;
    open(
      element("h2", { text: call.name }),
      element("p", {}, element("strong", { class: verdict[1], text: verdict[0] }), document.createTextNode(` at ${call.port} `),
        tag(call.change)),
      pairs({
        "gets through": call.what.join("; "),
        "before": call.change ? call.before.join("; ") || "nothing" : "",
        "standing": call.standing === "declared" ? "" : call.standing === "wider" ? "wider than declared" : "no route declares it",
        "others kept out by": call.kept, "network lets in": call.network, "policies ask": call.asks, "besides": call.notes,
        "traced": request, "certificate": trace.certificate && trace.certificate.join(", "),
      }),
      ...trace.ways.flatMap((way) => [element("h3", { text: `from ${way.from} to ${way.to}` }), steps(way.steps)]),
      ...(trace.behind.length
        ? [element("h3", { text: "Behind that, it would also be stopped by" }), steps(trace.behind)] : []),
    );
  }
  function closed(caller, callee) {
    open(element("h2", { text: `${caller} → ${callee}` }),
      element("p", {}, element("strong", { class: "bad", text: "denied" }), document.createTextNode(": nothing opens it.")),
      element("p", { class: "note", text: `mesh explain ${caller} ${callee} traces what stops it.` }));
  }
  function callButton(call, text) {
    return element("button", { type: "button", text, "data-call": call.number, on: { click: () => explain(call) } });
  }
  function about(node) {
    const list = (title, found, name) => found.length
      ? [element("h3", { text: title }), element("ol", { class: "list" }, ...found.map((call) =>
        element("li", {}, callButton(call, `${call[name]}: ${call.port}`), document.createTextNode(` ${call.what.join("; ")} `), tag(call.change))))]
      : [];
    open(
      element("h2", { text: node.title }), element("p", { text: node.about }, ), tag(node.change),
      element("p", { class: "bad", text: node.warning }),
      pairs({ "is": node.lines.join(" · "), "sidecar": node.sidecar ? "" : "none: only the network guards it" }),
      ...list("Calls", data.calls.filter((call) => call.source === node.id), "callee"),
      ...list("Called by", data.calls.filter((call) => call.target === node.id), "caller"),
    );
  }

  // ---- the picture -------------------------------------------------------------------------------------------------
  let picture = null;
  function line(call) {
    if (call.change) return call.change;
    if (call.outcome === "stops") return "stopped";
    return { grpc: "http", tls: "tcp", outside: "tcp" }[call.line] || call.line;
  }
  function drawn() {
    const edges = new Map();
    for (const call of data.calls) {
      const key = `${call.source}\n${call.target}`;
      if (!edges.has(key)) edges.set(key, []);
      edges.get(key).push(call);
    }
    const gravest = (calls) => ["new", "removed", "changed", "stopped", "open", "http", "tcp", "besides"]
      .find((kind) => calls.some((call) => line(call) === kind));
    return [
      ...data.areas.map((area) => ({ data: { id: `area:${area.id}`, label: area.title, kind: area.kind,
        width: area.width, height: area.height }, position: { x: area.x, y: area.y }, classes: "area" })),
      ...data.nodes.map((node) => ({ data: { id: node.id, look: node.look, width: node.width, height: node.height,
        label: [node.title, ...node.lines.slice(0, 2)].join("\n") }, position: { x: node.x, y: node.y },
      classes: `card ${node.change} ${node.warning ? "warned" : ""}` })),
      ...[...edges.values()].map((calls) => ({ data: { id: `call:${calls[0].number}`, source: calls[0].source,
        target: calls[0].target, calls: calls.map((call) => call.number), colour: COLOURS[gravest(calls)] },
      classes: gravest(calls) })),
      ...data.arrows.map((arrow, number) => ({ data: { id: `arrow:${number}`, source: arrow.source, target: arrow.target,
        about: arrow.about, colour: COLOURS[arrow.change || arrow.line] }, classes: arrow.change || arrow.line })),
    ].filter((each) => !each.data.source || (nodes.has(each.data.source) && nodes.has(each.data.target)));
  }
  function draw() {
    const large = data.nodes.length > 120;
    picture = cytoscape({
      container: $("drawing"), elements: drawn(), minZoom: 0.02, maxZoom: 4,
      textureOnViewport: large, hideEdgesOnViewport: large, pixelRatio: large ? 1 : "auto", autounselectify: true,
      style: [
        { selector: "node", style: { "font-family": "system-ui, Open Sans, sans-serif", "min-zoomed-font-size": 5 } },
        { selector: ".card", style: { shape: "round-rectangle", width: "data(width)", height: "data(height)", "background-color": "#fff",
          "border-width": 1.5, "border-color": "#57606a", label: "data(label)", "text-wrap": "wrap",
          "text-valign": "center", "text-max-width": "data(width)", "font-size": 11, color: "#1f2328", "line-height": 1.2 } },
        { selector: "[look = 'gateway'], [look = 'east-west']", style: { "background-color": "#ddf4ff", "border-color": "#0550ae" } },
        { selector: "[look = 'database']", style: { shape: "barrel", "background-color": "#fbefff" } },
        { selector: "[look = 'internet'], [look = 'external'], [look = 'private']", style: { "border-style": "dashed", "background-color": "#f6f8fa" } },
        { selector: ".warned", style: { "border-color": "#b3261e", "border-width": 3 } },
        { selector: ".area", style: { shape: "round-rectangle", width: "data(width)", height: "data(height)", events: "no",
          "z-index": 0, "z-index-compare": "manual", "background-color": "#eaeef2", "background-opacity": 0.45,
          "border-width": 1, "border-color": "#8c959f", label: "data(label)", "text-valign": "top", "text-margin-y": 17, "font-size": 13, "font-weight": 600,
          color: "#424a53" } },
        { selector: ".card", style: { "z-index": 2, "z-index-compare": "manual" } },
        { selector: "[look = 'copy']", style: { "border-style": "dotted", color: "#59636e", "background-color": "#f6f8fa" } },
        { selector: ".area[kind = 'namespace']", style: { "border-style": "dashed", "font-size": 11 } },
        { selector: "edge", style: { "z-index": 1, "z-index-compare": "manual", width: 2, "line-color": "data(colour)", "target-arrow-color": "data(colour)",
          "target-arrow-shape": "triangle", "arrow-scale": 1.1, "curve-style": large ? "straight" : "bezier", opacity: 0.85 } },
        { selector: "edge.stopped, edge.removed", style: { "line-style": "dashed" } },
        { selector: "edge.new, edge.removed, edge.changed, edge.open, edge.stopped", style: { width: 4 } },
        // What changed passes over the cards between its ends, not behind them, where it would look like other calls.
        { selector: "edge.new, edge.removed, edge.changed", style: { "z-index": 3, "curve-style": "unbundled-bezier",
          "control-point-distances": -60, "control-point-weights": 0.5 } },
        { selector: ".card.new", style: { "background-color": "#dafbe1", "border-color": "#1a7f37", "border-width": 3 } },
        { selector: ".card.removed", style: { "background-color": "#ffebe9", "border-color": "#b3261e", "border-style": "dashed" } },
        { selector: "edge.besides", style: { width: 1 } },
        { selector: ".faint", style: { opacity: 0.12 } },
        { selector: ".near", style: { "border-width": 3, "border-color": "#0969da", opacity: 1 } },
        { selector: "edge.near", style: { width: 4, opacity: 1 } },
      ],
      layout: { name: "preset", fit: true, padding: 20 }, autoungrabify: true,
    });
    picture.on("tap", "edge", (event) => {
      const calls = event.target.data("calls");
      if (!calls) open(element("h2", { text: event.target.data("about") }));
      else if (calls.length === 1) explain(data.calls[calls[0]]);
      else open(element("h2", { text: data.calls[calls[0]].name }), element("ol", { class: "list" },
        ...calls.map((number) => element("li", {}, callButton(data.calls[number], data.calls[number].port)))));
      light(event.target.union(event.target.connectedNodes()));
    });
    picture.on("tap", ".card", (event) => { about(nodes.get(event.target.id())); light(event.target.closedNeighborhood()); });
    picture.on("tap", (event) => { if (event.target === picture) { light(null); close(); } });
    window.picture = picture;
  }
  function light(some) {
    picture.batch(() => {
      picture.elements(".near").removeClass("near");
      if (some) some.filter(".card, edge").addClass("near");
    });
  }
  function resized() { if (picture) picture.resize(); }
  function key(name) {
    const by = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[name];
    const middle = { x: picture.width() / 2, y: picture.height() / 2 };
    if (by) picture.panBy({ x: by[0], y: by[1] });
    else if (name === "+" || name === "=") picture.zoom({ level: picture.zoom() * 1.25, renderedPosition: middle });
    else if (name === "-") picture.zoom({ level: picture.zoom() / 1.25, renderedPosition: middle });
    else if (name === "0") picture.fit(picture.elements(":visible"), 20);
    else return false;
    return true;
  }

  // ---- matrix, calls, findings -------------------------------------------------------------------------------------
  const MOST_IN_A_GRID = 60;
  function grid(shown) {
    const cells = new Map();
    for (const call of shown) {
      const at = `${call.caller}\n${call.callee}`;
      cells.set(at, [...(cells.get(at) || []), call]);
    }
    const callers = [...new Set(shown.map((call) => call.caller))].sort();
    const callees = [...new Set(shown.map((call) => call.callee))].sort();
    if (Math.max(callers.length, callees.length) > MOST_IN_A_GRID) {
      return element("p", { class: "note", text: `${callers.length} callers and ${callees.length} callees are too many ` +
        `for a grid of ${MOST_IN_A_GRID}: search, or choose where.` });
    }
    const mark = (call) => call.outcome === "passes" ? (call.standing === "declared" ? "✓" : "✓!") : call.outcome === "partly" ? "~" : "✗";
    return element("table", {},
      element("caption", { class: "note", text: "✓ open, ~ only partly, ✗ declared and does not work, ! beyond its routes; empty: closed" }),
      element("thead", {}, element("tr", {}, element("td"), ...callees.map((name) => element("th", { scope: "col", text: name })))),
      element("tbody", {}, ...callers.map((caller) => element("tr", {}, element("th", { scope: "row", text: caller }),
        ...callees.map((callee) => {
          const calls = cells.get(`${caller}\n${callee}`);
          if (!calls) return element("td", { on: { click: () => closed(caller, callee) } });
          const change = calls.map((call) => call.change).find(Boolean);
          return element("td", { class: change }, ...calls.map((call) => {
            const button = callButton(call, mark(call));
            button.setAttribute("aria-label", `${call.name} ${call.port}: ${call.outcome} ${CHANGES[call.change] || ""}`);
            button.className = LAYERS[call.outcome][1];
            return button;
          }));
        })))));
  }
  function rows(columns, found) {
    return element("table", { class: "list" },
      element("thead", {}, element("tr", {}, ...columns.map((name) => element("th", { scope: "col", text: name })))),
      element("tbody", {}, ...found));
  }
  function row(change, columns, cells) {
    return element("tr", { class: change }, ...cells.map((cell, number) => {
      const data_ = element("td", { "data-name": number ? columns[number] : undefined });
      data_.append(cell);
      return data_;
    }));
  }
  function list(shown) {
    const columns = ["call", "port", "what gets through", "others are kept out by", "but"];
    return rows(columns, shown.map((call) => row(call.change, columns, [
      callButton(call, call.name), call.port, call.outcome === "stops" ? "" : call.what.join("; "), call.kept,
      [call.outcome === "stops" ? "does not work" : call.outcome === "partly" ? "only partly" : "",
        call.standing === "declared" ? "" : call.standing === "wider" ? "wider than declared" : "undeclared",
        CHANGES[call.change] || ""].filter(Boolean).join(", "),
    ])));
  }
  function findings() {
    const columns = ["severity", "subject", "what", "why", "fix"];
    const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = data.findings.filter((finding) =>
      words.every((word) => `${finding.code} ${finding.subject} ${finding.text}`.toLowerCase().includes(word)));
    return shown.length ? rows(columns, shown.map((finding) => row(finding.change, columns, [
      element("span", { class: finding.severity === "error" ? "bad" : finding.severity === "warning" ? "part" : "note",
        text: `${finding.severity} ${finding.code}${finding.change ? `, ${CHANGES[finding.change]}` : ""}` }),
      finding.subject, finding.text, finding.why, finding.fix,
    ]))) : element("p", { text: "No findings." });
  }

  const MOST_CHANGES = 5;
  function changes() {
    const changed = data.calls.filter((call) => call.change);
    const counts = ["new", "changed", "removed"].map((kind) => [changed.filter((call) => call.change === kind).length, kind])
      .filter(([count]) => count).map(([count, kind]) => `${count} call${count > 1 ? "s" : ""} ${CHANGES[kind]}`);
    const more = changed.length - MOST_CHANGES;
    return [
      document.createTextNode(`Compared with ${data.base}: ${counts.join(", ") || "no call changes"}.`),
      ...changed.slice(0, MOST_CHANGES).flatMap((call) => [tag(call.change), callButton(call, `${call.name}: ${call.port}`)]),
      document.createTextNode(more > 0 ? ` and ${more} more: Show, what changed` : ""),
    ];
  }

  // ---- all together ------------------------------------------------------------------------------------------------
  function tab() { return document.querySelector("[role=tab][aria-selected=true]").getAttribute("aria-controls"); }
  function refresh() {
    const shown = data.calls.filter(wanted);
    $("count").textContent = `${shown.length} of ${data.calls.length} calls`;
    if (tab() === "matrix") $("matrix").replaceChildren(grid(shown));
    if (tab() === "calls") $("calls").replaceChildren(list(shown));
    if (tab() === "findings") $("findings").replaceChildren(findings());
    if (tab() === "picture") {
      if (!picture) draw();
      const numbers = new Set(shown.map((call) => call.number));
      const all = shown.length === data.calls.length;
      picture.batch(() => {
        const kept = all ? picture.elements()
          : picture.edges().filter((edge) => (edge.data("calls") || []).some((number) => numbers.has(number)));
        const near = all ? kept : kept.union(kept.connectedNodes());
        picture.elements().removeClass("faint");
        if (!all) picture.elements(".card, edge").difference(near).addClass("faint");
        if (near.nonempty()) picture.fit(all ? picture.elements() : near, 40);
        if (picture.zoom() > 1.5) picture.zoom({ level: 1.5, renderedPosition: { x: picture.width() / 2, y: picture.height() / 2 } });
      });
    }
  }
  function choose(button) {
    for (const other of document.querySelectorAll("[role=tab]")) {
      const chosen = other === button;
      other.setAttribute("aria-selected", String(chosen));
      other.tabIndex = chosen ? 0 : -1;
      $(other.getAttribute("aria-controls")).hidden = !chosen;
    }
    refresh();
    resized();
  }

  $("title").textContent = `${data.title}: who calls whom`;
  $("summary").textContent = `${data.summary}. ${data.access}`;
  if (data.base) { $("changes").append(...changes()); $("changes").hidden = false; }
  if (data.warning) { $("warning").textContent = data.warning; $("warning").hidden = false; }
  for (const option of document.querySelectorAll("[data-needs-base]")) if (!data.base) option.remove();
  for (const area of data.areas) {
    if (!["network", "cluster", "namespace", "machines"].includes(area.kind)) continue;
    $("where").append(element("option", { value: area.id, text: `${area.kind} ${area.id.split("/").slice(1).join("/")}` }));
  }
  const kinds = new Set(data.calls.map(line));
  for (const kind of ["http", "tcp", "besides", "new", "removed", "changed", "stopped", "open"]) {
    if (!kinds.has(kind)) continue;
    const swatch = element("span");
    swatch.style.borderTopColor = COLOURS[kind];
    if (kind === "stopped" || kind === "removed") swatch.style.borderTopStyle = "dashed";
    $("legend").append(element("li", {}, swatch, document.createTextNode(NAMES[kind])));
  }
  const errors = data.findings.filter((finding) => finding.change !== "removed").length;
  $("tab-findings").textContent = `Findings (${errors})`;
  let waiting = 0;
  $("filters").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(refresh, 120); });
  $("filters").addEventListener("submit", (event) => { event.preventDefault(); refresh(); });
  $("tabs").addEventListener("click", (event) => { if (event.target.role === "tab" || event.target.getAttribute("role") === "tab") choose(event.target); });
  $("tabs").addEventListener("keydown", (event) => {
    const all = [...document.querySelectorAll("[role=tab]")];
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const next = all[(all.indexOf(document.activeElement) + by + all.length) % all.length];
    next.focus();
    choose(next);
  });
  $("drawing").addEventListener("keydown", (event) => { if (!event.ctrlKey && key(event.key)) event.preventDefault(); });
  $("zoom").addEventListener("click", (event) => { if (event.target.dataset.key) key(event.target.dataset.key); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "/" && !["INPUT", "SELECT"].includes(document.activeElement.tagName)) {
      event.preventDefault();
      $("search").focus();
    }
  });
  window.addEventListener("resize", resized);
  refresh();
  document.documentElement.dataset.ready = "true";
})();
