// A link of a client, in suite gcm: lines, both sides of the handshake, records; and the login.
import crypto from "node:crypto";
import net from "node:net";
import {
  NOTHING, Symmetric, cat, dh, lp, openGcm, pack, padded, publicOf, rekey, sealer, text, unpack,
} from "./chatd.mjs";
import { decapsulate, encapsulate, keygen } from "./mlkem.mjs";

const DIRECT = "Noise_XXhfs+psk0_25519+MLKEM768_AESGCM_SHA256";
const SERVER = "Noise_XXhfs_25519+MLKEM768_AESGCM_SHA256";

export class Link {
  constructor(host, port) {
    this.buffer = Buffer.alloc(0);
    this.wake = () => {};
    this.socket = net.connect(Number(port), host);
    this.socket.on("error", (error) => console.log(error.code));
    this.socket.on("close", () => { this.isGone = true; this.wake(); });
    this.socket.on("data", (data) => { this.buffer = cat(this.buffer, data); this.wake(); });
  }

  // -- lines, and then records
  async take(length) { // so many bytes, or those up to CR LF
    for (;;) {
      const end = length ?? this.buffer.indexOf("\r\n") + 2;
      if (end >= 2 && this.buffer.length >= end) {
        const taken = this.buffer.subarray(0, end);
        this.buffer = this.buffer.subarray(end);
        return taken;
      }
      if (this.isGone) throw new Error("cut off");
      await new Promise((resolve) => (this.wake = resolve));
    }
  }
  async line() {
    return (await this.take()).subarray(0, -2).toString();
  }
  async noise() { // the message in the next line
    return Buffer.from((await this.line()).split(" ")[1], "base64");
  }
  write(...parts) {
    const word = (part) => (Buffer.isBuffer(part) ? part.toString("base64") : part);
    this.socket.write(parts.map(word).join(" ") + "\r\n");
  }
  sendUnder(key) {
    this.sealer = sealer("gcm", key);
    this.sealer.next();
  }
  hearUnder(key) {
    [this.key, this.n] = [key, 0];
  }
  under(ours, theirs) { // the keys of Split: the initiator's is the first
    this.sendUnder(ours);
    this.hearUnder(theirs);
  }
  say(...message) {
    this.socket.write(this.sealer.next(padded(0, pack(message))).value);
  }
  async hear() { // the next message
    const length = (await this.take(3)).readUIntBE(0, 3);
    const plaintext = openGcm(this.key, this.n++, NOTHING, await this.take(length));
    this.key = rekey("gcm", this.key);
    return unpack(plaintext.subarray(4, 4 + plaintext.readUIntBE(1, 3)))[0];
  }
  end() {
    this.socket.end();
  }
}

export class Initiator {
  constructor(s, prologue, psk) {
    this.state = new Symmetric({ protocol: psk ? DIRECT : SERVER, suite: "gcm", prologue, psk });
    [this.s, this.e, this.kem] = [s, crypto.randomBytes(32), keygen(crypto.randomBytes(64))];
  }
  m1() {
    this.state.mixEphemeral(publicOf(this.e));
    return cat(publicOf(this.e), this.state.encrypt(this.kem.publicKey), this.state.encrypt(NOTHING));
  }
  readM2(m2) { // the responder's static key
    const re = m2.subarray(0, 32), state = this.state;
    this.re = re;
    state.mixEphemeral(re);
    state.mixKey(dh(this.e, re));
    state.mixKey(decapsulate(this.kem, state.decrypt(m2.subarray(32, 1136))));
    const rs = state.decrypt(m2.subarray(1136, 1184));
    state.mixKey(dh(this.e, rs));
    state.decrypt(m2.subarray(1184));
    return rs;
  }
  m3() {
    const shown = this.state.encrypt(publicOf(this.s));
    this.state.mixKey(dh(this.s, this.re));
    return cat(shown, this.state.encrypt(NOTHING));
  }
}

export class Responder {
  constructor(s, prologue, psk) {
    this.state = new Symmetric({ protocol: psk ? DIRECT : SERVER, suite: "gcm", prologue, psk });
    [this.s, this.e] = [s, crypto.randomBytes(32)];
  }
  readM1(m1) { // its parts are bare where there is no PSK
    const end = this.state.psk ? 1232 : 1216;
    this.re = m1.subarray(0, 32);
    this.state.mixEphemeral(this.re);
    this.kem = this.state.decrypt(m1.subarray(32, end));
    this.state.decrypt(m1.subarray(end));
  }
  m2() {
    const state = this.state, e = publicOf(this.e);
    state.mixEphemeral(e);
    state.mixKey(dh(this.e, this.re));
    const { ciphertext, secret } = encapsulate(this.kem, crypto.randomBytes(32));
    const ekem1 = state.encrypt(ciphertext);
    state.mixKey(secret);
    const shown = state.encrypt(publicOf(this.s));
    state.mixKey(dh(this.s, this.re));
    return cat(e, ekem1, shown, state.encrypt(NOTHING));
  }
  readM3(m3) { // the initiator's static key
    const rs = this.state.decrypt(m3.subarray(0, 48));
    this.state.mixKey(dh(this.e, rs));
    this.state.decrypt(m3.subarray(48));
    return rs;
  }
}

// Opens a server link and says `login`; what the server answers is for the caller to read.
export async function login(host, port, name, key) {
  const link = new Link(host, port), door = crypto.randomBytes(58);
  const greeting = await link.line();
  const prologue = cat(text("chatd/1 server\0"), ...[text(greeting), text("gcm"), door].map(lp));
  const noise = new Initiator(key, prologue);
  link.write("NOISE gcm", noise.m1(), door);
  const server = noise.readM2(await link.noise());
  link.write("NOISE", noise.m3());
  link.under(...noise.state.split());
  link.say("login", name, false, []);
  const identity = cat(Buffer.from([1]), server);
  const hash = crypto.createHash("sha256").update(identity).digest("base64");
  return { link, identity, fingerprint: "SHA256:" + hash.replace("=", "") };
}
