// The desk: levers, capital, predictions, and the tools above them.
const points = (n) => t(n === 1 ? "point" : "points", { n });

function radios(name, legend, options, chosen, pick, extra = {}) {
  return h("fieldset", { class: extra.class ?? "" },
    h("legend", {}, legend),
    extra.help ? h("p", { class: "help" }, extra.help) : null,
    h("div", { class: "stops" }, options.map((option, at) =>
      h("label", { class: option.disabled ? "stop disabled" : "stop" },
        h("input", {
          type: "radio", name, id: `${name}-${at}`, value: at, checked: at === chosen, disabled: option.disabled,
          onchange: () => pick(at),
        }),
        h("span", { class: "stop-name" }, option.name,
          option.cost === undefined ? null : h("span", { class: "cost" }, option.cost ? points(option.cost) : t("free"))),
        option.note ? h("span", { class: "note" }, option.note) : null))));
}

function leverFields(r) {
  const locked = state.mode !== "free" && r !== state.done;
  return doc.rounds[r].levers.map((name, l) => {
    const lever = doc.levers[name];
    const chosen = state.choices[r][l];
    const room = left(state) + lever.stops[chosen].cost;
    const options = lever.stops.map((stop, at) => ({ ...stop, disabled: locked || (at !== chosen && stop.cost > room) }));
    return radios(`lever-${r}-${l}`, lever.title, options, chosen, (stop) => choose(r, l, stop), {
      help: [lever.question, lever.help].filter(Boolean).join(" "),
    });
  });
}

function callFields(r) {
  const ways = ["up", "down", "same", "unsure"];
  return h("section", { class: "calls", "aria-labelledby": "calls-head" },
    h("h3", { id: "calls-head" }, t("predict_head")),
    h("p", { class: "help" }, t("predict_help")),
    doc.aims.filter((aim) => aim.predict).map((aim) =>
      radios(`call-${r}-${aim.id.replace(".", "-")}`, aim.name, ways.map((way) => ({ name: t(`way_${way}`) })),
        ways.indexOf(state.calls[r][aim.id]), (at) => call(r, aim.id, ways[at]), { class: "inline" })));
}

function capital() {
  const kept = left(state);
  return h("p", { class: "capital" }, h("label", { for: "capital" }, t("capital")), " ",
    h("meter", { id: "capital", min: 0, max: doc.capital || 1, value: kept, low: doc.capital / 4 }),
    " ", h("strong", {}, t("capital_left", { left: kept, all: doc.capital })));
}

function callout(kind, title, text) {
  return h("aside", { class: `callout ${kind}`, "aria-label": t(kind) }, h("p", { class: "kind" }, t(kind)), h("p", { class: "callout-title" }, title), h("p", {}, text));
}

function roundHead(r) {
  const round = doc.rounds[r];
  return [
    h("p", { class: "eyebrow" }, t("round_of", { n: r + 1, all: doc.rounds.length }), " · ", dated(round.date)),
    h("h2", { id: "desk-head" }, round.title),
    round.shock ? callout("shock", round.shock.title, round.shock.text) : null,
    h("p", {}, round.briefing),
    round.demand ? callout("demand", round.demand.who, round.demand.text) : null,
  ];
}

function beliefFields() {
  if (!doc.belief) return null;
  const details = h("details", { class: "belief", open: view.doubting },
    h("summary", {}, t("doubt")),
    radios("belief", doc.belief.title, doc.belief.stops.map(({ name, note }) => ({ name, note })), state.belief,
      (stop) => put({ ...state, belief: stop }), { help: `${doc.belief.question} ${doc.belief.help}` }));
  details.addEventListener("toggle", () => (view.doubting = details.open));
  return details;
}

function drawDesk() {
  const r = editing(state);
  const parts = [];
  if (state.mode === "free") {
    parts.push(h("p", { class: "eyebrow" }, t("free_play")), h("h2", { id: "desk-head" }, t("free_head")), capital());
    doc.rounds.forEach((round, at) => {
      parts.push(h("h3", {}, `${dated(round.date)} · ${round.title}`));
      if (round.shock) parts.push(callout("shock", round.shock.title, round.shock.text));
      parts.push(leverFields(at));
    });
  } else if (r !== null) {
    parts.push(roundHead(r), capital(), leverFields(r), callFields(r));
    const missing = predicted(state, r) ? "" : t("predict_missing");
    parts.push(h("p", { class: "act" },
      h("button", { type: "button", id: "decide", class: "primary", disabled: Boolean(missing), onclick: decide }, t("decide")),
      missing ? h("span", { class: "help", id: "decide-why" }, missing) : null));
  } else {
    parts.push(h("p", { class: "eyebrow" }, t("over")), h("h2", { id: "desk-head" }, t("over_head")), h("p", {}, t("over_text")), capital(),
      h("p", { class: "act" }, h("button", { type: "button", class: "primary", onclick: () => goTo("log") }, t("to_log"))));
  }
  parts.push(beliefFields());
  keepingFocus(() => show("desk", parts));
  byId("undo").disabled = !past.length;
  byId("redo").disabled = !future.length;
}
