"""Own the words that stand in every other letter: they tell nothing of what a letter is about.

Those of the phrases of `matter` that more than one business letter in 250 has. They are not looked
for in every text, only where rarer words have made it worth reading.
"""

from __future__ import annotations

_WORDS = """
about above accept access act action activity administration affairs against agent ahead air an
analysis and annual answer applicable application appointment appreciate appropriate approved are
area areas article as ask asked asset assets assistance at attention attorney authority
availability background balance base basis be been before being below best between bill board book
bottom brief bring building by call called can candidate capital card case cell center change
charge charged charges check checked class close closed code comment comments commission
communication communications company computer conditions conference confidential consideration
contacts contract control conversation coordinate correct could country court cover credit
critical cross data date deadline decision default deliver delivered demand department description
detail details developed development disclosure distribution do document documents does double
draft drop due during east effective electronic employee end entered entry environment events
every exchange execution executive export expressed facilities facility fact family field file
filed filing fill final finance financial first floor follow following for force form forward
found frank from front fuel full general goals government hall hand has have he head heard hearing
held her high his hours house hr id if ii immediately impact in include individual information
initial instructions internal international interview invited is it item its joint key kitchen
late law lead leadership leave letter level life line lines list live local location log lon long
lot low main make manager master material matter may meeting meetings member members memo message
messages met must my name national needs net never next night no non north not note notes notice
notification notified now number numbers obtain of offer office officers on open opening operating
operational operations opinion opportunity or other our out outside over overall package page
paper part pass password past pay pending performance period person personal personnel physical
place plan plans point points policy pool position positions post potential power preliminary
present president press previous primary prior priority privileged procedures process program
project proposal public published purpose quality quick rate re read ready reason reasons
receiving recommend record records red reference regarding register registration relations
relationship release remaining report reporting reports representative request requested requests
required research resources response result results review right rights risk room sat saw schedule
second section security sending senior service shall share she sheet should show side sign
significant since site so software source south space specific spot staff stage stan standard
start state stated statement states status stock storage strategy study subject submit summary
survey swap system systems take taken talking team technical technology test testing that the
their they third this time to told track trade training transfer travel true type uk under unit
until up us use user vice visit was we were west what which will with without work would written
yet you your
"""

EVERYDAY = frozenset(_WORDS.split())
