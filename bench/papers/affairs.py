"""Papers about affairs: journeys, passwords, contracts, money, diplomacy, research, inspections, places."""

from __future__ import annotations

import itertools

from bench.papers import Block, Desk, Fields, Paper, Rows, Template


def itinerary(desk: Desk) -> Paper:
    """Write a journey with flights and a hotel."""
    code, line = desk.letters(4) + desk.digits(2), desk.pick("AF", "LH", "BA", "UA", "TK")
    pairs = [
        (
            "Passenger",
            f"{desk.fake.last_name()}/{desk.fake.first_name()} {desk.pick('MR', 'MS', 'GEN')}".upper(),
        )
    ]
    pairs += [
        (desk.pick("Booking reference", "PNR", "Record locator"), code),
        ("Ticket", "220-" + desk.digits(10)),
    ]
    airports = desk.some(3, 3, "FRA", "CDG", "IAD", "JFK", "LHR", "IST", "DKR", "BKO")
    legs = [
        [
            f"{line}{desk.digits(3)}",
            desk.day(),
            f"{a}-{b}",
            desk.clock(),
            desk.clock(),
            desk.pick("C", "Y") + " " + desk.digits(2) + "A",
        ]
        for a, b in itertools.pairwise(airports)
    ]
    stay = f"Hotel: {desk.fake.company()} Hotel, room {desk.digits(3)}, check-in {desk.day()}, 2 nights, breakfast included."
    blocks: list[Block] = [
        Fields(pairs),
        Rows(["Flight", "Date", "Route", "Dep", "Arr", "Seat"], legs),
        stay,
    ]
    return Paper(
        "travel",
        desk.pick("Your itinerary", "E-ticket receipt and itinerary", "Travel plan"),
        blocks,
        frozenset({"people"}),
    )


def delegation(desk: Desk) -> Paper:
    """Write the programme of a visit."""
    title = desk.pick("General", "Minister", "Admiral", "Chief of Staff")
    who = f"{title} {desk.fake.last_name()}"
    head = ["Date", "Time", "Event", "Place"]
    events = (
        "Arrival, flight LH 1027",
        "Transfer to hotel",
        "Check-in Grand Hotel, rooms 402-410",
        "Working dinner",
        "Departure to airport",
        "Pick-up by escort",
        "Departure, flight TK 1821",
    )
    rows = [[desk.day(), desk.clock(), event, desk.fake.city()] for event in events]
    party = "Travelling party: " + ", ".join(
        desk.fake.name() for _ in range(desk.dice.randint(3, 7))
    )
    return Paper(
        "travel",
        desk.pick(f"Itinerary of the visit of {who}", f"Travel programme {who} and delegation"),
        [party, Rows(head, rows)],
        frozenset({"people", "roster", "diplomatic"}),
    )


def booking(desk: Desk) -> Paper:
    """Write a hotel's confirmation."""
    pairs = [
        ("Guest name", desk.fake.name()),
        ("Confirmation number", desk.digits(8)),
        ("Check-in", desk.day()),
    ]
    pairs += [
        ("Check-out", desk.day()),
        ("Room", f"{desk.pick('King', 'Twin')} {desk.digits(3)}"),
        ("Rate", "189.00 per night"),
    ]
    text = (
        "We look forward to welcoming you. Cancellation is free until 6 pm on the day of arrival."
    )
    return Paper(
        "travel",
        desk.pick("Reservation confirmation", "Hotel booking confirmed"),
        [Fields(pairs), text],
    )


def passwords(desk: Desk) -> Paper:
    """Write a list of accounts, or one account's letter."""
    if desk.dice.random() < 0.5:
        rows = [
            [desk.fake.domain_word(), desk.fake.user_name(), desk.secret()]
            for _ in range(desk.dice.randint(3, 12))
        ]
        return Paper(
            "credentials",
            desk.pick("Accounts", "System logins", "Access data"),
            [
                Rows(
                    [
                        desk.pick("System", "Server"),
                        desk.pick("User", "Login", "Username"),
                        desk.pick("Password", "Passwd", "PW"),
                    ],
                    rows,
                )
            ],
        )
    user = desk.fake.user_name()
    text = [
        f"Here is your access to the portal. Username: {user}",
        f"{desk.pick('Password', 'Temporary password', 'Your password is')}: {desk.secret()}",
    ]
    text.append(desk.pick("Please change it after the first login.", "VPN as before."))
    return Paper(
        "credentials", desk.pick("Your new account", "VPN access", "Login details"), list(text)
    )


def keys(desk: Desk) -> Paper:
    """Write a configuration with secrets."""
    letters = "".join(desk.dice.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=16))
    body = "\n".join(
        "".join(desk.dice.choices("abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789+/", k=64))
        for _ in range(8)
    )
    lines = desk.some(
        1,
        2,
        f"aws_access_key_id = AKIA{letters}",
        f"DATABASE_URL=postgres://app:{desk.fake.password(12, special_chars=False)}@db1/prod",
        f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----",
        f"client_secret: {''.join(desk.dice.choices('abcdef0123456789', k=40))}",
    )
    return Paper(
        "credentials",
        desk.pick("Config for production", "Deployment notes", "Server set-up"),
        list(lines),
    )


def contract(desk: Desk) -> Paper:
    """Write a contract."""
    one, two = desk.fake.company(), desk.fake.company()
    text = [
        f'This {desk.pick("Agreement", "Contract")} is made on {desk.day()} between {one} ("the Supplier") and {two} ("the Customer").'
    ]
    text += desk.some(
        4,
        6,
        "1. The Supplier shall deliver the goods set out in Schedule A.",
        "2. Payment is due within thirty days of receipt of invoice.",
        "3. Either party may terminate this Agreement upon ninety days' written notice.",
        "4. The parties shall keep all Confidential Information secret.",
        "5. This Agreement shall be governed by the laws of England and Wales.",
        "6. Liability is limited to the total contract price.",
        "7. Any dispute shall be settled by arbitration.",
    )
    text.append("IN WITNESS WHEREOF the parties have executed this Agreement. Signed: ____________")
    return Paper(
        "legal",
        desk.pick(
            "Supply agreement",
            "Framework contract",
            "Service agreement",
            "Non-disclosure agreement",
        ),
        list(text),
    )


def counsel(desk: Desk) -> Paper:
    """Write a lawyer's advice."""
    text = [desk.pick("Attorney-client privileged.", "Privileged and confidential: legal advice.")]
    text.append(f"You asked for our opinion on the claim brought by {desk.fake.company()}.")
    text += desk.some(
        2,
        4,
        "In our view the plaintiff's case on liability is weak.",
        "We advise to settle before the hearing.",
        "The limitation period expired last year.",
        "Discovery will cover the e-mail of both directors.",
        "The court is likely to grant the injunction.",
    )
    text.append(f"{desk.fake.last_name()} & {desk.fake.last_name()} LLP, solicitors")
    return Paper(
        "legal",
        desk.pick("Legal opinion", "Memorandum of advice", "Settlement strategy"),
        list(text),
    )


def payslip(desk: Desk) -> Paper:
    """Write somebody's pay."""
    pairs = [
        ("Employee", desk.fake.name()),
        ("Pay period", "May 2031"),
        ("Gross pay", f"{desk.digits(4)}.00"),
        ("Income tax", f"{desk.digits(3)}.20"),
    ]
    pairs += [
        (
            "National insurance" if desk.dice.random() < 0.5 else "Social security",
            f"{desk.digits(3)}.11",
        ),
        ("Net pay", f"{desk.digits(4)}.69"),
        ("Tax code", "1257L"),
    ]
    return Paper(
        "finance",
        desk.pick("Payslip", "Pay statement", "Earnings statement"),
        [Fields(pairs)],
        frozenset({"people"}),
    )


def payroll(desk: Desk) -> Paper:
    """Write everybody's pay."""
    rows = [
        [
            desk.digits(5),
            desk.fake.name(),
            f"{desk.digits(4)}.00",
            f"{desk.digits(3)}.50",
            f"{desk.digits(4)}.10",
            desk.fake.iban(),
        ]
        for _ in range(desk.dice.randint(6, 40))
    ]
    return Paper(
        "finance",
        desk.pick("Payroll May", "Salary run", "Pay list"),
        [Rows(["No", "Name", "Gross", "Tax", "Net", "IBAN"], rows)],
        frozenset({"people", "payment", "roster"}),
    )


def tax(desk: Desk) -> Paper:
    """Write a tax return."""
    pairs = [
        ("Taxpayer", desk.fake.name()),
        (desk.pick("Tax identification number", "SSN", "UTR"), desk.digits(9)),
        ("Tax year", "2030"),
    ]
    pairs += [
        ("Wages, salaries, tips", desk.digits(5)),
        ("Taxable income", desk.digits(5)),
        ("Total tax", desk.digits(4)),
        ("Refund due", desk.digits(3)),
    ]
    return Paper(
        "finance",
        desk.pick("Income tax return", "Tax return summary", "Form 1040", "Tax assessment"),
        [Fields(pairs)],
        frozenset({"identity", "people"}),
    )


def bank(desk: Desk) -> Paper:
    """Write an account's statement."""
    pairs = [
        ("Account holder", desk.fake.name()),
        ("IBAN", desk.fake.iban()),
        ("Statement period", "1-31 May"),
        ("Opening balance", desk.digits(4) + ".12"),
    ]
    rows = [
        [
            desk.day(),
            desk.pick("Card payment", "Direct debit", "Transfer", "Salary"),
            f"-{desk.digits(2)}.40",
            f"{desk.digits(4)}.10",
        ]
        for _ in range(desk.dice.randint(5, 15))
    ]
    return Paper(
        "finance",
        desk.pick("Account statement", "Bank statement"),
        [
            Fields(pairs),
            Rows(["Date", "Description", "Amount", "Balance"], rows),
            "Closing balance 1,204.00",
        ],
        frozenset({"payment", "people"}),
    )


def cable(desk: Desk) -> Paper:
    """Write an embassy's report."""
    land = desk.fake.country()
    text = [
        f"The Ambassador called on the {desk.pick('Foreign Minister', 'Deputy Minister', 'Secretary General')} of {land} on {desk.day()}."
    ]
    text += desk.some(
        3,
        4,
        "He delivered the demarche as instructed by the capital.",
        "The minister was non-committal on the sanctions vote.",
        "Comment: we assess that the government will not accept the draft resolution.",
        "Post recommends raising the matter at the bilateral consultations.",
        "The interlocutor asked that his views be protected.",
    )
    return Paper(
        "diplomatic",
        desk.pick("Cable from the Embassy", "Reporting telegram", "Political reporting: demarche"),
        list(text),
    )


def note_verbale(desk: Desk) -> Paper:
    """Write a note."""
    land = desk.fake.country()
    text = [
        f"The Embassy of {land} presents its compliments to the Ministry of Foreign Affairs and has the honour to request accreditation for its delegation."
    ]
    text.append(
        "The Embassy avails itself of this opportunity to renew to the Ministry the assurances of its highest consideration."
    )
    return Paper("diplomatic", desk.pick("Note verbale", "NOTE No. 114/31"), list(text))


def talking_points(desk: Desk) -> Paper:
    """Write what a minister is to say."""
    text = [f"Objective: secure the support of {desk.fake.country()} before the summit."]
    text += desk.some(
        3,
        4,
        "Our red line in the negotiation is the inspection regime; do not offer it.",
        "If raised: we have taken no decision on the embassy's status.",
        "Fallback position: joint statement without reference to the treaty.",
        "Their foreign minister will press for visa liberalisation.",
        "Thank the ambassador for the vote in the Security Council.",
    )
    return Paper(
        "diplomatic",
        desk.pick(
            "Talking points for the bilateral meeting",
            "Negotiating brief",
            "Speaking notes, ministerial meeting",
        ),
        list(text),
    )


def test_report(desk: Desk) -> Paper:
    """Write a weapon test."""
    pairs = [
        (
            "Test item",
            desk.pick("warhead section", "guidance unit", "rocket motor", "towed sonar array"),
        ),
        ("Serial", desk.letters(2) + desk.digits(4)),
        ("NSN", f"1410-01-{desk.digits(3)}-{desk.digits(4)}"),
    ]
    rows = [
        [str(n), f"{desk.digits(3)} m/s", f"{desk.digits(2)} mm", desk.pick("pass", "fail")]
        for n in range(1, desk.dice.randint(5, 12))
    ]
    text = desk.some(
        2,
        3,
        "Muzzle velocity and penetration were measured on the firing range.",
        "The seeker lost lock at low signal-to-noise ratio.",
        "Specific impulse was 4 % below specification.",
        "Export of this technical data is restricted under ITAR (22 CFR 120-130).",
        "Radar cross-section at X band exceeded the model.",
    )
    return Paper(
        "research",
        desk.pick("Ballistic test report", "Live fire test results", "Propulsion test data"),
        [Fields(pairs), Rows(["Shot", "Velocity", "Depth", "Result"], rows), *text],
    )


def invention(desk: Desk) -> Paper:
    """Write a research result not yet published."""
    text = ["Invention disclosure. Not to be published before filing of the patent application."]
    text += desk.some(
        3,
        4,
        "The claimed process raises the yield of the composite armour by eight per cent.",
        "Prior art does not show the layered structure.",
        "Experimental data of the prototype are in the appendix.",
        "The formula and the process parameters are trade secrets of the company.",
        "Inventors: " + ", ".join(desk.fake.name() for _ in range(3)),
    )
    return Paper(
        "research",
        desk.pick(
            "Invention disclosure", "Confidential research report", "R&D status: prototype results"
        ),
        list(text),
        frozenset({"people"}),
    )


def inspection(desk: Desk) -> Paper:
    """Write an inspection of a ship or base."""
    pairs = [
        (
            "Unit inspected",
            desk.pick("hangar 4", "fuel depot", "USNS vessel", "ammunition storage"),
        ),
        ("Inspector", desk.fake.name()),
        ("Date", desk.day()),
    ]
    rows = [
        [
            str(n),
            desk.pick(
                "Fire door does not close",
                "Perimeter light out",
                "Corrosion on hull frame 32",
                "Alarm not tested",
                "Life raft overdue",
            ),
            desk.pick("major", "minor", "critical"),
            desk.day(),
        ]
        for n in range(1, desk.dice.randint(4, 12))
    ]
    return Paper(
        "inspection",
        desk.pick(
            "Inspection report",
            "Survey and deficiency list",
            "Readiness inspection",
            "Safety inspection findings",
        ),
        [
            Fields(pairs),
            Rows(["No", "Deficiency", "Category", "Correct by"], rows),
            "Overall: " + desk.pick("unsatisfactory", "satisfactory with findings"),
        ],
    )


def assessment(desk: Desk) -> Paper:
    """Write where the guards are weak."""
    text = ["The assessment team examined the physical security of the installation."]
    text += desk.some(
        3,
        5,
        "Vulnerability: the north fence is not covered by cameras.",
        "Guards at the main gate do not check vehicles at night.",
        "The intrusion alarm was disabled during the visit.",
        "The server room could be entered with a copied badge.",
        "Recommendation: close the finding within 30 days.",
        "Penetration test: domain administrator rights were gained within two hours.",
    )
    return Paper(
        "inspection",
        desk.pick(
            "Vulnerability assessment", "Security audit of the site", "Penetration test report"
        ),
        list(text),
        frozenset({"places"}),
    )


def positions(desk: Desk) -> Paper:
    """Write places as coordinates."""
    zone = f"{desk.dice.randint(28, 38)}{desk.pick('P', 'Q', 'R', 'S')} {desk.pick('NU', 'KB', 'LT', 'MV')}"
    kind = desk.pick("mgrs", "degrees", "dms")
    rows = []
    for name in desk.some(
        4,
        7,
        "Gate",
        "Helipad",
        "Fuel point",
        "Observation post",
        "Ammunition bunker",
        "Checkpoint",
        "Water tower",
    ):
        lat, lon = desk.dice.uniform(11, 24), desk.dice.uniform(-11, 4)
        dms = f"{int(lat)}°{desk.dice.randint(0, 59)}'{desk.dice.randint(0, 59)}\"N {int(abs(lon))}°{desk.dice.randint(0, 59)}'{desk.dice.randint(0, 59)}\"W"
        where = {
            "mgrs": f"{zone} {desk.digits(5)} {desk.digits(5)}",
            "degrees": f"{lat:.5f}, {lon:.5f}",
            "dms": dms,
        }[kind]
        rows.append([name, where])
    return Paper(
        "places",
        desk.pick("Grid references", "Positions of the camp", "Waypoints", "Site coordinates"),
        [Rows(["Point", "Position"], rows)],
    )


def base_map(desk: Desk) -> Paper:
    """Write the legend of a base's map."""
    title = desk.pick("Base map", "Site plan", "Camp layout") + " " + desk.fake.last_name()
    legend = desk.some(
        5,
        8,
        "1 Main gate and guardhouse",
        "2 Barracks A-D",
        "3 Armoury",
        "4 Motor pool",
        "5 Command post",
        "6 Perimeter fence with watchtowers",
        "7 Ammunition storage point",
        "8 Helicopter landing zone",
        "9 Generator and fuel",
    )
    return Paper(
        "places",
        title,
        ["Legend", *legend, f"Scale 1:{desk.digits(1)}000. Grid zone 30P. Not for distribution."],
        frozenset({"inspection"}),
    )


TEMPLATES: tuple[Template, ...] = (
    itinerary,
    delegation,
    booking,
    passwords,
    keys,
    contract,
    counsel,
    payslip,
    payroll,
    tax,
    bank,
    cable,
    note_verbale,
    talking_points,
    test_report,
    invention,
    inspection,
    assessment,
    positions,
    base_map,
)
