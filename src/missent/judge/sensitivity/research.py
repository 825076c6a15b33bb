"""Own technical data: of arms and dual-use goods, and research that is not published.

Known by numbers and references that only such papers carry (stock and part numbers, military
standards, export classifications), titles, the labels of specifications and test reports, and the
statements that export law prescribes, together with words of weapons or of research. The research of
analysts, tests of software and data sheets of consumer goods have at most one kind. Arms and goods
under export control are level 3, else 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from missent.judge.content import Content, Detector, Reading
from missent.judge.finding import Finding
from missent.judge.matter import Code, Cues, Evidence, Matter, Place

GRAVE = 2.0
"""Weight of the cues of arms or export control."""
PHRASES = 3.5
"""Weight of set phrases without which a title, label or code is needed: news has none of them."""
_ARMS = "arms"

_TITLES_ARMS = {
    "ballistic|ballistics|firing|warhead|propulsion|sonar|radar|missile|torpedo|acoustic test(s)|trial": 3,
    "ballistic|ballistics|firing|warhead|propulsion|sonar|radar|armour|armor report|data|results": 3,
    "ballistic|penetration|blast|fragmentation|arena|shock test report|report|results": 3,
    "live fire|firing test|trial": 3,
    "flight|static|sea|firing|acceptance|qualification|shock|environmental test|trial(s) report|results": 2,
    "warhead|missile|torpedo|munition|fuze|seeker|guidance|weapon|weapons|rocket|propellant": 1.5,
    "radar cross section": 3,
    "technical data package": 3,
    "export control|controlled|license|licence": 1.5,
    "itar": 2,
    "military|performance|detail specification": 2,
    "armour|armor|explosive|propellant|radar absorbing|absorbent": 1,
    "interface control document": 1.5,
    "vulnerability and lethality": 3,
}
_TITLES = {
    "rcs": 1.5,
    "unpublished": 1.5,
    "invention": 1,
    "development specification": 1.5,
    "laboratory|lab report": 1.5,
    "formula|formulation": 0.8,
    "test|trial|trials report": 2,
    "test|trial|laboratory|lab results|data|log|record|summary": 1,
    "technical report|specification|data|note|memorandum": 1.5,
    "specification|spec": 0.8,
    "engineering|assembly|detail|outline drawing": 1.5,
    "drawing list|no|number|register|package": 1.5,
    "parts list": 1,
    "bill of materials": 1,
    "invention disclosure|record|report": 3,
    "disclosure of invention": 3,
    "patent application|draft|disclosure|claims": 2.5,
    "draft|provisional patent": 2.5,
    "trade secret(s)": 2.5,
    "formulation sheet|record|report|data": 2,
    "lab|laboratory notebook": 2,
    "clinical study|trial report|protocol|results|data": 2.5,
    "interim analysis|results": 1.5,
    "unpublished results|data|manuscript|findings|research": 2.5,
    "research results|data|notes|protocol|proposal": 1.2,
    "preliminary|confidential results|findings|research|data": 1.2,
    "investigator s brochure": 3,
    "investigator brochure": 3,
    "research and development": 1.5,
    "prototype test|results|specification|evaluation|design": 1.5,
    "design review|description|data|specification": 1,
    "source code": 1,
}
_LABELS_ARMS = {
    "nsn": 1.5,
    "nato stock": 1.5,
    "national stock": 1.5,
    "cage": 1.5,
    "cage code": 0.5,
    "ncage": 1.5,
    "usml category": 1.5,
    "usml": 1,
    "eccn": 1.5,
    "export control|classification|jurisdiction": 1.2,
    "export license|licence": 1,
    "distribution statement": 1,
    "weapon|munition|missile|projectile|warhead|fuze|propellant|explosive": 1,
    "muzzle|impact|striking|residual|launch velocity": 1,
    "round|shot number|no": 0.7,
    "charge weight|mass": 0.8,
    "net explosive": 1.5,
    "specific impulse": 1.2,
    "thrust": 0.8,
    "chamber|burst pressure": 0.7,
    "burn rate|time": 0.8,
    "radar cross": 1.5,
    "rcs": 1,
    "frequency band|range": 0.4,
    "detection|effective|maximum|firing range": 0.7,
    "target strength": 1.2,
    "source level": 0.7,
    "armour|armor": 0.8,
    "v50": 1.5,
    "penetration": 0.5,
    "kill probability": 1.5,
    "cep": 1,
    "contract line": 0.5,
    "contracting|design|cognizant activity|authority": 0.5,
    "weapon|weapons system": 1,
}
_LABELS = {
    "part|drawing|dwg|serial|lot|batch number|no": 0.7,
    "p n": 0.7,
    "s n": 0.3,
    "drawing": 0.6,
    "nomenclature": 1,
    "rev|revision": 0.3,
    "test article|item|specimen|sample|unit": 1,
    "test date|facility|conditions|standard|method|procedure|range|engineer|objective|setup": 0.7,
    "item under test": 1,
    "unit under test": 1,
    "equipment under test": 1,
    "specimen|sample id|no|number": 0.6,
    "result(s)": 0.3,
    "tolerance(s)": 0.6,
    "material(s)": 0.4,
    "heat treatment": 0.8,
    "surface finish": 0.7,
    "applicable documents|specifications|standards": 1,
    "referenced documents": 0.7,
    "title of invention|the": 1.2,
    "inventor(s)": 1.5,
    "name of inventor(s)": 1.5,
    "date of conception|disclosure|invention": 1,
    "conception date": 1,
    "prior art": 1.2,
    "description of invention|the": 0.8,
    "field of invention|the": 1.2,
    "reduction to practice": 1.2,
    "background of the": 0.5,
    "claims": 0.7,
    "what is claimed": 1.2,
    "attorney docket": 1.2,
    "funding source": 0.6,
    "public disclosure": 0.8,
    "protocol number|no|id": 0.8,
    "protocol": 0.6,
    "sponsor": 0.4,
    "primary|secondary endpoint(s)|outcome|objective": 1,
    "principal investigator": 0.8,
    "adverse events": 1,
    "study phase|population|drug|design|number": 0.7,
    "subjects enrolled|randomised|randomized": 0.8,
    "formulation|composition|ingredients": 0.7,
    "process parameters|conditions": 0.7,
    "lab|notebook page|notebook|ref|reference": 0.7,
    "hypothesis": 0.5,
    "experiment(s)": 0.6,
    "trl": 0.7,
    "technology readiness": 0.8,
}
_WORDS_ARMS = {
    "warhead(s)": 1,
    "missile(s)|torpedo|torpedoes|munition(s)|projectile(s)": 0.8,
    "fuze(s)|fuzing|detonator(s)|booster charge": 0.8,
    "propellant|oxidizer|htpb|perchlorate": 0.8,
    "rocket motor(s)": 1,
    "explosive train|fill|charge|yield": 1,
    "rdx|hmx|pbxn|tnt|c4": 0.6,
    "solid rocket|propellant": 0.7,
    "specific impulse": 1,
    "thrust vector|chamber": 0.7,
    "muzzle velocity": 1,
    "ballistic|ballistics": 0.7,
    "armour|armor": 0.6,
    "armor|armour piercing": 0.8,
    "shaped charge": 1.2,
    "fragmentation|penetrator": 0.7,
    "seeker|homing|proportional navigation": 0.9,
    "guidance section|software|unit|system|law|computer": 0.7,
    "inertial navigation|measurement": 0.5,
    "radar cross section": 1.2,
    "rcs": 0.6,
    "dbsm": 1.2,
    "radar absorbing|absorbent": 1.2,
    "low observable": 1,
    "jammer|jamming|countermeasure(s)|electronic warfare": 0.8,
    "sonar|hydrophone|towed array": 0.9,
    "submarine|submerged|frigate|destroyer": 0.4,
    "infrared signature": 1,
    "acoustic signature": 1,
    "night vision": 0.6,
    "turbojet|ramjet|scramjet|hypersonic": 0.8,
    "uav|uas|drone|unmanned": 0.4,
    "weapon(s) system|systems|program|effects": 0.6,
    "fire control": 0.6,
    "kill chain": 0.6,
    "lethality": 0.8,
    "encryption device|module": 0.4,
    "centrifuge|enrichment|fissile": 0.6,
    "nerve agent|pathogen": 0.7,
}
_WORDS = {
    "ic50|ec50": 0.8,
    "compound|batch": 0.3,
    "in mice|rats": 0.5,
    "raw data": 0.4,
    "pol|ghz": 0.3,
    "burn rate": 0.6,
    "prototype|prototypes": 0.5,
    "specimen(s)": 0.5,
    "test article|item": 0.6,
    "test report": 0.5,
    "measured|measurements|measurement": 0.3,
    "tolerance(s)": 0.4,
    "calibrated|calibration": 0.4,
    "sintered|cured|annealed|alloy|titanium|composite": 0.4,
    "inventor(s)": 0.8,
    "invention": 0.7,
    "prior art": 1,
    "claimed is": 0.7,
    "patentable|patentability": 0.8,
    "embodiment|apparatus": 0.5,
    "placebo|double blind|randomised|randomized": 0.8,
    "dose|dosing|efficacy|pharmacokinetic": 0.6,
    "adverse events": 0.6,
    "clinical trial|study": 0.5,
    "assay|in vitro|in vivo|cell line": 0.7,
    "statistically significant": 0.4,
    "formulation": 0.6,
    "trade secret(s)": 0.8,
    "unpublished": 0.8,
    "laboratory|lab": 0.3,
    "wt|wt percent": 0.3,
}
_PHRASES_ARMS = {
    "arms export control": 2,
    "export of which is restricted": 1,
    "whose export is restricted": 2,
    "export is restricted": 1,
    "severe criminal penalties": 1,
    "export administration act|regulations": 0.8,
    "international traffic in arms": 2,
    "itar": 1.2,
    "itar controlled|restricted|data|technical": 0.8,
    "technical data": 0.7,
    "controlled technical|unclassified information": 0.8,
    "controlled technical": 0.5,
    "usml": 1.2,
    "munitions list": 1.2,
    "eccn": 1.2,
    "ear99": 1,
    "export controlled": 1.2,
    "export license|licence": 0.8,
    "dual use": 0.8,
    "wassenaar": 1,
    "foreign person(s)|national|nationals": 0.7,
    "end user certificate|undertaking": 1,
    "missile technology control": 1.5,
    "cage code": 1,
    "nato stock number": 1,
    "national stock number": 1,
    "def stan": 1,
    "defence standard": 1,
}
_PHRASES = {
    "invention record|disclosure": 1.2,
    "unpublished results|data|findings": 1,
    "first|public disclosure": 0.6,
    "share|disclose before we|publication|filing": 0.6,
    "do not forward|share|distribute outside": 0.5,
    "outside the program|programme|project": 0.6,
    "application has to be": 0.4,
    "known prior art": 0.5,
    "inventors are": 0.4,
    "conceived": 0.4,
    "not been published|disclosed": 0.8,
    "not yet published|disclosed|filed": 1,
    "not to be|disclosed outside": 0.5,
    "disclosed outside": 0.6,
    "prior to publication": 0.7,
    "embargoed until": 0.8,
    "results are embargoed": 1,
    "before we file": 0.6,
    "patent filing": 0.4,
    "file the patent": 0.5,
    "trade secret": 0.8,
    "proprietary information|data|formulation|process": 0.4,
    "attorney docket": 0.8,
    "what is claimed": 1,
    "method comprising": 0.8,
    "field of the invention": 1.5,
    "background of the invention": 1.5,
    "present invention": 1,
    "conceived|reduced to practice": 0.8,
    "lab notebook": 0.8,
    "primary|secondary endpoint(s)": 1,
    "interim analysis": 0.8,
    "unblinded|unblinding": 1,
    "intent to treat": 0.8,
    "technology readiness level": 0.8,
    "process parameters": 0.5,
    "cure|curing temperature": 0.6,
}
_CODES = (
    Code(
        "code",
        re.compile(r"\b(?!0000-)\d{4}-\d{2}-\d{3}-\d{4}\b"),
        2,
        frozenset({"nsn", "cage", "nato", "ncage", "nomenclature"}),
        _ARMS,
    ),
    Code(
        "code",
        re.compile(
            r"\bMIL-(?:STD|SPEC|PRF|DTL|HDBK|[A-Z])-\d{2,6}|\bSTANAG[ -]\d{3,5}"
            r"|\bDEF(?:[ -]?STAN|CON)[ -]\d\d",
            re.I,
        ),
        1.5,
        frozenset({"mil", "stanag", "defstan"}),
        _ARMS,
    ),
    Code(
        "code",
        re.compile(r"\bN?CAGE(?: C(?:ODE|ode))?[:\t #]{1,4}(?=[A-Z]{0,4}\d)[0-9A-Z]{5}\b"),
        2,
        frozenset({"cage", "ncage"}),
        _ARMS,
    ),
    Code(
        "code",
        re.compile(
            r"\bECCN[:\t #]{0,4}(?:is )?[0-9][A-E]\d{3}"
            r"|\b(?:USML )?CATEGORY [IVX]{1,5} ?\([a-z]\)|\bUSML\b[^\n]{0,20}[IVX]{1,5}\b"
            r"|\bML ?\d{1,2}[a-z]?\b",
            re.I,
        ),
        2,
        frozenset({"eccn", "usml", "itar", "siel", "munitions"}),
        _ARMS,
    ),
    Code(
        "code",
        re.compile(
            r"\b(?:P/N|PN|DWG|DRAWING)[ .:#NOo\t]{1,8}[0-9A-Z]{1,6}-[0-9A-Z-]{3,12}\b", re.I
        ),
        1,
        frozenset({"pn", "dwg", "nomenclature", "nsn", "cage", "tolerance"}),
    ),
)

_MATTER = Matter(
    Cues("title", Place.TITLE, _TITLES_ARMS, _ARMS),
    Cues("title", Place.TITLE, _TITLES),
    Cues("label", Place.LABEL, _LABELS_ARMS, _ARMS),
    Cues("label", Place.LABEL, _LABELS),
    Cues("words", Place.ANYWHERE, _WORDS_ARMS, _ARMS),
    Cues("words", Place.ANYWHERE, _WORDS),
    Cues("phrases", Place.ANYWHERE, _PHRASES_ARMS, _ARMS),
    Cues("phrases", Place.ANYWHERE, _PHRASES),
    *_CODES,
)


def detect(content: Content) -> Iterator[Finding]:
    """Report technical data and unpublished research."""
    worst = _MATTER.worst(content, _enough, _level)
    if worst:
        kind = (
            "technical data of arms or controlled goods"
            if worst.level > 2
            else "research not published"
        )
        yield worst.finding("research", "research", kind)


def _enough(evidence: Evidence) -> bool:
    paper = evidence.of("title", "label", "code") >= 1 or evidence.of("phrases") >= PHRASES
    return paper and evidence.convinces()


def _level(_: Reading, evidence: Evidence) -> int:
    return 3 if evidence.about(_ARMS) >= GRAVE else 2


DETECTOR = Detector("research", _MATTER.words, detect)
