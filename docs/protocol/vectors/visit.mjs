// Logs in at a server, searches for a name, and leaves:  node visit.mjs HOST PORT NAME WHOM
// The smallest client that there is: a key for once, no token, and no check of the server's key.
import crypto from "node:crypto";
import { login } from "./link.mjs";

const [host, port, name, whom] = process.argv.slice(2);
const { link, fingerprint } = await login(host, port, name, crypto.randomBytes(32));
console.log(`CHATD/2 ${fingerprint}`);
link.say("search", whom);
for (let answers = 0; answers < 2; answers++) console.log(JSON.stringify(await link.hear()));
link.say("close", "left");
link.end();
