import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Six ports that nobody has now, the first two for TCP and the others for UDP. */
export async function freePorts(): Promise<[number, number, number, number, number, number]> {
  const servers = [createServer(), createServer()];
  const sockets = ['udp4', 'udp4', 'udp4', 'udp4'].map((type) => createSocket(type as 'udp4'));
  for (const server of servers) server.listen(0, '127.0.0.1');
  for (const socket of sockets) socket.bind(0);
  const all = [...servers, ...sockets];
  await Promise.all(all.map((each) => once(each, 'listening')));
  const ports = all.map((each) => (each.address() as AddressInfo).port);
  for (const each of all) each.close();
  return ports as [number, number, number, number, number, number];
}
