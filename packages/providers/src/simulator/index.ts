export { Control } from './control.js';
export type { Scope } from './control.js';
export type { Json, Profile, Reply } from './profile.js';
export { getProfile, profiles } from './profiles/index.js';
export type { RecordedExchange } from './recording.js';
export { readRecording } from './recording.js';
export type { Outcome, ReceivedRequest } from './request-log.js';
export { startSimulator } from './simulator.js';
export type { Simulator, SimulatorOptions } from './simulator.js';
