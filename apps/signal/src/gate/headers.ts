import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/** A year (RFC 6797 section 6.1.1). */
const strictTransport = 'max-age=31536000';

/** What the pages use is theirs alone; everything else that a browser could grant is off. */
const permissions = [
  ...['autoplay=(self)', 'fullscreen=(self)', 'picture-in-picture=(self)', 'screen-wake-lock=(self)'],
  ...['accelerometer', 'browsing-topics', 'camera', 'display-capture', 'geolocation', 'gyroscope', 'hid', 'idle-detection'].map(off),
  ...[
    'local-fonts',
    'magnetometer',
    'microphone',
    'midi',
    'payment',
    'publickey-credentials-get',
    'serial',
    'usb',
    'xr-spatial-tracking',
  ].map(off),
].join(', ');

/** Tells browsers what these pages may do: load and run only what is served here, in no frame, telling nobody where they come from. */
export async function setHeaders(server: FastifyInstance): Promise<void> {
  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        requireTrustedTypesFor: ["'script'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: false, // below, where it is known how the request came
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
  });
  server.addHook('onRequest', async (request, reply) => {
    reply.header('permissions-policy', permissions);
    if (request.protocol === 'https') reply.header('strict-transport-security', strictTransport);
  });
}

/** For an answer that is a plain refusal and no page. */
export const bareHeaders = { 'content-security-policy': "default-src 'none'", 'x-content-type-options': 'nosniff' };

function off(feature: string): string {
  return `${feature}=()`;
}
