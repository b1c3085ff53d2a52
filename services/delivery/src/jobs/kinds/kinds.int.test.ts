import { describeJob } from '../../testing/describe-job.ts';

describeJob('resend', ['delivered', 'exhausted', 'expired', 'discarded', 'skipped']);
describeJob('recover', ['exhausted', 'expired', 'discarded', 'skipped']);
describeJob('replay-missing', ['earlier', 'untold', 'skipped', 'exhausted', 'expired', 'discarded']);
describeJob('backfill', ['earlier']);
describeJob('discard', ['waiting']);
