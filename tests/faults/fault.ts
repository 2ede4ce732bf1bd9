import { childrenOf } from '../support/processes.ts';
import type { System, SystemOptions } from '../support/system.ts';

/** A fault that is ready to happen once, to one system. */
export type Armed = {
  /** What the system has to be started with, so that the fault can happen to it. */
  options?: Omit<SystemOptions, 'config'>;
  /** The room's camera, if it is not to be a test picture. */
  camera?: object;
  /** What is left to prepare once everybody watches. */
  ready?: (system: System) => Promise<void>;
  /** Lets it happen. What takes a while goes on after this has returned. */
  inject: (system: System) => Promise<void> | void;
  /** Ends the fault, where that is up to somebody: a frozen process goes on, one that nothing else starts again is started. All is to recover then. */
  end?: (system: System) => Promise<void> | void;
  /** Looks, at the end of the trial, for what a packet capture cannot see. Throws when it finds it. */
  inspect?: (system: System) => Promise<void>;
  /** Takes away what it needed, after the system has stopped. */
  close?: () => Promise<void> | void;
};

export type Fault = {
  name: string;
  arm: () => Promise<Armed> | Armed;
  /** How long it lasts; 3 s unless told otherwise. */
  lastsMs?: number;
  /** Stops whatever sends pictures, so that what was on its way may still leave when it goes on: 500 ms of it at most. */
  stopsTheSender?: true;
  /** Takes more of the machine than others can spare. */
  needsTheMachine?: true;
};

/** A fault that needs no preparation. */
export function fault(name: string, inject: Armed['inject'], end?: Armed['end']): Fault {
  return { name, arm: () => ({ inject, ...(end && { end }) }) };
}

/** The processes below the SFU whose command line has this in it. */
export function partsOf(system: System, command: string): number[] {
  const pids = childrenOf(system.sfu.pid)
    .filter((child) => child.command.includes(command))
    .map(({ pid }) => pid);
  if (pids.length === 0) throw new Error(`no ${command} is running`);
  return pids;
}
