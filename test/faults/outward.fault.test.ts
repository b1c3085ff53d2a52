import { outwardRows } from './rows.ts';
import { testShortForms } from './short-forms.ts';

testShortForms(outwardRows);
