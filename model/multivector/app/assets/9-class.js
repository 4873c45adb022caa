// A class: joining, handing in, and the teacher's board. Then the start of whichever page this is.
let team = "";
const on = (id, event, work) => byId(id)?.addEventListener(event, work);

function drawClass() {
  if (!byId("class-list") || !desk) return;
  const moved = leversOf().filter((one) => one.id in state.sets);
  show("class-list", moved.length ? moved.map((one) => h("li", {}, titleOf(one), ": ", h("strong", {}, valueText(one, state.sets[one.id])))) : h("li", {}, t("same_path")));
}

const valueText = (lever, value) => {
  if (lever.kind === "choice") return value ? lever.options[value - 1] : t("leave_open");
  return lever.kind === "switch" ? t(value ? "yes" : "no") : formatted(Number(value));
};

async function handIn() {
  try {
    fail(null);
    const said = await api("/api/answer", { key: shown.ours.key });
    byId("hand-in-said").textContent = t("handed_in", { team: named(said.team) });
  } catch (error) {
    byId("hand-in-said").textContent = error.message;
  }
}

async function joinClass(event) {
  event.preventDefault();
  try {
    const said = await api("/api/join", { code: byId("join-code").value });
    seated(said.team);
  } catch (error) {
    byId("join-said").textContent = error.message;
  }
}

function seated(name) {
  team = name;
  byId("team").textContent = named(team);
  byId("team-head").textContent = team ? t("your_team") : "";
  byId("nav").hidden = false;
  const from = carried();
  if (from) Object.assign(game, { round: from.round, log: from.log });
  goTo("play");
  open(from?.opened ?? { scenario: about.scenario }, from?.sets).then(() => from && goTo(from.screen)).catch(fail);
}

// Another language is another page: what lies on the desk and the rounds played go along, for this one step only.
function carry() {
  if (!opened) return;
  const { round, log } = game;
  try {
    sessionStorage.setItem("carried", JSON.stringify({ opened, sets: state.sets, screen: view.screen, round, log }));
  } catch { /* a browser that keeps nothing starts anew */ }
}

function carried() {
  try {
    const text = sessionStorage.getItem("carried");
    sessionStorage.removeItem("carried");
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function goTo(screen) {
  view.screen = screen;
  showScreen(screen);
  if (screen === "president" && !game.lever) startRound();
  // both screens draw from what is shown: coming back to the desk shows its own runs again
  if (screen === "play" && desk && doc && doc.id !== undefined && shown && doc.title !== desk.title) refresh();
}

async function openOwn() {
  const problems = (error) => show("yaml-wrong", (error.problems ?? []).map((one) => h("p", {}, problemText(one))));
  show("yaml-wrong");
  const text = byId("yaml").value;
  if (!text.trim()) return problems({ problems: [{ message: t("open_empty") }] });
  try {
    if (await open({ yaml: text })) goTo("play");
  } catch (error) {
    problems(error);
  }
}

function wire() {
  for (const one of document.querySelectorAll("[data-screen]")) one.addEventListener("click", () => goTo(one.dataset.screen));
  for (const one of document.querySelectorAll("[data-print]")) one.addEventListener("click", () => print());
  for (const one of document.querySelectorAll(".languages a")) one.addEventListener("click", carry);
  on("undo", "click", () => step(past, future));
  on("redo", "click", () => step(future, past));
  on("reset", "click", () => put({}));
  on("cancel", "click", () => { clearTimeout(timer); api("/api/cancel", {}).then(() => working(null)).catch(fail); });
  on("replay", "click", replay);
  on("time", "input", (event) => { view.step = Number(event.target.value); keepingFocus(draw); });
  on("future-next", "click", () => holdFuture(1));
  on("future-back", "click", () => holdFuture(-1));
  on("future-clear", "click", () => holdFuture(0));
  for (const name of Object.keys(looks)) on(`look-${name}`, "click", () => look(name));
  on("view-levels", "change", () => { view.change = false; keepingFocus(draw); });
  on("view-change", "change", () => { view.change = true; keepingFocus(draw); });
  on("open-go", "click", () => open({ scenario: byId("scenario").value }).then((done) => done && goTo("play")).catch(fail));
  on("yaml-go", "click", openOwn);
  on("yaml-file", "change", async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    if (file.size > 65536) return show("yaml-wrong", h("p", {}, t("open_large")));
    byId("yaml").value = await file.text();
  });
  on("join-form", "submit", joinClass);
  on("hand-in", "click", handIn);
  on("key-form", "submit", teach);
  on("board-reset", "click", clearBoard);
  addEventListener("beforeprint", () => doc && view.screen === "play" && Object.values(looks).forEach((drawIt) => drawIt()));
}

// The teacher's page.
let base = null;
let drawn = "";
const axes = about.aims.slice(0, 2); // what the board's picture spans: the teacher chooses
async function teach(event) {
  event.preventDefault();
  try {
    await api("/api/teacher", { key: byId("key-in").value });
  } catch (error) {
    return (byId("key-said").textContent = error.message);
  }
  byId("key-in").value = "";
  watch();
}

async function watch() {
  byId("key").hidden = true;
  byId("board").hidden = false;
  byId("board").focus();
  byId("address").textContent = location.host;
  try {
    desk = await described({ scenario: about.scenario });
    base = await run({ scenario: about.scenario });
    settle(desk, base, base);
  } catch (error) {
    fail(error);
  }
  for (;;) {
    await drawBoard();
    await new Promise((wake) => setTimeout(wake, 2000));
  }
}

async function drawBoard() {
  let said;
  try {
    said = await api("/api/board");
    fail(null);
  } catch (error) {
    return fail(error);
  }
  for (const id of ["code", "code-big"]) byId(id).textContent = said.code;
  byId("board-count").textContent = t("board_count", { n: said.answers.length, all: said.teams });
  const now = JSON.stringify([said.answers, axes]);
  if (now === drawn || !doc) return;
  drawn = now;
  document.documentElement.dataset.answers = said.answers.length;
  if (!said.answers.length) return show("board-out"), show("board-choices");
  const able = doc.series.filter((one) => one.id !== "kept").map((one) => ({ ...one, name: upper(seriesName(one.id)) }));
  const [ax, ay] = axes.map((id) => able.find((one) => one.id === id));
  const [xs, ys] = [ax, ay].map((aim) => said.answers.map((one) => one.medians[aim.id]));
  const best = notDominated(xs, ys, ax.good, ay.good);
  const beaten = xs.filter((x, i) => xs.some((other, j) => ax.good * (other - x) > 0 && ay.good * (ys[j] - ys[i]) > 0)).length;
  const sentence = t("live_board_said", { best: best.filter(Boolean).length, all: xs.length, beaten });
  const ghost = (aim) => [median(base.at(aim.id, last))];
  const rows = () => said.answers.map((one, i) => [named(one.team), formatted(xs[i], ax.percent), formatted(ys[i], ay.percent), best[i] ? t("yes") : t("no")]);
  const pick = (at, label) => h("label", {}, `${label} `, h("select", {
    id: `axis-${at}`, onchange: (event) => { axes[at] = event.target.value; drawBoard(); },
  }, able.map((one) => h("option", { value: one.id, selected: one.id === axes[at] }, one.name))));
  keepingFocus(() => show("board-out", h("p", { class: "picks" }, pick(0, t("across")), pick(1, t("upwards"))), figure("board", tradeoff({
    label: sentence, xs, ys, ghostX: ghost(ax), ghostY: ghost(ay), best, kept: xs.map(() => true), held: null,
    nameX: ax.name, nameY: ay.name, goodX: ax.good, goodY: ay.good, percentX: ax.percent, percentY: ay.percent,
  }), sentence, t("board_head"), [t("team_head"), ax.name, ay.name, t("not_dominated")], rows)));
  drawChoices(said.answers);
}

// What the class did, lever by lever: how many teams chose what.
function drawChoices(answers) {
  const levers = new Map(leversOf().map((one) => [one.id, one]));
  const found = new Map();
  for (const one of answers) {
    for (const change of one.sets) {
      const [, id, value] = change.match(/^(.*?)\*?=(.*)$/) ?? [];
      const lever = levers.get(id);
      if (!lever) continue;
      const name = lever.kind === "choice" ? lever.options[Number(value) - 1] : lever.kind === "switch" ? t(value === "true" ? "yes" : "no") : value;
      const key = `${titleOf(lever)}\u0000${name}`;
      found.set(key, (found.get(key) ?? 0) + 1);
    }
  }
  const lines = [...found].sort((a, b) => b[1] - a[1]).map(([key, n]) => [...key.split("\u0000"), String(n), bar(n / answers.length)]);
  show("board-choices", lines.length ? h("div", { class: "bars" }, table(t("debrief_choices"), [t("lever_head"), t("option_head"), t("teams_head"), ""], lines)) : h("p", {}, t("same_path")));
}

async function clearBoard() {
  if (byId("board-reset").dataset.sure !== "yes") {
    byId("board-reset").dataset.sure = "yes";
    return (byId("reset-said").textContent = t("reset_sure"));
  }
  delete byId("board-reset").dataset.sure;
  byId("reset-said").textContent = "";
  await api("/api/reset", {}).catch(fail);
}

// before a scenario is known, the sign has five even arrows
const five = ["#D55E00", "#E69F00", "#0072B2", "#56B4E9", "#CC79A7"].map((color) => ({ color }));
for (const place of document.querySelectorAll(".sign")) place.replaceChildren(emblem(five, [0.8, 0.7, 0.75, 0.5, 0.6], false));
wire();
window.live = { get shown() { return shown; }, get doc() { return doc; }, get state() { return state; }, goTo };
if (about.page === "live") {
  if (about.classroom) {
    byId("join").hidden = false;
    // a browser that has joined before is let in without the code
    api("/api/join", { code: "" }).then((said) => seated(said.team)).catch(() => byId("join-code").focus());
  } else seated("");
} else document.documentElement.dataset.ready = "yes";
