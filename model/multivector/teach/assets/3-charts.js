// The pictures, as SVG made by hand: each takes numbers and returns one element.
function scale(low, high, from, to) {
  const span = high - low || 1;
  return (value) => from + ((value - low) / span) * (to - from);
}

function padded(values, least = 0.04) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(least - (high - low), 0) / 2 + (high - low) * 0.06;
  return [low - room, high + room];
}

function ticks(low, high, count = 3) {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= 0.75 * raw);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + 1e-9; value += step) found.push(value);
  return found;
}

const line = (xs, ys) => xs.map((x, i) => `${i ? "L" : "M"}${x.toFixed(1)} ${ys[i].toFixed(1)}`).join("");

// One small fan: bands of the middle half and of nine tenths, median, baseline, and one future if one is held.
function fan({ label, name, color, dash, dates, until, domain, columns, baseline, one, percent, zero, marks, now }) {
  const [width, height, left, right, top, bottom] = [300, 168, 40, 8, 24, 20];
  const x = scale(0, dates.length - 1, left, width - right);
  const y = scale(domain[0], domain[1], height - bottom, top);
  const steps = Array.from({ length: until + 1 }, (_, i) => i);
  const at = (share) => steps.map((i) => y(ranked(columns[i], share)));
  const xs = steps.map(x);
  const band = (low, high, strength) =>
    s("path", {
      d: line(xs, at(high)) + line([...xs].reverse(), at(low).reverse()).replace("M", "L") + "Z",
      fill: color, "fill-opacity": strength,
    });
  const years = dates.map((date, i) => [date, i]).filter(([date, i]) => i === 0 || dates[i - 1].slice(0, 4) !== date.slice(0, 4));
  const sparse = years.filter((_, i) => years.length < 6 || i % 2 === 0);
  return s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    s("text", { x: 4, y: 14, class: "name" }, name),
    s("line", { x1: width - 44, x2: width - 8, y1: 10, y2: 10, stroke: color, "stroke-width": 2.4, "stroke-dasharray": dash }),
    ticks(...domain, 3).map((value) => [
      s("line", { x1: left, x2: width - right, y1: y(value), y2: y(value), class: Math.abs(value) < 1e-9 && zero ? "zero" : "grid" }),
      s("text", { x: left - 5, y: y(value) + 3.5, class: "tick end" }, formatted(value, percent)),
    ]),
    sparse.map(([date, i]) => s("text", { x: x(i), y: height - 5, class: i ? "tick" : "tick start" }, date.slice(0, 4))),
    marks.map((i) => s("line", { x1: x(i), x2: x(i), y1: top, y2: height - bottom, class: "mark" })),
    band(0.05, 0.95, 0.16), band(0.25, 0.75, 0.3),
    baseline ? s("path", { d: line(xs, steps.map((i) => y(baseline[i]))), class: "baseline" }) : null,
    s("path", { d: line(xs, at(0.5)), fill: "none", stroke: color, "stroke-width": 2.2, "stroke-dasharray": dash }),
    one ? s("path", { d: line(xs, steps.map((i) => y(one[i]))), class: "one" }) : null,
    s("line", { x1: x(now), x2: x(now), y1: top, y2: height - bottom, class: "now" }));
}

// Twenty dots on the scale of an aim, stacked; those on the worse side of the line are filled.
function dots({ label, values, mark, good, percent, held, domain }) {
  const [width, height, base] = [300, 96, 70];
  const x = scale(...domain, 14, width - 14);
  const order = values.map((value, i) => [value, i]).sort((a, b) => a[0] - b[0]);
  const placed = [];
  for (const [value, i] of order) {
    const bin = Math.round(x(value) / 10);
    const level = placed.filter((one) => one.bin === bin).length;
    placed.push({ bin, level, i, worse: good * (value - mark) < 0 });
  }
  const tall = Math.max(...placed.map((one) => one.level)) + 1;
  const gap = Math.min(10, 56 / tall);
  return s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    s("line", { x1: 8, x2: width - 8, y1: base + 6, y2: base + 6, class: "grid" }),
    ticks(...domain, 4).map((value) => s("text", { x: x(value), y: height - 5, class: "tick" }, formatted(value, percent))),
    s("line", { x1: x(mark), x2: x(mark), y1: 4, y2: base + 10, class: "threshold" }),
    placed.map(({ bin, level, i, worse }) =>
      s("circle", { cx: bin * 10, cy: base - level * gap, r: 4.4, class: `dot ${worse ? "worse" : "better"}${i === held ? " held" : ""}` })));
}

// Two aims, one dot a future; ghosts are the baseline; rings mark what no other future beats.
function tradeoff({ label, xs, ys, ghostX, ghostY, best, kept, held, nameX, nameY, goodX, goodY, percentX, percentY }) {
  const [width, height, left, right, top, bottom] = [560, 400, 62, 16, 30, 54];
  const [domainX, domainY] = [padded([...xs, ...ghostX]), padded([...ys, ...ghostY])];
  const x = scale(...domainX, left, width - right);
  const y = scale(...domainY, height - bottom, top);
  const cross = (cx, cy, name) => s("path", { d: `M${cx - 5} ${cy - 5}l10 10m0 -10l-10 10`, class: name });
  return s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    ticks(...domainX, 5).map((value) => [
      s("line", { x1: x(value), x2: x(value), y1: top, y2: height - bottom, class: "grid" }),
      s("text", { x: x(value), y: height - bottom + 17, class: "tick" }, formatted(value, percentX)),
    ]),
    ticks(...domainY, 5).map((value) => [
      s("line", { x1: left, x2: width - right, y1: y(value), y2: y(value), class: "grid" }),
      s("text", { x: left - 7, y: y(value) + 4, class: "tick end" }, formatted(value, percentY)),
    ]),
    s("text", { x: width - right, y: height - 12, class: "axis end" }, goodX > 0 ? `${nameX} ${t("better")} →` : `← ${t("better")} ${nameX}`),
    s("text", { x: 4, y: 16, class: "axis" }, goodY > 0 ? `↑ ${nameY} ${t("better")}` : `↓ ${nameY} ${t("better")}`),
    ghostX.map((value, i) => s("circle", { cx: x(value), cy: y(ghostY[i]), r: 4.5, class: "ghost" })),
    held === null ? null : s("line", { x1: x(ghostX[held]), y1: y(ghostY[held]), x2: x(xs[held]), y2: y(ys[held]), class: "move" }),
    xs.map((value, i) => [
      best[i] ? s("circle", { cx: x(value), cy: y(ys[i]), r: 9, class: "ring" }) : null,
      kept[i] ? s("circle", { cx: x(value), cy: y(ys[i]), r: 5.2, class: `future${i === held ? " held" : ""}` })
        : cross(x(value), y(ys[i]), `future lost${i === held ? " held" : ""}`),
    ]));
}

// Sorted interval rows: dot = median, bars = middle half and nine tenths, tick = baseline.
function rows({ label, items, percent, signed = false, width = 560, left = 150 }) {
  const [right, tall] = [20, 34];
  const height = items.length * tall + 30;
  const domain = padded(items.flatMap((one) => [...one.values, ...one.baseline]));
  const x = scale(...domain, left, width - right);
  return s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    ticks(...domain, 5).map((value) => [
      s("line", { x1: x(value), x2: x(value), y1: 6, y2: height - 22, class: "grid" }),
      s("text", { x: x(value), y: height - 6, class: "tick" }, formatted(value, percent, signed)),
    ]),
    items.map(({ name, color, values, baseline }, i) => {
      const y = i * tall + 24;
      const q = (share) => x(quantile(values, share));
      const b = x(median(baseline));
      return [
        s("text", { x: left - 12, y: y + 5, class: "label end" }, name),
        s("line", { x1: q(0.05), x2: q(0.95), y1: y, y2: y, stroke: color, "stroke-width": 3, "stroke-opacity": 0.45 }),
        s("line", { x1: q(0.25), x2: q(0.75), y1: y, y2: y, stroke: color, "stroke-width": 9, "stroke-opacity": 0.55 }),
        s("circle", { cx: q(0.5), cy: y, r: 5, class: "middle" }),
        s("line", { x1: b, x2: b, y1: y - 11, y2: y + 11, class: "threshold" }),
      ];
    }));
}

// Three aims at once: one line a future, every axis better upwards.
function parallel({ label, aims, lines, held }) {
  const [width, height, top, bottom] = [560, 240, 24, 34];
  const x = scale(0, aims.length - 1, 70, width - 70);
  const domains = aims.map((_, a) => padded(lines.map((one) => one[a])));
  const y = aims.map((aim, a) => scale(...(aim.good > 0 ? domains[a] : [...domains[a]].reverse()), height - bottom, top));
  return s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    lines.map((one, i) => s("path", { d: line(one.map((_, a) => x(a)), one.map((value, a) => y[a](value))), class: i === held ? "one" : "thin" })),
    aims.map((aim, a) => [
      s("line", { x1: x(a), x2: x(a), y1: top, y2: height - bottom, class: "zero" }),
      s("text", { x: x(a), y: height - 12, class: "axis middle" }, aim.name),
      ...domains[a].map((value) => s("text", { x: x(a), y: y[a](value) < height / 2 ? top - 6 : height - bottom + 12, class: "tick" }, formatted(value, aim.percent))),
    ]));
}

// What moved what: columns of names, and only the links that were active.
function causes({ label, columns, links }) {
  const [wide, tall, gap] = [176, 44, 26];
  const width = columns.length * wide + (columns.length - 1) * gap;
  const height = Math.max(...columns.map((one) => one.length)) * (tall + 10) + 6;
  const spot = new Map();
  columns.forEach((names, c) => names.forEach((one, r) => spot.set(one.id, [c * (wide + gap), r * (tall + 10) + 3])));
  const wrapped = (text) => {
    const found = [""];
    for (const word of text.split(" ")) {
      if ((found.at(-1) + word).length > 25 && found.at(-1)) found.push("");
      found[found.length - 1] += `${word} `;
    }
    return found.length > 2 ? [found[0], `${found[1].trimEnd()}…`] : found;
  };
  return s("svg", { viewBox: `-1 0 ${width + 2} ${height}`, role: "img", "aria-label": label, class: "causes" },
    links.map(([a, b, strength]) => {
      const [[ax, ay], [bx, by]] = [spot.get(a), spot.get(b)];
      const [from, to] = [[ax + wide, ay + tall / 2], [bx, by + tall / 2]];
      const half = (from[0] + to[0]) / 2;
      return s("path", { d: `M${from}C${half} ${from[1]} ${half} ${to[1]} ${to}`, class: "link", "stroke-width": 1 + 4 * strength });
    }),
    columns.flatMap((names) => names.map((one) => {
      const [x, y] = spot.get(one.id);
      const shown = wrapped(one.name);
      return s("g", {}, s("title", {}, one.name),
        s("rect", { x, y, width: wide, height: tall, rx: 4, class: `node ${one.kind}` }),
        shown.map((part, i) => s("text", { x: x + 9, y: y + tall / 2 + 4 + (i - (shown.length - 1) / 2) * 15, class: "node-text" }, part.trim())));
    })));
}

// The sign of the lesson: arrows in fixed order; lengths are read in the rows, not here.
function emblem(powers, lengths, named) {
  const [cx, cy, radius] = [150, 128, 92];
  const longest = Math.max(...lengths);
  const box = named ? "0 0 300 146" : "46 24 208 116";
  return s("svg", { viewBox: box, "aria-hidden": "true", class: "emblem" },
    powers.map((power, i) => {
      const angle = Math.PI * (0.93 - (0.86 * i) / Math.max(powers.length - 1, 1));
      const long = radius * (0.35 + (0.65 * lengths[i]) / longest);
      const [x, y] = [cx + long * Math.cos(angle), cy - long * Math.sin(angle)];
      const side = Math.cos(angle) < -0.3 ? "end" : Math.cos(angle) > 0.3 ? "start" : "middle";
      return [
        s("line", { x1: cx, y1: cy, x2: x, y2: y, stroke: power.color, "stroke-width": named ? 4.5 : 7, "stroke-linecap": "round" }),
        s("circle", { cx: x, cy: y, r: named ? 5 : 8, fill: power.color }),
        named ? s("text", { x: x + 11 * Math.cos(angle), y: y - 12 * Math.sin(angle) + 4, class: `sign-name ${side}` }, power.name) : null,
      ];
    }),
    s("circle", { cx, cy, r: named ? 6 : 10, class: "hub" }));
}
