// BLAKE3 (hash and derive_key, 32 bytes), after its specification; neither fast nor constant in time.
const IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
const ORDER = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
const START = 1, END = 2, PARENT = 4, ROOT = 8, CONTEXT = 32, MATERIAL = 64;
const CHUNK = 1024, BLOCK = 64;

const turned = (x, n) => (x >>> n) | (x << (32 - n));

function mix(s, a, b, c, d, x, y) {
  s[a] = (s[a] + s[b] + x) | 0;
  s[d] = turned(s[d] ^ s[a], 16);
  s[c] = (s[c] + s[d]) | 0;
  s[b] = turned(s[b] ^ s[c], 12);
  s[a] = (s[a] + s[b] + y) | 0;
  s[d] = turned(s[d] ^ s[a], 8);
  s[c] = (s[c] + s[d]) | 0;
  s[b] = turned(s[b] ^ s[c], 7);
}

function compressed(key, block, counter, length, flags) {
  const s = Int32Array.from([...key, ...IV.slice(0, 4), counter, 0, length, flags]);
  let m = Array.from({ length: 16 }, (_, i) => block.readUInt32LE(4 * i));
  for (let round = 0; round < 7; round += 1) {
    for (let i = 0; i < 4; i += 1) mix(s, i, 4 + i, 8 + i, 12 + i, m[2 * i], m[2 * i + 1]);
    for (let i = 0; i < 4; i += 1)
      mix(s, i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4), m[8 + 2 * i], m[9 + 2 * i]);
    m = ORDER.map((i) => m[i]);
  }
  return Array.from({ length: 8 }, (_, i) => (s[i] ^ s[i + 8]) >>> 0);
}

const bytes = (words) => {
  const out = Buffer.alloc(32);
  words.forEach((word, i) => out.writeUInt32LE(word, 4 * i));
  return out;
};

function chunk(key, data, counter, flags, last) {
  const count = Math.max(1, Math.ceil(data.length / BLOCK));
  let value = key;
  for (let i = 0; i < count; i += 1) {
    const part = data.subarray(BLOCK * i, BLOCK * (i + 1)), block = Buffer.alloc(BLOCK);
    part.copy(block);
    const ends = i === count - 1 ? END | last : 0;
    value = compressed(value, block, counter, part.length, flags | (i ? 0 : START) | ends);
  }
  return value;
}

function node(key, data, counter, flags, last) {
  if (data.length <= CHUNK) return chunk(key, data, counter, flags, last);
  let left = CHUNK;
  while (2 * left < data.length) left *= 2;
  const halves = [
    node(key, data.subarray(0, left), counter, flags, 0),
    node(key, data.subarray(left), counter + left / CHUNK, flags, 0),
  ];
  return compressed(key, Buffer.concat(halves.map(bytes)), 0, BLOCK, flags | PARENT | last);
}

export const blake3 = (data) => bytes(node(IV, data, 0, 0, ROOT));
export const derived = (context, data) =>
  bytes(node(node(IV, Buffer.from(context), 0, CONTEXT, ROOT), data, 0, MATERIAL, ROOT));
