import { disorderRows } from './rows.ts';
import { testShortForms } from './short-forms.ts';

testShortForms(disorderRows);
