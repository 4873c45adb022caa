// What has been decided, with undo and redo. A state is plain data and is never changed in place.
const doc = JSON.parse(byId("lesson").textContent);
for (const power of doc.powers) power.name = named(power.name);
for (const id of Object.keys(doc.who)) doc.who[id] = named(doc.who[id]);
for (const one of doc.dossiers) Object.assign(one, { title: named(one.title), options: one.options.map(named) });
const source = window.lessonSource ? window.lessonSource(doc) : new FileSource(doc);
const aimOf = new Map(doc.aims.map((aim) => [aim.id, aim]));
const seriesOf = new Map(doc.series.map((one) => [one.id, one]));
const last = doc.dates.length - 1;

const zeros = () => doc.rounds.map((round) => round.levers.map(() => 0));
const fresh = (mode) => ({ mode, done: 0, choices: zeros(), belief: 0, calls: doc.rounds.map(() => ({})) });

let state = fresh("rounds");
let past = [];
let future = [];
// How one looks at the state; no part of what undo takes back.
const view = { against: "policy", change: false, held: null, step: null, x: 0, y: 1, look: "tradeoff", screen: "briefing", playing: null };

function keyOf(now, { belief = now.belief, policy = true } = {}) {
  const counted = now.mode === "free" ? doc.rounds.length : now.done;
  const parts = now.choices.map((part, r) => part.map((stop) => (policy && r < counted ? stop : 0)).join(""));
  return `${belief}:${parts.join(".")}`;
}
const stopOf = (r, l) => doc.levers[doc.rounds[r].levers[l]].stops;
const spentIn = (now, r) => now.choices[r].reduce((sum, stop, l) => sum + stopOf(r, l)[stop].cost, 0);
const spent = (now) => doc.rounds.reduce((sum, _, r) => sum + (now.mode === "free" || r <= now.done ? spentIn(now, r) : 0), 0);
const left = (now) => doc.capital - spent(now);
const horizon = (now) => (now.mode === "free" || now.done >= doc.rounds.length ? last : now.done ? doc.rounds[now.done - 1].until : doc.rounds[0].step);
const editing = (now) => (now.mode === "free" ? null : now.done < doc.rounds.length ? now.done : null);

function put(next, { remember = true } = {}) {
  if (remember) {
    past.push(state);
    future = [];
  }
  state = next;
  view.step = null;
  return refresh();
}

function choose(r, l, stop) {
  const choices = state.choices.map((part, at) => (at === r ? part.map((old, i) => (i === l ? stop : old)) : part));
  // In rounds, what lies on the desk is a draft: only deciding is remembered.
  put({ ...state, choices }, { remember: state.mode === "free" });
}

function call(r, aim, way) {
  const calls = state.calls.map((old, at) => (at === r ? { ...old, [aim]: way } : old));
  state = { ...state, calls };
  drawDesk();
}

const predicted = (now, r) => doc.aims.every((aim) => !aim.predict || now.calls[r][aim.id]);

function decide() {
  const r = editing(state);
  if (r === null || !predicted(state, r) || left(state) < 0) return;
  const before = { ...state };
  past.push(before);
  future = [];
  state = { ...state, done: r + 1 };
  view.step = null;
  refresh().then(() => byId("outcome").focus());
}

function undo() {
  if (!past.length) return;
  future.push(state);
  state = past.pop();
  view.step = null;
  refresh();
}

function redo() {
  if (!future.length) return;
  past.push(state);
  state = future.pop();
  view.step = null;
  refresh();
}

function reset(mode = state.mode) {
  past = [];
  future = [];
  state = fresh(mode);
  Object.assign(view, { held: null, step: null, change: false });
  refresh();
}

// The three paths on screen: ours, the status quo under the same belief, the same policies under the default belief.
let shown = null;
let lastMove = 0;
async function refresh() {
  const began = performance.now();
  const [ours, policy, belief] = await Promise.all([
    source.leaf(keyOf(state)),
    source.leaf(keyOf(state, { policy: false })),
    source.leaf(keyOf(state, { belief: 0 })),
  ]);
  shown = { ours, policy, belief };
  keepingFocus(draw);
  lastMove = performance.now() - began;
  document.documentElement.dataset.move = lastMove.toFixed(0);
}
const baseline = () => (view.against === "belief" ? shown.belief : shown.policy);
const stepNow = () => Math.min(view.step ?? horizon(state), horizon(state));
