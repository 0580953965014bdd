"use strict";
// Builds everything with text nodes: what comes from zones and logs is never read as HTML.
const KEY = "keyward-token";
const $ = id => document.getElementById(id);
const view = $("view");
let role = "";
let turn = 0; // answers to a view that was left are dropped

function el(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter(child => child !== null && child !== undefined).map(child => child instanceof Node ? child : String(child)));
  return node;
}

function say(text, bad) {
  $("say").textContent = text;
  $("say").className = bad ? "bad" : "";
}

async function call(method, path, query, body) {
  const url = new URL("/api/v1" + path, location.origin);
  for (const [key, value] of Object.entries(query || {})) if (value) url.searchParams.set(key, value);
  const answer = await fetch(url, {
    method, cache: "no-store", credentials: "omit", redirect: "error",
    headers: { Authorization: "Bearer " + sessionStorage.getItem(KEY), ...(body ? { "Content-Type": "application/json" } : {}) },
    body: body ? JSON.stringify(body) : undefined });
  const type = answer.headers.get("Content-Type") || "";
  const content = type.includes("json") && !type.includes("jsonl") ? await answer.json() : null;
  if (answer.status === 401) { leave(); throw new Error("This token is not good, or not any more."); }
  if (!answer.ok) throw new Error(content ? content.detail : "status " + answer.status);
  return content;
}
const get = (path, query) => call("GET", path, query);
const zonePath = zone => zone === "." ? "=2E" : zone.replaceAll("=", "=3D").replaceAll("/", "=2F").split("").map(c => encodeURIComponent(c)).join("");

const time = text => text === null || text === undefined ? "–" : el("time", { datetime: text, title: text },
  new Date(text).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }));
const number = value => value === null || value === undefined ? "–" : Number(value).toLocaleString();
const rows = count => number(count) + (count === 1 ? " row." : " rows.");
const tag = value => value === null || value === undefined ? "–" : el("code", { class: "tag" }, value);
const mark = (text, kind) => el("span", { class: kind }, text);

/** The roles say what narrow screens' style takes away from screen readers. */
function table(caption, columns, rows) {
  if (!rows.length) return el("p", { class: "dim" }, caption + ": none.");
  return el("div", { class: "scroll", role: "region", "aria-label": caption, tabindex: "0" },
    el("table", { role: "table", "aria-label": caption }, el("caption", {}, caption),
      el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...columns.map(column =>
        el("th", { scope: "col", role: "columnheader", class: column[2] || null }, column[0])))),
      el("tbody", { role: "rowgroup" }, ...rows.map(row => el("tr", { role: "row" }, ...columns.map(column =>
        el("td", { role: "cell", "data-of": column[0], class: column[2] || null }, column[1](row) ?? "–")))))));
}

function copyable(text) {
  return el("span", {}, el("code", {}, text), " ", el("button", { type: "button", "aria-label": "Copy " + text, onclick: async () => {
    await navigator.clipboard.writeText(text);
    say("Copied.");
  } }, "Copy"));
}

function filters(fields, then) {
  const form = el("form", { class: "filters", role: "search", onsubmit: event => { event.preventDefault(); then(values()); } },
    ...fields.map(([id, label, options]) => el("div", {}, el("label", { for: "f-" + id }, label),
      options ? el("select", { id: "f-" + id, onchange: () => then(values()) }, ...options.map(([value, text]) => el("option", { value }, text)))
        : el("input", { id: "f-" + id, type: id === "from" || id === "to" ? "date" : "search" }))),
    el("button", {}, "Search"));
  const values = () => Object.fromEntries(fields.map(([id]) => [id, form.querySelector("#f-" + id).value.trim()]));
  return { form, values };
}

/** A list that is asked for a page at a time. */
function paged(load, draw) {
  const place = el("div");
  const more = el("button", { type: "button" }, "Next page");
  const first = el("button", { type: "button" }, "First page");
  let query = {}, next = null;
  async function show(after) {
    const mine = turn;
    try {
      const page = await load(query, after);
      if (mine !== turn) return;
      next = page.next;
      place.replaceChildren(draw(page.items));
      more.hidden = next === null;
      first.hidden = !after;
      say(rows(page.items.length));
    } catch (error) { say(error.message, true); }
  }
  // The button may be gone, and who pressed it wants the rows.
  async function turnTo(after) {
    await show(after);
    const region = place.firstElementChild;
    if (region.tabIndex === 0) region.focus();
    region.scrollIntoView();
  }
  more.addEventListener("click", () => turnTo(String(next)));
  first.addEventListener("click", () => turnTo(""));
  return { node: el("div", {}, place, el("p", {}, first, " ", more)), begin: (chosen, after) => { query = chosen; return show(after || ""); } };
}

// --- zones ---

function svg(name, attributes, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

const severity = days => days < 3 ? "bad" : days < 14 ? "warn" : "plenty";

/** How many zones have signatures for how many days; a bar opens the zones from there on. */
function timeline(runway, at) {
  const days = 61, most = Math.max(1, ...runway.map(bar => bar.zones)), x = day => 50 + (day + 1) * 9.4, y = zones => 120 - 105 * zones / most;
  const picture = svg("svg", { viewBox: "0 0 640 140", role: "group", class: "runway", "aria-label": "When signatures end" + (runway.length ? "" : ": no zone is signed") });
  for (const zones of new Set([0, Math.round(most / 2), most])) picture.append(
    svg("line", { x1: 50, x2: 630, y1: y(zones), y2: y(zones), class: "grid" }), svg("text", { x: 46, y: y(zones) + 3, "text-anchor": "end" }, number(zones)));
  for (const bar of runway) {
    const words = counted(bar.zones, "zone", "zones") + (bar.days < 0 ? " expired" : bar.days === 60 ? " with 60 days or more" : " with " + counted(bar.days, "day", "days") + " left");
    const from = bar.days < 0 ? "" : Math.floor(Date.parse(at) / 1000) + bar.days * 86400;
    const open = svg("a", { href: "#zones/until/" + from, "aria-label": words });
    const height = Math.max(2, 120 - y(bar.zones));
    const rect = svg("rect", { x: x(bar.days), y: 120 - height, width: 8, height, class: severity(bar.days) });
    open.append(rect);
    rect.append(svg("title", {}, words));
    picture.append(open);
  }
  for (const day of [3, 14]) picture.append(svg("line", { x1: x(day) - .7, x2: x(day) - .7, y1: 6, y2: 120, class: "now" }),
    svg("text", { x: x(day) + 2, y: 11 }, day + " days"));
  picture.append(svg("text", { x: x(-1), y: 134, class: "odd" }, "expired"));
  for (let day = 7; day < days; day += 7) picture.append(svg("text", { x: x(day), y: 134, class: day % 14 ? "odd" : "" }, day + " d"));
  return el("figure", { class: "wide" }, el("figcaption", {}, "Signed zones (up) by the days that their signatures last (across); a bar opens its zones. ",
    ...[["bad", "expired or less than 3 days"], ["warn", "less than 14 days"], ["plenty", "14 days or more"]].map(([kind, words]) =>
      el("span", { class: "legend " + kind }, words))), picture);
}

function ago(text) {
  const minutes = Math.floor((Date.now() - new Date(text)) / 60000);
  return minutes < 60 ? minutes + " min ago" : minutes < 2880 ? Math.floor(minutes / 60) + " h ago" : Math.floor(minutes / 1440) + " days ago";
}

const runwayMark = row => row.runway_days === null ? "–" : row.expired_at ? mark("expired " + ago(row.expired_at), "bad")
  : mark(number(row.runway_days) + " days",
  row.runway_days < 3 ? "bad" : row.runway_days < 14 ? "warn" : "good");

const counted = (count, one, more) => number(count) + " " + (count === 1 ? one : more);

/** What there is to know first, in a sentence, and in the navigation. */
function verdict(status) {
  const { critical, warning } = status.findings, asked = status.waiting_requests,
    expired = status.runway.filter(bar => bar.days < 0).reduce((sum, bar) => sum + bar.zones, 0);
  const words = [expired ? counted(expired, "zone", "zones") + " without a valid signature" : null,
    critical ? counted(critical, "critical finding", "critical findings") : null, warning ? counted(warning, "warning", "warnings") : null,
    asked ? counted(asked, "request waits for a second person", "requests wait for a second person") : null].filter(word => word);
  for (const [name, count, what] of [["findings", critical + warning, "to look at"], ["requests", asked, "waiting"]]) {
    const link = $("nav").querySelector('a[href="#' + name + '"]');
    link.querySelector(".badge")?.remove();
    if (count) link.append(el("span", { class: "badge", title: count + " " + what }, count));
  }
  return [mark(words.length ? words.join(", ") + "." : "All is well.", critical || expired ? "bad" : words.length ? "warn" : "good"), " As of ",
    el("time", { datetime: status.at }, new Date(status.at).toLocaleTimeString([], { timeStyle: "long" })), "."];
}

/** So that who leaves the page open sees what is new. */
async function refresh() {
  if (document.hidden || $("nav").hidden) return;
  const mine = turn;
  try {
    const words = verdict(await get("/status"));
    if (mine === turn) $("verdict")?.replaceChildren(...words);
  } catch (error) { say(error.message, true); }
}
setInterval(refresh, 30000);

/** @param from in seconds since 1970, of a bar of the chart: the list begins with what ends then */
async function zones(from) {
  const status = await get("/status");
  const list = paged((query, after) => get("/zones", { ...query, after, limit: "100" }), items => table("Zones", [
    ["Zone", row => el("a", { href: "#zone/" + encodeURIComponent(row.zone) }, row.zone)],
    ["State", row => row.state || (row.mode === "powerdns" ? "signed by PowerDNS" : "unsigned")],
    ["Runway", runwayMark],
    ["Signed until", row => time(row.signed_until)],
    ["Key", row => row.label === null ? "–" : el("span", {}, row.token + " / " + row.label + " ", tag(row.key_tag))],
    ["DS at parent", row => row.parent === null ? "–" : mark(row.parent.replaceAll("_", " "), row.parent === "fits" ? "good" : "warn")],
    ["Problems", row => row.problems ? mark(number(row.problems), "warn") : "0", "n"],
    ["Findings", row => row.findings.length ? mark(row.findings.join(", ").replaceAll("-", " "), "warn") : "none"]], items));
  const orders = [["runway", "what expires next"], ["name", "by name, all"]];
  if (status.signed + status.signing + status.leaving < status.zones) orders.reverse(); // the first of them hides no zone
  const search = filters([["search", "Name contains"], ["order", "Order", orders]], list.begin);
  view.replaceChildren(el("h2", {}, "Zones"), el("p", { id: "verdict" }, ...verdict(status)),
    el("ul", { class: "facts" },
      ...[["zones", status.zones], ["signed", status.signed], ["being signed", status.signing], ["leaving", status.leaving], ["waiting signatures", status.queue]]
        .map(([name, count]) => el("li", {}, el("b", {}, number(count)), name)),
      el("li", {}, el("b", {}, status.soonest ? time(status.soonest.signed_until) : "–"), status.soonest ? "first to expire: " + status.soonest.zone : "first to expire"),
      el("li", {}, el("b", { class: status.findings.critical ? "bad" : status.findings.warning ? "warn" : "good" },
        status.findings.critical + " / " + status.findings.warning), el("a", { href: "#findings" }, "critical / warnings"))),
    timeline(status.runway, status.at), search.form,
    from === undefined ? "" : el("p", { id: "from" }, from ? el("span", {}, "Zones with signatures until ", time(new Date(from * 1000).toISOString()), " or later, the next to expire first. ")
      : "What expires next; expired zones and those not signed yet first. ", el("a", { href: "#zones" }, "All zones")), list.node);
  if (from === undefined) await list.begin(search.values());
  else {
    search.form.querySelector("#f-order").value = "runway";
    await list.begin(search.values(), from ? from + " " : "");
    $("from").scrollIntoView();
  }
}

const PHASES = { zsk: ["entering", "published", "switching", "retiring", "leaving", "forgotten"],
  ksk: ["entering", "published", "submitted", "retiring", "leaving", "forgotten"] };

/** One roll: how far it is, and what it waits for. */
function rollPicture(roll) {
  const what = roll.role.toUpperCase() + " " + (roll.new_tag ?? "–") + " takes the place of " + (roll.old_tag ?? "–");
  const now = PHASES[roll.role].indexOf(roll.phase);
  return el("section", { class: "roll", "aria-label": what }, el("h3", {}, what),
    el("ol", { class: "phases" }, ...PHASES[roll.role].map((phase, i) =>
      el("li", { class: i < now ? "past" : null, "aria-current": i === now ? "step" : null }, phase))),
    el("p", { class: ["person", "parent", "clock"].includes(roll.waits_for) ? "warn" : null }, roll.says));
}

/** The keys of one zone in the next 90 days, as the plan has them: a row of phases for each role. */
function strip(plan) {
  const DAYS = 90, begin = Date.now(), x = at => Math.max(0, Math.min(DAYS, (new Date(at) - begin) / 864e5)) * 600 / DAYS + 36;
  const day = at => new Date(at).toLocaleDateString([], { dateStyle: "medium" });
  const picture = svg("svg", { viewBox: "0 0 640 84", role: "img" });
  const words = [];
  ["ksk", "zsk"].forEach((role, row) => {
    const top = 4 + row * 32, steps = plan.steps.filter(step => step.role === role);
    picture.append(svg("text", { x: 0, y: top + 17 }, role.toUpperCase()), svg("rect", { x: 36, y: top, width: 600, height: 26, class: "quiet" }));
    steps.forEach((step, i) => {
      const from = x(step.at), until = steps[i + 1] ? x(steps[i + 1].at) : x(step.until || begin + DAYS * 864e5);
      words.push(role.toUpperCase() + " " + (step.phase || step.step) + " from " + day(step.at));
      if (!step.phase && step.step !== "needs key") return;
      const part = svg("rect", { x: from, y: top, width: Math.max(2, until - from - 1), height: 26, class: step.person ? "warn" : "phase" });
      part.append(svg("title", {}, words.at(-1) + (step.person ? "; " + step.person : "")));
      picture.append(part);
      if (until - from > 64) picture.append(svg("text", { x: from + 4, y: top + 17, class: "on odd" }, step.phase || step.step));
    });
    if (!steps.length) words.push(role.toUpperCase() + " stays");
  });
  for (let days = 0; days < DAYS; days += 30) picture.append(svg("text", { x: x(begin + days * 864e5), y: 82 }, days ? day(begin + days * 864e5) : "today"));
  picture.setAttribute("aria-label", "The next 90 days: " + words.join(", "));
  return el("section", { id: "plan", "aria-label": "The next 90 days" }, el("h3", {}, "The next 90 days"),
    el("figure", {}, picture, el("figcaption", {}, plan.steps.length ? "Phases of rolls, at the earliest; what takes a person is in the other colour." : "No key is replaced.")),
    plan.steps.length ? el("details", {}, el("summary", {}, "Each step"), table("Steps", [["At", step => time(step.at)], ["Key", step => step.role.toUpperCase() + " " + (step.new_tag ?? "(new)") + " for " + (step.old_tag ?? "–")],
      ["Step", step => step.phase || step.step], ["Waits for", step => step.waits_for || "–"], ["Only a person", step => step.person || "–"]], plan.steps)) : null,
    plan.more ? el("p", {}, number(plan.more) + " steps more.") : null);
}

async function zone(name) {
  const path = "/zones/" + zonePath(name);
  const mine = turn;
  const plain = name.replace(/(.)\.$/, "$1");
  // Others have the name in theirs: the page begins just before it.
  const [page, check, events, found, keys] = await Promise.all([
    get("/zones", { search: plain.replace(/^\.$/, ""), after: plain.slice(0, -1), limit: "100" }), get(path + "/check"),
    get("/audit", { zone: name, limit: "50" }), get("/findings", { zone: name }), role === "operator" ? get("/keys") : { items: [] }]);
  const row = page.items.find(item => item.zone === plain) || {};
  const [ds, roll, plan] = row.state ? await Promise.all([get(path + "/ds", { digest: "sha256,sha384" }).catch(() => ({ items: [] })),
    get(path + "/rolls").catch(() => null), get(path + "/plan", { until: "90d" }).catch(() => null)]) : [{ items: [] }, null, null];
  if (mine !== turn) return;
  const ask = async () => {
    say("Asking the parent …");
    try {
      const seen = await call("POST", path + "/parent-check");
      await zone(name);
      document.getElementById("parent-servers")?.replaceChildren(table("Name servers of the parent", [["Server", item => item.server], ["Address", item => item.address || "–"],
        ["Shows", item => mark(item.shows, item.shows === "MATCH" ? "good" : "warn")], ["DS", item => item.ds.join("; ") || item.detail || "–"], ["TTL", item => item.ttl ?? "–"],
        ["Since", item => time(item.since)]], seen.servers));
      say("DS at the parent: " + seen.verdict.replaceAll("_", " ") + (seen.detail ? ", " + seen.detail : ""), seen.verdict !== "fits");
    } catch (error) { say(error.message, true); }
  };
  view.replaceChildren(el("h2", {}, "Zone " + name),
    chain(row, roll ? roll.keys : []),
    el("p", {}, row.state || (row.mode === "powerdns" ? "signed by PowerDNS" : "unsigned"), row.label ? ", " : "", row.label ? runwayMark(row) : ""),
    assigned(row) || "",
    zoneFindings(found.items),
    zoneButtons(name, row, keys.items) || "",
    keysOverTime(row, roll ? roll.keys : []) || "",
    el("p", {}, "DS at the parent: ", row.parent ? mark(row.parent.replaceAll("_", " "), row.parent === "fits" ? "good" : "warn") : "not asked yet", " ",
      role === "operator" ? el("button", { type: "button", onclick: ask }, "Ask the parent now") : null),
    el("div", { id: "parent-servers" }),
    table("DS for the parent", [["Key tag", item => tag(item.key_tag)], ["Record", item => copyable(item.record.replace(/\s+/g, " "))]], ds.items),
    ...(roll ? roll.rolls.length ? roll.rolls.map(rollPicture) : [el("p", {}, roll.says)] : []),
    roll && roll.ds_due.length ? dueTable(roll.ds_due) : "",
    plan ? strip(plan) : "",
    roll ? table("Keys of the zone", [["Key", item => el("span", {}, item.role.toUpperCase() + " ", tag(item.key_tag))], ["State", item => item.state],
      ["Published from", item => time(item.published_from)], ["until", item => time(item.published_until)],
      ["Signs from", item => time(item.signs_from)], ["until", item => time(item.signs_until)]], roll.keys) : "",
    table("What is wrong, or likely to be", [
      ["Severity", item => mark(item.severity, item.severity === "error" ? "bad" : item.severity === "warning" ? "warn" : "dim")],
      ["Rule", item => el("code", {}, item.rule)], ["Name", item => item.owner || "–"], ["Type", item => item.type || "–"],
      ["Content", item => item.content || "–"], ["Reason", item => item.reason]], check.findings),
    auditTable(events.items));
}

// --- the rest ---

async function tokens() {
  const mine = turn;
  const { items } = await get("/tokens");
  if (mine !== turn) return;
  view.replaceChildren(el("h2", {}, "Tokens"), table("PKCS#11 tokens", [
    ["Token", row => row.name], ["Serial", row => el("code", {}, row.serial || "–")],
    ["Works", row => row.reachable ? mark("yes", "good") : el("span", {}, mark("no", "bad"), " ", row.fault || "", row.fault_since ? " since " : "", row.fault_since ? time(row.fault_since) : "")],
    ["PIN", row => mark(row.pin.replaceAll("_", " "), row.pin === "ok" ? "good" : row.pin === "unknown" ? "dim" : "bad")],
    ["Busy", row => el("span", {}, el("meter", { min: 0, max: 1, high: 0.8, value: row.busy, "aria-hidden": "true" }), " " + Math.round(row.busy * 100) + " %")],
    ["Queue", row => number(row.queue), "n"],
    ["Empty in", row => row.queue === 0 ? "now" : row.empty_in_seconds === null ? "not known" : number(row.empty_in_seconds) + " s", "n"],
    ["Signatures/s", row => number(row.signatures_per_second), "n"],
    ["Warnings", row => row.warnings.length ? mark(row.warnings.join("; "), "warn") : "none"],
    ["Seen", row => time(row.seen_at)]], items));
}

async function keys() {
  const mine = turn;
  const { items } = await get("/keys");
  if (mine !== turn) return;
  view.replaceChildren(el("h2", {}, "Keys and zones"), table("Keys", [
    ["Token", row => row.token], ["Label", row => row.label], ["Tag", row => tag(row.key_tag)],
    ["Algorithm", row => row.algorithm], ["On the token", row => mark(row.on_token, row.on_token === "present" ? "good" : row.on_token === "missing" ? "bad" : "dim")],
    ["Zones", row => number(row.zones), "n"], ["Served", row => number(row.zones_served), "n"], ["With fitting DS", row => number(row.zones_with_fitting_ds), "n"],
    ["Signed by PowerDNS", row => number(row.zones_of_powerdns), "n"],
    ["Signatures", row => number(row.signatures), "n"],
    ["Used by", row => el("span", {}, ...row.some_zones.flatMap((name, i) => [i ? ", " : "", el("a", { href: "#zone/" + encodeURIComponent(name) }, name)]),
      row.zones > row.some_zones.length ? " … and " + (row.zones - row.some_zones.length) + " more" : "")]], items));
}

/** Commands in it can be copied. */
const todo = text => el("span", {}, ...text.split(/'(keyward [^']+)'/).map((part, i) => i % 2 ? copyable(part) : part));

async function findings() {
  const mine = turn;
  const { items } = await get("/findings");
  if (mine !== turn) return;
  const kinds = new Map();
  for (const row of items) kinds.set(row.kind, [...(kinds.get(row.kind) || []), row]);
  view.replaceChildren(el("h2", {}, "Findings"), el("p", {}, "What is wrong, the worst first, by its kind" + (items.length ? "." : ": nothing.")),
    ...[...kinds].map(([kind, rows]) => table(kind.replaceAll("-", " ") + ": " + rows.length, [
      ["Severity", row => mark(row.severity, row.severity === "critical" ? "bad" : row.severity === "warning" ? "warn" : "dim")],
      ["What", row => row.message], ["What to do", row => todo(row.todo)], ["Since", row => time(row.first_seen)]], rows)));
}

const rollColumns = [
  ["Zone", row => el("a", { href: "#zone/" + encodeURIComponent(row.zone) }, row.zone)],
  ["Key", row => el("span", {}, row.role.toUpperCase() + " ", tag(row.new_tag), " for ", tag(row.old_tag))],
  ["Phase", row => el("span", { class: "tag" }, row.phase)], ["Since", row => time(row.since)],
  ["What it waits for", row => row.says], ["Begun", row => time(row.began_at)], ["By", row => row.began_by]];

const dueTable = items => table("DS to hand in at the parent", [["Zone", row => el("a", { href: "#zone/" + encodeURIComponent(row.zone) }, row.zone)],
  ["In place of", row => tag(row.old_tag)], ["Record", row => copyable(row.record.replace(/\s+/g, " "))], ["Since", row => time(row.since)],
  ["Parent's servers that have it", row => row.servers ? row.servers_with + " of " + row.servers : "not asked yet"],
  ["Do", row => confirmButton(row)]], items);

const confirmButton = row => role === "operator" ? el("button", { type: "button", "aria-label": "It is at the parent: the DS of " + row.zone, onclick: async () => {
  if (!confirm(row.zone + ": have you seen the DS of key " + row.new_tag + " at every name server of the parent? The roll goes on as if Keyward had seen it.")) return;
  try {
    await call("POST", "/zones/" + zonePath(row.zone) + "/rolls/confirm");
    await show();
    $("main").focus({ preventScroll: true }); // the button is gone
    say(row.zone + ": confirm is asked for.");
  } catch (error) { say(error.message, true); }
} }, "It is at the parent") : "–";

async function rolls() {
  const mine = turn;
  const [{ items }, due, asked] = await Promise.all([get("/rolls"), get("/ds-due"), get("/requests", { state: "waiting" })]);
  if (mine !== turn) return;
  const ask = (row, what) => async () => {
    try {
      await call("POST", "/zones/" + zonePath(row.zone) + "/rolls/" + what, { role: row.role });
      await rolls();
      $("main").focus({ preventScroll: true }); // the button is gone
      say(row.zone + ": " + what + " is asked for.");
    } catch (error) { say(error.message, true); }
  };
  const button = (row, what, text) => role === "operator"
    ? el("button", { type: "button", "aria-label": text + ": the " + row.role.toUpperCase() + " roll of " + row.zone, onclick: ask(row, what) }, text) : "–";
  const people = ["person", "parent", "clock"];
  view.replaceChildren(el("h2", {}, "Keys that are being replaced"), el("h3", {}, "What waits for you"),
    dueTable(due.items),
    table("Requests that wait for a second person", [["Number", row => el("a", { href: "#requests" }, row.id), "n"], ["What", row => row.asks_for],
      ["Asked by", row => row.actor], ["Why", row => row.reason || "–"], ["Asked", row => time(row.asked_at)]], asked.items),
    table("Waits for a person", [...rollColumns, ["Do", row => row.held ? button(row, "resume", "Go on") : "–"]],
      items.filter(row => people.includes(row.waits_for))),
    el("h3", {}, "What runs"),
    table("Goes on by itself", [...rollColumns, ["Do", row => button(row, "hold", "Hold")]], items.filter(row => !people.includes(row.waits_for))));
  say(items.length + (items.length === 1 ? " roll." : " rolls."));
}

async function requests() {
  const mine = turn;
  const { items } = await get("/requests");
  if (mine !== turn) return;
  const decide = (id, what) => async () => {
    try {
      await call("POST", "/requests/" + id + "/" + what);
      await requests();
      $("main").focus(); // the button is gone
      say("Request " + id + ": " + what + " done.");
    } catch (error) { say(error.message, true); }
  };
  view.replaceChildren(el("h2", {}, "Requests"), table("What people asked for", [
    ["Number", row => row.id, "n"], ["Asked by", row => row.actor], ["What", row => row.asks_for],
    ["Why", row => row.reason || "–"], ["Asked", row => time(row.asked_at)], ["Approved by", row => row.approved_by],
    ["State", row => row.state === "waiting" && role === "operator"
      ? el("span", {}, "waiting ", el("button", { type: "button", "aria-label": "Approve request " + row.id, onclick: decide(row.id, "approval") }, "Approve"), " ",
        el("button", { type: "button", "aria-label": "Reject request " + row.id, onclick: decide(row.id, "rejection") }, "Reject"))
      : row.state + (row.answer ? ": " + row.answer : "")]], items));
}

function auditTable(items) {
  return table("Audit log", [
    ["Event", row => row.id, "n"], ["When", row => time(row.at)], ["Who", row => row.actor],
    ["What", row => row.action.replaceAll("_", " ").toLowerCase()],
    ["Result", row => mark(row.result.toLowerCase(), row.result === "DONE" ? "" : "bad")],
    ["Zone", row => row.zone], ["Key", row => row.key_label === null ? "–" : row.key_label + (row.key_tag ? " (" + row.key_tag + ")" : "")],
    ["Token", row => row.token_serial], ["Detail", row => row.detail]], items);
}

async function audit() {
  const list = paged((query, before) => get("/audit", { ...query, before, limit: "100" }), auditTable);
  const search = filters([["zone", "Zone"], ["key", "Key"], ["token", "Token"], ["actor", "Who (* for anything)"], ["from", "From"], ["to", "Before"]], list.begin);
  const verify = el("button", { type: "button", onclick: async () => {
    say("Following the whole chain …");
    try {
      const found = await get("/audit/verify");
      say(found.fault ? "The log was changed: " + found.fault : "Verified " + found.events + " events, last hash " + found.head, Boolean(found.fault));
    } catch (error) { say(error.message, true); }
  } }, "Verify the whole log");
  view.replaceChildren(el("h2", {}, "Audit log"), search.form, el("p", {}, verify), list.node);
  await list.begin(search.values());
}

const views = { zones, tokens, keys, rolls, findings, requests, audit };

async function show() {
  turn++;
  const [name, ...rest] = location.hash.slice(1).split("/");
  const at = name === "zone" ? "zones" : views[name] ? name : "zones";
  for (const link of $("nav").querySelectorAll("a")) {
    if (link.hash === "#" + at) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = "Keyward: " + (name === "zone" ? decodeURIComponent(rest.join("/")) : at);
  say("Loading …");
  try {
    await (name === "zone" ? zone(decodeURIComponent(rest.join("/"))) : at === "zones" && rest[0] === "until" ? zones(Number(rest[1])) : views[at]());
    if ($("say").textContent === "Loading …") say("");
  } catch (error) {
    view.replaceChildren(el("h2", {}, name === "zone" ? "Zone " + decodeURIComponent(rest.join("/")) : "Not shown")); // not what was there before
    say(error.message, true);
  }
}

async function enter() {
  try {
    const me = await get("/whoami");
    role = me.role;
    $("who").firstElementChild.textContent = me.name + ", " + me.role;
    $("enter").hidden = true;
    $("nav").hidden = $("who").hidden = false;
    await show();
  } catch (error) { say(error.message, true); }
}

function leave() {
  turn++;
  sessionStorage.removeItem(KEY);
  view.replaceChildren();
  $("nav").hidden = $("who").hidden = true;
  $("enter").hidden = false;
  $("token").focus();
}

$("enter").addEventListener("submit", event => {
  event.preventDefault();
  sessionStorage.setItem(KEY, $("token").value.trim());
  $("token").value = "";
  enter().then(() => { if ($("enter").hidden) { $("main").focus({ preventScroll: true }); scrollTo(0, 0); } });
});
document.querySelector(".skip").addEventListener("click", event => {
  event.preventDefault(); // "#main" is no view
  $("main").focus();
});
$("leave").addEventListener("click", () => { leave(); say("Signed out."); });
addEventListener("hashchange", () => { if (sessionStorage.getItem(KEY)) { show(); $("main").focus({ preventScroll: true }); scrollTo(0, 0); } });
if (sessionStorage.getItem(KEY)) enter(); else $("token").focus();
