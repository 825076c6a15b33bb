"""Coordinates in all their spellings, plans of sites, and pictures that say where they were taken."""

from __future__ import annotations

import time

import pytest
from tests.judge.build import content

from missent.judge.finding import Finding
from missent.judge.sensitivity.places import DETECTOR, SITES
from missent.judge.vocabulary import Vocabulary
from missent.mail.document import Document, Picture, Table, Text

VOCABULARY = Vocabulary(DETECTOR.words | SITES.words)


def found(text: str, *attached: Document, subject: str = "") -> list[Finding]:
    """Give what both detectors find in a letter."""
    about = content(text, *attached, subject=subject, vocabulary=VOCABULARY)
    return [finding for one in (DETECTOR, SITES) for finding in one.detect(about)]


def worst(text: str, *attached: Document, subject: str = "") -> int:
    """Give the highest level found."""
    return max(
        (int(one.facts["level"]) for one in found(text, *attached, subject=subject)), default=0
    )


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("It is at 12.6392, -8.0029 or so", 1),
        (
            "ID\nLatitude\nLongitude\nRemarks\n1\n34.55213\n69.20771\ncache\n2\n34.56020\n69.19512\nwell",
            2,
        ),
        ("Site;North;East\nRadar head;N 58 12.44;E 6 33.10\nRelay;N 58 14.02;E 6 31.57", 2),
        ("Alpha 36-47-12N 076-17-55W\nBravo 36-48-40N 076-16-20W", 2),
        ("Gate: 36d47m12s N, 76d17m55s W\nPier: 36d48m40s N, 76d16m20s W", 2),
        ("Point\nLatitude (N)\nLongitude (E)\nP1\n12°38′21″\n8°00′10″\nP2\n12°39′02″\n8°01′44″", 2),
        (
            "12 deg 38 min 21 sec N, 8 deg 00 min 10 sec W; 12 deg 39 min 02 sec N, 8 deg 01 min 44 sec W",
            2,
        ),
        ("Name\tMGRS\nOP1\t38SMB4451087230\nOP2\t38SMB4511087990\nOP3\t38SMB4600188102", 2),
        ("12.6392, -8.0029 and 12.6401, -8.0101", 2),
        ("36\u00b047'12\"N 076\u00b017'55\"W, alternate 36\u00b050.21'N 076\u00b019.07'W", 2),
        ("48.85837\u00b0 N, 2.29448\u00b0 E", 1),
        ("Position 3647N 07617W, then 3650N 07610W", 2),
        ("Waypoints\nWP1 N51.2345 W001.2345\nWP2 N51.3456 W001.3456", 2),
        ("Rally point A 38S MB 44510 87230\nRally point B 38S MB 45110 87990", 2),
        ("PZ CROW: 42SWD12995566, HLZ ROBIN: 42S WD 1234 5678", 2),
        ("UTM zone 33N 500123 E 5412345 N datum WGS 84, 32U 461344 5481745", 2),
        ("Patrol base location grid MB 445 872, observation post grid 4451 8723", 3),
        (
            '<gpx><trkpt lat="47.64455" lon="-122.32689"/><trkpt lat="47.64401" lon="-122.32622"/></gpx>',
            2,
        ),
        ("<Placemark><coordinates>44.3612,33.3152,0</coordinates></Placemark>", 1),
        (
            '{"type":"Point","coordinates":[12.49231,41.89021]},{"coordinates":[12.49331,41.89121]}',
            2,
        ),
        ("Site\tLatitude\tLongitude\nNorth\t34.55210\t69.20115\nSouth\t34.51120\t69.18331", 2),
        ("name,lat,lon\ntower_a,12.63921,-8.00291\ntower_b,12.64101,-8.01022", 2),
        (
            "Main gate: 51.23412, -1.98231\nAmmunition magazine: 51.23611, -1.97902\nGuard tower: by 3",
            3,
        ),
    ],
)
def test_points_are_read_in_all_spellings(text: str, level: int) -> None:
    """Degrees, grids, columns and mark-up give points; guarded places beside them are graver."""
    assert worst(text) == level


@pytest.mark.parametrize(
    "text",
    [
        "We can offer 1.2345, 1.2389 today",
        "Fixings: 10.4412, 10.5521, 10.6612",
        "91.4412, 190.5521",
        "00.0000, 00.0000",
        "Bake at 180 \u00b0C, then 45\u00b0 to the left",
        "Today 12\u00b0 - 18\u00b0, tomorrow 9\u00b0 / 15\u00b0",
        "grid 38I MB 44510 87230",
        "grid 61S MB 44510 87230",
        "grid 38S IB 44510 87230",
        "grid 38S MB 445 8723",
        "grid 38S MB 0000 0000",
        "See https://maps.example/@51.50741,-0.12781,17z for the way",
        "Version 10.12.4411, build 2.0.1",
    ],
)
def test_other_numbers_are_no_points(text: str) -> None:
    """Rates, rows of numbers, temperatures and impossible grids stay silent."""
    assert worst(text) == 0


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (
            "Legend",
            (
                "CAMP ARDEN - BASE MAP\n"
                "1 Main gate\n"
                "2 Guardhouse\n"
                "3 Barracks\n"
                "4 Armoury\n"
                "5 Motor pool\n"
                "6 Command post\n"
                "7 Perimeter fence\n"
                "8 Watchtowers\n"
                "9 Ammunition storage\n"
                "10 Helicopter landing zone\n"
                "Scale 1:5000  Grid zone 33U\n"
            ),
        ),
        (
            "Facility layout",
            (
                "ELDER BARRACKS\n"
                "Ground plan, sheet 2\n"
                "Main entrance\n"
                "Duty officer\n"
                "Arms store\n"
                "Cell block\n"
                "Comms centre\n"
                "Troop accommodation\n"
                "Vehicle park\n"
                "Fence line with flood lights\n"
                "Sentry tower NE\n"
                "Sentry tower SW\n"
            ),
        ),
        (
            "plan",
            (
                "Fort Elder\n"
                "1 Main Gate and Guardroom\n"
                "2 HQ\n"
                "3 Officers' Mess\n"
                "4 Ammunition bunkers\n"
                "5 Fuel point\n"
                "6 Helipad\n"
                "7 Watchtower (x4)\n"
                "N arrow, scale 1:2,000\n"
            ),
        ),
        (
            "Plan",
            (
                "SITE PLAN - FORT ELDER\nLegend\nMain gate\nGuard house\nPerimeter fence\n"
                "Ammunition magazine\nArmoury\nBarracks block B\nScale 1:2500"
            ),
        ),
        (
            "map",
            (
                "MAP OF NAVAL STATION HARLOW\n1 Main Gate\n2 Pass Office\n3 Pier 4\n"
                "4 Ordnance magazines\n5 Barracks 1-6\n6 Command building\n7 Fuel farm"
            ),
        ),
        (
            "Evac",
            (
                "Evacuation plan Building 7, barracks\nAssembly area north of the parade ground.\n"
                "Exits: guardroom door, armoury. Floor plan level 2: ops room, key store, magazine."
            ),
        ),
        (
            "floor plan",
            (
                "Building 220, ground floor plan\nRm 101 Guard room\nRm 102 Armory\nRm 103 SCIF\n"
                "Rm 104 Server room\nRm 105 Communications center\nExit A to parade ground"
            ),
        ),
    ],
)
def test_a_plan_of_a_base_needs_no_coordinates(subject: str, text: str) -> None:
    """Its title and the names of what is drawn are enough."""
    assert worst(text, subject=subject) == 3


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (
            "Site map",
            (
                "Please review the new site map of our website: Home, Support, Contact. Floor plan"
                " of the new office attached; your desk is in building 3, near the main gate parking."
            ),
        ),
        (
            "Directions",
            "Pass the main gate of the base, then second left; parking behind building 12.",
        ),
        ("Lunch", "The magazine wants a photo of the hangar. Meet at gate 12, terminal 2."),
    ],
)
def test_directions_and_site_maps_are_no_plans(subject: str, text: str) -> None:
    """A gate or a plan that is spoken of is not drawn."""
    assert worst(text, subject=subject) == 0


def test_pictures_that_say_where_are_counted() -> None:
    """Each geotagged picture counts, in one finding of level 2; one without a position does not."""
    tagged = [
        Document(str(n), "jpeg", name="x.jpg", picture=Picture(latitude=12.6, longitude=-8.0))
        for n in (2, 3)
    ]
    plain = Document("4", "jpeg", picture=Picture(640, 480))
    [finding] = found("Photos attached.", *tagged, plain)
    assert finding.facts["level"] == 2
    assert finding.facts["count"] == 2
    assert finding.about == "part 2"


def test_columns_of_an_attached_table_are_read() -> None:
    """Latitude and longitude may stand in columns apart."""
    rows = (
        ("Radar", "Latitude", "Longitude"),
        ("a", "34.5521", "69.2011"),
        ("b", "34.51", "69.18"),
    )
    sheet = Document("2", "xlsx", tables=(Table(rows),))
    assert worst("See the sheet.", sheet) >= 2


def test_what_was_found_is_never_repeated() -> None:
    """No coordinate enters a finding (law 8)."""
    note = Document("2", "txt", texts=(Text("12.6392, -8.0029"),))
    [finding] = found("See the note.", note)
    assert "12.6" not in repr(finding)
    assert finding.because == "part 2 gives a position on the map"


@pytest.mark.parametrize(
    "unit",
    [
        "12.3456, ",
        "12\u00b0",
        "12\u00b034'",
        "lat 1.22 ",
        "grid MB ",
        "38S MB 1 ",
        "N 12 34 ",
        "gate\n",
        "1.2345",
        "12-34-",
        "0N 0E ",
        "N 12-34 E",
        "0.0000,",
    ],
)
def test_hostile_text_is_read_in_linear_time(unit: str) -> None:
    """A megabyte of half coordinates does not stall it."""
    hostile = "grid latitude position\n" + unit * (1_000_000 // len(unit))
    started = time.process_time()
    found(hostile)
    assert time.process_time() - started < 8
