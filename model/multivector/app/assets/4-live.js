// The running model as the source of numbers: one thing is asked at a time, and the last result stays on screen.
const about = JSON.parse(byId("about").textContent);
let doc = null; // the scenario on the desk
let last = 0;
let shown = null; // { ours, policy }: the runs on screen
let opened = null; // what the desk was opened with: { scenario } or { yaml }
let state = { mode: "free", done: 0, sets: {}, choices: [] };
let past = [];
let future = [];
const view = { against: "policy", change: false, held: null, step: null, x: 0, y: 1, look: "tradeoff", screen: "play", playing: null };
const aimOf = new Map();
const seriesOf = new Map();
const leaves = new Map();
const worldsAsked = 100;

const horizon = () => last;
const stepNow = () => Math.min(view.step ?? last, last);
const baseline = () => shown.policy;
const keyOf = () => "";

class Refused extends Error {
  constructor(problems) {
    super(problems.map(problemText).join("\n"));
    this.problems = problems;
  }
}

function problemText(one) {
  const where = [one.line ? t("line", { n: one.line }) : "", one.key].filter(Boolean).join(" · ");
  return [where, one.message, one.suggestion ? t("did_you_mean", { what: one.suggestion }) : ""].filter(Boolean).join(": ");
}

async function api(path, body) {
  const asked = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(path, { ...asked, credentials: "same-origin", cache: "no-store" });
  } catch {
    throw new Refused([{ message: t("no_server") }]);
  }
  const said = await answer.json().catch(() => ({ problems: [{ message: `${answer.status}` }] }));
  if (!answer.ok) throw new Refused(said.problems ?? [{ message: `${answer.status}` }]);
  return said;
}

function working(said, share) {
  byId("working").hidden = said === null;
  if (said === null) return;
  byId("working-said").textContent = said;
  if (share === null) byId("progress").removeAttribute("value");
  else byId("progress").value = share;
}

function fail(error) {
  working(null);
  if (error === null) return (byId("failed").hidden = true);
  byId("failed").hidden = false;
  byId("failed").replaceChildren(...(error.problems ?? [{ message: String(error) }]).map((one) => h("p", {}, problemText(one))));
}

// A job until it has ended: progress on the way, its last word at the end; null when something else was asked since.
let turn = 0;
async function job(asked) {
  const mine = ++turn;
  const first = await api("/api/jobs", asked);
  if (first.state === "done") return first;
  return new Promise((resolve, reject) => {
    const stream = new EventSource(`/api/jobs/${encodeURIComponent(first.job)}`);
    const end = (work, value) => {
      stream.close();
      if (mine === turn) working(null);
      work(value);
    };
    stream.onmessage = ({ data }) => {
      const said = JSON.parse(data);
      if (mine === turn && said.state === "waiting") working(said.warming ? t("warming") : t("waiting", { n: said.ahead }), null);
      if (mine === turn && said.state === "running")
        working(t("running", { share: said.total ? Math.round((100 * said.done) / said.total) : 0 }), said.total ? said.done / said.total : null);
      if (said.state === "done") end(resolve, said);
      if (said.state === "failed") end(reject, new Refused(said.problems));
      if (said.state === "cancelled") end(resolve, null);
    };
    stream.onerror = () => end(reject, new Refused([{ message: t("no_server") }]));
  });
}

async function unpacked(text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// A run as a Leaf of its own scale; finished ones are kept for going back and forth.
async function run(asked) {
  const said = await job({ ...asked, worlds: worldsAsked });
  if (said === null) return null;
  if (!leaves.has(said.key)) {
    const body = await api(`/api/runs/${said.key}`);
    const shape = [1, body.series.length, body.worlds, body.dates.length];
    const extras = { reasons: { n: 0, d: [] }, tension: body.tension, lost: body.lost };
    const leaf = new Leaf({ series: body.series, shape, dates: body.dates }, said.key, await unpacked(body.values), extras);
    leaf.body = body;
    leaves.set(said.key, leaf);
    if (leaves.size > 24) leaves.delete(leaves.keys().next().value);
  }
  return leaves.get(said.key);
}

async function described(asked) {
  const said = await job({ kind: "describe", ...asked });
  return said === null ? null : translated(said.document);
}

// What a scenario calls its powers, actors and questions, in the page's language where it is known.
function translated(found) {
  for (const power of found.powers) power.name = named(power.name);
  for (const id of Object.keys(found.who)) found.who[id] = named(found.who[id]);
  for (const lever of found.groups.flatMap((group) => group.levers)) {
    if (lever.name) lever.name = named(lever.name);
    if (lever.kind !== "choice") continue;
    Object.assign(lever, { title: named(lever.title), options: lever.options.map(named) });
    for (const one of lever.briefing) one.name = named(one.name);
  }
  return { ...found, title: named(found.title) };
}

// What the shared parts of the page know as the document: names, dates and scales of the two runs on screen.
function settle(about, ours, policy) {
  doc = {
    ...about, dates: ours.body.dates, futures: Math.min(ours.futures, policy.futures), rounds: [{ step: 0 }], dossiers: [],
    aims: about.aims.map((id) => ({ id, name: upper(t(`m_${id}`)), good: 1, line: null, predict: false })),
    series: ours.body.series.map((one, i) => {
      const other = policy.body.series[i] ?? one;
      return { ...one, low: Math.min(one.low, other.low), high: Math.max(one.high, other.high) };
    }),
  };
  last = doc.dates.length - 1;
  aimOf.clear();
  seriesOf.clear();
  doc.aims.forEach((aim) => aimOf.set(aim.id, aim));
  doc.series.forEach((one) => seriesOf.set(one.id, one));
  shown = { ours, policy };
}

async function explain(ours, policy, levers, sets) {
  if (ours.key === policy.key) return;
  const decided = levers.filter((one) => one.kind === "choice" && sets[one.id]).map((one) => `${one.dossier}:${sets[one.id]}`);
  const query = new URLSearchParams({ base: policy.key, ours: ours.key, decided: decided.join(",") });
  const { reasons } = await api(`/api/why?${query}`);
  const told = [...reasons.filter((one) => one.own), ...reasons.filter((one) => !one.own).slice(0, 6)];
  doc.dossiers = told.map((one) => ({ id: one.dossier, title: named(one.title), options: one.options.map(named) }));
  ours.extras.reasons = {
    n: reasons.length,
    d: told.map((one, i) => [i, one.date, one.changed, one.of, ...one.was, ...one.now, one.own ? 1 : 0, one.rule, one.by, one.who]),
  };
}
