"""What mail is: domains, mailboxes, envelopes, messages. Pure; no I/O."""
