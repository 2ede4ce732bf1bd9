/*
 * Preloaded into a process (NODE_OPTIONS=--import=…): at SIGUSR2 the machine has been up for ten seconds more, and no other clock
 * has moved, as after those ten seconds of sleep.
 */
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

let sleptSeconds = 0;
const uptime = os.uptime;
os.uptime = () => uptime() + sleptSeconds;
syncBuiltinESMExports();
process.on('SIGUSR2', () => {
  sleptSeconds = 10;
});
