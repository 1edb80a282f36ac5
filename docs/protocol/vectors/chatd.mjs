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
const dh = (secret, other) => crypto.diffieHellman({ privateKey: privateKey(secret),
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
export const cbcKeys = (key, n) => {
  const keys = expand("sha512", key, "chatd/1 AES256CBC/HS512", 96);
  const iv = aes("ecb", keys.subarray(64), null, uint(n, 16), false);
  return [keys.subarray(0, 32), keys.subarray(32, 64), iv];
};
export const NOTHING = Buffer.alloc(0);
export const rekey = (suite, key) =>
  SUITES[suite](key, 2n ** 64n - 1n, NOTHING, Buffer.alloc(32)).subarray(0, 32);
export const padded = (kind, body) => {
  const plain = cat(uint(kind, 1), uint(body.length, 2), body);
  return cat(plain, Buffer.alloc((64 - (plain.length % 64)) % 64));
};
export function* sealer(suite, key) {
  let record;
  for (let n = 0; ; n++, key = rekey(suite, key)) {
    const plaintext = yield record;
    const ciphertext = SUITES[suite](key, n, NOTHING, plaintext);
    record = cat(uint(ciphertext.length, 2), ciphertext);
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

// -- handshakes: both sides at once, since all keys are known; `ck` is the chaining key
export function handshake({ protocol, suite, prologue, psk, initiator: i, responder: r }, kemPublic) {
  const messages = [];
  let h = sha256(text(protocol)), ck = h, key = null, n = 0;
  const mixHash = (data) => { h = sha256(cat(h, data)); };
  const mixKey = (material) => { [ck, key] = noiseKeys(ck, material, 2); n = 0; };
  const encrypt = (plaintext) => {
    const out = key ? SUITES[suite](key, n++, h, plaintext) : plaintext;
    mixHash(out);
    return out;
  };
  const ephemeral = (side) => {
    const key = publicOf(bin(side.ephemeral_private));
    mixHash(key);
    if (psk) mixKey(key);
    return key;
  };
  const end = (...parts) => messages.push({ message: cat(...parts, encrypt(NOTHING)), hash: h, ck });
  mixHash(bin(prologue));
  if (psk) {
    let bound;
    [ck, bound, key] = noiseKeys(ck, bin(psk), 3);
    mixHash(bound);
  }
  const e = ephemeral(i);
  end(e, encrypt(kemPublic));
  const re = ephemeral(r);
  mixKey(dh(bin(i.ephemeral_private), re));
  const ekem1 = encrypt(bin(r.kem_ciphertext));
  mixKey(bin(r.kem_shared_secret));
  const s = encrypt(publicOf(bin(r.static_private)));
  mixKey(dh(bin(i.ephemeral_private), publicOf(bin(r.static_private))));
  end(re, ekem1, s);
  const rs = encrypt(publicOf(bin(i.static_private)));
  mixKey(dh(bin(i.static_private), re));
  end(rs);
  return { messages, keys: noiseKeys(ck, NOTHING, 2) };
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
