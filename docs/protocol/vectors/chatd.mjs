// What chatd computes with, in other words than the project's own: keys, suites, records, handshakes, forms.
import crypto from "node:crypto";
import net from "node:net";

export const bin = (hex) => Buffer.from(hex, "hex");
export const text = (string) => Buffer.from(string, "latin1");
export const cat = (...parts) => Buffer.concat(parts);
export const uint = (value, size) => bin(BigInt(value).toString(16).padStart(2 * size, "0"));
export const lp = (data) => cat(uint(data.length, 2), data);
export const sha256 = (data) => crypto.createHash("sha256").update(data).digest();
export const hmac = (hash, key, data) => crypto.createHmac(hash, key).update(data).digest();
export const xor = (a, b) => Buffer.from(a.map((byte, i) => byte ^ b[i]));

// -- keys (RFC 5869 and RFC 7748)
export function expand(hash, key, info, size) {
  let out = Buffer.alloc(0);
  for (let i = 1, last = out; out.length < size; i++) {
    last = hmac(hash, key, cat(last, text(info), uint(i, 1)));
    out = cat(out, last);
  }
  return out.subarray(0, size);
}
const noiseKeys = (ck, material, count) => {
  const out = expand("sha256", hmac("sha256", ck, material), "", 32 * count);
  return Array.from({ length: count }, (_, i) => out.subarray(32 * i, 32 * i + 32));
};
const privateKey = (raw) => crypto.createPrivateKey({ format: "der", type: "pkcs8",
  key: cat(bin("302e020100300506032b656e04220420"), raw) });
export const publicOf = (raw) => crypto.createPublicKey(privateKey(raw))
  .export({ format: "der", type: "spki" }).subarray(12);
export const dh = (secret, other) => crypto.diffieHellman({ privateKey: privateKey(secret),
  publicKey: crypto.createPublicKey({ format: "der", type: "spki",
    key: cat(bin("302a300506032b656e032100"), other) }) });

// -- the two suites
const aes = (mode, key, iv, data, padding = true) => {
  const cipher = crypto.createCipheriv(`aes-${key.length * 8}-${mode}`, key, iv);
  return cat(cipher.setAutoPadding(padding).update(data), cipher.final());
};
export const SUITES = {
  gcm: (key, n, ad, plaintext) => {
    const cipher = crypto.createCipheriv("aes-256-gcm", key, uint(n, 12)).setAAD(ad);
    return cat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
  },
  cbc: (key, n, ad, plaintext) => {
    const [mac, enc, iv] = cbcKeys(key, n);
    const ciphertext = aes("cbc", enc, iv, plaintext);
    const signed = cat(ad, iv, ciphertext, uint(8 * ad.length, 8));
    return cat(ciphertext, hmac("sha512", mac, signed).subarray(0, 32));
  },
};
export const openGcm = (key, n, ad, data) => {
  const cipher = crypto.createDecipheriv("aes-256-gcm", key, uint(n, 12)).setAAD(ad);
  cipher.setAuthTag(data.subarray(-16));
  return cat(cipher.update(data.subarray(0, -16)), cipher.final());
};
export const cbcKeys = (key, n) => {
  const keys = expand("sha512", key, "chatd/1 AES256CBC/HS512", 96);
  const iv = aes("ecb", keys.subarray(64), null, uint(n, 16), false);
  return [keys.subarray(0, 32), keys.subarray(32, 64), iv];
};
export const NOTHING = Buffer.alloc(0);
export const rekey = (suite, key) =>
  SUITES[suite](key, 2n ** 64n - 1n, NOTHING, Buffer.alloc(32)).subarray(0, 32);
export const padded = (kind, body) => {
  const plain = cat(uint(kind, 1), uint(body.length, 3), body);
  return cat(plain, Buffer.alloc((64 - (plain.length % 64)) % 64));
};
export function* sealer(suite, key) {
  let record;
  for (let n = 0; ; n++, key = rekey(suite, key)) {
    const plaintext = yield record;
    const ciphertext = SUITES[suite](key, n, NOTHING, plaintext);
    record = cat(uint(ciphertext.length, 3), ciphertext);
  }
}

// -- AES-SIV (RFC 5297) without associated data, over CMAC (RFC 4493)
const doubled = (block) => {
  const twice = (BigInt("0x" + block.toString("hex")) << 1n) & (2n ** 128n - 1n);
  return uint(block[0] & 128 ? twice ^ 135n : twice, 16);
};
function cmac(key, data) {
  const whole = data.length > 0 && data.length % 16 === 0;
  const one = doubled(aes("ecb", key, null, Buffer.alloc(16), false));
  const filled = whole ? data : cat(data, bin("80"), Buffer.alloc(15 - (data.length % 16)));
  const last = xor(filled.subarray(-16), whole ? one : doubled(one));
  return aes("cbc", key, Buffer.alloc(16), cat(filled.subarray(0, -16), last), false).subarray(-16);
}
export function siv(key, plaintext) { // of 16 bytes or more
  const [mac, ctr] = [key.subarray(0, 32), key.subarray(32)];
  const end = xor(plaintext.subarray(-16), cmac(mac, Buffer.alloc(16)));
  const v = cmac(mac, cat(plaintext.subarray(0, -16), end));
  const iv = Buffer.from(v);
  iv[8] &= 127;
  iv[12] &= 127;
  return cat(v, aes("ctr", ctr, iv, plaintext));
}

// -- handshakes (Noise, section 5.2, and HFS); `ck` is the chaining key
export class Symmetric {
  constructor({ protocol, suite, prologue, psk }) {
    this.h = this.ck = sha256(text(protocol));
    this.suite = suite;
    this.psk = psk;
    this.mixHash(prologue);
    if (!psk) return;
    let bound;
    [this.ck, bound, this.key] = noiseKeys(this.ck, psk, 3);
    this.n = 0;
    this.mixHash(bound);
  }
  mixHash(data) {
    this.h = sha256(cat(this.h, data));
  }
  mixKey(material) {
    [this.ck, this.key] = noiseKeys(this.ck, material, 2);
    this.n = 0;
  }
  mixEphemeral(key) {
    this.mixHash(key);
    if (this.psk) this.mixKey(key);
  }
  encrypt(plaintext) {
    const out = this.key ? SUITES[this.suite](this.key, this.n++, this.h, plaintext) : plaintext;
    this.mixHash(out);
    return out;
  }
  decrypt(ciphertext) {
    const out = this.key ? openGcm(this.key, this.n++, this.h, ciphertext) : ciphertext;
    this.mixHash(ciphertext);
    return out;
  }
  split() {
    return noiseKeys(this.ck, NOTHING, 2);
  }
}
// Both sides at once, where all keys are known.
export function handshake({ protocol, suite, prologue, psk, initiator: i, responder: r }, kemPublic) {
  const messages = [];
  const state = new Symmetric({ protocol, suite, prologue: bin(prologue), psk: psk && bin(psk) });
  const end = (...parts) => {
    const message = cat(...parts, state.encrypt(NOTHING));
    messages.push({ message, hash: state.h, ck: state.ck });
  };
  const [e, re] = [i, r].map((side) => publicOf(bin(side.ephemeral_private)));
  const [s, rs] = [i, r].map((side) => publicOf(bin(side.static_private)));
  state.mixEphemeral(e);
  end(e, state.encrypt(kemPublic));
  state.mixEphemeral(re);
  state.mixKey(dh(bin(i.ephemeral_private), re));
  const ekem1 = state.encrypt(bin(r.kem_ciphertext));
  state.mixKey(bin(r.kem_shared_secret));
  const shown = state.encrypt(rs);
  state.mixKey(dh(bin(i.ephemeral_private), rs));
  end(re, ekem1, shown);
  const last = state.encrypt(s);
  state.mixKey(dh(bin(i.static_private), re));
  end(last);
  return { messages, keys: state.split() };
}

// -- forms
export const half = (identity) => {
  const data = crypto.pbkdf2Sync(bin(identity), "chatd/1 safety number", 100_000, 30, "sha256");
  const group = (i) => String(data.readUIntBE(5 * i, 5) % 100_000).padStart(5, "0");
  return [0, 1, 2, 3, 4, 5].map(group).join("");
};
export function card(line) {
  const joined = line.replace(/[\s┆]/g, "");
  if (!/^chatd-card:[\w-]+$/.test(joined)) return null;
  const data = Buffer.from(joined.slice(11), "base64url"), body = data.subarray(0, -4);
  if (body.length < 106 || !sha256(body).subarray(0, 4).equals(data.subarray(-4))) return null;
  const name = body.subarray(106, 106 + body.readUInt16BE(104)).toString();
  const at = 106 + name.length;
  const server = body.subarray(at + 2, at + 2 + body.readUInt16BE(at)).toString();
  const whole = at + 2 + server.length === body.length && /^[!-~]+$/.test(server);
  if (body[0] !== 1 || body[1] > 1 || !whole || !isName(name)) return null;
  return { card: line, server, tls: body[1] === 1, server_key: body.toString("hex", 6, 39), name,
    identity: body.toString("hex", 39, 72), secret: body.toString("hex", 72, 104),
    expires: body.readUInt32BE(2) };
}
export const isName = (name) => /^[a-z0-9][a-z0-9_-]{0,31}$/.test(name) && !name.includes("\n");
export const packed = (address) => {
  if (address === null) return Buffer.alloc(16);
  if (net.isIPv4(address)) return cat(bin("00000000000000000000ffff"), Buffer.from(address.split(".")));
  const [left, right] = address.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = Array(8 - left.length - right.length).fill("0");
  return cat(...[...left, ...zeros, ...right].map((group) => uint(`0x${group}`, 2)));
};

// -- messages in the shortest forms of MessagePack
export function pack(value) {
  const head = (size, short, ...longer) => {
    if (short !== null && size < short[1]) return uint(short[0] + size, 1);
    const [code, width] = longer.find(([, width]) => size < 256 ** width);
    return cat(uint(code, 1), uint(size, width));
  };
  if (value === null) return bin("c0");
  if (typeof value === "boolean") return bin(value ? "c3" : "c2");
  if (typeof value === "number") return head(value, [0, 128], [0xcc, 1], [0xcd, 2], [0xce, 4], [0xcf, 8]);
  if (Array.isArray(value)) return cat(head(value.length, [0x90, 16], [0xdc, 2]), ...value.map(pack));
  if (value.hex !== undefined) return cat(head(value.hex.length / 2, null, [0xc4, 1], [0xc5, 2]), bin(value.hex));
  const utf8 = Buffer.from(value);
  return cat(head(utf8.length, [0xa0, 32], [0xd9, 1], [0xda, 2]), utf8);
}
export function unpack(body) { // the value, and the bytes behind it
  const code = body[0], rest = body.subarray(1);
  const sized = (width, make) => make(rest.readUIntBE(0, width), rest.subarray(width));
  const number = (value, behind) => [value, behind];
  const string = (length, data) => [data.subarray(0, length).toString(), data.subarray(length)];
  const bytes = (length, data) => [{ hex: data.toString("hex", 0, length) }, data.subarray(length)];
  const array = (length, data) => {
    const items = [];
    for (let item; items.length < length; items.push(item)) [item, data] = unpack(data);
    return [items, data];
  };
  if (code < 0x80) return [code, rest];
  if (code >= 0x90 && code < 0xa0) return array(code - 0x90, rest);
  if (code >= 0xa0 && code < 0xc0) return string(code - 0xa0, rest);
  switch (code) {
    case 0xc0: return [null, rest];
    case 0xc2: case 0xc3: return [code === 0xc3, rest];
    case 0xc4: case 0xc5: return sized(code - 0xc3, bytes);
    case 0xcc: case 0xcd: case 0xce: return sized(2 ** (code - 0xcc), number);
    case 0xcf: return [Number(rest.readBigUInt64BE()), rest.subarray(8)];
    case 0xd9: case 0xda: return sized(code - 0xd8, string);
    case 0xdc: return sized(2, array);
    default: throw new Error("malformed");
  }
}
