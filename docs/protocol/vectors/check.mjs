// Computes the vectors beside it once more, with nothing but Node (18 or later):  node check.mjs
import assert from "node:assert/strict";
import crypto from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import {
  NOTHING, SUITES, bin, card, cat, cbcKeys, expand, half, handshake, hmac, isName, lp, pack, packed, padded,
  publicOf, rekey, sealer, sha256, siv, text, uint, unpack, xor,
} from "./chatd.mjs";
import { blake3, derived } from "./blake3.mjs";
import { decapsulate, encapsulate, keygen } from "./mlkem.mjs";

const read = (name) => JSON.parse(fs.readFileSync(new URL(`${name}.json`, import.meta.url)));
let checked = 0;
const same = (got, wanted) => {
  assert.deepEqual(Buffer.isBuffer(got) ? got.toString("hex") : got, wanted);
  checked += 1;
};

{
  const known = read("kem"), pair = keygen(bin(known.seed));
  const made = encapsulate(bin(known.public), bin(known.randomness));
  const damaged = bin(known.ciphertext);
  damaged[0] ^= 1;
  same(pair.publicKey, known.public);
  same(made.ciphertext, known.ciphertext);
  same(made.secret, known.shared_secret);
  same(decapsulate(pair, made.ciphertext), known.shared_secret);
  same(decapsulate(pair, damaged), known.secret_of_damaged);
}
for (const vector of read("handshakes")) {
  const { messages, keys } = handshake(vector, bin(read("kem").public));
  messages.forEach(({ message, hash, ck }, i) => {
    same(message, vector.messages[i].message);
    same(hash, vector.messages[i].hash);
    same(ck, vector.messages[i].chaining_key);
  });
  keys.forEach((key, i) => same(key, vector.keys[i]));
  for (const side of [vector.initiator, vector.responder])
    for (const use of ["static", "ephemeral"])
      same(publicOf(bin(side[`${use}_private`])), side[`${use}_public`]);
  ["initiator", "responder"].forEach((side, i) => {
    const seal = sealer(vector.suite, keys[i]);
    seal.next();
    for (const { body, record } of vector.records[side])
      same(seal.next(padded(0, bin(body))).value, record);
  });
  const [{ hash, ck }] = messages.slice(-1);
  if (vector.link !== "server")
    same(hmac("sha256", ck, cat(text("chatd/1 resume"), hash)), vector.resume_secret);
  if (vector.link === "renewal")
    same(cat(text("chatd/1 again\0"), bin(vector.hash_before)), vector.prologue);
  if (vector.link === "server") {
    const [greeting, , suite, , door] = [vector.lines[0], ...vector.lines[1].split(" ")];
    const parts = [text(greeting), text(suite), Buffer.from(door, "base64")].map(lp);
    same(cat(text("chatd/1 server\0"), ...parts), vector.prologue);
  }
  const shown = vector.lines?.slice(1).map((line) => line.split(" ").find((s) => s.length > 64));
  (shown ?? []).forEach((m, at) => same(Buffer.from(m, "base64"), vector.messages[at].message));
}
{
  const { list, files, root, left_out, chunk } = read("files"), none = Buffer.alloc(32);
  same(pack(list.entries), list.piece);
  same(blake3(bin(list.piece)), list.digest);
  const roots = files.map((vector) => {
    const content = Buffer.from(Array.from({ length: vector.size }, (_, i) => i % 251));
    const starts = Array.from({ length: Math.ceil(vector.size / 2 ** 20) }, (_, i) => i * 2 ** 20);
    const hashes = starts.map((at) => blake3(content.subarray(at, at + 2 ** 20)));
    hashes.forEach((hash, i) => same(hash, vector.hashes[i]));
    const chain = hashes.reduce((before, hash) => derived("chatd/2 blocks", cat(before, hash)), none);
    const made = derived("chatd/2 file", cat(uint(vector.size, 8), chain));
    same(chain, vector.chain);
    same(made, vector.root);
    return made;
  });
  const all = roots.reduce((before, one) => derived("chatd/2 files", cat(before, one)), none);
  same(all, root);
  same(derived("chatd/2 files", cat(all, none)), left_out);
  same(cat(uint(chunk.stream, 4), uint(chunk.run, 4), ...chunk.pieces.map(bin)), chunk.body);
}
for (const { key, mac_key, enc_key, iv_of_nonce_0 } of [read("suites").cbc_keys])
  cbcKeys(bin(key), 0).forEach((part, i) => same(part, [mac_key, enc_key, iv_of_nonce_0][i]));
for (const { suite, key, n, ad, plaintext, ciphertext, rekey: next } of read("suites").encrypted) {
  same(SUITES[suite](bin(key), n, bin(ad), bin(plaintext)), ciphertext);
  same(rekey(suite, bin(key)), next);
}
for (const { suite, key, kind, body, plaintext, record } of read("records").records) {
  const seal = sealer(suite, bin(key));
  seal.next();
  same(padded(kind, bin(body)), plaintext);
  same(seal.next(bin(plaintext)).value, record);
}
for (const { plaintext } of read("records").refused) {
  const length = bin(plaintext).readUIntBE(1, 3);
  const kind = bin(plaintext)[0];
  const again = kind < 2 ? padded(kind, bin(plaintext).subarray(4, 4 + length)) : NOTHING;
  same(again.toString("hex") === plaintext, false);
}


// -- introductions, proofs, identities, cards
for (const known of read("introductions")) {
  const [host, guest] = [known.host, known.guest];
  const names = (side) => [text(side.name), bin(side.identity)];
  const parts = [bin(known.server), bin(known.id), ...names(host), ...names(guest),
    bin(host.offer), bin(guest.offer), text(known.suite)];
  same(cat(text("chatd/1 peer\0"), ...parts.map(lp)), known.prologue);
  const secrets = cat(bin(host.secret), bin(guest.secret), bin(known.proof_secret));
  const keys = expand("sha256", hmac("sha256", bin(known.id), secrets), "chatd/1 peer", 48);
  same(keys.subarray(0, 32), known.psk);
  same(keys.subarray(32), known.knock);
  same("KNOCK " + keys.subarray(32).toString("base64"), known.knock_line);
}
for (const { secret, key_id, server, asker, asked, count, proof } of read("proofs")) {
  const id = sha256(cat(text("chatd/1 ask id"), bin(secret))).subarray(0, 8);
  const bound = [server, asker, asked].map((identity) => lp(bin(identity)));
  const mac = hmac("sha256", bin(secret), cat(text("chatd/1 ask"), ...bound, uint(count, 4)));
  same(id, key_id);
  same(cat(id, uint(count, 4), mac), proof);
}
for (const known of read("identities").identities) {
  same(publicOf(bin(known.private)), known.public);
  same("01" + known.public, known.identity);
  const hash = sha256(bin(known.identity)).toString("base64").replace(/=+$/, "");
  same("SHA256:" + hash, known.fingerprint);
  same(half(known.identity), known.digits);
}
for (const { one, other, number } of read("identities").safety_numbers)
  same([one, other].sort().map(half).join(""), number);
const P = 2n ** 255n - 19n;
const LOW = [0n, 1n, P - 1n, 325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n];
for (const { public: key } of read("identities").refused) {
  const number = BigInt("0x" + bin(key).reverse().toString("hex"));
  same(key.length !== 64 || number >= P || LOW.includes(number), true);
}
for (const wanted of read("cards").accepted) same(card(wanted.card), wanted);
for (const { card: line } of read("cards").refused) same(card(line), null);
for (const { typed, name } of read("names").accepted) same(isName(name) && typed.toLowerCase(), name);
for (const { typed } of read("names").refused)
  same(/^[\0-\x7f]*$/.test(typed) && isName(typed.toLowerCase()), false);


// -- what is made under seeds
for (const known of [read("door"), read("relay")]) {
  let seed = bin(known.seed);
  same((seed = expand("sha256", seed, "chatd/1 next", 32)), known.next_seed);
  for (let i = 1; i < 3; i++) seed = expand("sha256", seed, "chatd/1 next", 32);
  same(seed, known.seed_after_three);
}
{
  const known = read("door"), seed = bin(known.seed);
  const doorKey = expand("sha256", seed, "chatd/1 door", 64);
  const voucherKey = expand("sha256", seed, "chatd/1 seen", 32);
  same(doorKey, known.door_key);
  same(voucherKey, known.voucher_key);
  for (const { rank, run, number, identity, token } of known.tokens)
    same(siv(doorKey, cat(uint(rank, 1), uint(run, 4), uint(number, 4), bin(identity))), token);
  for (const { address, port, time, random, commitment, voucher, lines } of known.vouchers) {
    same(sha256(cat(text("chatd/1 seen commit"), bin(random))), commitment);
    const said = cat(packed(address), uint(port, 2), uint(time, 4));
    const mac = hmac("sha256", voucherKey, cat(text("chatd/1 seen"), said, bin(commitment)));
    same(cat(said, mac.subarray(0, 16)), voucher);
    same([commitment, voucher].map((each) => "SEEN " + bin(each).toString("base64")), lines);
  }
  for (const { nonce, address, port, seen } of known.seen) {
    const mask = sha256(cat(text("chatd/1 seen mask"), bin(nonce))).subarray(0, 18);
    same(cat(bin(nonce), xor(cat(packed(address), uint(port ?? 0, 2)), mask)), seen);
  }
}
{
  const known = read("relay"), k = bin(known.seed), key = expand("sha256", k, "chatd/1 relay ticket", 64);
  same(key, known.ticket_key);
  const mac = (label, data) => hmac("sha256", k, cat(text(`chatd/1 relay ${label}`), data));
  for (const each of known.tickets) {
    same(mac("pair", bin(each.introduction)).subarray(0, 16), each.pair);
    same(mac("person", bin(each.identity)).subarray(0, 8), each.person);
    const fields = cat(uint(each.expiry, 4), bin(each.pair), bin(each.person), uint(each.side, 1));
    const ticket = siv(key, fields), secret = mac("owner", ticket);
    same(ticket, each.ticket);
    same(secret, each.secret);
    const proof = hmac("sha256", secret, cat(text("chatd/1 relay link"), text(each.greeting)));
    same("RELAY " + cat(ticket, proof).toString("base64"), each.line);
  }
}


// -- messages, lines, addresses
for (const { body, message } of read("messages").accepted) same(pack(message), body);
for (const kind of ["accepted", "longer"])
  for (const { body, message } of read("messages")[kind]) same(unpack(bin(body)), [message, NOTHING]);

// -- lines and addresses
const sized = (size) => (parts) => {
  const data = Buffer.from(parts.at(-1), "base64");
  return data.toString("base64") === parts.at(-1) && (size === null || data.length === size);
};
const labels = (most) => (part) =>
  part.split(",").length <= most && part.split(",").every((label) => /^[a-z0-9]{1,16}$/.test(label));
const READERS = {
  greeting: ["CHATD/2", 3, (parts) => labels(16)(parts[1]) && sized(34)(parts)],
  first: ["NOISE", 4, (parts) => labels(1)(parts[1]) && sized(null)(parts.slice(0, 3)) && sized(58)(parts)],
  noise: ["NOISE", 2, sized(null)],
  relay: ["RELAY", 2, sized(77)],
  commitment: ["SEEN", 2, sized(32)],
  voucher: ["SEEN", 2, sized(38)],
};
for (const { reader, line, why } of read("lines").lines) {
  const [word, count, check] = READERS[reader], parts = line.split(" ");
  same(parts[0] === word && parts.length === count && check(parts), why === null);
}
const KINDS = [
  ["unusable", "100.100.100.200/32 168.63.129.16/32 fd00:ec2::254/128 fd20:ce::254/128"],
  ["loopback", "127.0.0.0/8 ::1/128"],
  ["link-local", "169.254.0.0/16 fe80::/10"],
  ["private", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7"],
  ["unusable", "0.0.0.0/8 192.0.0.0/24 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 192.88.99.0/24"],
  ["unusable", "198.18.0.0/15 224.0.0.0/4 240.0.0.0/4 2001::/23 2001:db8::/32 3fff::/20 2002::/16"],
  ["global", "0.0.0.0/0 2000::/3"],
].map(([kind, networks]) => {
  const list = new net.BlockList();
  for (const [network, bits] of networks.split(" ").map((each) => each.split("/")))
    list.addSubnet(network, Number(bits), net.isIPv4(network) ? "ipv4" : "ipv6");
  return [kind, list];
});
const kindOf = (address) => {
  const family = net.isIPv4(address) ? "ipv4" : "ipv6";
  return KINDS.find(([, list]) => list.check(address, family))?.[0] ?? "unusable";
};
for (const { canonical, kind } of read("addresses").read) same(kindOf(canonical), kind);
for (const { address } of read("addresses").refused)
  same(net.isIP(address) !== 0 && !address.includes("%"), false);
for (const { address, is_one } of read("addresses").onions) {
  const alphabet = "abcdefghijklmnopqrstuvwxyz234567", letters = [...address.slice(0, 56)];
  const bits = letters.map((c) => alphabet.indexOf(c).toString(2).padStart(5, "0")).join("");
  const data = letters.every((c) => alphabet.includes(c)) ? uint(BigInt("0b" + bits), 35) : Buffer.alloc(35);
  const input = cat(text(".onion checksum"), data.subarray(0, 32), bin("03"));
  const sum = crypto.createHash("sha3-256").update(input).digest().subarray(0, 2);
  const wanted = cat(data.subarray(0, 32), sum, bin("03"));
  same(address.length === 62 && address.endsWith(".onion") && data.equals(wanted), is_one);
}
console.log(`${checked} values are as they are written`);
