// The desk: every lever of the scenario, folded by kind. A lever that was not moved adds nothing to what is asked.
let desk = null; // what the server says about the scenario: names and levers
const leversOf = () => desk.groups.flatMap((group) => group.levers);
const folded = { decisions: true };

function setsOf(sets) {
  return leversOf().filter((one) => one.id in sets).map((one) => {
    const value = sets[one.id];
    return `${one.id}${one.operator ?? "="}${one.kind === "switch" ? String(Boolean(value)) : value}`;
  });
}

const titleOf = (lever) => {
  if (lever.power) return t(`lever_${lever.title}`, { power: lever.name });
  return lever.id.startsWith("doctrine.") ? t(`lever_${lever.title}`) : lever.title;
};

function put(sets) {
  past.push(state);
  future = [];
  state = { ...state, sets };
  drawDesk();
  later();
}

function move(lever, value) {
  const sets = { ...state.sets };
  if (value === null || value === lever.value) delete sets[lever.id];
  else sets[lever.id] = value;
  put(sets);
}

function leverField(lever) {
  const id = `lever-${lever.id.replaceAll(".", "-")}`;
  const moved = lever.id in state.sets;
  const value = moved ? state.sets[lever.id] : lever.value;
  const name = titleOf(lever);
  let control;
  if (lever.kind === "choice") {
    control = h("select", { id, onchange: (event) => move(lever, Number(event.target.value)) },
      h("option", { value: 0, selected: value === 0 }, t("leave_open")),
      lever.options.map((option, i) => h("option", { value: i + 1, selected: value === i + 1 }, option)));
  } else if (lever.kind === "switch") {
    control = h("input", { type: "checkbox", id, checked: value, onchange: (event) => move(lever, event.target.checked) });
    return h("div", { class: moved ? "lever moved" : "lever" }, h("label", { for: id }, control, name.replaceAll("_", " ")), h("p", { class: "help" }, lever.help));
  } else {
    const output = h("output", { for: id }, formatted(value));
    control = [h("input", {
      type: "range", id, min: lever.low, max: lever.high, step: lever.step, value,
      oninput: (event) => (output.textContent = formatted(Number(event.target.value))),
      onchange: (event) => move(lever, Number(Number(event.target.value).toPrecision(6))),
    }), output];
  }
  return h("div", { class: moved ? "lever moved" : "lever" },
    lever.date ? h("p", { class: "eyebrow" }, dated(lever.date)) : null,
    h("label", { for: id }, name), control,
    lever.help ? h("p", { class: "help" }, lever.help, lever.basis ? ` · ${lever.basis}` : "") : null);
}

function groupField(group) {
  const moved = group.levers.filter((one) => one.id in state.sets).length;
  const fill = (details) => details.childElementCount < 2 && details.append(...group.levers.map(leverField));
  const details = h("details", { class: "group", id: `group-${group.id}`, open: folded[group.id] },
    h("summary", { id: `summary-${group.id}` }, t(`group_${group.id}`), " ", h("span", { class: "count" }, moved ? t("moved_n", { n: moved }) : String(group.levers.length))));
  details.addEventListener("toggle", () => {
    folded[group.id] = details.open;
    if (details.open) fill(details);
  });
  if (folded[group.id]) fill(details);
  return details;
}

function drawDesk() {
  keepingFocus(() => show("desk", h("h2", { id: "desk-head" }, t("free_head")), h("p", { class: "help" }, t("desk_help")), desk.groups.map(groupField)));
  byId("undo").disabled = !past.length;
  byId("redo").disabled = !future.length;
}

function step(from, to) {
  if (!from.length) return;
  to.push(state);
  state = from.pop();
  drawDesk();
  later();
}

function draw() {
  byId("outcome-said").textContent = summary();
  drawTime();
  drawFutures();
  looks[view.look]();
  byId("view-change").disabled = sameAsBase();
  byId("against-policy").checked = true;
  byId("view-levels").checked = !view.change;
  byId("view-change").checked = view.change;
}

let timer = 0;
function later() {
  clearTimeout(timer);
  timer = setTimeout(refresh, 250);
}

// Runs what lies on the desk. The scenario as it is comes first; after that it is known.
async function refresh() {
  const sets = state.sets;
  fail(null);
  try {
    const policy = await run({ ...opened });
    if (policy === null) return;
    const changes = setsOf(sets);
    const ours = changes.length ? await run({ ...opened, sets: changes }) : policy;
    if (ours === null || sets !== state.sets) return;
    settle(desk, ours, policy);
    await explain(ours, policy, leversOf(), sets);
    view.step = null;
    keepingFocus(draw);
    byId("hand-in") && (byId("hand-in").disabled = !(opened.scenario === about.scenario));
    drawClass();
    Object.assign(document.documentElement.dataset, { ready: "yes", drawn: ours.key });
  } catch (error) {
    fail(error);
  }
}

async function open(asked, sets = {}) {
  const found = await described(asked);
  if (found === null) return false;
  desk = found;
  opened = asked;
  past = [];
  future = [];
  state = { ...state, sets };
  Object.assign(view, { held: null, step: null, change: false });
  byId("scenario-title").textContent = desk.title;
  byId("scenario-summary").textContent = desk.summary;
  byId("about-line").textContent = `${dated(desk.start)} – ${dated(desk.end)} · ${t("size", { worlds: worldsAsked, citizens: desk.citizens })}`;
  drawDesk();
  delete document.documentElement.dataset.ready;
  await refresh();
  if (shown) {
    for (const place of document.querySelectorAll(".sign"))
      place.replaceChildren(emblem(desk.powers, desk.powers.map((power) => median(shown.policy.at(`tie.${power.id}`, 0))), false));
  }
  return true;
}
