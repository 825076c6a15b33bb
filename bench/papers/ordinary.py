"""Papers of ordinary business: what must not be taken for anything that leaks."""

from __future__ import annotations

from bench.papers import Desk, Fields, Paper, Rows, Template


def minutes(desk: Desk) -> Paper:
    """Write the minutes of a meeting."""
    present = "Present: " + ", ".join(desk.fake.name() for _ in range(desk.dice.randint(3, 6)))
    text = desk.some(
        4,
        6,
        "The minutes of the last meeting were approved.",
        "Marketing will present the new brochure in June.",
        "The travel policy will be reviewed; no change to the contract with the caterer.",
        "IT reported that the migration is on schedule.",
        "The budget was discussed and noted.",
        "The next meeting takes place on Tuesday.",
        "The health and safety walk is due in autumn.",
    )
    return Paper("", "Minutes of the team meeting", [present, *text])


def prices(desk: Desk) -> Paper:
    """Write a price list."""
    rows = [
        [
            desk.letters(2) + desk.digits(4),
            " ".join(desk.fake.words(2)),
            f"{desk.digits(2)}.90",
            desk.digits(2),
        ]
        for _ in range(desk.dice.randint(8, 30))
    ]
    return Paper(
        "", "Price list summer", [Rows(["Article", "Description", "Price", "Stock"], rows)]
    )


def newsletter(desk: Desk) -> Paper:
    """Write a newsletter."""
    text = desk.some(
        4,
        6,
        "Our colleagues ran the charity marathon again.",
        "The canteen has a new menu.",
        "Secret Santa: draw your lot by Friday.",
        "Security reminds you to wear your badge.",
        "The medical service offers flu shots in the lobby.",
        "Travel tips: book early, fly off-peak.",
        "The official opening of the new hall is on Monday.",
        "A talk on tax for beginners, all welcome.",
    )
    return Paper("", "Staff newsletter", list(text))


def specification(desk: Desk) -> Paper:
    """Write a product's data sheet."""
    pairs = [
        ("Model", desk.letters(2) + desk.digits(3)),
        ("Power", "1200 W"),
        ("Weight", "3.4 kg"),
        ("Voltage", "230 V"),
        ("Warranty", "2 years"),
        ("Colour", desk.fake.color_name()),
    ]
    return Paper(
        "",
        "Data sheet coffee machine",
        [Fields(pairs), "Technical data are subject to change without notice."],
    )


def quote(desk: Desk) -> Paper:
    """Write an offer."""
    rows = [
        [str(n), " ".join(desk.fake.words(3)), desk.digits(1), f"{desk.digits(3)}.00"]
        for n in range(1, desk.dice.randint(4, 9))
    ]
    return Paper(
        "",
        f"Quotation {desk.digits(5)}",
        [
            f"Dear {desk.fake.name()}, thank you for your enquiry. We offer:",
            Rows(["Pos", "Item", "Qty", "Price"], rows),
            "Delivery within two weeks. Prices exclude VAT.",
        ],
    )


def press(desk: Desk) -> Paper:
    """Write a press release."""
    text = [
        f"{desk.fake.city()}, {desk.day()}. {desk.fake.company()} today announced record sales in the second quarter."
    ]
    text += desk.some(
        2,
        3,
        '"We are proud of the team," said the chief executive.',
        "The company will open a research centre next year.",
        "The agreement with the city runs for five years.",
        "An embassy reception marked the occasion.",
    )
    return Paper("", "Press release", list(text))


def schedule(desk: Desk) -> Paper:
    """Write a project's plan."""
    rows = [
        [" ".join(desk.fake.words(2)), desk.day(), desk.day(), f"{desk.dice.randint(0, 100)} %"]
        for _ in range(desk.dice.randint(6, 15))
    ]
    return Paper("", "Project schedule", [Rows(["Task", "Start", "End", "Done"], rows)])


def invitation(desk: Desk) -> Paper:
    """Write an invitation."""
    text = [
        f"You are invited to our summer party on {desk.day()} at {desk.clock()}.",
        f"Place: {desk.fake.street_address()}. Please reply by Friday.",
        "Children are welcome; the hotel next door has rooms.",
    ]
    return Paper("", "Invitation", [line.replace("\n", " ") for line in text])


def advert(desk: Desk) -> Paper:
    """Write a job advert."""
    text = [
        f"We are looking for a {desk.fake.job()}.",
        *desk.some(
            3,
            4,
            "You have three years of experience and like working in a team.",
            "We offer a competitive salary and a pension plan.",
            "A background check is part of the process.",
            "Send your application to our personnel department.",
            "Security clearance is an advantage.",
        ),
    ]
    return Paper("", "Vacancy", list(text))


def weather(desk: Desk) -> Paper:
    """Write figures of a market or of the weather."""
    rows = [
        [desk.fake.city(), desk.digits(2), desk.digits(2), desk.pick("sun", "rain", "cloud")]
        for _ in range(desk.dice.randint(8, 20))
    ]
    return Paper("", "Temperatures and load forecast", [Rows(["City", "Low", "High", "Sky"], rows)])


def manual(desk: Desk) -> Paper:
    """Write instructions."""
    text = [
        "How to reset your password: open the portal and choose Forgot password.",
        "We never ask for your password by e-mail.",
        "Passwords must have at least twelve characters.",
        "If you do not receive a code, call the service desk.",
        "Keys for meeting rooms are at the reception.",
    ]
    return Paper("", "User guide for the portal", list(text))


TEMPLATES: tuple[Template, ...] = (
    minutes,
    prices,
    newsletter,
    specification,
    quote,
    press,
    schedule,
    invitation,
    advert,
    weather,
    manual,
)
