// Counting, wording and building: small helpers without state.
const words = JSON.parse(document.getElementById("texts").textContent);
const locale = document.documentElement.lang;

function t(key, values = {}) {
  const said = words[key] ?? key;
  return said.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? `{${name}}`);
}

// A name of a ready scenario in the page's language.
const named = (name) => words[`name:${name}`] ?? name;
const upper = (text) => text.slice(0, 1).toLocaleUpperCase(locale) + text.slice(1);

const sorted = (values) => Float64Array.from(values).sort();

// A quantile of values that are sorted already, by straight lines between them.
function ranked(sorted, share) {
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  return sorted[low] + (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]) * (place - low);
}
const quantile = (values, share) => ranked(sorted(values), share);
const median = (values) => quantile(values, 0.5);

// As good on both and better on one: nobody beats the futures that are kept. Signs say which way is good.
function notDominated(xs, ys, signX, signY) {
  return xs.map((_, i) =>
    xs.every((_, j) => {
      const [dx, dy] = [signX * (xs[j] - xs[i]), signY * (ys[j] - ys[i])];
      return !(dx >= 0 && dy >= 0 && (dx > 0 || dy > 0));
    }),
  );
}

function formatted(value, percent = false, signed = false) {
  const shown = percent ? 100 * value : value;
  const digits = percent ? 1 : signed && Math.abs(shown) < 0.0095 ? 3 : 2;
  const text = new Intl.NumberFormat(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: signed ? "exceptZero" : "negative",
  }).format(shown);
  return (percent ? `${text} %` : text).replace("-", "−");
}

function dated(month) {
  const [year, number] = month.split("-").map(Number);
  const names = words.months.split(" ");
  return `${names[number - 1]} ${year}`;
}

const join = (parts) => (parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} ${t("and")} ${parts.at(-1)}`);

function build(make, tag, attributes, children) {
  const element = make(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}
const h = (tag, attributes, ...children) => build((name) => document.createElement(name), tag, attributes, children);
const svgSpace = "http://www.w3.org/2000/svg";
const s = (tag, attributes, ...children) =>
  build((name) => document.createElementNS(svgSpace, name), tag, attributes, children);
const byId = (id) => document.getElementById(id);
const show = (id, ...children) => byId(id)?.replaceChildren(...children.flat(2).filter(Boolean));

// Show one section of the page and mark its tab.
function showScreen(screen) {
  for (const one of document.querySelectorAll("main > section")) one.hidden = one.id !== screen;
  for (const one of document.querySelectorAll("nav button[data-screen]")) {
    if (one.dataset.screen === screen) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
  byId(screen).focus({ preventScroll: true });
  scrollTo(0, 0);
}

function table(caption, heads, rows) {
  const head = h("tr", {}, heads.map((name) => h("th", { scope: "col" }, name)));
  const body = rows.map(([first, ...rest]) =>
    h("tr", {}, h("th", { scope: "row" }, first), rest.map((cell) => h("td", {}, cell))),
  );
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {}, h("caption", {}, caption), h("thead", {}, head), h("tbody", {}, body)));
}

// A picture with its sentence and its table, so that nothing is said by shape or colour alone.
// `keep` names the figure: what was unfolded stays unfolded when it is drawn anew.
const unfolded = new Set();
function figure(keep, picture, sentence, caption, heads, rows) {
  const details = h("details", { open: unfolded.has(keep) },
    h("summary", {}, t("table"), h("span", { class: "hidden" }, `: ${caption}`)));
  // the numbers are set out when somebody asks for them
  const fill = () => details.childElementCount < 2 && details.append(table(caption, heads, rows()));
  if (details.open) fill();
  details.addEventListener("toggle", () => {
    if (details.open) unfolded.add(keep), fill();
    else unfolded.delete(keep);
  });
  return h("figure", {}, picture, sentence ? h("figcaption", {}, sentence) : null, details);
}

// Redraws inside `work` keep the keyboard's place: the control with the same id is focused again.
function keepingFocus(work) {
  const held = document.activeElement?.id;
  work();
  if (held && document.activeElement?.id !== held) byId(held)?.focus({ preventScroll: true });
}
