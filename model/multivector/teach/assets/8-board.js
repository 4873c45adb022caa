// The log, the answer string that carries a team's path without a name, and the class's board.
const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ways = { up: "u", down: "d", same: "s", unsure: "n" };

function check(text) {
  let sum = 7;
  for (const letter of text) sum = (sum * 31 + letter.codePointAt(0)) % 1021;
  return letters[sum >> 5] + letters[sum & 31];
}

function answer() {
  const calls = state.calls.map((round) => doc.aims.map((aim) => ways[round[aim.id]] ?? "-").join("")).join(".");
  const body = `${doc.code} ${keyOf(state)} ${calls}`;
  return `${body} ${check(body)}`;
}

// One pasted line as {key, calls}, or why it cannot be one.
function read(lineOf) {
  const parts = lineOf.trim().split(/\s+/);
  if (parts.length !== 4) return { error: t("bad_form") };
  const body = parts.slice(0, 3).join(" ");
  if (parts[3] !== check(body)) return { error: t("bad_check") };
  if (parts[0] !== doc.code) return { error: t("bad_code", { code: parts[0], ours: doc.code }) };
  return source.has(parts[1]) ? { key: parts[1], calls: parts[2] } : { error: t("bad_path") };
}

function logLines() {
  const counted = state.mode === "free" ? doc.rounds.length : state.done;
  const found = [];
  doc.rounds.slice(0, counted).forEach((round, r) => {
    const chosen = round.levers.map((name, l) => {
      const stop = stopOf(r, l)[state.choices[r][l]];
      return `${doc.levers[name].title}: ${stop.name}${stop.cost ? ` (${points(stop.cost)})` : ""}`;
    });
    found.push({ head: `${dated(round.date)} · ${round.title}`, chosen, calls: doc.aims.filter((aim) => state.calls[r][aim.id])
      .map((aim) => `${aim.name}: ${t(`way_${state.calls[r][aim.id]}`)}`) });
  });
  return found;
}

function drawLog() {
  const lines = logLines();
  show("log-list", lines.length ? h("ol", { class: "log" }, lines.map((one) =>
    h("li", {}, h("p", { class: "log-head" }, one.head), h("ul", {}, one.chosen.map((text) => h("li", {}, text))),
      one.calls.length ? h("p", { class: "help" }, `${t("you_said")} ${one.calls.join(" · ")}`) : null)))
    : h("p", {}, t("log_empty")));
  const belief = doc.belief && state.belief ? `${doc.belief.title}: ${doc.belief.stops[state.belief].name}` : "";
  show("log-end", belief ? h("p", {}, belief) : null, lines.length ? h("p", {}, summary()) : null, lines.length ? h("p", {}, givenUp()) : null);
  byId("answer").value = answer();
}

async function board() {
  const found = [];
  const wrong = [];
  const linesOf = byId("board-in").value.split("\n").filter((one) => one.trim());
  for (const [at, text] of linesOf.entries()) {
    const one = read(text);
    if (one.error) wrong.push(t("board_wrong", { n: at + 1, why: one.error }));
    else found.push({ team: t("team", { n: found.length + 1 }), ...one, leaf: await source.leaf(one.key) });
  }
  show("board-wrong", wrong.map((text) => h("p", {}, text)));
  byId("board-csv").disabled = !found.length;
  if (!found.length) return show("board-out");
  const [ax, ay] = [doc.aims[0], doc.aims[1]];
  const mid = (leaf, aim) => median(leaf.at(aim.id, last));
  const [xs, ys] = [ax, ay].map((aim) => found.map((one) => mid(one.leaf, aim)));
  const base = await source.leaf(keyOf(fresh("free")));
  const best = notDominated(xs, ys, ax.good, ay.good);
  const beats = (i) => xs.some((x, j) => ax.good * (x - xs[i]) > 0 && ay.good * (ys[j] - ys[i]) > 0);
  const sentence = t("board_said", { best: best.filter(Boolean).length, all: found.length, beaten: found.filter((_, i) => beats(i)).length });
  const cells = () => found.map((one, i) => [one.team, ...[ax, ay].map((aim) => formatted(mid(one.leaf, aim), seriesOf.get(aim.id).percent)), luck(found, i, ax), best[i] ? t("yes") : t("no")]);
  show("board-out", figure("board", tradeoff({
    label: sentence, xs, ys, ghostX: [mid(base, ax)], ghostY: [mid(base, ay)], best, kept: xs.map(() => true), held: null,
    nameX: ax.name, nameY: ay.name, goodX: ax.good, goodY: ay.good, percentX: seriesOf.get(ax.id).percent, percentY: seriesOf.get(ay.id).percent,
  }), sentence, t("board_head"), [t("team_head"), ax.name, ay.name, t("luck"), t("not_dominated")], cells));
  board.rows = found.map((one, i) => [one.team, one.key, one.calls, xs[i], ys[i], best[i] ? 1 : 0]);
}

// Skill or luck? In how many futures the team does better than the middle of the class, the same futures for all.
function luck(found, i, aim) {
  const mine = found[i].leaf.at(aim.id, last);
  const wins = mine.filter((value, k) => aim.good * (value - median(found.map((one) => one.leaf.value(aim.id, k, last)))) > 1e-9).length;
  return t("in_futures", { count: wins, all: mine.length });
}

function download(name, rows) {
  const safe = (cell) => {
    const text = String(cell);
    return `"${(/^[=+\-@\t\r]/.test(text) && typeof cell !== "number" ? `'${text}` : text).replaceAll('"', '""')}"`;
  };
  const text = rows.map((row) => row.map(safe).join(",")).join("\r\n");
  const link = h("a", { href: URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

async function copied(id) {
  const field = byId(id);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy");
  }
  byId(`${id}-said`).textContent = t("copied");
}
