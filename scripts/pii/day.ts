import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { openInvite } from '@peekaboo/headless-viewer/invite';
import { connected, connectWith } from '@peekaboo/headless-viewer/socket';
import { ask } from '@peekaboo/shared/ask';
import { makeDeviceKey } from '@peekaboo/shared/device-key';
import { askForPass } from '@peekaboo/shared/pass-exchange';
import type { Credentials } from '@peekaboo/shared/proof';
import { staffAsks } from '@peekaboo/shared/wire';
import type { IdentityProvider } from '../../tests/support/identity-provider.ts';
import { StaffPage } from '../../tests/support/staff-page.ts';
import type { System } from '../../tests/support/system.ts';
import type { Canary } from './canaries.ts';
import type { Recorder } from './tap.ts';

export const people = [
  { name: 'Annegret Kanarienvogel', email: 'annegret.kanarienvogel@example.org' },
  { name: 'Bartholomew Birdsong', email: 'bartholomew.birdsong@example.org' },
];
const paths = [
  '/',
  '/staff',
  '/healthz',
  '/readyz',
  '/metrics',
  '/.well-known/jwks.json',
  '/.well-known/security.txt',
  '/assets/none.js',
  '/%zz',
  '/nothing',
];

/** The canaries that only this day brings forth: passes and invites. Those who hold them get them; nobody else may. */
export type Day = { secrets: Canary[]; asks: number };

/**
 * A day of a nursery, in a minute: families are invited, watch, are cut, lifted, removed; hours change; strangers knock; and people write names and
 * addresses wherever a text could be put.
 */
export async function liveThroughADay(system: System, record: Recorder, provider: IdentityProvider, families: number): Promise<Day> {
  const secrets: Canary[] = [];
  let asks = 0;
  const hide = (what: string, text: string | undefined) => text && secrets.push({ what, text });
  const hideCredentials = ({ pass }: Credentials) => {
    hide('a pass', pass);
    hide('the signature of a pass', pass.split('.')[2]);
  };
  const staffCredentials = await system.pass('staff', { validForSeconds: 3_600 });
  hideCredentials(staffCredentials);
  const staff = await StaffPage.connect(system.url, staffCredentials);
  record.listen('staff', staff.socket);
  /** Whether or not it is refused: what matters is what is kept of it. */
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    asks += 1;
    return work().catch(() => undefined);
  };

  for (let family = 0; family < families; family += 1) {
    const { name, email } = people[family % people.length] as (typeof people)[number];
    for (const reference of [name, email]) {
      await attempt(() => staff.socket.timeout(5_000).emitWithAck('invite', { role: 'guardian', rooms: ['sunflowers'], reference }));
    }
    const facts = { role: 'guardian', rooms: ['sunflowers', 'bluebells'], reference: `C-${family}` } as const;
    const { guardian, path } = await ask(staff.socket, staffAsks, 'invite', { ...facts, rooms: [...facts.rooms] }, 8_000);
    const invite = path.split('=')[1];
    const credentials = await openInvite(`${system.url}${path}`);
    if (invite) secrets.push({ what: 'an invite', text: invite, toldTo: 'staff' });
    hideCredentials(credentials);
    const renewed = await askForPass(system.url, credentials.key, {}, Date.now(), 8_000);
    hideCredentials({ ...credentials, pass: renewed.pass });

    const viewer = await HeadlessViewer.connect(system.url, credentials);
    record.listen(`guardian ${family}`, viewer.socket);
    await attempt(() => viewer.watch('bluebells'));
    await attempt(() => viewer.picture());
    for (const [ask, message] of [
      ['watch', { room: email }],
      ['watch', { room: 'bluebells', name }],
      ['leave', { view: email }],
      ['answer', { view: viewer.view, sdp: `v=0\r\ns=${name}\r\n`, proof: 'x.y.z' }],
      [email, { name }],
    ] as const) {
      await attempt(() => viewer.socket.timeout(5_000).emitWithAck(ask, message));
    }
    if (family % 4 === 0) {
      const receipt = await attempt(() => staff.cutRoom('bluebells'));
      if (receipt) await attempt(() => staff.lift(receipt.hold.id));
    }
    const terms = { guardian, rooms: ['bluebells'], hours: null, endsAt: null, reference: `C-${family}` };
    await attempt(() => ask(staff.socket, staffAsks, 'guardian.change', terms, 8_000));
    await attempt(() => ask(staff.socket, staffAsks, 'guardian.change', { ...terms, reference: name }, 8_000));
    if (family % 5 === 0)
      await attempt(() => ask(staff.socket, staffAsks, 'guardian.remove', { guardian, reason: 'the contract ended' }, 8_000));
    if (family % 6 === 0) {
      await attempt(() => staff.setHours('sunflowers', { weekly: { mon: ['08:00-18:00'] }, exceptions: [] }));
      await attempt(() => staff.setHours('sunflowers', null));
    }
    await attempt(() => ask(staff.socket, staffAsks, 'guardians', {}, 8_000));
    await attempt(() => signInOutside(system, record, provider, hide));
    await strangers(system, record, name, email, credentials, attempt);
    viewer.close();
  }
  staff.close();
  return { secrets, asks };
}

/** A parent comes with a token that says their name; then others do, who may not, in every place where a token could be put. */
async function signInOutside(
  system: System,
  record: Recorder,
  provider: IdentityProvider,
  hide: (what: string, text: string | undefined) => unknown,
): Promise<void> {
  const token = await provider.token();
  const [head, claims, signature] = token.split('.');
  for (const part of [token, claims, signature]) hide('a token of the identity provider', part);
  const key = await makeDeviceKey();
  const { pass } = await askForPass(system.url, key, { token }, Date.now(), 8_000);
  hide('a pass', pass);
  const viewer = await HeadlessViewer.connect(system.url, { pass, key });
  record.listen('guardian of the provider', viewer.socket);
  await viewer.watch('bluebells');
  await viewer.picture();
  viewer.close();
  const refused = [token, `${head}.${claims}.${'A'.repeat(86)}`, `${token}.${token}`, decodeClaims(claims)];
  for (const each of refused) {
    await askForPass(system.url, await makeDeviceKey(), { token: each }, Date.now(), 8_000).catch(() => undefined);
    const socket = connectWith(system.url, 'guardian', () => ({ pass: each, proof: each }));
    record.listen('stranger', socket);
    await connected(socket).catch(() => undefined);
    socket.disconnect();
    await record.fetch(`${system.url}/?token=${encodeURIComponent(each)}`, { headers: { authorization: `Bearer ${each}` } });
  }
}

function decodeClaims(claims = ''): string {
  return Buffer.from(claims, 'base64url').toString();
}

/** Whoever knocks and is turned away, with names in every header, path, body and handshake. */
async function strangers(
  system: System,
  record: Recorder,
  name: string,
  email: string,
  { pass }: Credentials,
  attempt: (work: () => Promise<unknown>) => Promise<unknown>,
): Promise<void> {
  const headers = {
    'user-agent': name,
    'x-forwarded-for': email,
    referer: `https://${email}/`,
    cookie: `who=${encodeURIComponent(name)}`,
    authorization: `Bearer ${pass}`,
    dpop: pass,
  };
  for (const path of paths) await attempt(() => record.fetch(`${system.url}${path}`, { headers }));
  await attempt(() =>
    record.fetch(`${system.url}/${encodeURIComponent(email)}?name=${encodeURIComponent(name)}&pass=${pass}`, { headers }),
  );
  const body = JSON.stringify({ invite: email, role: 'guardian', name });
  await attempt(() =>
    record.fetch(`${system.url}/pass`, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body }),
  );
  for (const auth of [
    { pass, proof: 'x.y.z' },
    { pass: email, proof: name },
    { name, email },
  ]) {
    const socket = connectWith(system.url, 'guardian', () => auth);
    record.listen('stranger', socket);
    await attempt(() => connected(socket));
    socket.disconnect();
  }
}
