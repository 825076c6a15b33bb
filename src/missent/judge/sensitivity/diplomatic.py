"""Own diplomatic papers: notes, cables, instructions, positions, delegations, consular cases.

Known by the formulas of notes verbales, the headings of cables, the titles of such papers and their
labels, together with the words of the trade. An invitation of an embassy or news of an ambassador
has one kind only. Cables, instructions, negotiating positions and consular cases are level 3, else 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from missent.judge.content import Content, Detector, Reading
from missent.judge.finding import Finding
from missent.judge.matter import Code, Cues, Evidence, Matter, Place

GRAVE = 2.0
"""Weight of the cues of a cable, an instruction, a position or a consular case."""
PHRASES = 2.5
"""Weight of set phrases without which a title, label or code is needed: news has none of them."""
_GRAVE = "grave"

_TITLES_GRAVE = {
    "demarche(s)": 3,
    "diplomatic cable(s)|telegram(s)|dispatch|reporting": 3,
    "embassy|mission cable|telegram|reporting|report|dispatch": 3,
    "negotiating|negotiation position|mandate|brief|instructions|strategy|objectives": 2.5,
    "red lines": 2,
    "position paper": 1,
    "steering brief": 3,
    "consular case(s)|report|visit|protection|assistance|emergency": 3,
    "memorandum|record of conversation": 3,
    "memcon": 3,
    "instructions to|for|from the|post|posts|delegation|embassy|mission|ambassador|capital": 2,
    "cable": 1,
    "telegram": 1.5,
    "non paper": 3,
    "nonpaper": 3,
    "debrief|readout of|from": 1.5,
    "political report|reporting|section": 1,
    "detained|arrested citizen|national": 2,
    "detention of citizen|national": 1.5,
    "prisoner visit": 2,
}
_TITLES = {
    "lines to take": 2,
    "bilateral with": 1.5,
    "political section": 1,
    "ministry of foreign": 0.7,
    "agrement": 1.5,
    "consular section": 1,
    "members of the delegation": 2,
    "note(s) verbale(s)": 3,
    "notes verbales": 3,
    "nota verbal": 3,
    "verbal note": 3,
    "diplomatic note(s)|correspondence|list|clearance|accreditation|visa": 3,
    "aide memoire": 3,
    "talking points": 1.5,
    "speaking points|notes|note": 1.5,
    "points to make|raise": 1.5,
    "briefing note|paper|book|pack|memo|memorandum": 1,
    "brief for minister|ambassador": 1.5,
    "scenesetter": 2.5,
    "scene setter": 2.5,
    "bilateral meeting(s)|talks|brief|consultations|negotiations": 1.5,
    "delegation list": 2.5,
    "list of delegates|delegation": 2.5,
    "delegation composition|members|to|of|for": 1.5,
    "composition of delegation": 2,
    "composition of the delegation": 2.5,
    "accreditation of|request|form": 1.5,
    "request for agrement|accreditation|diplomatic|overflight": 2.5,
    "notification of appointment|arrival|accreditation": 1.5,
    "overflight clearance|request|permission|and": 2,
    "letters|letter of credence": 3,
    "visit of minister|ambassador|foreign|prime": 1.5,
    "visit of the minister|ambassador|foreign|prime|president|secretary": 1.5,
    "state|official|ministerial visit": 1,
    "call on|with ambassador|minister|foreign": 1.5,
    "call on|with the ambassador|minister|foreign": 1.5,
    "foreign minister|secretary|ministry|affairs|office": 1,
    "embassy of": 1.5,
    "permanent mission|representation": 1.5,
    "status of forces": 1,
}
_LABELS_GRAVE = {
    "tags": 1,
    "e o|eo": 1,
    "e o 12958|13526|12356": 2,
    "eo 12958|13526": 2,
    "telno": 2,
    "fm": 1,
    "end summary|comment": 1,
    "action request|requested|addressee|addressees|post": 1,
    "reporting deadline|instructions": 1,
    "our|uk|us|eu|national position|line|interests": 1,
    "their|opening|fallback|negotiating|counterpart position|objective|objectives": 1.2,
    "opening|initial|resistance offer|point": 0.7,
    "red line(s)": 1.5,
    "bottom line": 0.5,
    "concessions": 0.8,
    "if raised|asked|pressed": 1.2,
    "points to raise|make": 1.5,
    "defensive points|lines|brief": 1,
    "sensitivities": 1,
    "detainee|prisoner|detained": 1,
    "detained national|citizen|person": 1.5,
    "place|date|location of detention|arrest": 0.8,
    "consular officer|visit|district|case|post|access": 1.5,
    "privacy waiver|act": 1,
    "interlocutor(s)": 1.5,
}
_LABELS = {
    "lines to take": 1.5,
    "line(s)": 0.3,
    "counsellor|counselor": 0.6,
    "comment|assessment": 0.4,
    "avoid": 0.5,
    "political section": 0.7,
    "decl": 1,
    "objective(s)": 0.6,
    "key messages": 0.7,
    "background": 0.3,
    "comment": 0.3,
    "classified by": 1,
    "head|leader of delegation|mission": 1.5,
    "deputy head": 0.7,
    "delegate(s)": 0.7,
    "delegation(s)": 1,
    "passport no|number|type": 0.6,
    "diplomatic rank|title|passport|status|list": 1.2,
    "sending|receiving|requesting|host state|mission|embassy|country|government": 1.2,
    "embassy|mission|consulate": 0.8,
    "ambassador": 0.8,
    "minister counsellor": 1,
    "first|second|third secretary": 1,
    "case officer|reference|number": 0.4,
    "next of kin": 0.5,
    "host government": 1,
    "reporting officer": 0.6,
    "drafted|approved|cleared by": 0.5,
    "date of assumption": 0.8,
    "date of arrival|assumption|appointment": 0.5,
    "nationality": 0.3,
    "purpose of flight|visit|mission": 0.7,
    "type|registration of aircraft": 0.6,
    "aircraft type|registration": 0.5,
    "call sign": 0.4,
    "entry|exit point": 0.5,
    "predecessor": 0.7,
}
_WORDS = {
    "vice consul": 0.8,
    "consular section": 0.8,
    "counsellor|counselor": 0.4,
    "ambassador extraordinary": 1,
    "plenipotentiary": 1,
    "amembassy|secstate|mofa|fco|fcdo": 1,
    "defence|defense|finance|interior minister": 0.5,
    "the coalition|opposition": 0.2,
    "conference on disarmament": 0.8,
    "member states": 0.4,
    "foreign affairs": 0.4,
    "embassy|embassies": 1,
    "ambassador": 0.8,
    "consul|consulate": 0.8,
    "mfa": 1,
    "foreign ministry|minister|secretary": 0.8,
    "foreign office": 0.6,
    "ministry|minister|department of foreign": 0.8,
    "ministry|minister of defence|defense": 0.5,
    "charge d affaires": 1,
    "defence|defense|military|naval|air|cultural|press attache": 1,
    "attache(s)": 0.5,
    "first|second|third secretary": 1,
    "minister counsellor": 1,
    "head|chief of mission": 1,
    "permanent representative|representation|mission": 0.8,
    "security council": 0.5,
    "general assembly": 0.4,
    "host government|nation|country": 0.8,
    "interlocutor(s)": 1,
    "bilateral": 0.7,
    "bilaterally": 0.5,
    "excellency": 0.6,
    "persona non grata": 1.5,
    "diplomatic passport|note|immunity|pouch|bag|channel(s)|mission|corps|visa|identity": 1,
    "diplomats": 0.6,
    "vienna convention": 0.8,
    "prime minister": 0.4,
    "ceasefire": 0.4,
    "treaty": 0.4,
    "sanctions": 0.3,
    "delegation": 0.5,
    "presidency": 0.3,
    "consular": 0.8,
    "detainee": 0.5,
    "protocol department|division|section|directorate": 1,
    "kingdom|republic of": 0.4,
    "government|governments of the|republic": 0.3,
}
_PHRASES_GRAVE = {
    "our national(s)": 0.6,
    "prisoner exchange|swap": 0.8,
    "lines to take": 1.2,
    "we recommend": 0.3,
    "asked that this": 0.5,
    "kept close|confidential": 0.3,
    "informing|inform her|his family": 0.7,
    "is|are being held at|in": 0.4,
    "appropriate host government": 1.5,
    "host government officials": 1,
    "end summary|comment": 1.2,
    "post|posts|embassy|mission should|requests|recommends": 0.7,
    "instructs|requests post|posts|embassy": 1.2,
    "deliver|delivered the|this|a|following demarche|points|message": 1,
    "following demarche": 1.5,
    "action request": 0.7,
    "sipdis": 2,
    "noforn": 0.7,
    "opening|fallback|negotiating position": 1,
    "our red|bottom line(s)": 1,
    "not cross|concede|accept": 0.3,
    "would not|never accept|concede": 0.6,
    "could live with": 0.6,
    "the other side": 0.4,
    "instructions from capital": 1.5,
    "await instructions": 1,
    "detained|arrested national|citizen|citizens|nationals": 0.8,
    "consular access|visit|assistance|notification|protection": 1,
    "called on the|foreign|ambassador|minister": 0.4,
    "told the|our ambassador|charge|poloff|emboff": 0.8,
    "poloff|emboff|econoff|dcm": 1.2,
    "scrutiny reservation": 1.5,
    "expressed|maintained|entered a|reservations|reservation": 0.5,
    "read ad referendum": 1,
    "ad referendum": 1,
    "unusually frank": 0.8,
    "bilateral relationship|relations": 0.7,
    "urge|lobby the|host mfa|government|ministry": 0.6,
    "press|pressed the government|minister": 0.4,
}
_PHRASES = {
    "agrement of": 1.2,
    "intends|proposes to appoint": 0.8,
    "with reference to the embassy|ministry": 1,
    "embassy|ministry s note": 0.8,
    "delegations are invited": 0.8,
    "bilateral meeting": 0.5,
    "presents|present its|their compliments": 3,
    "compliments to the ministry|embassy": 1.5,
    "has|have the honour|honor": 1.5,
    "avails|avail itself|themselves of": 2,
    "highest consideration": 1.5,
    "wishes to draw|express|convey|inform|bring": 0.8,
    "draw the attention of": 0.5,
    "would appreciate a|receiving": 0.3,
    "if raised": 0.8,
    "points to make|raise": 1,
    "talking points": 0.7,
    "speaking points": 0.7,
    "non paper": 1,
    "nonpaper": 1,
    "aide memoire": 1,
    "overflight clearance|permission|authorisation|authorization": 1,
    "overflight and landing": 1,
    "diplomatic clearance": 1.5,
    "letters of credence": 1.5,
    "requests|requesting|request his|her|the|their accreditation|agrement": 1,
    "has been appointed": 0.5,
    "courtesy call": 0.8,
    "joint communique|declaration|statement": 0.6,
    "head of delegation": 1,
    "delegation|delegations will be": 0.6,
    "our|your|the delegation": 0.5,
    "our|your government": 0.6,
    "diplomatic identity|passport": 0.8,
    "delegation list": 0.6,
}
_CODES = (
    Code(
        "code",
        re.compile(
            r"\b(?:UNCLAS|CONFIDENTIAL|SECRET|LIMDIS|NODIS|EXDIS|SIPDIS)\b"
            r"[^\n]{0,40}? [A-Z]{4,15} \d{4,6}\b"
        ),
        3,
        frozenset({"unclas", "confidential", "secret", "limdis", "nodis", "exdis", "sipdis"}),
        _GRAVE,
    ),
    Code(
        "code",
        re.compile(r"\bTAGS?: ?(?:[A-Z]{2,5}, ?){1,20}[A-Z]{2,5}\b"),
        2,
        frozenset({"tags"}),
        _GRAVE,
    ),
    Code(
        "code",
        re.compile(
            r"\bTEL(?:EGRAM )?NO?\b|\bOF \d{6}Z [A-Z]{3}(?: \d{2})?\b|\bFM [A-Z][A-Z ]{3,30}\n"
        ),
        1.5,
        frozenset({"telno", "fm", "telegram"}),
        _GRAVE,
    ),
)

_MATTER = Matter(
    Cues("title", Place.TITLE, _TITLES_GRAVE, _GRAVE),
    Cues("title", Place.TITLE, _TITLES),
    Cues("label", Place.LABEL, _LABELS_GRAVE, _GRAVE),
    Cues("label", Place.LABEL, _LABELS),
    Cues("words", Place.ANYWHERE, _WORDS),
    Cues("phrases", Place.ANYWHERE, _PHRASES_GRAVE, _GRAVE),
    Cues("phrases", Place.ANYWHERE, _PHRASES),
    *_CODES,
)


def detect(content: Content) -> Iterator[Finding]:
    """Report diplomatic papers."""
    worst = _MATTER.worst(content, _enough, _level)
    if worst:
        yield worst.finding("diplomatic", "diplomatic", "a diplomatic paper")


def _enough(evidence: Evidence) -> bool:
    trade = evidence.of("words") >= 0.8 or evidence.of("phrases") >= 2 or evidence.of("code") >= 3
    trade = trade or evidence.of("title", "label") >= 4
    paper = evidence.of("title", "label", "code") >= 1 or evidence.of("phrases") >= PHRASES
    return trade and paper and evidence.convinces()


def _level(_: Reading, evidence: Evidence) -> int:
    return 3 if evidence.about(_GRAVE) >= GRAVE else 2


DETECTOR = Detector("diplomatic", _MATTER.words, detect)
