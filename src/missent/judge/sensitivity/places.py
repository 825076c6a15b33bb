"""Own where things are: coordinates, grid references, plans of bases, pictures that say where.

A single coordinate in ordinary mail is level 1; several, or one with words of a site, are level 2; a
plan of a base, or positions of its gates, guards and magazines, are level 3. Two detectors of
one name: `DETECTOR` needs no word, since a coordinate may stand alone; `SITES` reads what speaks of a
site or a grid.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from missent.judge.content import Content, Detector, Reading, finding, place
from missent.judge.finding import Finding
from missent.judge.geodesy import columns_in, degrees_in, grids_in
from missent.judge.matter import Cues, Evidence, Matter, Place

SEVERAL = 2
"""Points that are more than a stray one."""
TITLED = 1.2
FEATURES = 3.0
LABELLED = 3.5
"""Features of a site that are labels by themselves, which make a plan without a title."""
DRAWN = 2.0
"""Features that are labels, which stand for a title where others are spoken of."""
GUARDED = 2.0
"""Weight of words of guarded places, beside a position."""

_TITLES = {
    "fort|camp|barracks": 0.6,
    "ground plan": 1.5,
    "facility|compound|barracks|station layout|plan|map|sketch": 2,
    "layout": 0.7,
    "key to sketch|plan|map": 1.5,
    "barracks": 0.5,
    "ground floor plan": 1.2,
    "map|plan|layout of naval|air|army|military|raf|us|hms": 2,
    "naval|air|army|military base|station": 0.8,
    "room|space layout|list": 0.6,
    "site plan|map|layout|sketch": 1.5,
    "floor plan(s)|layout": 1.2,
    "base|camp|garrison|station|installation|barracks|airfield|port map|plan|layout|site|sketch": 2.5,
    "map|plan|layout|sketch of base|camp|fort|garrison|installation|barracks|airfield": 2.5,
    "map|plan|layout|sketch of the base|camp|fort|garrison|installation|barracks|airfield|site": 2.5,
    "evacuation|emergency|fire plan|route|routes|map|assembly": 1.2,
    "building plan|layout|numbers|key|floor": 1,
    "perimeter plan|map|fence|security|sketch|layout": 2.5,
    "force protection plan|map": 2,
    "range map|overlay|layout": 1,
    "master|general layout|arrangement plan": 1,
    "fort|camp|base|barracks|naval|air": 0.8,
    "army|military|marine|naval|air station|base|depot|installation": 1.2,
    "map legend|key|sheet": 0.8,
    "overlay": 0.5,
    "barracks block|plan": 0.5,
    "grid reference(s)": 1.5,
    "rally|release|start|drop point|points|zone|zones": 1,
    "route card|overlay|plan": 1,
}
_FEATURES = {
    "main entrance": 0.7,
    "arms|weapons store": 1.2,
    "cell|detention block": 1,
    "comms centre|center": 0.7,
    "vehicle park|compound": 0.8,
    "fence line": 0.8,
    "flood lights": 0.6,
    "floodlights": 0.6,
    "sentry tower|towers|box|boxes": 0.8,
    "troop|accommodation accommodation|huts|block|blocks": 0.8,
    "duty officer": 0.5,
    "vehicle entrance": 0.8,
    "barrier": 0.4,
    "fuel bowser|tanks|dump": 0.7,
    "generator": 0.3,
    "command post": 0.8,
    "landing zone": 0.6,
    "helicopter landing": 0.8,
    "cookhouse|mess|canteen": 0.4,
    "medical centre|center|post": 0.4,
    "quarter guard|guard": 0.3,
    "safe room": 0.6,
    "server room": 0.5,
    "signal|signals centre|center": 0.7,
    "firing|rifle range": 0.7,
    "pass office": 0.8,
    "scif": 1.2,
    "ordnance": 0.7,
    "ammo bunker": 0.5,
    "server|communications room|center|centre": 0.5,
    "fuel farm": 0.5,
    "command building|post": 0.7,
    "rm|room 101|102|103|104|105|201|202": 0.3,
    "pier 1|2|3|4|5|6|7|8": 0.5,
    "main|north|south|east|west|front|rear|side|vehicle gate": 1,
    "gate|gates a|b|1|2|3|no|guard|house": 0.7,
    "gate": 0.4,
    "guard|sentry post(s)|house|room|tower|towers|shack|hut|gate": 1.2,
    "guardhouse|guardroom|gatehouse|watchtower|watchtowers": 1.2,
    "entry|access|vehicle|traffic control point|checkpoint": 0.9,
    "checkpoint(s)": 0.7,
    "perimeter": 0.8,
    "perimeter fence|wall|road|track": 0.6,
    "armory|armoury|armories|arms room": 1.2,
    "magazine(s)": 0.7,
    "ammunition|ammo|explosive|explosives|weapons magazine|store|storage|dump|bunker|point|depot": 1.2,
    "bunker(s)": 0.9,
    "barracks": 0.8,
    "barrack block(s)": 0.8,
    "headquarters|hq building|block": 0.8,
    "building no|number|1|2|3|4|5|6|7|8|9|10|11|12|14|20|21|30|41|42|101|102|200|201": 0.6,
    "bldg": 0.6,
    "motor pool": 0.9,
    "parade ground|square": 1,
    "flight line": 0.9,
    "hangar(s)": 0.6,
    "runway|taxiway|apron": 0.5,
    "fuel depot|farm|store|point": 0.7,
    "ops|operations|comms|communications|server|control room|centre|center": 0.5,
    "helipad|heliport": 0.6,
    "officers mess|club": 0.7,
    "mess hall": 0.5,
    "pier|jetty|wharf|dry dock|drydock": 0.4,
    "assembly|muster point|area": 0.6,
    "emergency|fire exit(s)": 0.4,
    "cctv|camera(s)": 0.4,
    "legend": 0.8,
    "scale 1": 0.5,
    "scale": 0.3,
    "north arrow": 0.6,
    "not to scale": 0.6,
}
_LABELS = {
    "grid|grids": 1,
    "grid reference|ref|zone|location|coordinates": 0.7,
    "mgrs": 1.5,
    "utm": 1,
    "latitude|lat": 0.8,
    "longitude|long|lon": 0.8,
    "coordinates|coords|position": 0.6,
    "location|site": 0.3,
    "lz|hlz|pz|dz": 1,
    "op|obj|objective": 0.3,
    "rally|release|start point": 0.8,
    "waypoint(s)": 0.7,
    "site name|id|code|location": 0.7,
    "easting|northing": 1,
    "datum": 0.8,
    "elevation|altitude|alt": 0.3,
}
_GUARDED = {
    "patrol base(s)": 1.5,
    "observation|guard|sentry post(s)": 1.2,
    "vehicle|traffic check|control point(s)": 1,
    "checkpoint(s)": 0.8,
    "safe house(s)": 1.2,
    "forward operating": 1.2,
    "fob|cop|outpost": 0.8,
    "landing zone(s)": 0.8,
    "rally point(s)": 0.8,
    "firing point|position|positions": 0.8,
    "launch site|sites|pad|position": 0.8,
    "radar site|sites|station|north|south": 0.8,
    "ambush": 0.6,
    "convoy": 0.6,
    "patrol": 0.5,
    "weapons cache": 1.2,
    "missile site|sites|battery": 1.2,
    "guard tower(s)": 1.2,
    "ammunition storage|store|magazine|depot": 1.2,
    "magazine": 0.4,
    "armory|armoury": 0.8,
    "bunker(s)": 0.8,
    "main gate": 0.8,
    "camp|barracks|garrison|fort": 0.6,
    "base": 0.3,
    "military": 0.4,
    "troops|platoon|squad|company|battalion": 0.4,
    "sentries|sentry|guards": 0.5,
    "anchorage|berth": 0.5,
    "target(s)": 0.3,
    "exfil|infil|medevac|casevac": 0.8,
}
_HINTS = {
    "mgrs": 1,
    "utm": 1,
    "usng": 1,
    "grid(s)": 0.5,
    "lz|hlz|pz|dz": 0.5,
    "coordinates|coordinate|coords": 0.5,
    "latitude": 0.3,
    "longitude": 0.3,
    "lat|lon|long": 0.1,
    "position(s)": 0.1,
    "location(s)": 0.1,
    "loc|vic": 0.1,
    "rally|waypoint|waypoints|rv|rendezvous": 0.2,
    "route|zone|site": 0.1,
    "easting|northing": 0.5,
    "wgs|wgs84": 0.5,
}

_GRIDDED = frozenset(
    [
        "mgrs",
        "utm",
        "usng",
        "grid",
        "grids",
        "lz",
        "hlz",
        "pz",
        "dz",
        "coordinates",
        "coordinate",
        "coords",
        "latitude",
        "lat",
        "rally",
        "waypoint",
        "waypoints",
        "rv",
        "rendezvous",
        "easting",
        "northing",
        "wgs",
        "wgs84",
        "checkpoint",
        "checkpoints",
        "anchorage",
        "patrol",
        "convoy",
        "ambush",
        "outpost",
        "vic",
    ]
)
"""Words without which no grid is looked for: it costs more than all the rest."""
_SQUARED = frozenset({"mgrs", "usng", "grid", "grids", "lz", "hlz", "pz", "dz", "vic", "patrol"})
_NAMED = frozenset({"latitude", "longitude", "lat", "gpslatitude", "northing", "breite"})

_PLANS = Matter(
    Cues("title", Place.TITLE, _TITLES),
    Cues("label", Place.LABEL, _FEATURES),
    Cues("label", Place.LABEL, _LABELS),
    Cues("feature", Place.ANYWHERE, _FEATURES),
    Cues("guarded", Place.ANYWHERE, _GUARDED),
    Cues("hint", Place.ANYWHERE, _HINTS),
    most=6.0,
)


def detect(content: Content) -> Iterator[Finding]:
    """Report coordinates that stand for themselves, and pictures that say where they were taken."""
    best = max(
        ((len(_degrees(reading)), reading) for reading in content.readings), key=lambda one: one[0]
    )
    number, reading = best
    if number:
        level = 2 if number >= SEVERAL else 1
        yield _finding("places", reading, level, number, _positions(number))
    yield from _pictures(content)


def detect_sites(content: Content) -> Iterator[Finding]:
    """Report plans of sites, and positions in what speaks of sites or of a grid."""
    found = [
        (level, number, reading)
        for reading in content.with_any(SITES.words)
        for level, number in [_site(reading)]
        if level
    ]
    if not found:
        return
    level, number, reading = max(found, key=lambda one: one[:2])
    kind = _positions(number) if number else "a plan of a guarded site"
    if level > 2 and number:
        kind += " of a guarded site"
    yield _finding("places", reading, level, max(number, 1), kind)


def _site(reading: Reading) -> tuple[int, int]:
    points = _degrees(reading)
    if not _GRIDDED.isdisjoint(reading.words):
        points = points | reading.derived(_grids, _grids)
    evidence = _PLANS.evidence(reading, _is_plan if not points else _is_site)
    if points and not evidence.cues and points == _degrees(reading):
        return 0, 0  # they stand for themselves: `detect` tells of them
    if points:
        guarded = evidence.of("guarded") + evidence.of("feature") >= GUARDED
        level = 3 if guarded or _is_plan(evidence) else 2 if len(points) >= SEVERAL else 1
        return (2 if level == 1 and evidence.weight >= GUARDED else level), len(points)
    if not evidence.cues:
        return 0, 0
    return (3 if evidence.of("label", "feature") >= 4 else 2), 0


def _is_site(evidence: Evidence) -> bool:
    return evidence.weight >= 0.5


def _is_plan(evidence: Evidence) -> bool:
    """Tell a plan by its title and features, or by many features that are labels of their own."""
    features = evidence.of("label")
    there = evidence.of("feature")
    titled = evidence.of("title") >= TITLED or features >= DRAWN
    return (titled and features + there >= FEATURES) or features >= LABELLED


def _degrees(reading: Reading) -> set[str]:
    return reading.derived(_degrees, _read_degrees)


def _read_degrees(reading: Reading) -> set[str]:
    return degrees_in(reading.text, not _NAMED.isdisjoint(reading.words))


def _grids(reading: Reading) -> set[str]:
    found = grids_in(reading.text, not _SQUARED.isdisjoint(reading.words))
    if not _NAMED.isdisjoint(reading.words):
        lines = (tuple(line.split("\t")) for line in reading.text.split("\n") if "\t" in line)
        found |= columns_in(chain(lines, *(table.rows for table in reading.tables)))
    return found


def _pictures(content: Content) -> Iterator[Finding]:
    placed = [
        reading
        for reading in content.readings
        if (picture := reading.document.picture) and picture.latitude is not None
    ]
    if placed:
        what = f"{len(placed)} pictures" if len(placed) > 1 else "a picture"
        said = "say where they were" if len(placed) > 1 else "says where it was"
        because = f"{place(placed[0])}: {what} that {said} taken (GPS position)"
        yield finding(
            "places", placed[0], category="places", level=2, count=len(placed), because=because
        )


def _positions(number: int) -> str:
    return f"{number} positions on the map" if number > 1 else "a position on the map"


def _finding(detector: str, reading: Reading, level: int, count: int, kind: str) -> Finding:
    where = place(reading) if reading.document.attached else "the letter"
    because = f"{where} gives {kind}"
    return finding(detector, reading, category="places", level=level, count=count, because=because)


DETECTOR = Detector("places", frozenset(), detect)
SITES = Detector("places", _PLANS.words | _GRIDDED | _NAMED, detect_sites)
