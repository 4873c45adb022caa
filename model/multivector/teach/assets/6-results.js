// What came of it: the sentence that is read aloud, the pictures, and the futures one by one.
const paired = (id, step, leaf = shown.ours, base = baseline()) => {
  const [a, b] = [leaf.at(id, step), base.at(id, step)];
  return a.map((value, i) => value - b[i]);
};
// A change that would be written as 0.000 is none.
const sizeOf = (id) => Math.max((seriesOf.get(id).high - seriesOf.get(id).low) * 0.004, 0.0005);

// How a paired change is told: which way its median goes, and in how many futures.
function told(id, step) {
  const change = paired(id, step);
  const middle = median(change);
  const small = sizeOf(id);
  const count = { up: change.filter((v) => v > small).length, down: change.filter((v) => v < -small).length };
  count.same = change.length - count.up - count.down;
  const stays = count.same * 2 >= change.length ? "same" : "mixed"; // a middle that stays can hide futures that part
  const way = Math.abs(middle) <= small ? stays : middle > 0 ? "up" : "down";
  return { way, middle, count, agree: count[way] ?? count.same, n: change.length };
}

const against = () => t(view.against === "belief" ? "than_belief" : "than_policy");
const sameAsBase = () => shown.ours.key === baseline().key;

function aimSentence(aim, step) {
  const { way, middle, count, agree, n } = told(aim.id, step);
  const by = formatted(middle, seriesOf.get(aim.id).percent, true);
  return t(`said_${way}`, { aim: aim.name, count: agree, all: n, by, up: count.up, down: count.down, same: count.same });
}

// Losing office is a price that no aim shows: it is told beside the baseline's count.
function office(step) {
  const lost = (leaf) => leaf.at("kept", step).filter((value) => value < 0.5).length;
  const [ours, base] = [lost(shown.ours), lost(baseline())];
  return ours || base ? t("office_lost", { count: ours, all: doc.futures, base }) : "";
}

function summary() {
  const step = stepNow();
  if (sameAsBase()) return t(state.mode === "rounds" && !state.done ? "nothing_yet" : "same_path");
  return `${t("seen_from", { date: dated(doc.dates[step]), base: against() })} ${doc.aims.map((aim) => aimSentence(aim, step)).join(" ")} ${office(step)}`;
}

function givenUp() {
  if (sameAsBase()) return t("gave_nothing");
  const step = stepNow();
  const moved = doc.aims.map((aim) => ({ aim, ...told(aim.id, step) })).filter((one) => one.way === "up" || one.way === "down");
  const phrase = ({ aim, middle, agree, n }) => t("moved", { aim: aim.name, by: formatted(middle, seriesOf.get(aim.id).percent, true), count: agree, all: n });
  const gain = moved.filter(({ aim, middle }) => aim.good * middle > 0).map(phrase);
  const loss = moved.filter(({ aim, middle }) => aim.good * middle < 0).map(phrase);
  if (gain.length && loss.length) return t("gave_both", { gain: join(gain), loss: join(loss) });
  if (gain.length) return t("gave_gain", { gain: join(gain) });
  return loss.length ? t("gave_loss", { loss: join(loss) }) : t("gave_same");
}

function callCheck() {
  if (state.mode === "free" || !state.done) return null;
  const r = state.done - 1;
  const step = horizon(state);
  const keep = view.against;
  view.against = "policy";
  const rows = doc.aims.filter((aim) => aim.predict).map((aim) => {
    const { way, count, n } = told(aim.id, step);
    const said = state.calls[r][aim.id];
    const agreed = said === "unsure" ? "–" : t("in_futures", { count: count[said], all: n });
    return [aim.name, t(`way_${said}`), t(`way_${way}`), agreed];
  });
  view.against = keep;
  return h("section", { class: "check" }, h("h3", {}, t("check_head")),
    table(t("check_caption"), ["", t("check_said"), t("check_came"), t("check_agreed")], rows));
}

function smallFans(ids, kind) {
  const [until, base, step] = [horizon(state), baseline(), stepNow()];
  const change = view.change && !sameAsBase();
  const steps = doc.dates.slice(0, until + 1);
  const drawn = ids.map((one) => {
    const raw = steps.map((_, i) => (change ? paired(one.id, i) : shown.ours.at(one.id, i)));
    return { ...one, raw, columns: raw.map(sorted), base: change ? null : steps.map((_, i) => median(base.at(one.id, i))) };
  });
  const ends = (one) => one.columns.flatMap((column) => [ranked(column, 0.05), ranked(column, 0.95)]);
  // Ties share one scale, so that their lengths can be compared; aims have their own.
  const common = kind === "ties" ? padded(drawn.flatMap(ends), change ? 0.04 : 0.2) : null;
  const marks = doc.rounds.map((round) => round.step).filter((i) => i <= until);
  return drawn.map((one) => {
    const domain = common ?? padded([...ends(one), ...(change ? [0] : [])], one.percent ? 0.01 : 0.08);
    const now = [0.05, 0.5, 0.95].map((share) => formatted(ranked(one.columns[step], share), one.percent, change));
    const label = t("fan_label", { name: one.name, date: dated(doc.dates[step]), low: now[0], middle: now[1], high: now[2] });
    const held = view.held === null ? null : one.raw.map((column) => column[view.held]);
    const picture = fan({ ...one, label, dates: doc.dates, until, domain, baseline: one.base, one: held, zero: change, marks, now: step });
    const cells = () => steps.map((date, i) =>
      [dated(date), ...[0.05, 0.25, 0.5, 0.75, 0.95].map((share) => formatted(ranked(one.columns[i], share), one.percent, change))]);
    return figure(`fan-${one.id}`, picture, null, `${one.name}, ${t(change ? "change" : "levels")}`,
      [t("date"), "5 %", "25 %", t("median"), "75 %", "95 %"], cells);
  });
}

const inks = ["#1f2a44", "#5b6478", "#8a6d1f"];
const aimSeries = () => doc.aims.map((aim, i) => ({ id: aim.id, name: aim.name, color: inks[i], dash: ["", "6 2", "2 2"][i], percent: seriesOf.get(aim.id).percent }));
const tieSeries = () => doc.powers.map((power) => ({ ...power, id: `tie.${power.id}` }));

function drawDots() {
  const step = stepNow();
  return doc.aims.map((aim) => {
    const percent = seriesOf.get(aim.id).percent;
    const [values, base] = [shown.ours.at(aim.id, step), baseline().at(aim.id, step)];
    const limit = aim.line ?? median(base);
    const worse = (all) => all.filter((value) => aim.good * (value - limit) < 0).length;
    const mark = formatted(limit, percent);
    const sentence = t(aim.good > 0 ? "dots_below" : "dots_above", { count: worse(values), all: values.length, aim: aim.name, line: mark, base: worse(base) });
    const domain = padded([...values, ...base, limit], percent ? 0.01 : 0.08);
    const picture = dots({ label: sentence, values, mark: limit, good: aim.good, percent, held: view.held, domain });
    return figure(`dots-${aim.id}`, picture, sentence, aim.name, [t("future"), aim.name, t("baseline")],
      () => values.map((value, i) => [String(i + 1), formatted(value, percent), formatted(base[i], percent)]));
  });
}

function drawTradeoff() {
  const step = stepNow();
  const [ax, ay] = [doc.aims[view.x], doc.aims[view.y]];
  const pick = (axis, label) => h("label", {}, `${label} `, h("select", {
    id: `axis-${axis}`, onchange: (event) => { view[axis] = Number(event.target.value); keepingFocus(draw); },
  }, doc.aims.map((aim, i) => h("option", { value: i, selected: i === view[axis] }, aim.name))));
  const [xs, ys] = [shown.ours.at(ax.id, step), shown.ours.at(ay.id, step)];
  const [ghostX, ghostY] = [baseline().at(ax.id, step), baseline().at(ay.id, step)];
  const kept = shown.ours.at("kept", step).map((value) => value > 0.5);
  const best = notDominated(xs, ys, ax.good, ay.good);
  const [percentX, percentY] = [ax, ay].map((aim) => seriesOf.get(aim.id).percent);
  const sentence = [t("tradeoff_said", { best: best.filter(Boolean).length, all: xs.length }), office(step), givenUp()].join(" ");
  const picture = tradeoff({
    label: sentence, xs, ys, ghostX, ghostY, best, kept, held: view.held, nameX: ax.name, nameY: ay.name,
    goodX: ax.good, goodY: ay.good, percentX, percentY,
  });
  const cells = () => xs.map((value, i) => [String(i + 1), formatted(value, percentX), formatted(ys[i], percentY),
    formatted(ghostX[i], percentX), formatted(ghostY[i], percentY), best[i] ? t("yes") : t("no"), kept[i] ? t("yes") : t("no")]);
  const lines = Array.from(xs, (_, i) => doc.aims.map((aim) => shown.ours.value(aim.id, i, step)));
  const aims = doc.aims.map((aim) => ({ ...aim, percent: seriesOf.get(aim.id).percent }));
  show("tradeoff", doc.aims.length > 2 ? h("p", { class: "picks" }, pick("x", t("across")), pick("y", t("upwards"))) : null,
    figure("tradeoff", picture, sentence, t("tradeoff_head"),
      [t("future"), ax.name, ay.name, `${ax.name}, ${t("baseline")}`, `${ay.name}, ${t("baseline")}`, t("not_dominated"), t("in_office")], cells),
    doc.aims.length > 2 ? expert(parallel({ label: t("parallel_said"), aims, lines, held: view.held })) : null);
}

function expert(picture) {
  const details = h("details", { class: "expert", open: unfolded.has("expert") }, h("summary", {}, t("expert")), h("p", { class: "help" }, t("parallel_said")), picture);
  details.addEventListener("toggle", () => (details.open ? unfolded.add("expert") : unfolded.delete("expert")));
  return details;
}

function drawRows() {
  const step = stepNow();
  const items = tieSeries().map((one) => ({ ...one, values: shown.ours.at(one.id, step), baseline: baseline().at(one.id, step) }))
    .sort((a, b) => median(b.values) - median(a.values));
  const sentence = t("rows_said", { date: dated(doc.dates[step]), most: items[0].name, least: items.at(-1).name });
  show("rows", figure("rows", rows({ label: sentence, items }), sentence, t("rows_head"), [t("power"), "5 %", t("median"), "95 %", t("baseline")],
    () => items.map((one) => [one.name, ...[0.05, 0.5, 0.95].map((share) => formatted(quantile(one.values, share))), formatted(median(one.baseline))])));
}

function drawTension() {
  const grid = shown.ours.extras.tension;
  if (horizon(state) < last || !grid?.length) return show("tension", h("p", { class: "help" }, t("tension_later")));
  const cells = doc.powers.map((power, i) => h("tr", {}, h("th", { scope: "row" }, power.name), doc.powers.map((_, j) => {
    const share = grid[i][j];
    const cell = h("td", {}, i === j ? "·" : share === null ? "–" : `${Math.round(100 * share)} %`);
    if (i !== j && share !== null) cell.style.background = `rgba(31, 42, 68, ${(0.32 * share).toFixed(2)})`;
    return cell;
  })));
  show("tension", h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("tension_head") }, h("table", { class: "grid" },
    h("caption", {}, t("tension_said")),
    h("thead", {}, h("tr", {}, h("td", {}), doc.powers.map((power) => h("th", { scope: "col" }, power.name)))), h("tbody", {}, cells))));
}

// Only what is on screen is drawn; printing draws everything.
const looks = {
  tradeoff: () => { drawTradeoff(); show("dots", drawDots()); },
  time: () => { show("aims", smallFans(aimSeries(), "aims")); show("fans", smallFans(tieSeries(), "ties")); drawRows(); },
  why: () => { drawWhy(); drawTension(); },
};

function look(name) {
  view.look = name;
  for (const one of Object.keys(looks)) {
    byId(`look-${one}`).setAttribute("aria-pressed", String(one === name));
    byId(`look-${one}-part`).hidden = one !== name;
  }
  keepingFocus(looks[name]);
}

function drawFutures() {
  const one = view.held;
  const kept = one === null || shown.ours.value("kept", one, stepNow()) > 0.5;
  const said = one === null ? t("future_none") : `${doc.aims.map((aim) =>
    `${aim.name} ${formatted(shown.ours.value(aim.id, one, stepNow()), seriesOf.get(aim.id).percent)}`).join(" · ")}${kept ? "" : ` · ${t("lost_here")}`}`;
  byId("future-name").textContent = one === null ? t("future_all") : t("future_n", { n: one + 1, all: doc.futures });
  byId("future-said").textContent = said;
  byId("future-clear").disabled = one === null;
}

function holdFuture(step) {
  view.held = step === 0 ? null : ((view.held ?? (step > 0 ? -1 : 0)) + step + doc.futures) % doc.futures;
  keepingFocus(draw);
}

function drawTime() {
  const slider = byId("time");
  const [first, until, step] = [0, horizon(state), stepNow()];
  Object.assign(slider, { min: first, max: until, value: step });
  slider.setAttribute("aria-valuetext", dated(doc.dates[step]));
  byId("time-said").textContent = dated(doc.dates[step]);
  byId("replay").textContent = view.playing ? t("stop") : t("replay");
}

// Replay walks through the months of what is shown; with reduced motion it moves one step a press.
function replay() {
  if (view.playing) return stopReplay();
  const until = horizon(state);
  const begin = state.mode === "rounds" && state.done ? doc.rounds[state.done - 1].step : doc.rounds[0].step;
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    view.step = stepNow() >= until ? begin : stepNow() + 1;
    return keepingFocus(draw);
  }
  view.step = Math.min(begin, until);
  view.playing = setInterval(() => {
    if (stepNow() >= until) return stopReplay();
    view.step = stepNow() + 1;
    keepingFocus(draw);
  }, 450);
  keepingFocus(draw);
}

function stopReplay() {
  clearInterval(view.playing);
  view.playing = null;
  keepingFocus(draw);
}
