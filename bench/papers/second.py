"""The second, held-out set: papers about people; and `TEMPLATES`, the whole of the set."""

from __future__ import annotations

from bench.papers import Desk, Paper, Template
from bench.papers import second_affairs as affairs
from bench.papers import second_sites as sites
from bench.papers.second_affairs import GIVEN, NATIONS, form, home, money, name, paper, table

RATES = ("Master", "Chief Officer", "Bosun", "AB", "Oiler", "Cook", "Second Engineer", "Fitter")
RANKS = ("Maj", "Capt", "Lt", "WO2", "SSgt", "Sgt", "Cpl", "LCpl", "Pte", "OF-3", "OR-6", "PO1")


def passport(d: Desk) -> str:
    """Give a number as passports bear."""
    return d.pick(f"{d.letters(1)}{d.digits(8)}", d.digits(9), f"{d.letters(2)}{d.digits(7)}")


def machine_readable(d: Desk, nation: str, names: str, number: str) -> str:
    """Give the two lines at the foot of a passport (ICAO Doc 9303 part 4), digits right."""

    def check(text: str) -> str:
        values = (int(c, 36) if c != "<" else 0 for c in text)
        return str(sum(v * (7, 3, 1)[n % 3] for n, v in enumerate(values)) % 10)

    letters = "".join(c if c.isascii() and c.isalpha() else "<" for c in names.upper())
    number = number.ljust(9, "<")
    birth, expiry = (
        f"{d.dice.randint(65, 99)}0{d.dice.randint(1, 9)}1{d.dice.randint(0, 9)}",
        f"{d.dice.randint(27, 34)}1105",
    )
    parts = number + check(number), birth + check(birth), expiry + check(expiry)
    spare = "<" * 14 + "0"
    second = f"{parts[0]}{nation}{parts[1]}{d.pick('M', 'F')}{parts[2]}{spare}"
    return (
        f"P<{nation}{letters}".ljust(44, "<")[:44] + "\n" + second + check("".join(parts) + spare)
    )


def crew_list(d: Desk) -> Paper:
    """List a crew for the port (IMO FAL form 5)."""
    rows = [
        f"{n} | {d.fake.last_name().upper()} | {d.pick(*GIVEN)} | {d.pick(*RATES)} | {d.pick(*NATIONS)} | {d.birth()} {d.fake.city()} | {d.pick('Passport', 'Seaman book')} {passport(d)}"
        for n in range(1, d.dice.randint(6, 18))
    ]
    return paper(
        "roster",
        d.pick(
            "IMO Crew List", f"Crew list - MV {d.fake.last_name()}", "Liste d'equipage / Crew list"
        ),
        form(
            f"1.1 Name of ship | {d.fake.last_name().upper()}",
            f"1.2 IMO number | {d.digits(7)}",
            f"2. Port of arrival | {d.fake.city()}",
            f"4. Flag State of ship | {d.pick(*NATIONS)}",
        ),
        table(
            "No. | Family name | Given names | Rank or rating | Nationality | Date and place of birth | Nature and number of identity document",
            *rows,
        ),
        f"Date and signature by master, authorized agent or officer: {d.day()}",
        also="people identity",
    )


def watch_bill(d: Desk) -> Paper:
    """Say who is on duty."""
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    return paper(
        "roster",
        d.pick(
            "Watch bill, week 34",
            "Duty roster",
            "Guard list for the coming week",
            "Quarterdeck duties",
        ),
        table(
            f"Day | {d.pick('Officer of the Day', 'Duty Officer', 'OOW')} | {d.pick('Guard commander', 'Duty NCO', 'Petty Officer of the Watch')} | Standby",
            *(
                f"{day} | {d.pick(*RANKS[:3])} {name(d)} | {d.pick(*RANKS[3:8])} {name(d)} | {d.pick(*RANKS[5:])} {name(d)}"
                for day in days
            ),
        ),
        f"Swaps only through the adjutant. Duty phone {d.fake.phone_number()}.",
    )


def base_staff(d: Desk) -> Paper:
    """List who works on a base."""
    posts = (
        "Commanding Officer",
        "Executive Officer",
        "S1",
        "S2",
        "S3 Operations",
        "S4 Logistics",
        "S6 Signals",
        "Provost",
        "Medical Officer",
        "Chaplain",
        "Armourer",
    )
    return paper(
        "roster",
        d.pick("Staff list, Headquarters", "Base telephone directory", "Who is who at the station"),
        table(
            f"Post | {d.pick('Rank', 'Grade')} | Name | {d.pick('Extension', 'Mobile', 'DSN')} | {d.pick('Building', 'Room')}",
            *(
                f"{post} | {d.pick(*RANKS)} | {name(d)} | {d.pick(d.digits(4), d.fake.phone_number())} | {d.digits(3)}"
                for post in d.some(7, 11, *posts)
            ),
        ),
        f"Amended {d.day()}.",
        also="people",
    )


def manifest(d: Desk) -> Paper:
    """List who is on board of an aircraft."""
    rows = [
        f"{n} | {name(d)} | {d.pick(*RANKS, 'CIV')} | {d.pick(*NATIONS)} | {passport(d)} | {d.dice.randint(58, 104)}"
        for n in range(1, d.dice.randint(6, 22))
    ]
    return paper(
        "roster",
        d.pick("Passenger manifest", "PAX list, charter flight", "Manifest of persons on board"),
        form(
            f"Aircraft | {d.pick('C-130', 'A400M', 'B737 charter', 'Mi-8')} {d.letters(2)}-{d.letters(3)}",
            f"Chalk | {d.digits(2)}",
            f"ETD | {d.clock()} {d.day()}",
        ),
        table("Ser | Name | Rank | Nationality | Passport no. | Weight kg", *rows),
        also="people identity travel",
    )


def nominal_roll(d: Desk) -> Paper:
    """Set out a unit in words."""
    platoons = "\n".join(
        f"{n} Platoon: Lt {name(d)} (commander), {d.pick('Sgt', 'SSgt')} {name(d)}, Cpl {name(d)}, LCpl {name(d)}, Pte {name(d)}, Pte {name(d)}"
        for n in range(1, d.dice.randint(3, 5))
    )
    return paper(
        "roster",
        d.pick(
            "Nominal roll, contingent",
            "Company personnel by platoon",
            "Task organisation and key personnel",
        ),
        f"Contingent of {d.pick('Ghana', 'Kenya', 'India', 'the Netherlands', 'Estonia')}, strength {d.digits(3)}, in theatre since {d.day()}.",
        f"Company headquarters: Maj {name(d)} (OC), Capt {name(d)} (2IC), CSM {name(d)}, CQMS {name(d)}\n{platoons}",
        "On leave: none. Attached: two interpreters.",
    )


def next_of_kin(d: Desk) -> Paper:
    """Say whom to call."""
    rows = [
        f"{name(d)} | {d.birth()} | {name(d)} ({d.pick('wife', 'husband', 'father', 'sister')}) | {d.fake.phone_number()} | {home(d)}"
        for _ in range(d.dice.randint(4, 12))
    ]
    return paper(
        "people",
        d.pick("Emergency contacts", "Next of kin register", "Family contact sheet"),
        table("Name | Born | Next of kin | Telephone | Home address", *rows),
        also="roster",
    )


def access_list(d: Desk) -> Paper:
    """Announce visitors with their particulars."""
    rows = [
        f"{name(d)} | {d.birth()} | {d.fake.city()} | {d.pick(*NATIONS)} | {passport(d)} | {d.fake.company()}"
        for _ in range(d.dice.randint(4, 10))
    ]
    return paper(
        "people",
        d.pick(
            "Visit request: list of visitors",
            "Contractors requiring base access",
            "Gate access list",
        ),
        f"Access is requested for the persons below from {d.day()}. All have been told to bring identification.",
        table(
            "Full name | DOB | Place of birth | Citizenship | ID / passport no | Employer", *rows
        ),
        also="identity roster",
    )


def relocation(d: Desk) -> Paper:
    """Tell of local staff and their families."""
    lines = [
        f"{n}. {name(d)}, born {d.birth()}, interpreter since 2019, lives at {home(d)}, mobile {d.fake.phone_number()}; {d.pick('married, two children', 'single', 'widowed, one son')}"
        for n in range(1, d.dice.randint(4, 8))
    ]
    return paper(
        "people",
        d.pick(
            "Local staff for relocation",
            "Applicants for the resettlement scheme",
            "Families at risk",
        ),
        "The following have worked for us and ask for help. Their names must on no account become known.",
        "\n".join(lines),
    )


def recall_list(d: Desk) -> Paper:
    """List everybody with home and telephone."""
    rows = [
        f"{d.pick(*RANKS)} {name(d)} | {d.fake.phone_number()} | {d.fake.user_name()}@{d.pick('mail', 'home')}.example | {home(d)} | {d.birth()}"
        for _ in range(d.dice.randint(5, 16))
    ]
    return paper(
        "people",
        d.pick(
            "Recall roster", "Course members: contact details", "Registered citizens, warden zone 3"
        ),
        table("Name | Mobile | Private e-mail | Residence | Date of birth", *rows),
        also="roster",
    )


def passport_page(d: Desk) -> Paper:
    """Copy the page of a passport."""
    surname, given, number = d.pick(*affairs.FAMILY), d.pick(*GIVEN), passport(d)
    nation = d.pick(*NATIONS)
    return paper(
        "identity",
        d.pick("Passport copy", "Scan of data page", "PASSPORT / PASSEPORT"),
        form(
            f"Surname / Nom | {surname.upper()}",
            f"Given names / Prenoms | {given.upper()}",
            f"Nationality / Nationalite | {nation}",
            f"Date of birth / Date de naissance | {d.birth()}",
            f"Passport No. / No. du passeport | {number}",
            f"Date of expiry | {d.day()}",
            f"Authority | {d.pick('Department of State', 'HMPO', 'Gemeente', 'Immigration Service')}",
        ),
        machine_readable(d, nation, f"{surname}  {given}", number),
        also="people",
    )


def driving_licence(d: Desk) -> Paper:
    """Copy a driving licence."""
    surname = d.pick(*affairs.FAMILY).upper()
    return paper(
        "identity",
        d.pick("Driving Licence", "DRIVER LICENSE", "Copy of driver's licence for vehicle pool"),
        d.pick(
            f"1. {surname}\n2. {d.pick(*GIVEN).upper()}\n3. {d.birth()} {d.fake.city()}\n4a. {d.day()} 4b. {d.day()} 4c. DVLA\n5. {surname[:5].ljust(5, '9')}{d.digits(6)}{d.letters(2)}9{d.letters(2)}\n8. {home(d)}\n9. B, BE, C1",
            f"DL {d.letters(1)}{d.digits(7)}\nCLASS C   EXP {d.day()}\nLN {surname}\nFN {d.pick(*GIVEN).upper()}\nDOB {d.birth()}\nSEX F  HGT 5-06  EYES BRN\n{home(d)}\nISS {d.day()}",
            f"Licence holder: {d.pick(*GIVEN)} {surname}\nLicence number: {d.digits(8)}\nDate of birth: {d.birth()}\nLicence class: C, HR\nConditions: S\nExpiry: {d.day()}",
        ),
        also="people",
    )


def visa_form(d: Desk) -> Paper:
    """Apply for a visa."""
    return paper(
        "identity",
        d.pick(
            "Visa application form",
            "Application for Schengen visa",
            "Nonimmigrant visa application",
        ),
        form(
            f"1. Surname (family name) | {d.pick(*affairs.FAMILY)}",
            f"3. First name(s) | {d.pick(*GIVEN)}",
            f"4. Date of birth | {d.birth()}",
            f"5. Place of birth | {d.fake.city()}",
            f"7. Current nationality | {d.pick(*NATIONS)}",
            f"12. Type of travel document | {d.pick('Ordinary passport', 'Service passport', 'Diplomatic passport')}",
            f"13. Number of travel document | {passport(d)}",
            f"16. Valid until | {d.day()}",
            f"19. Current occupation | {d.fake.job()[:40]}",
            f"21. Main purpose of the journey | {d.pick('Official visit', 'Training', 'Family')}",
            f"Intended date of arrival | {d.day()}",
        ),
        also="people travel",
    )


def residence_permit(d: Desk) -> Paper:
    """Copy a permit or a card."""
    return paper(
        "identity",
        d.pick(
            "Residence permit",
            "National identity card",
            "Armed forces identification card",
            "Ghana Card - copy",
        ),
        form(
            f"Name | {name(d)}",
            f"{d.pick('Card no.', 'Document number', 'Personal ID number', 'Permit no.')} | {d.letters(2)}{d.digits(8)}",
            f"Born | {d.birth()}, {d.fake.city()}",
            f"Sex | {d.pick('M', 'F')}",
            f"Valid from / until | {d.day()} / {d.day()}",
            f"Issuing authority | {d.pick('Auslaenderbehoerde', 'Home Office', 'NIA', 'Politsei- ja Piirivalveamet')}",
            f"Remarks | {d.pick('Employment permitted', 'Family member', 'Geneva Conventions category III')}",
        ),
        also="people",
    )


def lost_passport(d: Desk) -> Paper:
    """Declare a passport lost."""
    return paper(
        "identity",
        d.pick(
            "Declaration of a lost passport",
            "Statement of identity",
            "Emergency travel document request",
        ),
        f"I, {name(d)}, born on {d.birth()} in {d.fake.city()}, a citizen of {d.pick('Australia', 'the United Kingdom', 'Kenya', 'Japan')}, declare that my passport number {passport(d)}, issued on {d.day()}, was stolen in {d.fake.city()}. My national identity number is {d.digits(11)}. I ask for an emergency travel document and enclose two photographs and a copy of my driving licence, number {d.letters(2)}{d.digits(6)}.",
        also="people",
    )


def radiology(d: Desk) -> Paper:
    """Read an X-ray."""
    return paper(
        "health",
        d.pick("Radiology report", "X-ray chest PA", "Imaging result", "MRI left knee"),
        form(
            f"Patient | {name(d)}",
            f"DOB | {d.birth()}",
            f"{d.pick('MRN', 'NHS No', 'Medicare No', 'Hospital number')} | {d.digits(10)}",
            f"Referred by | Dr {name(d)}",
            f"Examined | {d.day()}",
        ),
        f"Clinical information: {d.pick('persistent cough', 'fall from a vehicle', 'pain after a parachute jump')}.",
        f"Findings: {d.pick('There is an opacity in the right lower lobe. The heart is not enlarged.', 'Transverse fracture of the distal radius with dorsal angulation.', 'Tear of the posterior horn of the medial meniscus; small joint effusion.')}",
        f"Impression: {d.pick('Pneumonia; follow-up film in six weeks.', 'Fracture as above, orthopaedic review advised.', 'Refer for arthroscopy.')}",
        also="people",
    )


def referral(d: Desk) -> Paper:
    """Refer a patient, in a letter."""
    who = d.fake.last_name()
    complaint, diagnosis, drug = d.dice.choice(
        (
            ("low mood and flashbacks", "post-traumatic stress disorder", "sertraline 50 mg"),
            ("chest pain on exertion", "angina", "bisoprolol 2.5 mg"),
            ("recurrent seizures", "epilepsy", "levetiracetam 500 mg twice daily"),
        )
    )
    return paper(
        "health",
        d.pick("Referral", "Clinic letter", "From the sick bay", "Discharge summary"),
        f"Dear colleague,\n\nthank you for seeing {d.pick('Petty Officer', 'Corporal', 'Mr', 'Ms')} {who}, aged {d.dice.randint(20, 58)}, who has a {d.dice.randint(2, 9)}-month history of {complaint}. I have diagnosed {diagnosis} and started {drug}. Allergic to penicillin. Blood pressure {d.dice.randint(118, 165)}/{d.dice.randint(70, 98)}.",
        f"{who} is unfit for sea service for three months. Please advise on treatment.\n\nSurgeon Commander {name(d)}",
    )


def laboratory(d: Desk) -> Paper:
    """Give results of the laboratory."""
    return paper(
        "health",
        d.pick("Laboratory results", "Pathology report", "Blood test results"),
        form(
            f"Patient name | {name(d)}",
            f"Date of birth | {d.birth()}",
            f"Specimen collected | {d.day()}",
        ),
        table(
            "Test | Result | Unit | Reference range",
            f"Haemoglobin | {d.dice.uniform(9, 16):.1f} | g/dL | 13.0-17.0",
            f"Creatinine | {d.dice.randint(60, 180)} | umol/L | 60-110",
            f"HbA1c | {d.dice.uniform(5, 10):.1f} | % | < 6.0",
            f"{d.pick('HIV antibody', 'Hepatitis B surface antigen', 'Malaria film')} | {d.pick('Reactive', 'Negative', 'Positive')} | - | Negative",
        ),
        also="people",
    )


def sick_list(d: Desk) -> Paper:
    """List the sick of a unit."""
    rows = [
        f"{d.pick(*RANKS)} {name(d)} | {d.pick('Malaria', 'Ankle sprain', 'Depression', 'Gastroenteritis', 'Pregnancy', 'Diabetes type 2', 'COVID-19')} | {d.pick('Light duties', 'Bedded down', 'Medevac', 'Not deployable', 'No weapons')} | {d.day()}"
        for _ in range(d.dice.randint(4, 12))
    ]
    return paper(
        "health",
        d.pick("Sick parade", "Medical readiness by name", "Sick list, battalion aid station"),
        table("Name | Diagnosis | Disposition | Review", *rows),
        also="roster people",
    )


def police_complaint(d: Desk) -> Paper:
    """Complain of a crime by one of the staff."""
    return paper(
        "personnel",
        d.pick(
            "Criminal complaint",
            "Report of an offence by a member of staff",
            "Complaint to the military police",
        ),
        form(
            f"Complainant | {name(d)}",
            f"Suspect | {d.pick(*RANKS)} {name(d)}",
            f"Alleged offence | {d.pick('theft of government property', 'assault', 'sexual assault', 'fraud', 'driving under the influence')}",
            f"Date of incident | {d.day()}",
        ),
        f"The complainant states that the accused, then on duty in the {d.pick('stores', 'galley', 'motor pool')}, committed the offence in the presence of two witnesses. A statement under caution was taken. The file goes to the {d.pick('public prosecutor', 'provost marshal', 'staff judge advocate')}; the accused has been suspended from duty.",
        also="legal",
    )


def bullying_inquiry(d: Desk) -> Paper:
    """Inquire into bullying."""
    bully, victim = d.fake.last_name(), d.fake.last_name()
    return paper(
        "personnel",
        d.pick(
            "Investigation into allegations of bullying",
            "Fact-finding report",
            "Grievance: outcome of inquiry",
        ),
        f"I was appointed on {d.day()} to investigate the complaint of {victim} against {bully}. I interviewed {d.dice.randint(4, 12)} witnesses.",
        f"The complainant alleges that {bully} shouted at her daily, mocked her accent and threatened her with a bad report. Witness A, who asked not to be named, confirmed this. {bully} denied it and called it banter.",
        f"Findings: on the balance of probabilities the allegations of bullying and harassment are {d.pick('substantiated', 'upheld in part', 'proven')}. Recommendation: {d.pick('formal disciplinary action', 'final written warning', 'removal from post')} against {bully}; support for {victim}.",
    )


def appraisal(d: Desk) -> Paper:
    """Judge a year's work."""
    return paper(
        "personnel",
        d.pick(
            "Annual appraisal report",
            "Officer evaluation report",
            "Performance review 2023",
            "OJAR",
        ),
        form(
            f"{d.pick('Subject', 'Rated officer', 'Employee')} | {d.pick(*RANKS)} {name(d)}",
            f"Reporting officer | {name(d)}",
            f"Period | to {d.day()}",
            f"Overall performance | {d.pick('B-', 'Below standard', 'Exceeds expectations', '3 of 5')}",
            f"Promotion | {d.pick('Not recommended', 'Recommended', 'Yes - in two years')}",
        ),
        f"{d.fake.last_name()} is {d.pick('a willing but slow worker who avoids decisions', 'an outstanding leader', 'often late and short with subordinates')}. Strengths: technical knowledge. Weaknesses: {d.pick('temper', 'written work', 'delegation')}. Potential for the next rank: {d.pick('limited', 'good', 'exceptional')}.",
    )


def dismissal(d: Desk) -> Paper:
    """Dismiss somebody."""
    return paper(
        "personnel",
        d.pick(
            "Termination of your employment",
            "Notice of dismissal",
            "Outcome of disciplinary hearing",
        ),
        f"Dear {d.fake.last_name()},\n\nI write to confirm the outcome of the disciplinary hearing of {d.day()}. You were found to have committed gross misconduct, namely {d.pick('drinking on watch', 'falsifying time sheets', 'passing drawings to a competitor', 'insubordination')}. You had a written warning on file since {d.day()}. Your employment ends with immediate effect; you will be paid {money(d)} in lieu of leave.",
        f"You have the right to appeal within ten days.\n\n{name(d)}\nHead of Human Resources",
    )


def vetting(d: Desk) -> Paper:
    """Look into somebody's past."""
    return paper(
        "personnel",
        d.pick(
            "Background check result", "Security vetting: interview notes", "Clearance adjudication"
        ),
        form(
            f"Candidate | {name(d)}",
            f"Date of birth | {d.birth()}",
            f"Clearance sought | {d.pick('DV', 'Top Secret/SCI', 'NV1', 'NATO SECRET')}",
            f"Criminal record | {d.pick('Caution for possession, 2015', 'No trace', 'One conviction (theft)')}",
            f"Credit check | {d.pick('Adverse: county court judgment', 'Clear')}",
            f"Previous employer | {d.fake.company()}: {d.pick('resigned before disciplinary action', 'would not re-employ', 'good')}",
        ),
        f"The candidate admitted to {d.pick('gambling debts', 'recreational drug use', 'an undeclared foreign bank account', 'relatives in a hostile state')}. References are {d.pick('mixed', 'satisfactory')}. Recommendation: {d.pick('refuse', 'grant with restrictions', 'defer')}.",
        also="people",
    )


TEMPLATES: tuple[Template, ...] = (
    *(crew_list, watch_bill, base_staff, manifest, nominal_roll),
    *(next_of_kin, access_list, relocation, recall_list),
    *(passport_page, driving_licence, visa_form, residence_permit, lost_passport),
    *(radiology, referral, laboratory, sick_list),
    *(police_complaint, bullying_inquiry, appraisal, dismissal, vetting),
    *affairs.TEMPLATES,
    *sites.TEMPLATES,
)
