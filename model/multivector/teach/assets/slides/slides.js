// Slides: the figures of the page, drawn from the baseline and from each setting alone; arrow keys turn them.
const doc = JSON.parse(byId("lesson").textContent);
for (const power of doc.powers) power.name = named(power.name);
const source = new FileSource(doc);
const seriesOf = new Map(doc.series.map((one) => [one.id, one]));
const last = doc.dates.length - 1;
const steps = doc.dates.map((_, i) => i);
const slides = [...document.querySelectorAll(".slide")];

function fans(leaf, ids) {
  const drawn = ids.map((one) => ({ ...one, columns: steps.map((i) => sorted(leaf.at(one.id, i))) }));
  const common = padded(drawn.flatMap((one) => one.columns.flatMap((column) => [ranked(column, 0.05), ranked(column, 0.95)])), 0.2);
  return drawn.map((one) => {
    const [low, middle, high] = [0.05, 0.5, 0.95].map((share) => formatted(ranked(one.columns[last], share), one.percent));
    const label = t("fan_label", { name: one.name, date: dated(doc.dates[last]), low, middle, high });
    const marks = doc.rounds.map((round) => round.step);
    return h("figure", {}, fan({ ...one, label, dates: doc.dates, until: last, domain: common, baseline: null, one: null, zero: false, marks, now: last }));
  });
}

function draw(leaves) {
  const [base, ...single] = leaves;
  for (const place of document.querySelectorAll(".sign")) place.replaceChildren(emblem(doc.powers, doc.powers.map((power) => median(base.at(`tie.${power.id}`, 0))), true));
  for (const place of document.querySelectorAll("[data-date]")) place.textContent = dated(place.dataset.date);
  const [ax, ay] = doc.aims;
  show("read", fans(base, [{ ...ax, color: "#1f2a44", dash: "", percent: seriesOf.get(ax.id).percent }]));
  show("fans", fans(base, doc.powers.map((power) => ({ ...power, id: `tie.${power.id}` }))));
  const [xs, ys] = [base.at(ax.id, last), base.at(ay.id, last)];
  const kept = base.at("kept", last).map((value) => value > 0.5);
  const best = notDominated(xs, ys, ax.good, ay.good);
  const sentence = `${t("slides_board", { date: dated(doc.dates[last]) })} ${t("tradeoff_said", { best: best.filter(Boolean).length, all: xs.length })}`;
  show("board", tradeoff({ label: sentence, xs, ys, ghostX: [], ghostY: [], best, kept, held: null, nameX: ax.name, nameY: ay.name, goodX: ax.good, goodY: ay.good, percentX: seriesOf.get(ax.id).percent, percentY: seriesOf.get(ay.id).percent }));
  byId("board-said").textContent = sentence;
  for (const place of document.querySelectorAll(".settings")) {
    const id = place.dataset.aim;
    const before = base.at(id, last);
    const items = single.map((leaf, i) => ({
      name: `${doc.settings[i].lever}: ${doc.settings[i].stop}`, color: "#1f2a44", values: leaf.at(id, last).map((value, k) => value - before[k]), baseline: [0],
    }));
    const said = t("slides_rows");
    place.replaceChildren(h("figure", {}, rows({ label: said, items, percent: seriesOf.get(id).percent, left: 380, width: 900, signed: true }), h("figcaption", {}, said)));
  }
}

const here = () => slides.findIndex((one) => one.getBoundingClientRect().bottom > innerHeight / 2);
const tell = () => (byId("at").textContent = `${here() + 1} / ${slides.length}`);
function turn(by) {
  const to = slides[Math.min(Math.max(here() + by, 0), slides.length - 1)];
  to.scrollIntoView();
}

addEventListener("keydown", (event) => {
  const by = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 }[event.key];
  if (!by || event.target.closest("button") && event.key === " ") return;
  event.preventDefault();
  turn(by);
});
addEventListener("scroll", tell, { passive: true });
byId("back").addEventListener("click", () => turn(-1));
byId("next").addEventListener("click", () => turn(1));
(async () => {
  try {
    await source.ready();
  } catch {
    byId("failed").hidden = false;
    byId("failed").textContent = t("cannot_read");
    return;
  }
  draw(await Promise.all(doc.leaves.map((key) => source.leaf(key))));
  tell();
  document.documentElement.dataset.ready = "yes";
})();
