/** A text that must be nowhere, and what it stands for. */
export type Canary = {
  what: string;
  text: string;
  /** The one who is to be told, by the name of their exhibits: staff get the link that they made. */
  toldTo?: string;
};

export type Hit = { place: string; name: string; what: string; as: string };

/** Whatever a place holds: a file, a log, a command line, a response, a capture. */
export type Exhibit = { place: string; name: string; bytes: Buffer };

/** Looks for every canary in every exhibit: as it is, escaped for an address, in hexadecimal, and in base64 at any of its three offsets. */
export function search(exhibits: readonly Exhibit[], canaries: readonly Canary[]): Hit[] {
  const forms = canaries.flatMap(({ what, text, toldTo }) => formsOf(text).map((form) => ({ what, toldTo, ...form })));
  return exhibits.flatMap(({ place, name, bytes }) =>
    forms.filter((form) => form.toldTo !== name && bytes.includes(form.bytes)).map(({ what, as }) => ({ place, name, what, as })),
  );
}

function formsOf(text: string): { as: string; bytes: Buffer }[] {
  const raw = Buffer.from(text);
  const escaped = encodeURIComponent(text);
  return [
    { as: 'as it is', bytes: raw },
    ...(escaped === text ? [] : [{ as: 'escaped', bytes: Buffer.from(escaped) }]),
    { as: 'hexadecimal', bytes: Buffer.from(raw.toString('hex')) },
    ...[0, 1, 2].map((offset) => ({ as: 'base64', bytes: Buffer.from(base64Within(raw, offset)) })),
  ];
}

/** The characters of base64 that stand for this text alone, when it begins so many bytes into a group of three. */
function base64Within(raw: Buffer, offset: number): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), raw])
    .toString('base64')
    .replace(/=+$/, '');
  const first = offset === 0 ? 0 : offset + 1;
  const wholeGroups = Math.floor(((offset + raw.length) / 3) * 4);
  return encoded.slice(first, wholeGroups - 1);
}
