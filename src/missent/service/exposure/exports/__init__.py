"""What other programs are given of an exposure: policy, Postfix map, response policy zone, table.

All of them are the same for the same exposure and reviews, and every name in them is an A-label. Names
that people rightly write to are left out (`choosing`).
"""

from missent.service.exposure.exports.policy import policy_fragment
from missent.service.exposure.exports.postfix import postfix_map, postfix_regexp
from missent.service.exposure.exports.rpz import rpz
from missent.service.exposure.exports.table import table

__all__ = ["policy_fragment", "postfix_map", "postfix_regexp", "rpz", "table"]
