"""Collection: what the mail exchanger of a typo domain does with the mail it is offered."""
