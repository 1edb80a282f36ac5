// Waits until somebody asks, and says back what they say:  node talk.mjs HOST PORT NAME
// A guest on a relayed link, with a key for once. It answers no renewal, and looks for no other link.
import crypto from "node:crypto";
import { bin, cat, expand, hmac, lp, pack, publicOf, text, unpack } from "./chatd.mjs";
import { Initiator, Link, login } from "./link.mjs";

const [host, port, name] = process.argv.slice(2);
const key = crypto.randomBytes(32), secret = crypto.randomBytes(32);
const hex = (data) => ({ hex: data.toString("hex") });
const told = (what) => console.log(JSON.stringify(what));

// -- at the server
const { link: server, identity } = await login(host, port, name, key);
async function heard(tag) { // the next message with this tag
  for (;;) {
    const message = await server.hear();
    if (message[0] === tag) return message;
  }
}
const [, ours] = await heard("welcome");
told(["here", ours]);
const [, id, asker, askerKey] = await heard("request");
const offer = pack(["offer", hex(secret), ["gcm"], ["relay-only"]]);
server.say("accept", id, hex(offer), ["none", 1, []]);
const [, , theirs, theirKey, theirOffer, , , [at, ticket, owner]] = await heard("go");
if (theirs !== asker || theirKey.hex !== askerKey.hex || at !== null) throw new Error("another");
server.end();

// -- what both make of the introduction
const hostSecret = unpack(bin(theirOffer.hex))[0][1].hex;
const input = hmac("sha256", bin(id.hex), cat(bin(hostSecret), secret));
const keys = expand("sha256", input, "chatd/1 peer", 48);
const us = cat(Buffer.from([1]), publicOf(key));
const parts = [identity, bin(id.hex), text(theirs), bin(theirKey.hex), text(ours), us, bin(theirOffer.hex), offer];
const prologue = cat(text("chatd/1 peer\0"), ...parts.map(lp), lp(text("gcm")));

// -- at the relay, which is the server
const link = new Link(host, port);
const greeting = await link.line();
const proof = hmac("sha256", bin(owner.hex), cat(text("chatd/1 relay link"), text(greeting)));
link.write("RELAY", cat(bin(ticket.hex), proof));
if ((await link.line()) !== "RELAYED") throw new Error("no room");
const noise = new Initiator(key, prologue, keys.subarray(0, 32));
link.write("NOISE", noise.m1());
if ((await link.line()) !== `KNOCK ${keys.toString("base64", 32)}`) throw new Error("a stranger");
const found = noise.readM2(Buffer.from((await link.line()).split(" ")[1], "base64"));
if (found.toString("hex") !== theirKey.hex.slice(2)) throw new Error("wrong-key");
link.write("NOISE", noise.m3());
link.under(noise.state.split());
link.say("take", 1, 0);

// -- the conversation
let taken = 0;
for (;;) {
  const [tag, value, , , said] = await link.hear();
  if (tag === "text" && value === taken + 1) {
    link.say("ack", (taken += 1));
    link.say("text", taken, null, "text", said.toUpperCase());
    told(["text", said]);
  } else if (tag === "ping") link.say("pong", value);
  else if (tag === "close") {
    told(["close", value]);
    break;
  }
}
link.end();
