"""Own the words that stand in every other letter: they tell nothing of what a letter is about.

Those of the phrases of `matter` that more than one business letter in 250 has. They are not looked
for in every text, only where rarer words have made it worth reading.
"""

from __future__ import annotations

_WORDS = """
about above accept access account act action activity additional administration affairs against
agent ahead air all american amount an analysis and annual answer any applicable application
appointment appreciate appropriate approved are area areas around article as ask asked asset
assets assistance at attention attorney authority availability away back background balance base
basis be been before being below best between bill board book both bottom box brief bring brought
building by call called calling can candidate capital card case cell center change charge charged
charges check checked class close closed code come comment comments commission committee
communication communications company complete computer concern concerns conditions conference
confidential consideration considered contacts contract control conversation coordinate correct
could country court cover credit critical cross cut daily data date deadline decision default
deliver delivered demand department description detail details developed development did dinner
disclosure distribution do document documents does double down dr draft drop due during east
effective electronic employee end entered entry environment events every exchange execution
executive export expressed facilities facility fact fall family feedback field file filed filing
fill final finance financial find first fit floor follow following for force form forward found
frank from front fuel full fully further general get go goals government group half hall hand has
have having he head heard hearing held help her high him his hours house hr id idea if ii
immediately impact in include including individual info information initial instructions internal
international interview invited is issue issued it item its job joint keep key kitchen late law
lead leadership leave left let lets letter level life likely limited line lines list live local
location log lon long look loss lot low lunch made main major make management manager mark master
material matter matters may mean media meeting meetings member members memo message messages met
mr ms must my name named names national needs net network never next night no non north not note
notes notice notification notified now number numbers obtain of offer office officers on one open
opening operating operational operations opinion opportunity or other our out outside outstanding
over overall package page paper park part participants party pass password past path pay pending
performance period person personal personnel physical place plan plans please point points policy
pool position positions post potential power pre preliminary present president press previous
primary prior priority private privileged procedures process program project proposal proposed
public published purpose put quality quarter quick rate re read ready reason reasons received
receiving recommend record records red reference regarding register registration relations
relationship release remaining report reporting reports representative request requested requests
required research resources response result results review right rights risk room run said sat saw
schedule search second section security sending senior service several shall share she sheet
should show side sign significant since site so software source south space speak specific spot
staff stage stan standard start state stated statement states status steps stock storage strategy
strictly study subject submit summary support survey swap system systems take taken talking team
technical technology test testing text that the their they third this time to told top track trade
training transfer travel true type uk under unit until up us use used user users vice visit volume
want wants was we web weekly were west what which will wish with within without work working would
written year yet you your
"""

EVERYDAY = frozenset(_WORDS.split())
