"""The second, held-out set: papers about weapons, inspections and places."""

from __future__ import annotations

from bench.papers import Desk, Paper, Template
from bench.papers.second_affairs import form, name, paper, spot, table


def live_firing(d: Desk) -> Paper:
    """Report a trial of a weapon."""
    return paper(
        "research",
        d.pick(
            "Live firing trial, interim results",
            "Warhead test report",
            "Range report: seeker trial",
        ),
        f"Trial {d.digits(2)} was held on {d.day()} at the coastal range. {d.dice.randint(2, 6)} rounds of the {d.pick('guided missile', '120 mm munition', 'loitering munition')} were fired at a towed target.",
        table(
            "Round | Range (km) | Miss distance (m) | Fuze function | Remarks",
            *(
                f"{n} | {d.dice.randint(4, 70)} | {d.dice.uniform(0.2, 9):.1f} | {d.pick('proximity', 'impact', 'none')} | {d.pick('telemetry good', 'seeker lost lock', 'fragment pattern as modelled')}"
                for n in range(1, d.dice.randint(4, 8))
            ),
        ),
        f"The probability of kill estimated from the fragmentation pattern is 0.{d.digits(2)}. The seeker loses lock against decoys in the {d.digits(1)} micron band; this vulnerability must not leave the project team.",
    )


def manuscript(d: Desk) -> Paper:
    """Draft an article nobody has seen."""
    return paper(
        "research",
        d.pick(
            "Draft manuscript - not for citation",
            "Preprint, before submission",
            "Paper under review",
        ),
        f"{name(d)}, {name(d)} and {name(d)}",
        f"Abstract. We present unpublished measurements of the {d.pick('radar cross section of coated panels', 'acoustic signature of a pump-jet propulsor', 'detonation velocity of a new plastic-bonded explosive', 'shelf life of a hypersonic ablator')}. A reduction of {d.digits(2)} per cent over the baseline was observed. To our knowledge no such result is in the open literature.",
        f"1. Introduction. Earlier work was limited to simulation.\n2. Method. Samples were tested in the anechoic facility at {d.dice.randint(2, 18)} GHz.\n3. Results. See figure 2; raw data are available to co-authors only.\n4. Discussion. A patent application is in preparation, so please do not circulate before it is filed.",
        "Acknowledgements. Funded by the defence research agency under a restricted grant.",
    )


def radar_data(d: Desk) -> Paper:
    """Give the technical data of a system."""
    return paper(
        "research",
        d.pick(
            "Technical data package, radar set",
            "Performance specification, sonar array",
            "EW receiver: design data",
        ),
        d.pick(
            "Export controlled technical data. Distribution limited to the programme.",
            "Contains ITAR technical data (22 CFR 120-130).",
            "Distribution Statement D: Department and its contractors only.",
            "Controlled goods, dual-use list category 5.",
        ),
        form(
            f"Frequency band | {d.dice.uniform(2, 12):.2f} GHz",
            f"Pulse repetition frequency | {d.digits(4)} Hz",
            f"Peak power | {d.digits(3)} kW",
            f"Detection range, 1 m2 target | {d.digits(3)} km",
            f"Jamming margin | {d.digits(2)} dB",
            f"Source code release | {d.digits(1)}.{d.digits(1)}",
            f"Drawing number | {d.letters(2)}-{d.digits(7)} rev {d.letters(1)}",
        ),
        "Known limitation: the tracker is confused by crossing targets below 3 degrees of elevation.",
    )


def invention(d: Desk) -> Paper:
    """Disclose an invention."""
    return paper(
        "research",
        d.pick("Invention disclosure", "Laboratory note", "Progress report, propulsion laboratory"),
        form(
            f"Inventors | {name(d)}; {name(d)}",
            f"Date of conception | {d.day()}",
            "Published or disclosed before | No",
        ),
        f"What is new: the {d.pick('propellant grain', 'fuze circuit', 'hull coating', 'guidance law')} is made in one step, by a process not described anywhere. Prototype {d.digits(2)} survived {d.digits(3)} g. Armour penetration rose from {d.digits(3)} to {d.digits(3)} mm.",
        "The experimental data and the trade secret recipe are kept in the laboratory notebook. No publication until the patent attorney agrees. Possible military application: anti-ship weapons.",
    )


def hull_survey(d: Desk) -> Paper:
    """Inspect a ship."""
    ship = f"{d.pick('USS', 'HMS', 'HMAS', 'GNS', 'KNS', 'BRP', 'EML')} {d.fake.last_name()}"
    return paper(
        "inspection",
        d.pick(
            f"{ship}: material inspection",
            f"Inspection report {ship}",
            f"Hull and machinery survey, {ship}",
        ),
        f"The inspection team embarked on {d.day()} and left after two days. Overall grade: {d.pick('unsatisfactory', 'degraded', 'satisfactory with deficiencies', 'not mission capable')}.",
        table(
            "Area | Deficiency | Severity | Action by",
            f"Main propulsion | No. {d.digits(1)} diesel out of service, {d.pick('cracked liner', 'fuel leak')} | Major | Dockyard",
            f"Damage control | {d.dice.randint(2, 9)} fire pumps of 10 inoperable | Critical | Ship",
            f"Combat systems | Fire control radar {d.pick('fails self test', 'misaligned')} | Major | Maker",
            f"Hull | Pitting to {d.digits(1)} mm in tank {d.digits(2)} | Minor | Dockyard",
        ),
        f"Follow-up inspection within {d.dice.randint(30, 120)} days. Senior inspector: Capt {name(d)}",
    )


def base_security(d: Desk) -> Paper:
    """Assess how well a base is guarded."""
    base = f"{d.pick('Camp', 'Fort', 'Naval Station', 'RAF', 'Air Base')} {d.fake.last_name()}"
    return paper(
        "inspection",
        d.pick(
            f"Security assessment, {base}",
            f"{base}: force protection vulnerability assessment",
            "Physical security survey",
        ),
        f"We visited {base} on {d.day()} by day and by night. The guard force has {d.dice.randint(12, 60)} men in three shifts.",
        f"Findings\n1. The perimeter fence is broken in {d.dice.randint(2, 7)} places along the northern side; the breach behind the fuel farm can be passed by a man on foot.\n2. Cameras {d.digits(2)} and {d.digits(2)} have not worked since {d.day()}.\n3. Guards do not search vehicles of contractors between {d.clock()} and {d.clock()}.\n4. The standoff from the road to the barracks is {d.digits(2)} m, against 45 m required.",
        f"Risk rating: {d.pick('high', 'very high', 'unacceptable')}. Recommendations: close the gap, replace the cameras, add a search bay and an alarm on the armoury.",
        also="places",
    )


def magazine_inspection(d: Desk) -> Paper:
    """Inspect a store of ammunition."""
    return paper(
        "inspection",
        d.pick(
            "Explosives storage inspection",
            "Annual inspection of facilities",
            "Facility condition report",
        ),
        form(
            f"Facility | Building {d.digits(4)}, {d.pick('magazine', 'fuel farm', 'hangar', 'dry dock 2')}",
            f"Date of inspection | {d.day()}",
            f"Inspector | {name(d)}",
            f"Net explosive quantity | {d.digits(4)} kg",
            f"Lightning protection | {d.pick('Fail', 'Pass')}",
            "Fire doors | Fail - two cannot be closed",
            f"Intrusion detection | {d.pick('Fail - out of order', 'Not fitted')}",
            f"Overall result | {d.pick('Non-compliant', 'Fail', 'Compliant with observations')}",
        ),
        f"Observations: corrosion of the roof trusses, {d.digits(2)} crates past shelf life, extinguishers not serviced. Corrective actions to be reported by {d.day()}.",
    )


def port_vetting(d: Desk) -> Paper:
    """Inspect a vessel in a port."""
    return paper(
        "inspection",
        d.pick(
            "Port State Control inspection",
            "Vessel inspection checklist",
            "Report of inspection, supply vessel",
        ),
        form(
            f"Ship | MV {d.fake.last_name()}",
            f"IMO number | {d.digits(7)}",
            f"Port | {d.fake.city()}",
            f"Inspected | {d.day()}",
        ),
        table(
            "Code | Item inspected | Result | Remarks",
            f"{d.digits(5)} | Lifeboats and davits | Deficient | Falls overdue",
            f"{d.digits(5)} | Oily water separator | {d.pick('Deficient', 'Satisfactory')} | Alarm bypassed",
            f"{d.digits(5)} | Gangway watch, ISPS | Deficient | Nobody checked our papers",
            f"{d.digits(5)} | Emergency generator | Satisfactory | -",
        ),
        f"{d.pick('Vessel detained.', 'To be rectified before departure.')} Master informed. Surveyor {name(d)}",
    )


def grid_list(d: Desk) -> Paper:
    """List sites with their positions."""
    return paper(
        "places",
        d.pick(
            "Locations of sites",
            "Observation posts and relay stations",
            "Waypoints and landing zones",
        ),
        table(
            f"Site | {d.pick('Grid', 'MGRS', 'Position', 'Coordinates')} | Notes",
            *(
                f"{d.pick('OP', 'FOB', 'LZ', 'Relay', 'Cache')} {d.fake.last_name()} | {spot(d)} | {d.pick('manned', 'unmanned', 'fuel', 'water', 'by night only')}"
                for _ in range(d.dice.randint(4, 10))
            ),
        ),
        f"All positions WGS 84. Approach from the {d.pick('north', 'south', 'west')}.",
    )


def map_legend(d: Desk) -> Paper:
    """Explain the map of a base."""
    base = f"{d.pick('Camp', 'Air Base', 'Naval Base', 'Barracks')} {d.fake.last_name()}"
    return paper(
        "places",
        d.pick(f"{base} - base map", f"Map of {base}: legend", f"{base} site plan"),
        "Scale 1:5,000. North is up. Numbers refer to buildings on the sheet.",
        form(
            f"{d.digits(3)} | Headquarters and operations centre",
            f"{d.digits(3)} | Armoury",
            f"{d.digits(3)} | Barracks, 2nd company",
            f"{d.digits(3)} | Fuel farm and pump house",
            f"{d.digits(3)} | Communications bunker, antenna field to the east",
            "Gate 1 | Visitors, guard house",
            "Gate 3 | Ammunition, locked at night",
        ),
        f"Datum of the sheet: {spot(d)} (main flagpole). The perimeter road is {d.digits(1)} km long.",
    )


def site_drawing(d: Desk) -> Paper:
    """Give a sheet of drawings of a site."""
    return paper(
        "places",
        d.pick(
            "Site layout drawing, sheet 4",
            "Floor plan, command building",
            "General arrangement of the jetty",
        ),
        form(
            f"Drawing no. | {d.letters(2)}-{d.digits(5)}-04",
            "Scale | 1:200",
            f"Reference point | {spot(d)}",
            f"Room 0.{d.digits(2)} | Server room, raised floor",
            f"Room 0.{d.digits(2)} | Crypto vault, 300 mm concrete",
            f"Room 1.{d.digits(2)} | Commander's office",
            "Entrances | Main (north), emergency exit through plant room",
            "Services | Water and power enter by the culvert under the east fence",
        ),
        f"Drawn {name(d)}, checked {name(d)}, {d.day()}.",
    )


def photo_captions(d: Desk) -> Paper:
    """List photographs of an installation."""
    base = f"{d.pick('naval base', 'airfield', 'depot', 'radar station')} {d.fake.last_name()}"
    return paper(
        "places",
        d.pick(
            f"Photographs of {base}", "Photo log, site reconnaissance", "Aerial imagery, captions"
        ),
        table(
            "Photo | Taken | Position | Shows",
            f"IMG_{d.digits(4)} | {d.day()} | {spot(d)} | Main gate and guard post from the road",
            f"IMG_{d.digits(4)} | {d.day()} | {spot(d)} | Runway threshold, hardened shelters",
            f"IMG_{d.digits(4)} | {d.day()} | {spot(d)} | Radar mast and generator hut",
            f"IMG_{d.digits(4)} | {d.day()} | {spot(d)} | Perimeter fence, gap near watchtower 3",
        ),
        f"The {base} was photographed from the ground and by drone. Please mark the buildings on the satellite image.",
    )


def weak_spot(d: Desk) -> Paper:
    """Write to a colleague of what was found in the laboratory."""
    thing = d.pick("torpedo", "active protection system", "counter-drone jammer", "seeker")
    return paper(
        "research",
        d.pick(f"Simulation runs, {thing}", f"What we found on the {thing}", "Preliminary results"),
        f"Dear {d.fake.first_name()},\n\nbefore the paper is written up: the countermeasure model shows that the {thing} can be defeated. In {d.digits(3)} Monte Carlo runs the hit rate fell from 0.{d.digits(2)} to 0.{d.digits(2)} once the waveform was changed. The algorithm is not published and the programme office has not yet decided on its classification.",
        f"Lethality against the new hull form is lower than the requirement; the shaped charge needs another {d.digits(2)} mm of standoff. Please keep the data set on the laboratory network.\n\n{name(d)}\nWeapons effects group",
    )


def airfield_visit(d: Desk) -> Paper:
    """Report on a visit to a partner's airfield, in prose."""
    return paper(
        "inspection",
        d.pick(
            "Airfield survey report",
            "Report of the inspecting officer",
            "Audit of the partner base",
        ),
        f"Sir,\n\nI have the honour to report on my inspection of the airfield at {d.fake.city()} on {d.day()}, carried out with two engineers. The runway, {d.digits(4)} m long, shows cracks over the last third and will not bear heavy transports until resurfaced. The crash tender could not be started. Of {d.digits(2)} perimeter lights, half were dark.",
        f"The bomb dump lies within {d.digits(3)} m of the married quarters, contrary to regulations, and its sentry was asleep. I rate the state of readiness as {d.pick('poor', 'inadequate', 'unsatisfactory')} and recommend that shortcomings 1 to {d.digits(1)} in the annex be made good before any deployment.\n\n{name(d)}, Wing Commander",
        also="places",
    )


def directions(d: Desk) -> Paper:
    """Describe the way to a place, in a letter."""
    return paper(
        "places",
        d.pick("How to find us", "Location of the forward site", "Route and grid"),
        f"{d.fake.first_name()}, the new site is at {spot(d)}, on the high ground south of {d.fake.city()}. Leave the tarmac at {spot(d)} and follow the wadi for {d.digits(1)} km; the helicopter landing site is at {spot(d)}.",
        f"The operations tent stands in the middle of the compound, the fuel bladders on the eastern edge and the mortar pit by the north-west corner. There is no fence yet on the river side. The well is at {spot(d)}. The map sheet follows.",
    )


TEMPLATES: tuple[Template, ...] = (
    *(live_firing, manuscript, radar_data, invention, weak_spot),
    *(hull_survey, base_security, magazine_inspection, port_vetting, airfield_visit),
    *(grid_list, map_legend, site_drawing, photo_captions, directions),
)
