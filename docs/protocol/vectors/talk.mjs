// Talks with whoever asks, or asks WHOM, and says back what they say:
//     node talk.mjs HOST PORT NAME [WHOM]
// On a relayed link, with a key for once. After the first text it renews the keys. At the text `cut` it breaks the
// link, and goes on over another one with the same keys.
import crypto from "node:crypto";
import { bin, cat, expand, hmac, lp, pack, publicOf, text, unpack } from "./chatd.mjs";
import { Initiator, Link, Responder, login } from "./link.mjs";

const [host, port, name, whom] = process.argv.slice(2);
const key = crypto.randomBytes(32), secret = crypto.randomBytes(32);
const hex = (data) => ({ hex: data.toString("hex") });
const told = (what) => console.log(JSON.stringify(what));

// -- at the server
const { link: server, identity } = await login(host, port, name, key);
async function heard(tag) { // the next message with this tag
  for (;;) {
    const message = await server.hear();
    if (message[0] === tag) return message.slice(1);
  }
}
const [us] = await heard("welcome");
told(["here", us]);
if (whom) server.say("request", whom, 300, null);
const [id, ...who] = await heard(whom ? "accepted" : "request");
const asked = who.slice(0, whom ? 1 : 2).reverse(); // the key, and the name of whoever asks
const offer = pack(["offer", hex(secret), ["gcm"], ["relay-only"]]);
server.say(whom ? "offer" : "accept", id, hex(offer), ["none", 1, []]);
const [, them, theirKey, theirOffer, , , [at, ticket, owner]] = await heard("go");
const isThem = theirKey.hex === asked[0].hex && them === (whom ?? asked[1]);
if (!isThem || at !== null) throw new Error("another one, or another relay");
server.end();

// -- what both make of the introduction
const [ours, theirs] = [
  { name: us, key: cat(Buffer.from([1]), publicOf(key)), offer, secret },
  { name: them, key: bin(theirKey.hex), offer: bin(theirOffer.hex) },
];
theirs.secret = bin(unpack(theirs.offer)[0][1].hex);
const [a, b] = whom ? [ours, theirs] : [theirs, ours];
const input = hmac("sha256", bin(id.hex), cat(a.secret, b.secret));
const keys = expand("sha256", input, "chatd/1 peer", 48);
const [psk, knock] = [keys.subarray(0, 32), keys.subarray(32)];
const parts = [text(a.name), a.key, text(b.name), b.key, a.offer, b.offer, text("gcm")];
const prologue = cat(text("chatd/1 peer\0"), ...[identity, bin(id.hex), ...parts].map(lp));

// -- at the relay, which is the server
let hash, renewal, theirNext; // of the newest handshake
let link, noise, took = 0, taken = 0, sent = 0, waiting = []; // of texts without an acknowledgement
const check = (found) => {
  if (!cat(Buffer.from([1]), found).equals(theirs.key)) throw new Error("wrong-key");
};
async function open() {
  link = new Link(host, port);
  const greeting = await link.line();
  const shown = cat(text("chatd/1 relay link"), text(greeting));
  link.write("RELAY", cat(bin(ticket.hex), hmac("sha256", bin(owner.hex), shown)));
  if ((await link.line()) !== "RELAYED") throw new Error("no room");
  if (whom) {
    noise = new Responder(key, prologue, psk);
    link.write("KNOCK", knock);
    noise.readM1(await link.noise());
    link.write("NOISE", noise.m2());
    check(noise.readM3(await link.noise()));
    link.under(...noise.state.split().reverse());
  } else {
    noise = new Initiator(key, prologue, psk);
    link.write("NOISE", noise.m1());
    if ((await link.line()) !== `KNOCK ${knock.toString("base64")}`) throw new Error("a stranger");
    check(noise.readM2(await link.noise()));
    link.write("NOISE", noise.m3());
    link.under(...noise.state.split());
    link.say("take", (took += 1), taken);
    waiting.forEach(send);
  }
  [hash, renewal] = [noise.state.h, null];
}
const send = ([number, words]) => link.say("text", number, null, "text", words);
function say(words) {
  waiting.push([(sent += 1), words]);
  send(waiting.at(-1));
}
const acknowledged = (upTo) => (waiting = waiting.filter(([number]) => number > upTo));

// -- new keys: the guest begins, or is asked to
function renew() {
  const again = cat(text("chatd/1 again\0"), hash);
  renewal = whom ? new Responder(key, again) : new Initiator(key, again);
  if (!whom) link.say("handshake", hex(renewal.m1()));
}
function handshake(message) {
  if (whom && !renewal) {
    renew();
    renewal.readM1(message);
    link.say("handshake", hex(renewal.m2()));
    return;
  }
  check(whom ? renewal.readM3(message) : renewal.readM2(message));
  if (!whom) link.say("handshake", hex(renewal.m3())); // the last under the old key
  const [guests, hosts] = renewal.state.split();
  hash = renewal.state.h;
  if (whom) {
    link.hearUnder(guests);
    link.say("switched"); // the last under the old key
    link.sendUnder(hosts);
    switched();
  } else {
    link.sendUnder(guests);
    theirNext = hosts;
  }
}
function switched() {
  if (!whom) link.hearUnder(theirNext);
  renewal = null;
  told(["renewed"]);
}

// -- the conversation
await open();
if (whom) waiting.push([(sent += 1), `hello ${them}`]); // sent when the guest has taken a link
for (;;) {
  const [tag, value, received, , said] = await link.hear().catch(() => ["broken"]);
  if (tag === "broken") {
    told(["broken"]);
    await open();
  } else if (tag === "take" && value > took) {
    took = value;
    acknowledged(received);
    link.say("ack", taken);
    waiting.forEach(send);
  } else if (tag === "text" && value === taken + 1) {
    link.say("ack", (taken += 1));
    say(said.toUpperCase());
    told(["text", said]);
    if (said === "cut") link.socket.destroy();
    else if (taken === 1 && whom) link.say("renew");
    else if (taken === 1) renew();
  } else if (tag === "ack") acknowledged(value);
  else if (tag === "ping") link.say("pong", value);
  else if (tag === "renew" && !renewal) renew();
  else if (tag === "handshake") handshake(bin(value.hex));
  else if (tag === "switched") switched();
  else if (tag === "close") {
    told(["close", value]);
    break;
  }
}
link.end();
