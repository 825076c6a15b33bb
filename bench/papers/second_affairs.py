"""The second, held-out set: papers about affairs, written from the story alone.

Whoever wrote them saw neither the detectors nor the first set; nobody may fit a detector to them.
The few words in which both halves of the set are written (`form`, `table`, `paper`...) live here.
"""

from __future__ import annotations

from bench.papers import Block, Desk, Fields, Paper, Rows, Template

GIVEN = (
    *("Kwame", "Ama", "Oumar", "Fatoumata", "Chidi", "Ngozi", "Wanjiru", "Tariq", "Ayesha", "Hana"),
    *(
        "Arjun",
        "Priya",
        "Kenji",
        "Mei Ling",
        "Somchai",
        "Lars",
        "Ingrid",
        "Mart",
        "Kadri",
        "Bronte",
    ),
)
FAMILY = (
    *("Ofori", "Tandoh", "Kouyate", "Sangare", "Eze", "Balogun", "Kamau", "Qureshi", "Siddiqui"),
    *("Sato", "Tanaka", "Iyer", "Reddy", "Tan", "Suwan", "Haugland", "Solberg", "Tamm", "Whitlam"),
)
NATIONS = ("USA", "GBR", "DEU", "NLD", "AUS", "GHA", "KEN", "NGA", "IND", "PHL", "EST", "NOR")


def paper(category: str, title: str, *blocks: Block, also: str = "") -> Paper:
    """Put a paper together."""
    return Paper(category, title, list(blocks), frozenset(also.split()))


def form(*lines: str) -> Fields:
    """Make a form of `label | value` lines."""
    pairs = [line.split(" | ", 1) for line in lines]
    return Fields([(label, value.replace("\n", ", ")) for label, value in pairs])


def table(header: str, *rows: str) -> Rows:
    """Make a table of `cell | cell` lines."""
    return Rows(header.split(" | "), [row.replace("\n", ", ").split(" | ") for row in rows])


def name(d: Desk) -> str:
    """Name somebody from anywhere."""
    if d.dice.random() < 0.5:
        return f"{d.pick(*GIVEN)} {d.pick(*FAMILY)}"
    return f"{d.fake.first_name()} {d.fake.last_name()}"


def home(d: Desk) -> str:
    """Give an address on one line."""
    return ", ".join(d.fake.address().split("\n"))


def money(d: Desk, most: int = 9000) -> str:
    """Give an amount as books print it."""
    return f"{d.dice.randint(200, most):,}.{d.dice.randint(0, 99):02d}"


def spot(d: Desk) -> str:
    """Give a position in one of the ways of writing it."""
    lat, lon = d.dice.uniform(5, 59), d.dice.uniform(5, 59)
    minutes = d.dice.randint(10, 59)
    return d.pick(
        f"{lat:.5f}, {lon:.5f}",
        f"{int(lat)}°{minutes}'{minutes - 7:02d}\"N {int(lon):03d}°{minutes}'11\"E",
        f"{int(lat)}-{minutes}.4N {int(lon):03d}-{minutes}.9E",
        f"{d.dice.randint(28, 39)}{d.pick('P', 'S', 'U', 'V')} {d.letters(2).replace('O', 'K')} {d.digits(5)} {d.digits(5)}",
    )


def general_visit(d: Desk) -> Paper:
    """Take a general abroad, with the rooms."""
    who = f"{d.pick('Gen', 'Lt Gen', 'Maj Gen', 'VAdm', 'Air Marshal')} {name(d)}"
    hotel = f"{d.pick('Grand', 'Harbour', 'Continental', 'Palm')} {d.pick('Hotel', 'Residence')} {d.fake.city()}"
    return paper(
        "travel",
        d.pick("Visit of the Chief of Staff - itinerary", f"{who}: programme and accommodation"),
        f"The party of {who} arrives on {d.day()} and leaves three days later. Room keys are collected by the aide at the VIP desk of the {hotel}; nobody is to check in individually.",
        table(
            "Time | Movement | Remarks",
            f"{d.clock()} | Wheels up, military air, tail {d.digits(5)} | Crew rest on arrival",
            f"{d.clock()} | Arrive {d.fake.city()}, met by Defence Attache | Motorcade of 4 vehicles",
            f"{d.clock()} | Check in {hotel} | Rooms blocked until 2200",
            f"{d.clock()} | Dinner hosted by Minister of Defence | Mess dress",
        ),
        table(
            "Guest | Room",
            f"{who} | {d.digits(4)} (suite)",
            f"Mrs {d.pick(*FAMILY)} | {d.digits(4)}",
            f"Maj {name(d)}, ADC | {d.digits(4)}",
            f"CSM {name(d)}, close protection | {d.digits(4)} (adjoining)",
        ),
        also="roster people",
    )


def air_ticket(d: Desk) -> Paper:
    """Confirm a flight."""
    who = f"{d.pick(*FAMILY)}/{d.pick(*GIVEN)}".upper()
    a, b = d.pick("IAD", "LHR", "FRA", "AMS"), d.pick("ACC", "NBO", "DKR", "SIN", "DEL")
    return paper(
        "travel",
        d.pick("Electronic ticket receipt", "Your booking is confirmed", "e-Ticket itinerary"),
        form(
            f"{d.pick('Booking reference', 'Record locator', 'PNR')} | {d.letters(6)}",
            f"{d.pick('Passenger', 'Traveller')} | {who} MR",
            f"Ticket number | {d.digits(3)} {d.digits(10)}",
            f"Frequent flyer | {d.letters(2)} {d.digits(8)}",
        ),
        table(
            "Flight | From | To | Date | Departs | Arrives | Class | Seat",
            f"{d.letters(2)}{d.digits(3)} | {a} | {b} | {d.day()} | {d.clock()} | {d.clock()} | Y | {d.digits(2)}A",
            f"{d.letters(2)}{d.digits(3)} | {b} | {a} | {d.day()} | {d.clock()} | {d.clock()} | Y | {d.digits(2)}C",
        ),
        "Government fare, fully refundable. Check-in opens 24 hours before departure. Baggage allowance 2 pieces of 23 kg.",
    )


def travel_order(d: Desk) -> Paper:
    """Order somebody to travel."""
    return paper(
        "travel",
        d.pick("Official travel authorization", "Movement order", "Temporary duty travel order"),
        form(
            f"Order number | TO-{d.digits(6)}",
            f"Traveller | {d.pick('Cdr', 'Maj', 'SSgt', 'Mr', 'Ms')} {name(d)}",
            f"Purpose | {d.pick('Site visit', 'Pre-deployment planning', 'Liaison', 'Exercise conference')}",
            f"Itinerary | {d.fake.city()} - {d.fake.city()} - {d.fake.city()} and return",
            f"Proceed on or about | {d.day()}",
            f"Length of stay | {d.dice.randint(2, 30)} days",
            f"Mode of transport | {d.pick('Commercial air', 'Space-available military air', 'Rental car authorised')}",
            f"Lodging | Confirmation {d.digits(8)}, {d.pick('BOQ', 'Hotel')} {d.fake.last_name()}",
            f"Per diem | {money(d, 900)}",
        ),
        "Traveller will carry this order and passport at all times. Arms are not authorised. Report to the force protection officer within 24 hours of arrival.",
    )


def convoy_email(d: Desk) -> Paper:
    """Tell of a trip as one does in a letter."""
    chief, city = (
        f"{d.pick('Ambassador', 'Minister', 'Brigadier', 'Secretary')} {name(d)}",
        d.fake.city(),
    )
    return paper(
        "travel",
        d.pick(f"Travel arrangements {city}", "Final arrangements for next week", "Trip details"),
        f"Dear {d.fake.first_name()},\n\nhere are the travel plans as they stand. {chief} flies on {d.letters(2)} {d.digits(3)} from {d.fake.city()} on {d.day()}, landing at {d.clock()}. The driver ({d.fake.phone_number()}) waits at the cargo gate, not at arrivals, and takes the party by the coast road to the {d.fake.last_name()} Hotel, booking {d.digits(7)}, rooms {d.digits(3)} and {d.digits(3)} on the top floor under the name of {d.fake.last_name()}.",
        f"Departure from the hotel next morning is at {d.clock()}; the return flight is {d.letters(2)} {d.digits(3)} at {d.clock()}, seats {d.digits(1)}A and {d.digits(1)}C. Please keep the timings close; the local police escort has only been told the day.",
        also="diplomatic",
    )


def handover_note(d: Desk) -> Paper:
    """Hand over a system with its keys."""
    return paper(
        "credentials",
        d.pick("Handover notes, server room", "System access - for my successor", "Logins"),
        f"{d.fake.first_name()}, everything you need until the accounts are moved to your name. Please change them when you have settled in.",
        table(
            "System | Address | User | Password",
            f"Logistics portal | https://log.contractor.example | {d.fake.user_name()} | {d.secret()}",
            f"Backup NAS | 10.{d.dice.randint(1, 250)}.4.12 | admin | {d.secret()}",
            f"Domain controller | dc{d.digits(2)}.corp.test | svc_adm | {d.secret()}",
            f"CCTV recorder | 10.{d.dice.randint(1, 250)}.9.3 | root | {d.secret()}",
        ),
        f"The PIN of the token is {d.digits(6)}.",
    )


def account_letter(d: Desk) -> Paper:
    """Tell somebody the first password."""
    return paper(
        "credentials",
        d.pick("Your new account", "Access granted", "Welcome to the portal", "Remote access"),
        f"Dear {name(d)},\n\nyour account for the {d.pick('mission planning', 'personnel', 'tender', 'ship spares')} portal has been created.",
        d.pick(
            f"User name: {d.fake.user_name()}\nTemporary password: {d.secret()}\nURL: https://portal.partner.example/login",
            f"You can sign in as {d.fake.user_name()} with the password {d.secret()} at https://portal.partner.example.",
            f"Login ID\t{d.fake.user_name()}\nPasscode\t{d.secret()}\nPIN\t{d.digits(6)}",
        ),
        "You will be asked to choose another one at the first sign-in. Regards, Service Desk",
    )


def key_file(d: Desk) -> Paper:
    """Paste a configuration."""
    long = "".join(
        d.dice.choices("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=40)
    )
    return paper(
        "credentials",
        d.pick("Deployment settings", "Config for the staging box", "VPN router configuration"),
        d.pick(
            f"DB_HOST=10.2.3.{d.digits(2)}\nDB_USER=track\nDB_PASSWORD={d.secret()}\nAWS_ACCESS_KEY_ID=AKIA{''.join(d.dice.choices('ABCDEFGHIJKLMNOP234567', k=16))}\nAWS_SECRET_ACCESS_KEY={long}",
            f"hostname gw-{d.digits(2)}\nenable secret {d.secret()}\nusername ops privilege 15 password 0 {d.secret()}\ncrypto isakmp key {d.secret()} address 192.0.2.{d.digits(2)}\nsnmp-server community {d.letters(8)} RO",
            f"-----BEGIN RSA PRIVATE KEY-----\nMIIEow{long}{long[:18]}\n{long[::-1]}{long[10:34]}\n{long}{long[3:27]}\n-----END RSA PRIVATE KEY-----",
            f"[vpn]\nserver = vpn.contractor.example\nuser = {d.fake.user_name()}\npsk = {d.secret()}\n[mail]\nsmtp_password: {d.secret()}",
        ),
        "Do not commit this file.",
    )


def door_codes(d: Desk) -> Paper:
    """List combinations and codes of doors and nets."""
    return paper(
        "credentials",
        d.pick("Access codes - guard room", "Safe combinations and door codes", "Codes, block C"),
        form(
            f"Main gate keypad | {d.digits(4)}#",
            f"Armoury alarm code | {d.digits(6)}",
            f"Safe combination, registry | {d.digits(2)}-{d.digits(2)}-{d.digits(2)}",
            f"Guest Wi-Fi key | {d.secret()}",
            f"Operations room laptop | user ops{d.digits(2)}, password {d.secret()}",
        ),
        "Memorise and destroy. Combinations are changed on every change of staff.",
    )


def supply_contract(d: Desk) -> Paper:
    """Contract for services."""
    a, b = (
        f"{d.fake.last_name()} Marine Ltd",
        d.pick("Ministry of Defence", "Department of the Navy", "Port Authority"),
    )
    return paper(
        "legal",
        d.pick("Contract for ship repair services", "Framework agreement", "Service agreement"),
        f'This Agreement is made on {d.day()} between {b} (the "Authority") and {a}, a company registered at {home(d)} (the "Contractor").',
        f"1. Scope. The Contractor shall perform the works set out in Schedule A.\n2. Price. The Authority shall pay {d.pick('USD', 'GBP', 'EUR')} {money(d, 900000)} in {d.dice.randint(2, 6)} instalments.\n3. Term. This Agreement enters into force on signature and continues for {d.dice.randint(12, 48)} months unless terminated earlier.\n4. Confidentiality. Neither party shall disclose the terms hereof to any third party.\n5. Liability. The Contractor shall indemnify the Authority against all claims arising out of its breach.\n6. Governing law. This Agreement is governed by the laws of {d.pick('England and Wales', 'the State of Virginia', 'Ghana', 'New South Wales', 'the Netherlands')}.",
        f"IN WITNESS WHEREOF the parties have executed this Agreement.\n\nFor the Authority: {name(d)}\nFor the Contractor: {name(d)}, Director",
    )


def mutual_nda(d: Desk) -> Paper:
    """Keep something secret by contract."""
    return paper(
        "legal",
        d.pick("Mutual Non-Disclosure Agreement", "Confidentiality undertaking", "NDA"),
        f'{name(d)} of {d.fake.company()} ("Recipient") wishes to receive from {d.fake.company()} ("Discloser") information about {d.pick("an unmanned vehicle", "a coastal radar", "the refit programme")} for the sole purpose of evaluating a cooperation (the "Purpose").',
        "The Recipient undertakes to hold the Confidential Information in strict confidence, not to disclose it to any person other than those of its employees who need to know it, and to return or destroy all copies upon request. These obligations survive for five years after termination. Nothing herein grants a licence. The parties acknowledge that damages may not be an adequate remedy and that injunctive relief may be sought.",
        form(f"Signed | {name(d)}", f"Title | {d.fake.job()[:40]}", f"Date | {d.day()}"),
    )


def counsel_advice(d: Desk) -> Paper:
    """Advise a client."""
    return paper(
        "legal",
        d.pick(
            "Advice", "Opinion of counsel", "Memorandum of legal advice", "In the matter of a claim"
        ),
        d.pick(
            "Privileged and confidential. Attorney-client communication.",
            "Subject to legal professional privilege.",
            "Prepared in contemplation of litigation.",
        ),
        f"You ask whether the {d.pick('shipyard', 'Department', 'insurer', 'lessor')} can be held liable for the delay. In our opinion the prospects of success are about {d.dice.randint(35, 75)} per cent. The weak point of our case is the notice of {d.day()}, which was served out of time; if the other side takes the point, the court is likely to strike out the claim for consequential loss.",
        f"We recommend that an offer of {money(d, 400000)} without prejudice save as to costs be made before disclosure. Please do not forward this advice, as privilege may be lost.\n\n{name(d)}\n{d.pick('Barrister', 'Solicitor', 'General Counsel', 'Judge Advocate')}",
    )


def pleading(d: Desk) -> Paper:
    """Sue."""
    return paper(
        "legal",
        d.pick(
            "Statement of Claim", "Complaint and demand for jury trial", "Defence and counterclaim"
        ),
        d.pick(
            "IN THE HIGH COURT OF JUSTICE, COMMERCIAL DIVISION",
            "UNITED STATES DISTRICT COURT, EASTERN DISTRICT",
            "FEDERAL COURT OF AUSTRALIA, SYDNEY REGISTRY",
            "REGIONAL COURT, CIVIL CHAMBER",
        ),
        form(
            f"Case No. | {d.digits(2)}-cv-{d.digits(5)}",
            f"Plaintiff | {name(d)}",
            f"Defendant | {d.fake.company()}",
        ),
        f"1. The Plaintiff is a resident of {d.fake.city()}.\n2. On {d.day()} the parties entered into a contract of charter.\n3. In breach of clause {d.digits(1)} the Defendant failed to redeliver the vessel.\n4. By reason of the matters aforesaid the Plaintiff has suffered loss and damage.\n\nAND THE PLAINTIFF CLAIMS damages in the sum of {money(d, 900000)}, interest and costs.",
        f"Dated {d.day()}. {name(d)}, attorney for the Plaintiff.",
    )


def payslip(d: Desk) -> Paper:
    """Pay somebody."""
    return paper(
        "finance",
        d.pick("Pay slip", "Payslip", "Leave and Earnings Statement", "Salary statement"),
        form(
            f"Employee | {name(d)}",
            f"{d.pick('NI number', 'SSN', 'TFN', 'Steuer-ID', 'SSNIT No')} | {d.digits(9)}",
            f"Pay period | {d.day()}",
            f"Basic pay | {money(d)}",
            f"Allowances | {money(d, 900)}",
            f"Income tax | {money(d, 900)}",
            f"Pension contribution | {money(d, 700)}",
            f"{d.pick('Net pay', 'Take-home pay', 'EOM pay')} | {money(d)}",
            f"Paid to | {d.pick('IBAN ' + d.fake.iban(), 'Account ' + d.digits(8) + ', sort code 20-11-43')}",
        ),
        also="people personnel",
    )


def tax_notice(d: Desk) -> Paper:
    """Assess a tax."""
    return paper(
        "finance",
        d.pick(
            "Notice of assessment",
            "Income tax return",
            "Self Assessment: tax calculation",
            "Wage and tax statement",
        ),
        form(
            f"Taxpayer | {name(d)}",
            f"{d.pick('TIN', 'Tax file number', 'Unique taxpayer reference', 'PAN')} | {d.digits(10)}",
            f"Address | {home(d)}",
            f"Tax year | {d.pick('2022', '2022-23', '2023')}",
        ),
        table(
            "Item | Amount",
            f"Income from employment | {money(d, 99000)}",
            f"Interest and dividends | {money(d)}",
            f"Taxable income | {money(d, 99000)}",
            f"Tax withheld | {money(d, 20000)}",
            f"{d.pick('Refund', 'Balance payable')} | {money(d, 3000)}",
        ),
        also="people",
    )


def bank_statement(d: Desk) -> Paper:
    """Give the movements of an account."""
    return paper(
        "finance",
        d.pick("Statement of account", "Account statement", "Current account - transactions"),
        form(
            f"Account holder | {name(d)}",
            f"{d.pick('IBAN', 'Account number')} | {d.fake.iban()}",
            f"Opening balance | {money(d)}",
        ),
        table(
            "Date | Description | Debit | Credit | Balance",
            *(
                f"{d.day()} | {what} | {money(d, 900) if out else ''} | {'' if out else money(d)} | {money(d)}"
                for what, out in (
                    ("SALARY", 0),
                    ("RENT", 1),
                    ("CARD PAYMENT GROCER", 1),
                    ("ATM WITHDRAWAL", 1),
                    ("DIRECT DEBIT POWER", 1),
                )
            ),
        ),
        f"Closing balance {money(d)}.",
    )


def payroll(d: Desk) -> Paper:
    """Pay many."""
    rows = [
        f"{d.digits(5)} | {name(d)} | {money(d)} | {money(d, 900)} | {money(d)} | {d.fake.iban()}"
        for _ in range(d.dice.randint(6, 20))
    ]
    return paper(
        "finance",
        d.pick("Payroll, locally employed staff", "Monthly salaries", "Payroll run"),
        table(
            f"Staff no | Name | Gross | {d.pick('Tax', 'PAYE', 'Deductions')} | Net | Bank account",
            *rows,
        ),
        f"Total transfers {money(d, 99000)}, approved by the paymaster on {d.day()}.",
        also="people personnel roster",
    )


def loan(d: Desk) -> Paper:
    """Ask for a loan."""
    return paper(
        "finance",
        d.pick("Loan application", "Mortgage application summary", "Request for a hardship loan"),
        f"I, {name(d)}, apply for a loan of {money(d, 90000)} repayable over {d.dice.randint(12, 240)} months. My gross annual salary is {money(d, 90000)} and my monthly outgoings come to {money(d)}. I owe {money(d)} on two credit cards and have a car finance agreement with {d.fake.company()}.",
        form(
            f"Credit score | {d.digits(3)}",
            f"Existing debts | {money(d, 40000)}",
            f"Account to be credited | {d.fake.iban()}",
        ),
        also="people",
    )


def note_verbale(d: Desk) -> Paper:
    """Write from embassy to ministry."""
    a, b = (
        d.pick(
            "the Kingdom of the Netherlands", "the United States of America", "Australia", "Norway"
        ),
        d.pick("Mali", "Ghana", "Kenya", "the Philippines", "Estonia"),
    )
    return paper(
        "diplomatic",
        d.pick("Note Verbale", f"No. {d.digits(3)}/{d.digits(2)}", "Note from the Embassy"),
        f"The Embassy of {a} presents its compliments to the Ministry of Foreign Affairs of the Republic of {b.removeprefix('the ')} and has the honour to {d.pick('request diplomatic clearance for the visit of a warship', 'inform it of the accreditation of the new Defence Attache', 'refer to the draft status of forces agreement', 'protest against the boarding of a vessel')} on {d.day()}.",
        f"The Embassy would be grateful for a reply before {d.day()} and avails itself of this opportunity to renew to the Ministry the assurances of its highest consideration.",
        f"{d.fake.city()}, {d.day()}",
    )


def cable(d: Desk) -> Paper:
    """Report home."""
    return paper(
        "diplomatic",
        d.pick("Reporting telegram", f"CABLE {d.digits(4)}", "DIPTEL: call on the President"),
        form(
            f"FM | {d.pick('AMEMBASSY', 'EMBASSY', 'HIGH COMMISSION', 'MISSION')} {d.fake.city().upper()}",
            f"TO | {d.pick('SECSTATE WASHDC', 'FCDO LONDON', 'FOREIGN MINISTRY')}",
            f"SUBJECT | {d.pick('FOREIGN MINISTER ON THE BASING TALKS', 'OPPOSITION LEADER SEEKS OUR VIEWS', 'COUP RUMOURS')}",
        ),
        f"1. Summary. In a meeting with the Ambassador on {d.day()}, the Foreign Minister signalled that the government would not renew the access agreement. End summary.\n2. The Minister, speaking in confidence, said that the President was under pressure from the neighbours and asked that this not be shared with other missions.\n3. Comment. He was unusually frank. Our contact in the Presidency ({name(d)}; please protect) tells the same story. We should expect a demarche. End comment.",
        d.fake.last_name().upper(),
    )


def negotiating_brief(d: Desk) -> Paper:
    """Prepare talks."""
    return paper(
        "diplomatic",
        d.pick(
            "Talking points for the bilateral meeting",
            "Brief for the Minister",
            "Negotiating mandate, round 3",
        ),
        f"Your counterpart is {name(d)}, {d.pick('Minister of Foreign Affairs', 'Permanent Representative', 'Special Envoy')}. The delegation will press for an early withdrawal of the contingent.",
        "Our objective: agreement in principle to a five-year treaty.\nOur red line: no jurisdiction of host nation courts over service personnel.\nFallback: three years with a review clause. Do not offer before they have moved on the airfield.\nIf raised: the sanctions are a matter for the Council; we understand the sovereign concerns of our partners.",
        "Background: bilateral relations have been strained since the expulsion of two diplomats. The ambassador of a third state is lobbying against us.",
    )


def ambassador_letter(d: Desk) -> Paper:
    """Write from one ambassador to another."""
    return paper(
        "diplomatic",
        d.pick("Letter to the Ambassador", "Excellency", "Agrement", "Non-paper"),
        f"Excellency,\n\nfurther to our conversation at the residence, I am instructed by my Government to convey the following. We are prepared to support your candidature for the {d.pick('Council', 'Executive Board', 'Commission')}, on the understanding that your delegation abstains in the vote on the draft resolution.",
        f"I should also mention, strictly between us, that agrement for {name(d)} as our next Head of Mission has been sought and that the host government has not yet replied. Until it does, the Charge d'affaires will sign.",
        f"Please accept, Excellency, the assurances of my highest consideration.\n\n{name(d)}\nAmbassador Extraordinary and Plenipotentiary",
    )


TEMPLATES: tuple[Template, ...] = (
    *(general_visit, air_ticket, travel_order, convoy_email),
    *(handover_note, account_letter, key_file, door_codes),
    *(supply_contract, mutual_nda, counsel_advice, pleading),
    *(payslip, tax_notice, bank_statement, payroll, loan),
    *(note_verbale, cable, negotiating_brief, ambassador_letter),
)
