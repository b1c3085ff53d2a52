/** The servers Trunkline runs on: started here, given by the environment, or in containers. */
export { type Certificate, type CertificateAuthority, createAuthority } from './certificates.ts';
export { cacheDirOf, endpointVariables, portOf, portOffsetVariable, stablePortsOf, stackKindOf } from './config.ts';
export type { Env } from './config.ts';
export { freeMegabytes, fullBelowMegabytes } from './disk-space.ts';
export { dockerImages } from './docker-images.ts';
export { stackExports } from './exports.ts';
export { runningStackPid } from './leftovers.ts';
export { mailServerProblem, startMailServer } from './mail-server.ts';
export type { MailServer, ReceivedMail } from './mail-server.ts';
export { brokerSettings } from './parts/kafka-properties.ts';
export { freePort, portVariable, requireFreePorts, stablePorts } from './ports.ts';
export type { WantedPort } from './ports.ts';
export { preflight } from './preflight.ts';
export type { PreflightCheck, PreflightOptions } from './preflight.ts';
export { createProgress, followStack } from './progress.ts';
export type { Progress, ProgressOutput, ProgressStep } from './progress.ts';
export { endLeftovers, resetStack } from './reset-stack.ts';
export { resolveStack } from './resolve-stack.ts';
export { startStack } from './start-stack.ts';
export type { ResolveStackOptions, StartStackOptions } from './stack-options.ts';
export { partTitles, stackKinds, stackParts } from './types.ts';
export type {
  Stack,
  StackEndpoints,
  StackKind,
  StackPart,
  StackPartHandle,
  StackPartState,
  StackProgress,
  StackSecurity,
} from './types.ts';
