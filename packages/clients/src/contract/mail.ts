/** One mail to one person, as every client that sends mail takes it. */
export interface Mail {
  readonly from: MailAddress;
  readonly to: MailAddress;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** Comes back with what the provider tells of the mail later, where it does: names of letters, digits and `_`. */
  readonly marks?: Readonly<Record<string, string>>;
}

export interface MailAddress {
  readonly address: string;
  readonly name?: string;
}
