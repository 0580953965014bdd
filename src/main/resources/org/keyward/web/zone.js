"use strict";
// What a zone's view shows first: its chain of trust, its keys over time, what can be done. Uses what page.js defines.

const TRUST = { fits: "good", bogus: "bad", wrong_digest: "bad", served_otherwise: "bad" };
const IN_USE = ["new", "published", "active", "retired", "leaving"];

/** From the parent's DS to the data, each link with its colour and in words. */
function chain(row, keys) {
  const of = role => keys.filter(key => key.role === role && IN_USE.includes(key.state));
  const link = (title, kind, state, ...lines) => el("li", { class: kind }, el("b", {}, title), mark(state, kind), ...lines.map(line => el("span", {}, line)));
  const named = key => el("span", {}, "tag ", tag(key.key_tag), " " + key.state);
  if (!row.state) return el("ol", { class: "chain", "aria-label": "Chain of trust" }, link("Data", "dim",
    row.mode === "powerdns" ? "signed by PowerDNS, not by Keyward" : "not signed"));
  const expired = row.state !== "signing" && row.runway_days <= 0;
  const signed = row.state === "signing" ? ["warn", "not signed yet"] : expired ? ["bad", "expired" + (row.expired_at ? " " + ago(row.expired_at) : "")] : ["good", "signatures are valid"];
  const bogus = expired || ["bogus", "wrong_digest"].includes(row.parent);
  const ksks = of("ksk"), zsks = of("zsk"), signs = zsks.some(key => ["active", "retired"].includes(key.state));
  return el("ol", { class: "chain", "aria-label": "Chain of trust" },
    link("DS at the parent", row.parent ? TRUST[row.parent] || "warn" : "dim", row.parent ? row.parent.replaceAll("_", " ") : "not asked yet"),
    link("KSK", signed[0], signed[1], ...(ksks.length ? ksks.map(named) : [el("span", {}, "tag ", tag(row.key_tag))]), "on token " + row.token, "label " + row.label),
    zsks.length ? link("ZSK", row.state === "signing" ? "warn" : signs ? "good" : "bad", signs ? "signs" : "none signs", ...zsks.map(named)) : null,
    link("Data", bogus ? "bad" : signed[0], row.state === "signing" ? "not signed yet" : bogus ? "bogus for resolvers" : "until " + new Date(row.signed_until).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })));
}

/** How long the DNSKEY set has signatures, and when each key is published and signs, with a line at "now". */
function keysOverTime(row, keys) {
  if (!row.state) return null;
  const day = 864e5, now = Date.now(), end = Date.parse(row.signed_until || row.expired_at) || now;
  const from = now - 30 * day, until = Math.max(now + 30 * day, end + 7 * day);
  const x = at => 110 + Math.max(0, Math.min(1, (at - from) / (until - from))) * 520;
  const date = at => new Date(at).toLocaleDateString([], { dateStyle: "medium" });
  const lines = [["Signatures", [[Date.parse(row.assigned_at), end, end > now ? "phase" : "bad"]], "the DNSKEY set has signatures until " + date(end)],
    ...keys.filter(key => IN_USE.includes(key.state) && key.published_from).map(key => [key.role.toUpperCase() + " " + key.key_tag,
      [[Date.parse(key.published_from), Date.parse(key.published_until) || until, "soft"],
        ...(key.signs_from ? [[Date.parse(key.signs_from), Date.parse(key.signs_until) || until, "phase"]] : [])],
      key.role.toUpperCase() + " " + key.key_tag + " is " + key.state])];
  const height = lines.length * 30 + 24;
  const picture = svg("svg", { viewBox: "0 0 640 " + height, role: "img",
    "aria-label": "Signatures and keys over time, now is " + date(now) + ": " + lines.map(line => line[2]).join(", ") });
  lines.forEach(([name, bars, words], i) => {
    picture.append(svg("text", { x: 0, y: i * 30 + 20 }, name));
    for (const [begin, close, kind] of bars) {
      const bar = svg("rect", { x: x(begin), y: i * 30 + 4, width: Math.max(2, x(close) - x(begin)), height: 22, class: kind });
      bar.append(svg("title", {}, words));
      picture.append(bar);
    }
  });
  picture.append(svg("line", { x1: x(now), x2: x(now), y1: 0, y2: height - 20, class: "now" }),
    svg("text", { x: x(now), y: height - 4, "text-anchor": "middle" }, "now"),
    svg("text", { x: 110, y: height - 4, class: "odd" }, date(from)), svg("text", { x: 630, y: height - 4, "text-anchor": "end" }, date(until)));
  return el("figure", { id: "over-time" }, picture, el("figcaption", {}, "The DNSKEY set has signatures until ", time(row.signed_until || row.expired_at),
    ". Keys: light while they are published, strong while they sign."));
}

/** Asks first what would happen, shows it, and asks the signer only after that. */
function change(title, name, method, body) {
  const path = "/zones/" + zonePath(name) + "/assignment", place = $("change");
  const send = async query => call(method, path, query, body && { ...body, ...(query.reason ? { reason: query.reason } : {}) });
  return async () => {
    try {
      const mine = turn;
      const { outcome } = await send({ "dry-run": "true" });
      if (mine !== turn) return;
      const reason = el("input", { id: "reason", autocomplete: "off" });
      const form = el("form", { class: "change", "aria-label": title, onsubmit: async event => {
        event.preventDefault();
        try {
          const { request } = await send({ reason: reason.value.trim() });
          place.replaceChildren();
          $("main").focus({ preventScroll: true }); // the button is gone
          say(name + ": asked for, as request " + request + ".");
        } catch (error) { say(error.message, true); }
      } }, el("h3", {}, title), el("p", {}, outcome), el("label", { for: "reason" }, "Why (for the audit log)"), reason, " ",
      el("button", {}, "Yes, ask the signer"), " ", el("button", { type: "button", onclick: () => { place.replaceChildren(); $("main").focus({ preventScroll: true }); } }, "Leave it as it is"));
      place.replaceChildren(form);
      reason.focus();
      say("Nothing has changed yet.");
    } catch (error) { say(error.message, true); }
  };
}

/** What an operator can do with the zone; the place for what it would change comes with it. */
function zoneButtons(name, row, keys) {
  if (role !== "operator") return null;
  const button = (text, onclick) => el("button", { type: "button", onclick }, text);
  const there = keys.filter(key => key.on_token === "present");
  const choice = el("select", { id: "key" }, ...there.map((key, i) => el("option", { value: i }, key.token + " / " + key.label)));
  const assign = () => { const key = there[choice.value]; return change("Sign " + name + " with " + key.token + " / " + key.label, name, "POST", { token: key.token, label: key.label })(); };
  return el("section", { "aria-label": "What you can do" }, el("p", { class: "filters" },
    row.state ? row.state === "leaving" ? null : button("Stop signing …", () => change("Stop signing " + name, name, "DELETE")())
      : there.length && row.mode !== "powerdns" ? el("span", {}, el("label", { for: "key" }, "Key"), choice, " ", button("Sign with this key …", assign)) : null,
    button("Check again", show)), el("div", { id: "change" }));
}

const assigned = row => row.assigned_at ? el("p", {}, "Mode " + row.mode + ". Assigned ", time(row.assigned_at), " by " + row.assigned_by + (row.reason ? ": " + row.reason : ", without a reason") + ".") : null;

const zoneFindings = items => table("Findings of this zone, its key and its token", [
  ["Severity", row => mark(row.severity, row.severity === "critical" ? "bad" : row.severity === "warning" ? "warn" : "dim")],
  ["What", row => row.message], ["What to do", row => todo(row.todo)], ["Since", row => time(row.first_seen)]], items);
