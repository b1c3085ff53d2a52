import { processRows } from './rows.ts';
import { testShortForms } from './short-forms.ts';

testShortForms(processRows);
