import { readFileSync } from 'node:fs';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { mostRooms } from './entitlement.ts';
import { StartError } from './errors.ts';
import { hours } from './hours.ts';
import { slug } from './ids.ts';
import { limits, network } from './limits.ts';
import { periods } from './periods.ts';

const name = z.string().trim().min(1).max(80);
const variableName = z.string().regex(/^[A-Z_][A-Z0-9_]*$/, 'name an environment variable, such as SUNFLOWERS_CAMERA_PASSWORD');

const cameraAddress = z
  .string()
  .max(500)
  .refine(
    (text) => /^rtsps?:\/\/[^\s\p{Cc}'"\\]+$/u.test(text) && URL.canParse(text),
    'write an RTSP address, such as rtsp://192.168.1.20:554/stream1',
  )
  .refine((text) => !URL.canParse(text) || (new URL(text).username === '' && new URL(text).password === ''), {
    error: 'leave the login out of the address: put the user in "username" and name the variable with the password in "passwordVariable"',
  });

const camera = z.discriminatedUnion('kind', [
  /** A picture made by ffmpeg, with the room's name and a running clock: for demonstrations and tests. */
  z.strictObject({
    kind: z.literal('test-picture'),
    id: slug,
    room: slug,
    label: name.optional(),
    kbps: z.int().min(50).max(4_000).default(400),
  }),
  z.strictObject({
    kind: z.literal('rtsp'),
    id: slug,
    room: slug,
    address: cameraAddress,
    username: z.string().min(1).max(100).optional(),
    passwordVariable: variableName.optional(),
    sound: z.boolean().default(true),
  }),
]);
export type CameraConfig = z.infer<typeof camera>;

const filePath = z.string().min(1).max(500);
const port = z.int().min(1).max(65_535);
const iceServer = z.strictObject({
  urls: z.string().regex(/^(stun|turns?):\S+$/, 'write stun:host:port, turn:host:port or turns:host:port'),
  username: z.string().max(200).optional(),
  credentialVariable: variableName.optional(),
});

const claimName = z.string().min(1).max(100);

/** An outside identity provider, whose tokens may be swapped for passes. Its keys are fetched from `PEEKABOO_JWKS_URL`. */
const identityProvider = z.strictObject({
  issuer: z.string().min(1).max(300),
  audience: z.string().min(1).max(300),
  /** The claims of a token that say who it is, and what for. */
  claims: z
    .strictObject({
      subject: claimName.default('sub'),
      role: claimName.default('peekaboo_role'),
      rooms: claimName.default('peekaboo_rooms'),
      right: claimName.default('peekaboo_right'),
    })
    .prefault({}),
  /** For how long its keys stay good while it cannot be asked. */
  keepKeysForMs: z
    .int()
    .min(0)
    .max(7 * 86_400_000)
    .default(86_400_000),
});
export type IdentityProviderConfig = z.output<typeof identityProvider>;

const origin = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'write an address such as https://watch.example.org')
  .transform((text) => new URL(text).origin);

/** The whole of peekaboo.yaml. signal needs `nursery` and `rooms`; an SFU needs `nursery`, `sfu` and `cameras`; one machine has them all. */
const configFile = z.strictObject({
  nursery: z.strictObject({ id: slug, name, timeZone: z.string().min(1).max(60) }).optional(),
  rooms: z
    .array(z.strictObject({ id: slug, name, hours }))
    .min(1)
    .max(mostRooms)
    .optional(),
  publicUrls: z.array(origin).max(8).default([]),
  identityProvider: identityProvider.optional(),
  viewsPerGuardian: z.int().min(1).max(20).default(4),
  limits,
  /** Files in PEM; the certificate with its chain. Paths are relative to this file. Read again when they change. */
  tls: z.strictObject({ certificate: filePath, key: filePath }).optional(),
  /** Proxies that end TLS in front of signal: they are believed about who asks, and may speak plain HTTP to it. */
  trustProxy: z.array(network).max(50).default([]),
  /** Where to report a security problem, for /.well-known/security.txt (RFC 9116 section 2.5.3). */
  securityContact: z
    .string()
    .max(200)
    .regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+|tel:\+[\d-]+)$/, 'write mailto:…, https://… or tel:+…')
    .optional(),
  sfu: z
    .strictObject({
      id: slug.default('sfu-1'),
      workers: z.int().min(1).max(64).optional(),
      /** First UDP and TCP port for pictures; worker n uses port + n. Free ports are taken when it is not set. */
      port: port.optional(),
      listenAddresses: z
        .array(z.union([z.ipv4(), z.ipv6()]))
        .min(1)
        .optional(),
      announcedAddress: z.string().min(1).max(253).optional(),
      iceServers: z.array(iceServer).max(8).default([]),
    })
    .prefault({}),
  cameras: z.array(camera).max(500).optional(),
  periods,
});
export type ConfigFile = z.infer<typeof configFile>;

/**
 * Reads and checks peekaboo.yaml.
 * @throws StartError naming the file, the line, the key and what to write instead.
 */
export function readConfigFile(path: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartError(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown cause'})`);
  }
  return parseConfig(text, path);
}

/** As `readConfigFile`, from a text; `path` is what error messages call it. */
export function parseConfig(text: string, path: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, stringKeys: true });
  const [syntaxError] = document.errors;
  if (syntaxError) throw new StartError(`${path}: ${syntaxError.message.split('\n')[0]}`);

  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 20 });
  } catch {
    throw new StartError(`${path}: uses too many YAML aliases; write the values out`);
  }
  const parsed = configFile.safeParse(value ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues.find(({ code }) => code === 'unrecognized_keys') ?? parsed.error.issues[0];
    const keyPath = issue?.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : (issue?.path ?? []);
    throw new StartError(`${path}${lineOf(keyPath)}: ${sentence(keyPath, issue)}`);
  }
  checkReferences(parsed.data, path);
  return parsed.data;

  function lineOf(keyPath: PropertyKey[]): string {
    for (let length = keyPath.length; length > 0; length -= 1) {
      const node = document.getIn(keyPath.slice(0, length), true);
      const offset = isNode(node) ? node.range?.[0] : undefined;
      if (offset !== undefined) return `:${lines.linePos(offset).line}`;
    }
    return '';
  }
}

function sentence(keyPath: PropertyKey[], issue: z.core.$ZodIssue | undefined): string {
  const key = keyPath.map(String).join('.') || 'the file';
  if (issue?.code === 'unrecognized_keys') return `unknown key "${key}"; check its spelling against examples/peekaboo.yaml`;
  if (issue?.message.endsWith('received undefined')) return `${key}: is missing`;
  return `${key}: ${issue?.message ?? 'is not valid'}`;
}

function checkReferences(config: ConfigFile, path: string): void {
  refuseDuplicates(config.rooms?.map((room) => room.id) ?? [], 'room');
  refuseDuplicates(config.cameras?.map((camera) => camera.id) ?? [], 'camera');
  const rooms = config.rooms?.map((room) => room.id);
  const stray = rooms && config.cameras?.find((camera) => !rooms.includes(camera.room));
  if (stray)
    throw new StartError(`${path}: camera "${stray.id}" is in room "${stray.room}", which is not among the rooms (${rooms.join(', ')})`);

  function refuseDuplicates(ids: string[], what: string): void {
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    if (twice !== undefined) throw new StartError(`${path}: two ${what}s have the id "${twice}"; ids must differ`);
  }
}
