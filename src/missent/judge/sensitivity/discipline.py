"""Own papers about somebody's conduct: complaints, charges, discipline, reviews, vetting.

Known by titles of such papers, the labels of their fields, and the set phrases that an authority, a
complainant or a personnel department writes in them. A report in the news has the words but neither
titles nor labels; the talk of a review season has a title at most. A complaint, charge or inquiry
about a person who is named is level 3, else, and for reviews and vetting, it is level 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from missent.judge.conduct import (
    LABELS_ACCUSING,
    LABELS_REVIEWING,
    TITLES_ACCUSING,
    TITLES_REVIEWING,
)
from missent.judge.content import Content, Detector, Reading
from missent.judge.finding import Finding
from missent.judge.matter import Cues, Evidence, Matter, Place

FORM = 1.5
"""Weight of labels without which, or a title, somebody has to be named."""
TITLE = 2.5
ACCUSING = 2.0
"""Weight of the cues that somebody is accused of something."""
_ACCUSED = "accused"
_REVIEWED = "reviewed"

_WORDS = {
    "concerns raised": 0.4,
    "line manager": 0.5,
    "complainants": 0.8,
    "allegation of": 0.4,
    "shouted at": 0.4,
    "left out of": 0.2,
    "humiliation|intimidation|victimization": 0.6,
    "insubordinate|negligence|negligent": 0.5,
    "confiscated|searched": 0.3,
    "the complainant|respondent|appellant": 1,
    "ridiculed|taunted|shoved|slurs|insulting|bullies|demeaning": 0.6,
    "collar|by the throat": 0.3,
    "name calling|called him|her names": 0.6,
    "arrived late": 0.6,
    "reprisal|reprisals|retaliation|retaliated": 0.5,
    "afraid to come|speak": 0.6,
    "affray|convicted|conviction": 0.6,
    "stole|stealing|pilfered|embezzled": 0.6,
    "useless|worthless": 0.2,
    "inquiry|enquiry": 0.3,
    "bully|bullies": 0.9,
    "screamed|screams|yelled|shouting|slapped|kicked|pushed|grabbed": 0.5,
    "smelled|smelt of": 0.5,
    "abuse of authority|power|position": 0.9,
    "humiliate|humiliating|belittle|belittling|insulted|insults": 0.6,
    "foreign contacts": 0.6,
    "undisclosed": 0.4,
    "cannabis|cocaine|drugs": 0.4,
    "late for|twice": 0.2,
    "racist|sexist|discriminated|discrimination|victimised|victimisation": 0.6,
    "allegation(s)": 0.5,
    "alleged|alleges|allegedly": 0.5,
    "complainant": 1,
    "the accused": 0.8,
    "the suspect": 0.6,
    "the victim": 0.6,
    "misconduct": 0.6,
    "gross|serious misconduct": 1,
    "bullied|bullying": 0.9,
    "harassed|harassment|harassing": 0.7,
    "sexual harassment|assault": 0.6,
    "inappropriate|offensive|derogatory|unwanted remarks|comments|touching|advances|behaviour": 0.8,
    "inappropriate|unacceptable|threatening|aggressive behavior|conduct|behaviour|manner": 0.7,
    "hostile work environment": 0.8,
    "belittled|humiliated|intimidated|shouted|sworn|swore|mocked|undermined": 0.6,
    "assaulted|assault|punched|struck|threatened|groped|stabbed": 0.6,
    "stole|stolen|theft|larceny|burglary|fraudulently": 0.6,
    "arrested|apprehended|detained": 0.6,
    "intoxicated|drunk|dui": 0.4,
    "absent without leave": 1,
    "awol": 1,
    "unauthorised|unauthorized absence|absences": 0.8,
    "conduct unbecoming": 1.5,
    "dereliction of duty": 1.2,
    "failure to obey|report|follow": 0.6,
    "lateness|absenteeism|tardiness|insubordination": 0.7,
    "falsified|falsifying": 0.5,
}
_PHRASES = {
    "formal warning": 1.2,
    "your conduct|attendance on|at|record": 0.5,
    "lead|leads to dismissal|termination": 1.2,
    "repetition": 0.3,
    "any repetition": 0.6,
    "right to appeal": 0.3,
    "asked|appointed to look|investigate": 0.5,
    "evidence supports|suggests": 0.4,
    "balance of probability": 1.2,
    "disciplinary panel|hearing": 0.5,
    "raised by|against": 0.3,
    "without a relief|leave|permission": 0.4,
    "described being": 0.5,
    "recommend mediation": 0.8,
    "statement taken": 0.7,
    "released pending": 0.8,
    "helping police": 0.5,
    "this report concerns|relates|sets": 0.7,
    "allegation|allegations|complaint made|brought|raised by|against": 1,
    "allegation made by": 0.3,
    "i interviewed": 0.8,
    "interviewed the|both|several": 0.5,
    "i find|found that": 0.4,
    "is|are|was|were substantiated": 0.6,
    "on the evidence|balance": 0.6,
    "denies|denied the|any|having|that|all": 0.4,
    "disciplinary action be|is|should|against": 0.8,
    "recommend that disciplinary|formal": 1,
    "issuing|issue you with": 1,
    "first|final written": 0.6,
    "up to and including dismissal|termination": 1.5,
    "further action up": 0.5,
    "on|to|from your file": 0.5,
    "may|can appeal in": 0.8,
    "may appeal": 0.6,
    "put to him|her|you that|the": 1,
    "declined to answer|comment": 0.4,
    "amount to gross": 1.2,
    "suspended on full": 1,
    "amount to misconduct": 1.2,
    "gross misconduct": 0.7,
    "report the behavior|behaviour|conduct of": 1,
    "ask for an inquiry|enquiry": 1,
    "to the inspector general": 0.5,
    "never be|get promoted": 0.8,
    "come forward": 0.3,
    "strained relations|relationship": 0.4,
    "verbal warning": 0.5,
    "no improvement": 0.4,
    "written warning": 0.6,
    "wish to report|complain": 0.7,
    "hereby file|lodge|submit": 0.8,
    "request prosecution": 1.2,
    "request|demand|ask for an investigation": 0.8,
    "found guilty of": 0.7,
    "to be|be|been dismissed": 0.6,
    "dismissed from the|service": 0.8,
    "called security|the police": 0.4,
    "i have read this|the": 0.4,
    "read this statement": 1,
    "i saw|heard|witnessed": 0.3,
    "threatened to": 0.4,
    "ruin his|her|my career": 0.8,
    "witnesses are|were|include": 0.4,
    "requested|request a transfer|transfers": 0.4,
    "removed from|of command|duty|post": 0.4,
    "disciplinary hearing|procedure|proceedings|policy|investigation|panel|meeting|action": 0.9,
    "formal grievance|complaint|investigation|warning": 0.9,
    "grievance procedure|policy|hearing|panel": 0.9,
    "raise a grievance": 1.2,
    "final|first written warning": 1.5,
    "verbal|oral|written warning": 0.8,
    "right of|to appeal": 0.7,
    "appeal against this|the": 0.7,
    "trade union representative": 0.7,
    "be accompanied by": 0.8,
    "work colleague": 0.5,
    "pending an|the investigation|outcome": 0.8,
    "suspended on|from|with|without full|pay|work|duty": 1,
    "hereby reprimanded|suspended|charged|dismissed|notified": 1.5,
    "uniform code of": 1.2,
    "ucmj": 1,
    "article 86|89|90|91|92|107|112a|120|121|128|134": 0.8,
    "court martial": 0.8,
    "military|local|state|service police": 0.6,
    "under caution": 1,
    "miranda": 1,
    "read his|her|their rights": 1.2,
    "personnel|official|service|local file": 0.8,
    "true to the best": 1.2,
    "true and correct": 0.4,
    "if it is tendered": 2,
    "wilfully stated": 1.5,
    "under penalty of perjury": 1.2,
    "make this statement": 1.2,
    "following|above statement": 0.6,
    "summarily dismissed": 1.5,
    "summary dismissal": 1.2,
    "dismissed from": 0.5,
    "employment is terminated": 1.2,
    "terminate your employment": 1.2,
    "termination of your employment": 1.2,
    "your conduct|behaviour|behavior|actions": 0.8,
    "investigating|appointed investigating officer": 1,
    "interviewed under|the|by|as": 0.4,
    "case to answer": 1.2,
    "not|partially|was|were|is|are upheld|substantiated|founded": 0.9,
    "unsubstantiated|substantiated": 0.8,
    "balance of probabilities": 1.2,
    "preponderance of": 1,
    "sworn before|statement|to": 0.7,
    "press charges": 1,
    "lodge|lodged|file|filed|make|submit a|this|my formal|criminal complaint": 1,
    "lodge|file|filed|submitting a complaint": 0.7,
    "grievance against": 1.2,
    "complaint against": 0.7,
    "chain of command": 0.5,
    "human resources": 0.3,
    "zero tolerance": 0.2,
    "equal opportunity": 0.4,
}
_PHRASES_REVIEWING = {
    "below|meets|exceeds expectations": 0.4,
    "improvement plan": 0.8,
    "of her|his peers": 0.5,
    "top third|half|quarter of": 0.6,
    "difficulty meeting": 0.6,
    "not fully effective": 1,
    "not fitted|fit|suitable for promotion": 1,
    "do not|not push|promote|recommend for": 0.3,
    "fell below the standard": 0.8,
    "county court judgment|judgement": 1,
    "one|no|spent conviction|convictions": 0.7,
    "right to work": 0.8,
    "adverse media": 1,
    "references received|outstanding": 0.5,
    "rated officer|soldier|nco": 1.5,
    "senior rater": 1.5,
    "exceeds|meets|below|exceeded|met expectations|standards|standard": 0.7,
    "needs improvement": 0.7,
    "promote ahead|with|now|immediately": 0.8,
    "best qualified": 0.6,
    "highly qualified": 0.3,
    "areas for improvement|development": 0.6,
    "during this rating|reporting|review|appraisal period": 1,
    "over the rating|reporting|review|appraisal period": 1,
    "security clearance": 0.8,
    "adjudicative guidelines": 1.5,
    "access to classified": 1,
    "eligibility for access": 1.2,
    "financial considerations": 0.8,
    "foreign influence|preference": 0.8,
    "personal conduct": 0.7,
    "alcohol consumption": 0.4,
    "mitigating|disqualifying conditions|factors": 1,
    "no adverse|derogatory information": 1.2,
    "no criminal record|convictions|history": 1,
    "criminal record check|checks": 0.8,
    "vetting": 0.7,
    "subject interview": 0.8,
}

_PERSON = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Dr|Sgt|SGT|SSG|SFC|MSG|CPL|Cpl|Pvt|PVT|PFC|SPC|Spc|LCpl|Lt|LT|1LT|2LT|Capt|CPT"
    r"|CAPT|Maj|MAJ|Col|COL|LTC|LtCol|Cdr|CDR|LCDR|LTJG|ENS|PO1|PO2|PO3|CPO|A1C|SrA|TSgt|MSgt|SSgt|WO|CW2"
    r"|Sergeant|Corporal|Captain|Major|Lieutenant|Private|Colonel|Commander|Petty Officer|Airman|Officer"
    r"|Employee|Dear)\.?[ \t]{1,3}\(?[A-Z][A-Za-z'-]{1,30}"
    r"|\bv\.? [A-Z][a-z]{1,30}|\b[A-Z]\. ?[A-Z][a-z]{2,30}\b|\bI, [A-Z][a-z]{1,30} [A-Z]"
    r"|\b(?i:complainant|accused|suspect|victim|name|employee|respondent|witness|statement of)"
    r"(?: name)?[ \t]{0,4}(?:[:\t]|\n)[ \t]{0,4}[A-Z][A-Za-z'-]{1,30}"
    r"|\b(?:by|against|between|involving|concerning)\s[^\W\d_a-z][\w'-]{1,30}\s[^\W\d_a-z][\w'-]{1,30}"
)

_MATTER = Matter(
    Cues("title", Place.TITLE, TITLES_ACCUSING, _ACCUSED),
    Cues("title", Place.TITLE, TITLES_REVIEWING, _REVIEWED),
    Cues("label", Place.LABEL, LABELS_ACCUSING, _ACCUSED),
    Cues("label", Place.LABEL, LABELS_REVIEWING, _REVIEWED),
    Cues("words", Place.ANYWHERE, _WORDS, _ACCUSED),
    Cues("phrases", Place.ANYWHERE, _PHRASES, _ACCUSED),
    Cues("phrases", Place.ANYWHERE, _PHRASES_REVIEWING, _REVIEWED),
    crowd=1.4,
)


def detect(content: Content) -> Iterator[Finding]:
    """Report papers about somebody's conduct, performance or reliability."""
    worst = _MATTER.worst(content, Evidence.convinces, _level)
    if worst:
        kind = (
            "a complaint, charge or inquiry" if worst.level > 2 else "conduct, a review or vetting"
        )
        yield worst.finding("discipline", "personnel", f"a paper about {kind}")


def _level(reading: Reading, evidence: Evidence) -> int:
    named = _PERSON.search(reading.text) is not None
    if not named and evidence.of("label") < FORM and evidence.of("title") < TITLE:
        return 0  # a policy, or advice to everybody
    accuses = evidence.about(_ACCUSED) >= max(ACCUSING, evidence.about(_REVIEWED))
    return 3 if accuses and named else 2


DETECTOR = Detector("discipline", _MATTER.words, detect)
