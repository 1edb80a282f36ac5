// ML-KEM-768 as FIPS 203 writes it, for the check alone: neither fast nor constant in time.
import crypto from "node:crypto";

const Q = 3329, K = 3, ETA = 2, DU = 10, DV = 4;
const hash = (name, data, size) =>
  crypto.createHash(name, size ? { outputLength: size } : {}).update(data).digest();
const cat = (...parts) =>
  Buffer.concat(parts.map((part) => (typeof part === "number" ? Buffer.from([part]) : part)));
const G = (data) => { const out = hash("sha3-512", data); return [out.subarray(0, 32), out.subarray(32)]; };
const H = (data) => hash("sha3-256", data);
const mod = (number) => ((number % Q) + Q) % Q;
const each = (count, make) => Array.from({ length: count }, (_, i) => make(i));

// -- polynomials: arrays of 256 numbers below Q
const reversed = (i) => parseInt(i.toString(2).padStart(7, "0").split("").reverse().join(""), 2);
const power = (exponent) => each(exponent, () => 17).reduce((product, base) => (product * base) % Q, 1);
const ZETAS = each(128, (i) => power(reversed(i)));
const GAMMAS = each(128, (i) => power(2 * reversed(i) + 1));
const add = (a, b) => a.map((x, i) => mod(x + b[i]));
const subtract = (a, b) => a.map((x, i) => mod(x - b[i]));
function ntt(f) { // algorithm 9
  const out = [...f];
  for (let length = 128, i = 1; length >= 2; length /= 2)
    for (let start = 0; start < 256; start += 2 * length, i++)
      for (let j = start; j < start + length; j++) {
        const t = (ZETAS[i] * out[j + length]) % Q;
        [out[j], out[j + length]] = [mod(out[j] + t), mod(out[j] - t)];
      }
  return out;
}
function inverse(f) { // algorithm 10
  const out = [...f];
  for (let length = 2, i = 127; length <= 128; length *= 2)
    for (let start = 0; start < 256; start += 2 * length, i--)
      for (let j = start; j < start + length; j++) {
        const [low, high] = [out[j], out[j + length]];
        [out[j], out[j + length]] = [mod(low + high), mod(ZETAS[i] * (high - low))];
      }
  return out.map((x) => (x * 3303) % Q);
}
const multiply = (f, g) => // algorithm 11
  each(256, (i) => {
    const j = i & ~1, odd = (f[j + 1] * g[j + 1]) % Q;
    return i % 2 ? (f[j] * g[i] + f[i] * g[j]) % Q : (f[j] * g[j] + odd * GAMMAS[i >> 1]) % Q;
  });
const dot = (row, column) => row.map((f, i) => multiply(f, column[i])).reduce(add);

// -- bytes and polynomials
const bitsOf = (bytes) => [...bytes].flatMap((byte) => each(8, (i) => (byte >> i) & 1));
const numberOf = (bits) => bits.reduce((sum, bit, at) => sum + (bit << at), 0);
const numbersOf = (all, bits) =>
  each(all.length / bits, (i) => numberOf(all.slice(i * bits, (i + 1) * bits)));
const decode = (bits, bytes) => numbersOf(bitsOf(bytes), bits); // algorithm 6
const encode = (bits, f) => // algorithm 5
  Buffer.from(numbersOf(f.flatMap((x) => each(bits, (i) => (x >> i) & 1)), 8));
const compress = (bits, f) => f.map((x) => Math.floor((x * 2 ** bits + (Q - 1) / 2) / Q) % 2 ** bits);
const decompress = (bits, f) => f.map((x) => Math.floor((x * Q + 2 ** (bits - 1)) / 2 ** bits));
const pieces = (data, size) => each(data.length / size, (i) => data.subarray(i * size, (i + 1) * size));
function uniform(seed) { // algorithm 7
  const out = [], stream = hash("shake128", seed, 2048);
  for (let i = 0; out.length < 256; i += 3) {
    const [a, b, c] = stream.subarray(i, i + 3);
    out.push(...[a + 256 * (b % 16), (b >> 4) + 16 * c].filter((number) => number < Q));
  }
  return out.slice(0, 256);
}
function small(seed, n) { // algorithm 8
  const bits = bitsOf(hash("shake256", cat(seed, n), 64 * ETA));
  return each(256, (i) => mod(bits[4 * i] + bits[4 * i + 1] - bits[4 * i + 2] - bits[4 * i + 3]));
}
const matrix = (rho) => each(K, (i) => each(K, (j) => uniform(cat(rho, j, i))));

// -- K-PKE and ML-KEM
export function keygen(seed) { // of d and z; algorithms 13 and 16
  const [rho, sigma] = G(cat(seed.subarray(0, 32), K));
  const s = each(K, (i) => ntt(small(sigma, i))), e = each(K, (i) => ntt(small(sigma, K + i)));
  const t = matrix(rho).map((row, i) => add(dot(row, s), e[i]));
  return { publicKey: cat(...t.map((f) => encode(12, f)), rho), s, z: seed.subarray(32) };
}
function encrypt(publicKey, m, r) { // algorithm 14
  const t = pieces(publicKey.subarray(0, 384 * K), 384).map((part) => decode(12, part));
  const a = matrix(publicKey.subarray(384 * K));
  const y = each(K, (i) => ntt(small(r, i)));
  const u = each(K, (i) => add(inverse(dot(a.map((row) => row[i]), y)), small(r, K + i)));
  const v = add(add(inverse(dot(t, y)), small(r, 2 * K)), decompress(1, decode(1, m)));
  return cat(...u.map((f) => encode(DU, compress(DU, f))), encode(DV, compress(DV, v)));
}
export function encapsulate(publicKey, m) { // algorithm 17
  const [secret, r] = G(cat(m, H(publicKey)));
  return { secret, ciphertext: encrypt(publicKey, m, r) };
}
export function decapsulate({ publicKey, s, z }, ciphertext) { // algorithms 15 and 18
  const parts = pieces(ciphertext.subarray(0, 32 * DU * K), 32 * DU);
  const u = parts.map((part) => decompress(DU, decode(DU, part)));
  const v = decompress(DV, decode(DV, ciphertext.subarray(32 * DU * K)));
  const m = encode(1, compress(1, subtract(v, inverse(dot(s, u.map(ntt))))));
  const [secret, r] = G(cat(m, H(publicKey)));
  return encrypt(publicKey, m, r).equals(ciphertext) ? secret : hash("shake256", cat(z, ciphertext), 32);
}
