import { serverRows } from './rows.ts';
import { testShortForms } from './short-forms.ts';

testShortForms(serverRows);
