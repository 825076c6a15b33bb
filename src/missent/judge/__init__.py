"""From evidence to verdict. Pure: a `Case` and a `Policy` go in, verdicts come out."""
