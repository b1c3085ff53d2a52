import type { Texts } from './text.ts';

export const de: Texts = {
  unknown: 'unbekannt',
  digest: { subject: '{count} Nachrichten in kurzer Zeit', more: 'Und {more} weitere.' },
  texts: {
    missed_call: {
      subject: 'Verpasster Anruf von {from}',
      lines: ['Verpasster Anruf von {from} an {to}.', 'Er endete {endedAt}: {outcome}.'],
    },
    new_recording: {
      subject: 'Ein Anruf wurde aufgezeichnet',
      lines: ['Ein Anruf hat eine neue Aufzeichnung.', 'Länge: {durationSeconds} Sekunden.', 'Der Anruf: {callId}.'],
    },
    new_transcript: {
      subject: 'Ein Anruf wurde niedergeschrieben',
      lines: ['Es gibt eine neue Niederschrift.', 'Der Anruf: {callId}.', 'Die Aufzeichnung: {recordingId}.'],
    },
    inbound_message: {
      subject: 'Nachricht von {from}',
      lines: ['Eine Nachricht von {from} ist eingegangen.', 'Sie ging an {to}.'],
    },
    payment_failed: {
      subject: 'Zahlung über {amount} fehlgeschlagen',
      lines: [
        'Eine Zahlung über {amount} ist fehlgeschlagen.',
        'Grund: {failureCode}.',
        'Bestellung: {orderId}.',
        'Rechnung: {invoiceId}.',
      ],
    },
    dispute_opened: {
      subject: 'Ein Kunde bestreitet {amount}',
      lines: [
        'Ein Kunde bestreitet eine Zahlung über {amount}.',
        'Grund: {reason}.',
        'Belege sind fällig bis {evidenceDueAt}.',
        'Zahlung: {paymentId}.',
      ],
    },
    payout_failed: {
      subject: 'Auszahlung über {amount} fehlgeschlagen',
      lines: ['Eine Auszahlung über {amount} hat das Bankkonto nicht erreicht.', 'Grund: {failureCode}.'],
    },
    refund_failed: {
      subject: 'Erstattung über {amount} fehlgeschlagen',
      lines: [
        'Eine Erstattung über {amount} hat den Kunden nicht erreicht.',
        'Grund: {failureReason}.',
        'Zahlung: {paymentId}.',
        'Bestellung: {orderId}.',
      ],
    },
    booking_requested: {
      subject: 'Buchung zu bestätigen: {invitee}',
      lines: ['{invitee} bittet um eine Buchung, die Sie bestätigen müssen.', 'Was: {title}.', 'Wann: {startsAt}.'],
    },
    booking_created: {
      subject: 'Neue Buchung: {invitee}',
      lines: ['{invitee} hat gebucht.', 'Was: {title}.', 'Wann: {startsAt}.'],
    },
    booking_moved: {
      subject: 'Buchung verschoben: {invitee}',
      lines: [
        'Die Buchung von {invitee} wurde verschoben.',
        'Was: {title}.',
        'Neue Zeit: {startsAt}.',
        'Sie war {wasAt}.',
      ],
    },
    booking_to_be_moved: {
      subject: 'Buchung zu verschieben: {invitee}',
      lines: [
        'Die Buchung von {invitee} soll verschoben werden.',
        'Was: {title}.',
        'Sie war {startsAt}.',
        'Grund: {reason}.',
      ],
    },
    booking_canceled: {
      subject: 'Buchung abgesagt: {invitee}',
      lines: ['Die Buchung von {invitee} ist abgesagt.', 'Was: {title}.', 'Sie war {startsAt}.', 'Grund: {reason}.'],
    },
    booking_rejected: {
      subject: 'Buchung abgelehnt: {invitee}',
      lines: ['Die Anfrage von {invitee} wurde abgelehnt.', 'Was: {title}.', 'Sie war für {startsAt}.'],
    },
    no_show: {
      subject: '{invitee} ist nicht gekommen',
      lines: ['{invitee} ist nicht gekommen.', 'Was: {title}.', 'Es war {startsAt}.'],
    },
    no_show_cleared: {
      subject: '{invitee} ist doch gekommen',
      lines: ['{invitee} ist doch gekommen.', 'Was: {title}.', 'Es war {startsAt}.'],
    },
    operator_connection_unusable: {
      subject: 'Verbindung {connection} braucht Sie: {reason}',
      lines: [
        'Die Verbindung {connection} von {tenant} ({provider}) ist nicht nutzbar, wie sie sein sollte.',
        'Der Grund: {reason}.',
        'Ansehen: trunkline connections show {connection}',
      ],
    },
    operator_endpoint_failing: {
      subject: 'Endpunkt {endpoint} nimmt keine Nachrichten an',
      lines: [
        'Der Endpunkt {endpoint} von {tenant} nimmt keine Nachrichten an.',
        'Seit {failingSinceAt}.',
        'Der letzte Fehler: {failure}.',
        'Er wird abgeschaltet, wenn er bis {disableAt} keine annimmt.',
        'Ansehen: trunkline endpoints show {endpoint}',
      ],
    },
    operator_endpoint_disabled: {
      subject: 'Endpunkt {endpoint} ist abgeschaltet',
      lines: [
        'Der Endpunkt {endpoint} von {tenant} ist abgeschaltet: Er bekommt nichts mehr.',
        'Der Grund: {reason}.',
        'Wenn der Fehler behoben ist: trunkline endpoints enable {endpoint}',
      ],
    },
    operator_filter_failed: {
      subject: 'Der Filter des Endpunkts {endpoint} scheitert',
      lines: [
        'Der Filter des Endpunkts {endpoint} von {tenant} konnte Ereignisse nicht beurteilen: Sie wurden ihm nicht geschickt.',
        'Zuletzt: {failedAt}.',
        'Ansehen: trunkline endpoints show {endpoint}',
      ],
    },
    operator_messages_held: {
      subject: '{count} Nachrichten von {tenant} warten auf eine Entscheidung',
      lines: [
        '{count} Nachrichten von {tenant} sind vielleicht verschickt worden, und niemand weiß, ob sie es sind.',
        'Die älteste ist vom {oldestAt}.',
        'Entscheiden: trunkline notifications list --tenant {tenant} --state held',
      ],
    },
    operator_messages_failed: {
      subject: '{count} Nachrichten von {tenant} konnten nicht verschickt werden',
      lines: [
        '{count} Nachrichten von {tenant} konnten am letzten Tag nicht verschickt werden.',
        'Der neueste Grund: {reason}.',
        'Ansehen: trunkline notifications list --tenant {tenant} --state failed',
      ],
    },
    operator_dead_letters: {
      subject: 'Ereignisse von {group} scheitern: {reason}',
      lines: [
        'Ereignisse des Verbrauchers {group} sind gescheitert; die Ursache ist neu oder wieder da.',
        'Der Grund: {reason}.',
        'So viele: {count}.',
        'Ansehen: trunkline dlq list {group} --cause {cause}',
      ],
    },
    operator_dead_letters_grow: {
      subject: 'Immer mehr Ereignisse von {group} scheitern: {reason}',
      lines: [
        '{count} Ereignisse des Verbrauchers {group} sind in einer Stunde an einer Ursache gescheitert.',
        'Der Grund: {reason}.',
        'Bekannt ist er seit {firstAt}.',
        'Ansehen: trunkline dlq list {group} --cause {cause}',
      ],
    },
    operator_job_stopped: {
      subject: 'Der Auftrag {job} von {about} steht: {ending}',
      lines: [
        'Der Auftrag {job} von {about} hat von selbst aufgehört.',
        'Wie er endete: {ending}.',
        'Ansehen: trunkline jobs show {job}',
      ],
    },
  },
};
