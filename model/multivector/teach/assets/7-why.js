// Why did it change? Read from the log of both runs; nothing here is written in beforehand.
function reasonRows() {
  const end = doc.dates[horizon(state)];
  return shown.ours.extras.reasons.d
    .map(([dossier, date, changed, of, was, wasN, now, nowN, own, rule, by, who]) =>
      ({ ...doc.dossiers[dossier], date, changed, of, was, wasN, now, nowN, own: Boolean(own), rule, by, who }))
    .filter((one) => one.date <= end);
}

const optionOf = (one, number) => (number ? t("quoted", { what: one.options[number - 1] }) : t("unsettled"));
const nameOf = (id) => (["public", "elder"].includes(id) ? t(`who_${id}`) : doc.who[id] ?? id);

function reasonText(one) {
  const values = {
    title: one.title, date: dated(one.date), now: optionOf(one, one.now), was: optionOf(one, one.was),
    changed: one.changed, of: one.of, wasN: one.wasN, nowN: one.nowN,
  };
  if (one.own) return t("why_own", values);
  const rule = one.rule ? t("why_rule", { rule: t(`rule_${one.rule}`) }) : t("why_chance");
  const who = one.who.length ? t("why_who", { who: join(one.who.map(([id]) => nameOf(id))) }) : "";
  return [t("why_other", values), rule, who].join(" ");
}

// What left the baseline first and furthest, in units of the baseline's own spread.
function movedSeries() {
  const step = stepNow();
  const found = doc.series.filter((one) => one.id !== "kept").map((one) => {
    const { middle, count, n } = told(one.id, step);
    const base = shown.policy.at(one.id, step);
    const spread = quantile(base, 0.95) - quantile(base, 0.05) || one.high - one.low || 1;
    const since = doc.dates.findIndex((_, i) => paired(one.id, i, shown.ours, shown.policy).filter((v) => Math.abs(v) > sizeOf(one.id)).length * 2 >= n);
    return { id: one.id, middle, futures: middle > 0 ? count.up : count.down, n, weight: Math.abs(middle) / spread, since, percent: one.percent };
  });
  return found.filter((one) => Math.abs(one.middle) > sizeOf(one.id) && one.since >= 0).sort((a, b) => b.weight - a.weight).slice(0, 5);
}

function seriesName(id) {
  if (id.startsWith("tie.")) return t("tie_to", { power: nameOf(id.slice(4)) });
  return aimOf.get(id)?.name ?? t(`m_${id}`);
}

function diagram(reasons, moved) {
  const columns = [[], [], [], []];
  const links = [];
  const put = (c, id, name, kind) => columns[c].some((one) => one.id === id) || columns[c].push({ id, name, kind });
  const own = reasons.filter((one) => one.own);
  const mine = own.length ? own : [{ id: "you", title: t("your_policy") }];
  mine.slice(0, 4).forEach((one) => put(0, `d-${one.id}`, one.title, "own"));
  for (const one of reasons.filter((each) => !each.own && each.rule).slice(0, 3)) {
    for (const [id] of one.who.slice(0, 1)) {
      put(1, `w-${id}`, nameOf(id), "who");
      mine.slice(0, 4).forEach((each) => links.push([`d-${each.id}`, `w-${id}`, 0.2]));
      put(2, `o-${one.id}`, one.title, "other");
      links.push([`w-${id}`, `o-${one.id}`, one.changed / one.of]);
    }
  }
  for (const one of moved.slice(0, 4)) {
    put(3, `s-${one.id}`, `${seriesName(one.id)} ${formatted(one.middle, one.percent, true)}`, "aim");
    const from = columns[2].length ? columns[2] : columns[0];
    from.forEach((each) => links.push([each.id, `s-${one.id}`, (one.futures / one.n) * 0.4]));
  }
  const used = columns.filter((column) => column.length);
  const unique = [...new Map(links.map((link) => [link.slice(0, 2).join(), link])).values()];
  return used.length > 1 ? causes({ label: t("causes_label"), columns: used, links: unique }) : null;
}

function drawWhy() {
  if (view.against === "belief") return show("why", h("p", { class: "help" }, t("why_belief")));
  if (shown.ours.key === shown.policy.key) return show("why", h("p", { class: "help" }, t("why_nothing")));
  const [reasons, moved] = [reasonRows(), movedSeries()];
  const picture = diagram(reasons, moved);
  const [own, others] = [true, false].map((mine) => reasons.filter((one) => one.own === mine));
  const rules = [...new Set(reasons.map((one) => one.rule).filter(Boolean))];
  show("why",
    picture ? h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("causes_label") }, picture) : null,
    h("h4", {}, t("why_decided")),
    others.length ? h("ol", { class: "reasons" }, others.map((one) => h("li", {}, reasonText(one)))) : h("p", {}, t("why_none")),
    shown.ours.extras.reasons.n > reasons.length && horizon(state) === last ? h("p", { class: "help" }, t("why_more", { n: shown.ours.extras.reasons.n - reasons.length })) : null,
    own.length ? [h("h4", {}, t("why_yours")), h("ul", { class: "reasons own" }, own.map((one) => h("li", {}, reasonText(one))))] : null,
    h("h4", {}, t("why_moved")),
    moved.length ? h("ul", { class: "reasons" }, moved.map((one) => h("li", {}, t("why_series", {
      name: seriesName(one.id), by: formatted(one.middle, one.percent, true), count: one.futures, all: one.n, date: dated(doc.dates[one.since]),
    })))) : h("p", {}, t("why_unmoved")),
    rules.length ? [h("h4", {}, t("why_rules")), h("ul", { class: "reasons small" }, rules.map((rule) =>
      h("li", {}, h("strong", {}, t(`rule_${rule}`)), ": ", doc.rules[rule].map((one) => `${named(one.note)}${one.claims.length ? ` [${one.claims.join(", ")}]` : ""}`).join(" "))))] : null);
}
