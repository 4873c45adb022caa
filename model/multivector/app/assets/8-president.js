// Play the president: real dossiers, one a round. What the others want is told; the odds are not.
const game = { round: 0, chosen: 0, log: [], desk: null, lever: null };
const twenty = (leaf) => ({ at: (id, step) => leaf.at(id, step).slice(0, 20) });

function wishText(one) {
  if (one.wish === null) return t("wish_unknown");
  const [low, high] = [Math.floor(one.wish), Math.ceil(one.wish)].map((n) => Math.min(Math.max(n, 1), game.lever.options.length));
  return low === high ? game.lever.options[low - 1] : t("between", { low: game.lever.options[low - 1], high: game.lever.options[high - 1] });
}

const careText = (salience) => {
  const level = Math.max(1, Math.round(4 * salience));
  return h("span", {}, h("span", { class: "care", "aria-hidden": "true" }, "●".repeat(level) + "○".repeat(4 - level)), h("span", { class: "hidden" }, t("care_n", { n: level })));
};

const whoText = (one) => one.name || (words[`who_${one.id}`] ?? one.id.replaceAll("_", " "));

async function startRound() {
  const round = about.campaign[game.round];
  show("after");
  show("dossier", h("p", { class: "eyebrow" }, t("round_of", { n: game.round + 1, all: about.campaign.length })), h("p", {}, t("president_help")));
  try {
    fail(null);
    const found = await described({ scenario: round.scenario });
    if (found === null) return;
    game.desk = found;
    game.lever = found.groups[0].levers.find((one) => one.id === `timeline.${round.entry}.decided`);
    game.chosen = 0;
    drawDossier();
  } catch (error) {
    fail(error);
  }
}

function drawDossier() {
  const { lever } = game;
  const rows = lever.briefing.map((one) => [whoText(one), wishText(one), careText(one.salience)]);
  keepingFocus(() => show("dossier",
    h("div", { class: "dossier-head" },
    h("p", { class: "eyebrow" }, t("round_of", { n: game.round + 1, all: about.campaign.length }), " · ", dated(lever.date), " · ", game.desk.title),
    h("h2", { id: "dossier-head", tabindex: "-1" }, lever.title),
    h("p", {}, t("president_help"))),
    h("div", { class: "briefing" }, table(t("briefing_head"), [t("who_head"), t("wants_head"), t("cares_head")], rows)),
    h("div", {}, radios("option", t("your_choice"), lever.options.map((name) => ({ name })), game.chosen - 1, (at) => { game.chosen = at + 1; byId("president-decide").disabled = false; }),
    h("p", { class: "act" }, h("button", { type: "button", class: "primary", id: "president-decide", disabled: !game.chosen, onclick: judge }, t("decide"))))));
}

function radios(name, legend, options, chosen, pick) {
  return h("fieldset", {}, h("legend", {}, legend), h("div", { class: "stops" }, options.map((option, at) =>
    h("label", { class: "stop" },
      h("input", { type: "radio", name, id: `${name}-${at}`, value: at, checked: at === chosen, onchange: () => pick(at) }),
      h("span", { class: "stop-name" }, option.name)))));
}

async function judge() {
  const round = about.campaign[game.round];
  byId("president-decide").disabled = true;
  try {
    fail(null);
    const policy = await run({ scenario: round.scenario });
    const ours = policy && (await run({ scenario: round.scenario, sets: [`${game.lever.id}=${game.chosen}`] }));
    if (!ours) return (byId("president-decide").disabled = false);
    settle(game.desk, ours, policy);
    await explain(ours, policy, [game.lever], { [game.lever.id]: game.chosen });
    drawJudgement(round);
  } catch (error) {
    fail(error);
    byId("president-decide").disabled = false;
  }
}

function counted(leaf) {
  const taken = leaf.body.dossiers[game.lever.dossier]?.taken ?? [];
  return [0, ...game.lever.options.map((_, i) => i + 1)].map((option) => taken.filter((one) => one === option).length);
}

function bar(share) {
  return s("svg", { viewBox: "0 0 200 16", preserveAspectRatio: "none", "aria-hidden": "true" }, s("rect", { x: 0, y: 2, width: Math.max(200 * share, 0.5), height: 12, fill: "#1f2a44" }));
}

function drawJudgement(round) {
  const { lever, chosen } = game;
  const counts = counted(shown.policy);
  const all = counts.reduce((a, b) => a + b, 0) || 1;
  const usual = counts.indexOf(Math.max(...counts.slice(1)), 1);
  const nameOfOption = (n) => (n ? lever.options[n - 1] : t("unsettled"));
  game.log[game.round] = { title: lever.title, date: lever.date, you: nameOfOption(chosen), model: `${nameOfOption(usual)} (${t("in_futures", { count: counts[usual], all })})`, history: nameOfOption(round.history), same: chosen === round.history, modelSame: usual === round.history };
  const parts = shown.policy.body.dossiers[lever.dossier]?.parts ?? {};
  const names = ["elite", "mass", "outside", "balance", "sovereignty", "move"];
  const costs = [chosen, usual].filter((n, i, list) => parts[n] && list.indexOf(n) === i);
  const worlds = { ours: twenty(shown.ours), policy: twenty(shown.policy) };
  const whole = shown;
  const verdict = (who, what, more) => h("li", {}, h("p", { class: "who" }, who), h("p", { class: "what" }, what), more ? h("p", { class: "help", lang: about.campaign[game.round].record === more ? "en" : null }, more) : null);
  const sentences = h("ul", { class: "reasons" }, doc.aims.map((aim) => h("li", {}, aimSentence(aim, last))));
  shown = worlds;
  const pictures = drawDots();
  shown = whole;
  const lost = (leaf) => leaf.at("kept", last).slice(0, 20).filter((one) => one < 0.5).length;
  const [out, outBefore] = [lost(shown.ours), lost(shown.policy)];
  show("after",
    h("h2", { id: "after-head", tabindex: "-1" }, t("after_head")),
    h("ul", { class: "verdict" },
      verdict(t("you_chose"), nameOfOption(chosen)),
      verdict(t("model_chose"), nameOfOption(usual), t("in_futures", { count: counts[usual], all })),
      verdict(t("history_chose"), nameOfOption(round.history), round.record)),
    h("h3", {}, t("model_head")),
    h("p", { class: "help" }, t("model_help")),
    h("div", { class: "bars quiet" }, table(t("model_head"), [t("option_head"), t("worlds_head"), ""],
      counts.map((count, n) => [nameOfOption(n), String(count), bar(count / all)]).filter((row, n) => n || counts[0]))),
    h("h3", {}, t("cost_head")),
    h("p", {}, `${t("seen_from", { date: dated(doc.dates[last]), base: t("than_policy") })}`), sentences,
    costs.length ? table(t("cost_parts"), [t("option_head"), ...names.map((one) => t(`rule_${one}`))],
      costs.map((n) => [nameOfOption(n), ...parts[n].map((value) => formatted(100 * value))])) : null,
    h("h3", {}, t("other_worlds")),
    h("p", {}, out || outBefore ? t("office_lost", { count: out, all: 20, base: outBefore }) : t("office_kept", { all: 20 })),
    h("div", { class: "grid-small" }, pictures),
    h("p", { class: "act" }, game.round + 1 < about.campaign.length
      ? h("button", { type: "button", class: "primary", id: "next-round", onclick: () => { game.round += 1; startRound(); } }, t("next_round"))
      : h("button", { type: "button", class: "primary", id: "again", onclick: () => { Object.assign(game, { round: 0, log: [] }); startRound(); } }, t("reset")),
      h("button", { type: "button", class: "plain", onclick: () => print() }, t("print"))),
    game.round + 1 === about.campaign.length ? ledger() : null);
  byId("after-head").focus();
}

function ledger() {
  const played = game.log.filter(Boolean);
  return h("section", { "aria-labelledby": "ledger-head" }, h("h2", { id: "ledger-head" }, t("ledger_head")),
    h("p", {}, t("ledger_said", { same: played.filter((one) => one.same).length, model: played.filter((one) => one.modelSame).length, all: played.length })),
    table(t("ledger_head"), [t("date"), t("option_head"), t("you_chose"), t("model_chose"), t("history_chose")],
      played.map((one) => [dated(one.date), one.title, one.you, one.model, one.history])));
}
