import '../net/no-eval.ts';
import { render } from 'preact';
import { canReceive } from '../net/peer.ts';
import { App } from './app.tsx';
import { startSession } from './session.ts';
import { Unfit } from './unfit.tsx';

const root = document.getElementById('app');
// A browser that cannot show anything leaves the invite for another one.
if (root) render(canReceive ? <App session={startSession()} /> : <Unfit />, root);
