export * from './journal-database.ts';
export * from './rows.ts';
export * from './letters.ts';
