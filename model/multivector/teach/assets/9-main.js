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
  wire();
  drawQuestions();
  await refresh();
  goTo("briefing");
  document.documentElement.dataset.ready = "yes";
}

// For tests and for those who look under the bonnet.
window.lesson = { source, leafOf: (key) => source.leaf(key), get state() { return state; }, get view() { return view; }, get lastMove() { return lastMove; }, median, read, answer, goTo };
start();
