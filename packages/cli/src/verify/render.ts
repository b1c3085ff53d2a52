import { printable, type Style } from '../render/style.ts';
import { renderPairs } from '../render/table.ts';
import { formatTime } from '../render/units.ts';
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
          wouldVerify: diagnosis.findings,
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
    ...findings.map(({ mistake, sentence }) => `${style.accent('→')} ${printable(sentence)}  ${style.faint(mistake)}`),
    tried,
  ];
}

function hintsOf({ bodyBytes, diagnosis, needsKeys }: CaseVerdict, { step }: RefusedJudgement): readonly string[] {
  if (diagnosis !== undefined && diagnosis.findings.length > 0) return [];
  switch (step) {
    case 'signature_mismatch':
      return bodyBytes === 0
        ? ['The capture has no body: whatever recorded it did so after the body was read.']
        : ['What is left: another secret, or another body. The body must be byte for byte what arrived.'];
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
