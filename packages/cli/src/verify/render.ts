import { formatTime } from '@trunkline/operations/units';

import { printable, type Style } from '../render/style.ts';
import { renderPairs } from '../render/table.ts';
import type { Diagnosis } from './diagnose.ts';
import type { AcceptedJudgement, RefusedJudgement } from './judge.ts';
import type { CaseVerdict } from './verify-case.ts';

/** One verdict as a document: the step and what would verify, never a secret. */
export function documentOf(verdict: CaseVerdict): Readonly<Record<string, unknown>> {
  const { provider, sourceId, bodyBytes, judgement, diagnosis } = verdict;
  return {
    ...judgement,
    ...(diagnosis === undefined
      ? {}
      : {
          wouldVerify: diagnosis.findings.map(({ mistake, sentence }) => ({ mistake, sentence })),
          actions: diagnosis.findings.map(({ action }) => action),
          tried: { mistakes: diagnosis.mistakes, attempts: diagnosis.attempts, complete: diagnosis.complete },
        }),
    provider,
    sourceId,
    bodyBytes,
  };
}

/** One verdict for a screen. */
export function renderVerdict(verdict: CaseVerdict, style: Style): string {
  return verdict.judgement.accepted
    ? renderAccepted(verdict, verdict.judgement, style)
    : renderRefused(verdict, verdict.judgement, style);
}

/** One verdict on one line, behind its number. */
export function renderLine(number: number, verdict: CaseVerdict | { readonly flaw: string }, style: Style): string {
  const label = style.faint(String(number).padStart(6));
  if ('flaw' in verdict) return `${label}  ${style.bad('✗ unreadable')}  ${printable(verdict.flaw)}`;
  const { judgement, diagnosis, provider } = verdict;
  if (judgement.accepted) {
    const events = judgement.events.map(({ type }) => type).join(', ');
    return `${label}  ${style.good('✓ authentic')}  ${provider}  ${printable(`${judgement.verdict}  ${events}`)}`;
  }
  const findings = (diagnosis?.findings ?? []).map(({ mistake, sentence }) => `${mistake}: ${sentence}`);
  const said = findings.length === 0 ? judgement.detail : findings.join('; ');
  return `${label}  ${style.bad('✗ refused')}    ${provider}  ${judgement.step}  ${printable(said)}`;
}

function renderAccepted(verdict: CaseVerdict, judgement: AcceptedJudgement, style: Style): string {
  const reason = judgement.reason === undefined ? '' : ` (${judgement.reason})`;
  return [
    `${style.good('✓ authentic')}  proven with secret ${judgement.secretIndex + 1} of ${verdict.secrets}, as of ${formatTime(verdict.atMs)}`,
    renderPairs(
      [
        ['verdict', printable(`${judgement.verdict}${reason}`)],
        ...judgement.events.map((event): [string, string] => [
          'event',
          printable(`${event.type}  ${event.entity}  of ${event.account}`),
        ]),
      ],
      style,
    ),
  ].join('\n');
}

function renderRefused(verdict: CaseVerdict, judgement: RefusedJudgement, style: Style): string {
  return [
    `${style.bad('✗ refused')}  ${judgement.step} (${judgement.code})`,
    printable(judgement.detail),
    ...(verdict.diagnosis === undefined ? [] : renderDiagnosis(verdict.diagnosis, style)),
    ...hintsOf(verdict, judgement),
  ].join('\n');
}

function renderDiagnosis({ findings, mistakes, attempts, complete }: Diagnosis, style: Style): readonly string[] {
  if (mistakes.length === 0) return [];
  const tried = style.faint(
    `tried ${attempts} changes for ${mistakes.length} usual mistakes${complete ? '' : '; a limit ended the search'}`,
  );
  if (findings.length === 0) {
    return [`None of the usual mistakes explains it: ${mistakes.join(', ')}.`, tried];
  }
  return [
    ...findings.flatMap(({ mistake, sentence, action }) => [
      `${style.accent('→')} ${printable(sentence)}  ${style.faint(mistake)}`,
      `  ${action}`,
    ]),
    tried,
  ];
}

function hintsOf(verdict: CaseVerdict, { step }: RefusedJudgement): readonly string[] {
  const { bodyBytes, diagnosis, needsKeys, signsAddress, statedBytes, title } = verdict;
  if (statedBytes !== undefined && isMismatch(step)) {
    return [
      `The body has ${bodyBytes} bytes and Content-Length says ${statedBytes}: this is not the body that arrived, and a proof over it cannot fit. ${howToCapture}`,
    ];
  }
  if (diagnosis !== undefined && diagnosis.findings.length > 0) return [];
  switch (step) {
    case 'signature_mismatch':
      return bodyBytes === 0
        ? [`The capture has no body: whatever recorded it did so after the body was read. ${howToCapture}`]
        : [
            signsAddress
              ? `What is left: another secret, another body, or another address: give it as it is written at ${title} with --public-url (scheme, host, port, path and query).`
              : 'What is left: another secret, or another body. The body must be byte for byte what arrived.',
            howToCapture,
          ];
    case 'unknown_key':
      return needsKeys ? ['The request names a key of its provider: add --fetch-keys to fetch it from there.'] : [];
    case 'no_usable_secret':
      return ['Set the secret of the source; `trunkline doctor` lists sources without one.'];
    case 'verification_failed':
      return ['That is a bug of the verification, not of the request: the ingress answers 503.'];
    case 'missing_header':
      return ['Headers with credentials are left out of many logs and exports: capture the request itself.'];
    default:
      return [];
  }
}

function isMismatch(step: RefusedJudgement['step']): boolean {
  return step === 'signature_mismatch' || step === 'body_hash_mismatch';
}

/** Rejections hold no body by design, so a capture comes from elsewhere. */
const howToCapture = 'How to capture a request byte for byte: docs/how-to/capture-a-request.md.';
