import encodeQR from 'qr';
import { peopleWords } from '../ui/people-words.ts';

/** Modules of light around it (ISO/IEC 18004 section 6.3.8). */
const quietZone = 4;

/** A text as a QR code, dark on light in any colour scheme, drawn as one path. */
export function QrCode({ text }: { text: string }) {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: quietZone });
  const path = rows.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('');
  return (
    <svg class="qr-code" viewBox={`0 0 ${rows.length} ${rows.length}`} role="img" shape-rendering="crispEdges">
      <title>{peopleWords.linkCode}</title>
      <path d={`M0 0h${rows.length}v${rows.length}h-${rows.length}z`} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
