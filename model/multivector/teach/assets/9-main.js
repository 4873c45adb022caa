// Questions before and after, the screens, and the start.
const answers = { pre: {}, post: {} };
let turn = "pre";

function drawQuestions() {
  if (!doc.items.length) return show("items", h("p", {}, t("no_items")));
  const given = answers[turn];
  show("items", doc.items.map((item, i) => h("div", { class: "item" },
    radios(`item-${i}`, `${i + 1}. ${item.question}`, item.options.map((name) => ({ name })), given[i]?.[0] ?? -1,
      (at) => { given[i] = [at, given[i]?.[1] ?? 0]; questionString(); }),
    radios(`sure-${i}`, t("sure"), [1, 2, 3].map((n) => ({ name: t(`sure_${n}`) })), (given[i]?.[1] ?? 0) - 1,
      (at) => { given[i] = [given[i]?.[0] ?? -1, at + 1]; questionString(); }, { class: "inline" }))));
  questionString();
}

function questionString() {
  const given = answers[turn];
  const part = doc.items.map((_, i) => `${given[i]?.[0] >= 0 ? "abcdefghi"[given[i][0]] : "-"}${given[i]?.[1] || "-"}`).join("");
  const word = byId("code-word").value.trim().toUpperCase().replace(/[^0-9A-Z]/g, "").slice(0, 8) || "----";
  const body = `${doc.code} ${turn} ${word} ${part}`;
  byId("items-out").value = `${body} ${check(body)}`;
}

// Whether this machine will do for the class: what it holds, how fast it draws, what it can.
function drawSetup() {
  const began = performance.now();
  Object.values(looks).forEach((drawIt) => drawIt());
  const took = Math.round(performance.now() - began);
  const word = source.word();
  const row = (good, text) => h("li", { class: good ? "good" : "bad" }, h("span", { class: "mark", "aria-hidden": "true" }, good ? "✓" : "✗"),
    h("span", {}, h("span", { class: "hidden" }, t(good ? "setup_fits" : "setup_fails")), " ", text));
  show("setup-list",
    row(true, t("setup_unpacked", { paths: doc.leaves.length, all: doc.futures })),
    row(word === doc.word, t("setup_word", { word, code: doc.code })),
    row(took < 100, t("setup_move", { ms: took })),
    row(innerWidth >= 360, t("setup_wide", { px: innerWidth })),
    row(Boolean(navigator.clipboard), t("setup_copy")));
}

function draw() {
  drawDesk();
  byId("outcome-said").textContent = summary();
  show("call-check", callCheck());
  drawTime();
  drawFutures();
  looks[view.look]();
  drawLog();
  byId("view-change").disabled = sameAsBase();
  byId("against-policy").checked = view.against === "policy";
  byId("against-belief").checked = view.against === "belief";
  byId("view-levels").checked = !view.change;
  byId("view-change").checked = view.change;
}

function goTo(screen) {
  view.screen = screen;
  showScreen(screen);
  if (screen === "setup") drawSetup();
}

function wire() {
  const on = (id, event, work) => byId(id)?.addEventListener(event, work);
  for (const one of document.querySelectorAll("[data-screen]")) one.addEventListener("click", () => goTo(one.dataset.screen));
  on("start-rounds", "click", () => { reset("rounds"); goTo("play"); });
  on("start-free", "click", () => { reset("free"); goTo("play"); });
  on("undo", "click", undo);
  on("redo", "click", redo);
  on("reset", "click", () => reset());
  on("replay", "click", replay);
  on("time", "input", (event) => { view.step = Number(event.target.value); keepingFocus(draw); });
  on("future-next", "click", () => holdFuture(1));
  on("future-back", "click", () => holdFuture(-1));
  on("future-clear", "click", () => holdFuture(0));
  for (const name of Object.keys(looks)) on(`look-${name}`, "click", () => look(name));
  addEventListener("beforeprint", () => Object.values(looks).forEach((drawIt) => drawIt()));
  for (const way of ["policy", "belief"]) on(`against-${way}`, "change", () => { view.against = way; keepingFocus(draw); });
  on("view-levels", "change", () => { view.change = false; keepingFocus(draw); });
  on("view-change", "change", () => { view.change = true; keepingFocus(draw); });
  on("answer-copy", "click", () => copied("answer"));
  on("items-copy", "click", () => copied("items-out"));
  on("code-word", "input", questionString);
  for (const way of ["pre", "post"]) on(`turn-${way}`, "change", () => { turn = way; drawQuestions(); });
  on("board-go", "click", board);
  on("board-csv", "click", () => download(`${doc.name}-${doc.code}.csv`, [["team", "path", "predictions", doc.aims[0].id, doc.aims[1].id, "not_dominated"], ...board.rows]));
  for (const one of document.querySelectorAll("[data-print]")) one.addEventListener("click", () => print());
}

async function start() {

  try {
    await source.ready();
  } catch (error) {
    byId("outcome-said").textContent = t("cannot_read");
    byId("failed").hidden = false;
    byId("failed").textContent = t("cannot_read");
    throw error;
  }
  const base = await source.leaf(keyOf(fresh("rounds")));
  for (const place of document.querySelectorAll(".sign")) {
    place.replaceChildren(emblem(doc.powers, doc.powers.map((power) => median(base.at(`tie.${power.id}`, 0))), place.dataset.names === "yes"));
  }
  for (const place of document.querySelectorAll("[data-date]")) place.textContent = dated(place.dataset.date);
  wire();
  drawQuestions();
  await refresh();
  goTo("briefing");
  document.documentElement.dataset.ready = "yes";
}

// For tests and for those who look under the bonnet.
window.lesson = { source, leafOf: (key) => source.leaf(key), get state() { return state; }, get view() { return view; }, get lastMove() { return lastMove; }, median, read, answer, goTo };
start();
