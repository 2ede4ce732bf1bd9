import { makeHandshake } from '@peekaboo/shared/proof';
import { openIssuer } from '../../apps/signal/src/identity/issuer.ts';
import { mintCredentials } from '../../apps/signal/src/identity/mint.ts';
import { RawSocket } from './raw-socket.ts';

/*
 * A process that floods signal until it is killed: `flood.ts asks|connections URL DATA-FOLDER ADDRESS`. Reports every second how many
 * were sent. It has a good pass: what it does is what any parent could.
 */

const [kind, url = '', dataFolder = '', address] = process.argv.slice(2);
const perSecond = 10_000;
const everyMs = 10;
const now = Date.now();
const claims = {
  sub: 'g_FLOODFLOODFLOODF',
  role: 'guardian',
  nursery: 'willow-house',
  rooms: ['sunflowers', 'bluebells'],
  validForSeconds: 600,
} as const;
const credentials = await mintCredentials(await openIssuer(dataFolder), { ...claims, rooms: [...claims.rooms] }, now);
const handshake = () => makeHandshake(credentials, `${url}/guardian`, Date.now());

let sent = 0;
setInterval(() => {
  process.send?.({ sent });
  sent = 0;
}, 1_000);
if (kind === 'asks') await floodAsks();
else floodConnections();

/** Ten thousand asks to join a second, over as many connections as one guardian may have. */
async function floodAsks(): Promise<void> {
  const sockets = Array.from({ length: 20 }, () => new RawSocket(url, address));
  for (const socket of sockets) {
    await socket.opened();
    socket.signIn('/guardian', await handshake());
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  const began = performance.now();
  let id = 0;
  setInterval(() => {
    for (const due = ((performance.now() - began) * perSecond) / 1_000; id < due; ) {
      const socket = sockets[id % sockets.length] as RawSocket;
      id += 1;
      sent += 1;
      socket.send(`42/guardian,${id}["watch",{"room":"sunflowers"}]`);
    }
  }, everyMs);
}

/** As many connections as it can make, each with the same good pass and proof. */
function floodConnections(): void {
  const open: RawSocket[] = [];
  let auth: object = {};
  const renew = async () => (auth = await handshake());
  setInterval(() => void renew(), 200);
  setInterval(() => {
    for (let count = 0; count < 10; count += 1) {
      const socket = new RawSocket(url, address);
      sent += 1;
      open.push(socket);
      void socket.opened().then((is) => is && socket.signIn('/guardian', auth));
      if (open.length > 1_000) open.shift()?.close();
    }
  }, everyMs);
}
