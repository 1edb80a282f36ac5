// Logs in at a server, searches for a name, and leaves:  node visit.mjs HOST PORT NAME WHOM
// The smallest client that there is: a key for once, suite gcm, no token, and no check of the server.
import crypto from "node:crypto";
import net from "node:net";
import {
  NOTHING, Symmetric, cat, dh, lp, openGcm, pack, padded, publicOf, rekey, sealer, text, unpack,
} from "./chatd.mjs";
import { decapsulate, keygen } from "./mlkem.mjs";

const [host, port, name, whom] = process.argv.slice(2);
const socket = net.connect(Number(port), host);
socket.on("error", (error) => console.log(error.code)).on("close", () => process.exit());

// -- bytes as they come
let buffer = Buffer.alloc(0), wake = () => {};
socket.on("data", (data) => {
  buffer = cat(buffer, data);
  wake();
});
async function take(length) { // of bytes, or up to CR LF
  for (;;) {
    const end = length ?? buffer.indexOf("\r\n") + 2;
    if (end >= 2 && buffer.length >= end) {
      const taken = buffer.subarray(0, end);
      buffer = buffer.subarray(end);
      return length ? taken : taken.subarray(0, -2).toString();
    }
    await new Promise((resolve) => (wake = resolve));
  }
}

// -- the handshake
const [e, s] = [crypto.randomBytes(32), crypto.randomBytes(32)];
const kem = keygen(crypto.randomBytes(64)), door = crypto.randomBytes(58);
const greeting = await take();
const prologue = cat(text("chatd/1 server\0"), ...[text(greeting), text("gcm"), door].map(lp));
const state = new Symmetric({ protocol: "Noise_XXhfs_25519+MLKEM768_AESGCM_SHA256", suite: "gcm", prologue });
const base64 = (data) => data.toString("base64");
state.mixEphemeral(publicOf(e));
const m1 = cat(publicOf(e), state.encrypt(kem.publicKey), state.encrypt(NOTHING));
socket.write(`NOISE gcm ${base64(m1)} ${base64(door)}\r\n`);
const m2 = Buffer.from((await take()).split(" ")[1], "base64");
const re = m2.subarray(0, 32);
state.mixEphemeral(re);
state.mixKey(dh(e, re));
state.mixKey(decapsulate(kem, state.decrypt(m2.subarray(32, 32 + 1104))));
const rs = state.decrypt(m2.subarray(1136, 1184));
state.mixKey(dh(e, rs));
state.decrypt(m2.subarray(1184));
const shown = state.encrypt(publicOf(s));
state.mixKey(dh(s, re));
socket.write(`NOISE ${base64(cat(shown, state.encrypt(NOTHING)))}\r\n`);

// -- records
let [up, down] = state.split(), n = 0;
const seal = sealer("gcm", up);
seal.next();
const say = (...message) => socket.write(seal.next(padded(0, pack(message))).value);
async function hear() { // the body of the next record
  const plaintext = openGcm(down, n++, NOTHING, await take((await take(2)).readUInt16BE()));
  down = rekey("gcm", down);
  return plaintext.subarray(3, 3 + plaintext.readUInt16BE(1));
}
const identity = crypto.createHash("sha256").update(cat(Buffer.from([1]), rs)).digest("base64");
console.log(`${greeting.split(" ")[0]} SHA256:${identity.replace("=", "")}`);
say("login", name, false, []);
say("search", whom);
for (let answers = 0; answers < 2; answers++) console.log(JSON.stringify(unpack(await hear())[0]));
say("close", "left");
