import { expect, it } from 'vitest';

import { verifyDelivery } from '../contract/delivery.ts';
import { Secret } from '../contract/secret.ts';
import { outcomeOf, signed, type Subject } from './conformance.ts';

/** Which secrets count. */
export function describeSecrets<O>(subject: Subject<O>): void {
  const { definition, settings, nowMs } = subject;
  const fresh = (options?: ConstructorParameters<typeof Secret>[1]): Secret =>
    new Secret(definition.secrets.generate(), options);
  const withSecrets = (...secrets: readonly Secret[]): Subject<O> => ({
    ...subject,
    settings: { ...settings, secrets },
  });

  it('refuses what was signed with another secret', () => {
    const other = withSecrets(fresh());

    const outcome = outcomeOf(other, signed(subject));

    expect(outcome).toMatch(/^(signature|token)_mismatch$/);
  });

  it('accepts every live secret of a rotation and says which one it was', () => {
    const secrets = [fresh(), fresh({ notAfterMs: nowMs + 1 }), fresh()];
    const source = { provider: definition, settings: { ...settings, secrets } };

    const used = secrets.map((secret) => {
      const result = verifyDelivery(source, signed(withSecrets(secret)), nowMs);
      return result.ok ? result.delivery.secretIndex : result.step;
    });

    expect(used).toEqual([0, 1, 2]);
  });

  it('refuses a secret from the instant it expires', () => {
    const old = fresh({ notAfterMs: nowMs });

    const outcome = outcomeOf(withSecrets(old, fresh()), signed(withSecrets(old)));

    expect(outcome).toMatch(/^(signature|token)_mismatch$/);
  });

  it('refuses everything while the source has no usable secret', () => {
    const blank = ['', ' ', '\n\t'].map((text) => new Secret(text));
    const expired = fresh({ notAfterMs: nowMs });

    for (const secrets of [[], blank, [expired], [...blank, expired]]) {
      for (const secret of [fresh(), ...secrets]) {
        expect(outcomeOf(withSecrets(...secrets), signed(withSecrets(secret)))).toBe('no_usable_secret');
      }
    }
  });

  it('calls a secret of its own form usable, and never tells what another one is', () => {
    const own = definition.secrets.generate();
    const other = `whpk_${'é'.repeat(9_000)}`;

    const flaw = definition.secrets.flawOf(other, settings.options);

    expect(definition.secrets.flawOf(own, settings.options)).toBeUndefined();
    expect(flaw).toMatch(/^(is|has) /);
    expect(flaw).not.toContain('é');
  });

  it('never tells a secret: not in a refusal, not when printed', () => {
    const secret = settings.secrets[0]?.reveal() ?? '';
    const result = verifyDelivery({ provider: definition, settings }, { ...subject.request, headers: [] }, nowMs);

    expect(secret).not.toBe('');
    expect(JSON.stringify([result, settings.secrets])).not.toContain(secret);
    expect(String(settings.secrets[0])).toBe('[secret]');
  });
}
