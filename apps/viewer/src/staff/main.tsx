import '../net/no-eval.ts';
import { render } from 'preact';
import { App } from './app.tsx';
import { startSession } from './session.ts';

const root = document.getElementById('app');
if (root) render(<App session={startSession()} />, root);
