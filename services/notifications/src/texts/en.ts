import type { Texts } from './text.ts';

export const en: Texts = {
  unknown: 'unknown',
  digest: { subject: '{count} messages in a short time', more: 'And {more} more.' },
  texts: {
    missed_call: {
      subject: 'Missed call from {from}',
      lines: ['Missed call from {from} to {to}.', 'It ended at {endedAt}: {outcome}.'],
    },
    new_recording: {
      subject: 'A call was recorded',
      lines: ['A call has a new recording.', 'Its length: {durationSeconds} seconds.', 'The call: {callId}.'],
    },
    new_transcript: {
      subject: 'A call was written down',
      lines: ['There is a new transcript.', 'The call: {callId}.', 'The recording: {recordingId}.'],
    },
    inbound_message: {
      subject: 'Message from {from}',
      lines: ['A message from {from} came in.', 'It was sent to {to}.'],
    },
    payment_failed: {
      subject: 'A payment of {amount} failed',
      lines: [
        'A payment of {amount} did not go through.',
        'The reason: {failureCode}.',
        'The order: {orderId}.',
        'The invoice: {invoiceId}.',
      ],
    },
    dispute_opened: {
      subject: 'A customer disputes {amount}',
      lines: [
        'A customer disputes a payment of {amount}.',
        'The reason: {reason}.',
        'Evidence is due by {evidenceDueAt}.',
        'The payment: {paymentId}.',
      ],
    },
    payout_failed: {
      subject: 'A payout of {amount} failed',
      lines: ['A payout of {amount} did not reach the bank account.', 'The reason: {failureCode}.'],
    },
    refund_failed: {
      subject: 'A refund of {amount} failed',
      lines: [
        'A refund of {amount} did not reach the customer.',
        'The reason: {failureReason}.',
        'The payment: {paymentId}.',
        'The order: {orderId}.',
      ],
    },
    booking_requested: {
      subject: 'Booking to confirm: {invitee}',
      lines: ['{invitee} asks for a booking, which you have to confirm.', 'What: {title}.', 'When: {startsAt}.'],
    },
    booking_created: {
      subject: 'New booking: {invitee}',
      lines: ['{invitee} has made a booking.', 'What: {title}.', 'When: {startsAt}.'],
    },
    booking_moved: {
      subject: 'Booking moved: {invitee}',
      lines: ['The booking of {invitee} was moved.', 'What: {title}.', 'New time: {startsAt}.', 'It was at {wasAt}.'],
    },
    booking_to_be_moved: {
      subject: 'Booking to be moved: {invitee}',
      lines: [
        'The booking of {invitee} is to be moved.',
        'What: {title}.',
        'It was at {startsAt}.',
        'The reason: {reason}.',
      ],
    },
    booking_canceled: {
      subject: 'Booking canceled: {invitee}',
      lines: ['The booking of {invitee} is off.', 'What: {title}.', 'It was at {startsAt}.', 'The reason: {reason}.'],
    },
    booking_rejected: {
      subject: 'Booking turned down: {invitee}',
      lines: ['The request of {invitee} for a booking was turned down.', 'What: {title}.', 'It was for {startsAt}.'],
    },
    no_show: {
      subject: '{invitee} did not come',
      lines: ['{invitee} did not come.', 'What: {title}.', 'It was at {startsAt}.'],
    },
    no_show_cleared: {
      subject: '{invitee} did come',
      lines: ['{invitee} did come after all.', 'What: {title}.', 'It was at {startsAt}.'],
    },
    operator_connection_unusable: {
      subject: 'Connection {connection} needs you: {reason}',
      lines: [
        'The connection {connection} of {tenant} ({provider}) cannot be used as it should be.',
        'The reason: {reason}.',
        'Look at it: trunkline connections show {connection}',
      ],
    },
    operator_endpoint_failing: {
      subject: 'Endpoint {endpoint} takes no messages',
      lines: [
        'The endpoint {endpoint} of {tenant} takes no messages.',
        'Since {failingSinceAt}.',
        'The last failure: {failure}.',
        'It will be disabled unless it takes one by {disableAt}.',
        'Look at it: trunkline endpoints show {endpoint}',
      ],
    },
    operator_endpoint_disabled: {
      subject: 'Endpoint {endpoint} is disabled',
      lines: [
        'The endpoint {endpoint} of {tenant} is disabled: nothing is sent to it any more.',
        'The reason: {reason}.',
        'Once it is fixed: trunkline endpoints enable {endpoint}',
      ],
    },
    operator_filter_failed: {
      subject: 'The filter of endpoint {endpoint} fails',
      lines: [
        'The filter of the endpoint {endpoint} of {tenant} could not judge events: they were not sent to it.',
        'The last time: {failedAt}.',
        'Look at it: trunkline endpoints show {endpoint}',
      ],
    },
    operator_messages_held: {
      subject: '{count} messages of {tenant} wait for a decision',
      lines: [
        '{count} messages of {tenant} may have been sent, and nothing has told whether they were.',
        'The oldest is of {oldestAt}.',
        'Decide on them: trunkline notifications list --tenant {tenant} --state held',
      ],
    },
    operator_messages_failed: {
      subject: '{count} messages of {tenant} could not be sent',
      lines: [
        '{count} messages of {tenant} could not be sent in the last day.',
        'The newest reason: {reason}.',
        'Look at them: trunkline notifications list --tenant {tenant} --state failed',
      ],
    },
    operator_dead_letters: {
      subject: 'Events of {group} fail: {reason}',
      lines: [
        'Events of the consumer {group} have become dead letters of a cause that is new, or back.',
        'The reason: {reason}.',
        'So many: {count}.',
        'Look at them: trunkline dlq list {group} --cause {cause}',
      ],
    },
    operator_dead_letters_grow: {
      subject: 'Ever more events of {group} fail: {reason}',
      lines: [
        '{count} events of the consumer {group} have become dead letters of one cause within an hour.',
        'The reason: {reason}.',
        'It is known since {firstAt}.',
        'Look at them: trunkline dlq list {group} --cause {cause}',
      ],
    },
    operator_job_stopped: {
      subject: 'Job {job} of {about} has stopped: {ending}',
      lines: [
        'The job {job} of {about} has stopped by itself.',
        'How it ended: {ending}.',
        'Look at it: trunkline jobs show {job}',
      ],
    },
  },
};
