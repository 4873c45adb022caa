// Where numbers come from. Everything else on the page asks a source and never knows whether it is a file or a server:
//   source.document              texts, levers, rounds, names (see docs/lesson.md)
//   await source.ready()         once, before the first question
//   source.has(key)              whether a path can be asked for
//   await source.leaf(key)       a Leaf: the twenty futures of one path
class Leaf {
  // bytes: (series, futures, steps) levels 0..255 of one path, on the scale of each series
  constructor(document, key, bytes, extras) {
    const [, series, futures, steps] = document.shape;
    Object.assign(this, { document, key, bytes, extras, series, futures, steps });
    this.index = new Map(document.series.map((one, at) => [one.id, at]));
  }

  value(id, future, step) {
    const at = this.index.get(id);
    const { low, high } = this.document.series[at];
    return low + (this.bytes[(at * this.futures + future) * this.steps + step] * (high - low)) / 255;
  }

  at(id, step) {
    return Array.from({ length: this.futures }, (_, future) => this.value(id, future, step));
  }

  path(id, future) {
    return Array.from({ length: this.steps }, (_, step) => this.value(id, future, step));
  }
}

class FileSource {
  constructor(document) {
    this.document = document;
    this.keys = new Map(document.leaves.map((key, at) => [key, at]));
  }

  async ready() {
    const packed = Uint8Array.from(atob(this.document.values), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    this.bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  }

  // Six letters of the Adler-32 sum of all numbers, as `pack.number_word` reckons it.
  word() {
    let [a, b] = [1, 0];
    for (const byte of this.bytes) {
      a = (a + byte) % 65521;
      b = (b + a) % 65521;
    }
    const number = b * 16384 + (a >>> 2);
    return [25, 20, 15, 10, 5, 0].map((shift) => "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[Math.floor(number / 2 ** shift) % 32]).join("");
  }

  has(key) {
    return this.keys.has(key);
  }

  async leaf(key) {
    const at = this.keys.get(key);
    if (at === undefined) return null;
    const [, series, futures, steps] = this.document.shape;
    const size = series * futures * steps;
    const { reasons, tension, lost } = this.document;
    const extras = { reasons: reasons[at], tension: tension[at], lost: lost[at] };
    return new Leaf(this.document, key, this.bytes.subarray(at * size, (at + 1) * size), extras);
  }
}
