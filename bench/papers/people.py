"""Papers about people: crews, lists, rosters, identity papers, health, personnel matters."""

from __future__ import annotations

from bench.papers import Desk, Fields, Paper, Rows, Template


def crew_list(desk: Desk) -> Paper:
    """Write what a ship's agent or a squadron sends before arrival."""
    ranks = [
        "Master",
        "Chief Officer",
        "Second Officer",
        "Bosun",
        "AB",
        "Oiler",
        "Chief Engineer",
        "Cook",
    ]
    ranks += [
        "Capt",
        "1st Lt",
        "SSgt",
        "TSgt",
        "MSgt",
        "Loadmaster",
        "Pilot",
        "Co-pilot",
        "Flight Engineer",
    ]
    head = ["No.", "Family name, given names", "Rank or rating", "Nationality", "Date of birth"]
    head.append(desk.pick("Passport No.", "Seaman's book", "Nature and No. of identity document"))
    rows = [
        [
            str(n),
            f"{desk.fake.last_name().upper()}, {desk.fake.first_name()}",
            desk.dice.choice(ranks),
            desk.fake.country_code(),
            desk.birth(),
            desk.letters(2) + desk.digits(7),
        ]
        for n in range(1, desk.dice.randint(7, 26))
    ]
    ship = desk.pick("MV", "USNS", "MT", "HNLMS") + " " + desk.fake.last_name()
    form = Fields(
        [("Name of ship", ship), ("Port of arrival", desk.fake.city()), ("Date", desk.day())]
    )
    return Paper(
        "roster",
        desk.pick("CREW LIST", "Crew list", "Crew manifest"),
        [form, Rows(head, rows)],
        frozenset({"people", "identity"}),
    )


def duty_roster(desk: Desk) -> Paper:
    """Write who stands guard when."""
    days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    head = [desk.pick("Rank/Name", "Name", "Soldier"), *days]
    ranks = ("Cpl", "Sgt", "Pte", "LCpl", "SPC", "PFC", "Lt")
    rows = [
        [f"{desk.dice.choice(ranks)} {desk.fake.last_name()} {desk.fake.first_name()[0]}."]
        + [desk.pick("D", "N", "OFF", "Gate 1", "QRF", "L") for _ in days]
        for _ in range(desk.dice.randint(8, 20))
    ]
    title = desk.pick(
        "Duty roster", "Guard roster week 21", "Watch bill", "Guard mount and shift plan"
    )
    note = desk.pick(
        "Swap only with the guard commander's consent.", "Report 15 minutes before the shift."
    )
    return Paper("roster", title, [Rows(head, rows), note], frozenset({"people"}))


def unit_staff(desk: Desk) -> Paper:
    """Write a unit's nominal roll."""
    head = ["Svc No", "Rank", "Surname", "Initials", "Appointment", "Unit", "Mobile"]
    posts = ("OC", "2IC", "Adjutant", "CSM", "Clerk", "Signaller", "Medic", "Driver", "Armourer")
    rows = [
        [
            desk.digits(8),
            desk.pick("Maj", "Capt", "WO2", "Sgt", "Cpl", "Pte"),
            desk.fake.last_name(),
            desk.letters(2),
            desk.dice.choice(posts),
            f"{desk.letters(1)} Coy",
            desk.fake.phone_number(),
        ]
        for _ in range(desk.dice.randint(9, 30))
    ]
    title = desk.pick("Nominal roll", "Personnel list 2 Bn", "Staff list by appointment")
    return Paper(
        "roster", title, [Rows(head, rows)], frozenset({"people", "personnel", "identity"})
    )


def address_list(desk: Desk) -> Paper:
    """Write a list of people with private particulars."""
    head = desk.pick(
        "Name|Date of birth|Home address|Telephone", "Surname|First name|Born|Street|City"
    )
    names = head.split("|")
    rows = []
    for _ in range(desk.dice.randint(12, 40)):
        if len(names) == 4:
            address = f"{desk.fake.street_address()}, {desk.fake.city()}".replace("\n", " ")
            rows.append([desk.fake.name(), desk.birth(), address, desk.fake.phone_number()])
        else:
            person = [desk.fake.last_name(), desk.fake.first_name(), desk.birth()]
            rows.append([*person, desk.fake.street_address().replace("\n", " "), desk.fake.city()])
    title = desk.pick(
        "Participants", "Members of the club", "Summer camp registrations", "Residents"
    )
    return Paper("people", title, [Rows(names, rows)], frozenset({"identity", "roster"}))


def staff_directory(desk: Desk) -> Paper:
    """Write an internal directory with private numbers and pay numbers."""
    head = ["Employee ID", "Name", "Department", "Position", "Home phone", "Emergency contact"]
    rows = [
        [
            desk.digits(6),
            desk.fake.name(),
            desk.pick("Operations", "Legal", "IT", "HR"),
            desk.fake.job(),
            desk.fake.phone_number(),
            f"{desk.fake.first_name()} {desk.fake.phone_number()}",
        ]
        for _ in range(desk.dice.randint(12, 60))
    ]
    return Paper(
        "people",
        desk.pick("Staff list", "Employee master data", "Personnel directory"),
        [Rows(head, rows)],
        frozenset({"roster", "personnel"}),
    )


def passport_page(desk: Desk) -> Paper:
    """Write the text of a passport's data page, as typed into a form."""
    surname, given = desk.fake.last_name(), desk.fake.first_name()
    number = desk.letters(1) + desk.digits(8)
    pairs = [
        ("Type", "P"),
        ("Passport No.", number),
        ("Surname", surname.upper()),
        ("Given names", given),
    ]
    pairs += [
        ("Nationality", desk.fake.country()),
        ("Date of birth", desk.birth()),
        ("Sex", desk.pick("M", "F")),
    ]
    pairs += [
        ("Place of birth", desk.fake.city()),
        ("Date of issue", desk.day()),
        ("Date of expiry", desk.day()),
    ]
    pairs.append(
        ("Authority", desk.pick("Home Office", "Department of State", "Prefecture", "MINISTRY"))
    )
    return Paper(
        "identity",
        desk.pick("Passport copy", "Passport details", "Travel document data"),
        [Fields(pairs)],
        frozenset({"travel", "people"}),
    )


def identity_form(desk: Desk) -> Paper:
    """Write an application with identity numbers."""
    ssn = (
        f"{desk.dice.randint(100, 665)}-{desk.dice.randint(10, 99)}-{desk.dice.randint(1000, 9999)}"
    )
    pairs = [
        ("Applicant", desk.fake.name()),
        ("Date of birth", desk.birth()),
        ("Social Security Number", ssn),
    ]
    pairs += [
        ("Driver's license no.", desk.letters(1) + desk.digits(7)),
        ("Place of birth", desk.fake.city()),
    ]
    pairs += [
        ("Current address", desk.fake.address().replace("\n", ", ")),
        ("Citizenship", desk.fake.country()),
    ]
    desk.dice.shuffle(pairs)
    title = desk.pick(
        "Application for base access", "Visa application", "Background form", "ID card request"
    )
    return Paper("identity", title, [Fields(pairs)], frozenset({"people", "personnel", "travel"}))


def radiology(desk: Desk) -> Paper:
    """Write an X-ray report."""
    pairs = [
        ("Patient", desk.fake.name()),
        ("DOB", desk.birth()),
        (desk.pick("MRN", "Hospital No."), desk.digits(7)),
    ]
    pairs += [
        (
            "Exam",
            desk.pick("XR chest PA/lateral", "X-ray left wrist", "CT abdomen", "MRI lumbar spine"),
        )
    ]
    pairs += [("Referring physician", f"Dr. {desk.fake.last_name()}"), ("Date of exam", desk.day())]
    findings = desk.some(
        2,
        4,
        "No acute fracture.",
        "The lungs are clear.",
        "Mild degenerative change at L4/L5.",
        "No pleural effusion.",
        "Soft tissue swelling is noted.",
        "Disc bulge without nerve contact.",
    )
    text = [
        "FINDINGS: " + " ".join(findings),
        "IMPRESSION: " + desk.pick("Normal study.", "Undisplaced fracture."),
    ]
    return Paper(
        "health",
        desk.pick("Radiology report", "X-RAY REPORT", "Diagnostic imaging"),
        [Fields(pairs), *text],
        frozenset({"identity", "people"}),
    )


def medical_letter(desk: Desk) -> Paper:
    """Write a doctor's letter."""
    name = desk.fake.name()
    ill = desk.pick(
        "type 2 diabetes",
        "recurrent depressive disorder",
        "asthma",
        "hypertension",
        "a torn ligament",
    )
    drug = desk.pick("metformin 500 mg", "sertraline 50 mg", "ibuprofen 600 mg", "ramipril 5 mg")
    blocks = [f"Dear colleague, thank you for referring {name}, born {desk.birth()}."]
    blocks.append(f"Diagnosis: {ill} ({desk.pick('E11.9', 'F33.1', 'J45.0', 'I10', 'S83.5')}).")
    blocks += desk.some(
        2,
        4,
        f"Medication on discharge: {drug} twice daily.",
        "Blood pressure 150/95, pulse 82.",
        "The patient was admitted on the ward for three days.",
        "Allergies: penicillin.",
        "We recommend a follow-up in the outpatient clinic.",
        "Laboratory: HbA1c 8.1 %, CRP 12.",
    )
    blocks.append(
        f"Unfit for {desk.pick('flying duty', 'work', 'sea service')} until {desk.day()}."
    )
    return Paper(
        "health",
        desk.pick("Discharge summary", "Medical report", "Clinic letter", "Sick note"),
        list(blocks),
        frozenset({"people"}),
    )


def patients(desk: Desk) -> Paper:
    """Write a table of patients."""
    head = ["Patient", "Date of birth", "Diagnosis", "Treatment", "Ward"]
    ills = (
        "Fracture of tibia",
        "Pneumonia",
        "PTSD",
        "Appendicitis",
        "Hepatitis B",
        "Malaria",
        "Concussion",
    )
    rows = [
        [
            desk.fake.name(),
            desk.birth(),
            desk.dice.choice(ills),
            desk.pick("surgery", "antibiotics", "observation"),
            desk.digits(2),
        ]
        for _ in range(desk.dice.randint(6, 25))
    ]
    return Paper(
        "health",
        desk.pick("Patients on ward", "Sick bay list", "Vaccination and treatment list"),
        [Rows(head, rows)],
        frozenset({"people", "roster"}),
    )


def complaint(desk: Desk) -> Paper:
    """Write a criminal complaint."""
    suspect = desk.fake.name()
    pairs = [
        ("Case number", f"{desk.digits(4)}/{desk.digits(2)}"),
        ("Complainant", desk.fake.name()),
        ("Suspect", suspect),
    ]
    pairs += [
        ("Offence", desk.pick("theft", "assault", "fraud", "possession of stolen goods")),
        ("Place", desk.fake.city()),
    ]
    text = [
        f"On {desk.day()} at about {desk.clock()} the accused entered the premises and took the property."
    ]
    text += desk.some(
        1,
        3,
        "A witness saw the incident and gave a statement to the police.",
        "The suspect was arrested and cautioned.",
        "The victim suffered injuries.",
        "I wish to press charges and ask for prosecution.",
    )
    return Paper(
        "personnel",
        desk.pick("Criminal complaint", "Police report", "Crime report"),
        [Fields(pairs), *text],
        frozenset({"people", "legal"}),
    )


def bullying(desk: Desk) -> Paper:
    """Write an internal investigation."""
    who, by = desk.fake.name(), desk.fake.name()
    text = [f"This report concerns the allegation made by {who} against {by}."]
    text += desk.some(
        3,
        5,
        "The complainant described repeated bullying and humiliation in front of the team.",
        "Four witnesses were interviewed; their statements are annexed.",
        "The investigating officer finds the allegation of harassment substantiated.",
        "It is recommended that disciplinary action be taken.",
        "The respondent denied misconduct and asked to be accompanied at the hearing.",
        "A formal grievance was lodged under the dignity at work policy.",
    )
    return Paper(
        "personnel",
        desk.pick("Investigation report", "Internal inquiry into bullying", "Outcome of grievance"),
        list(text),
        frozenset({"legal"}),
    )


def disciplinary(desk: Desk) -> Paper:
    """Write a warning or an evaluation."""
    name = desk.fake.name()
    if desk.dice.random() < 0.5:
        text = [
            f"Dear {name},",
            "following the disciplinary hearing we issue you with a final written warning.",
        ]
        text += [
            "Your absence without leave amounts to misconduct.",
            "You may appeal within ten working days.",
        ]
        return Paper(
            "personnel",
            desk.pick("Final written warning", "Disciplinary outcome"),
            list(text),
            frozenset({"legal"}),
        )
    pairs = [
        ("Employee", name),
        ("Period", "2030"),
        ("Rater", desk.fake.name()),
        ("Overall rating", desk.pick("C", "3", "Below standard")),
    ]
    text = [
        "Performance: fails to meet deadlines and needs close supervision.",
        "Not recommended for promotion.",
    ]
    return Paper(
        "personnel",
        desk.pick("Performance appraisal", "Evaluation report", "Annual performance review"),
        [Fields(pairs), *text],
    )


TEMPLATES: tuple[Template, ...] = (
    crew_list,
    duty_roster,
    unit_staff,
    address_list,
    staff_directory,
    passport_page,
    identity_form,
    radiology,
    medical_letter,
    patients,
    complaint,
    bullying,
    disciplinary,
)
