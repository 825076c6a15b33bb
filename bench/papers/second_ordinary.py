"""The second, held-out set: ordinary business, some of it in the words of what is not ordinary."""

from __future__ import annotations

from bench.papers import Desk, Paper, Template
from bench.papers.second_affairs import form, money, name, paper, table


def agenda(d: Desk) -> Paper:
    """Call a meeting."""
    return paper(
        "",
        d.pick("Agenda", f"Steering group, {d.day()}", "Meeting invitation with agenda"),
        table(
            "Time | Item | Lead",
            f"{d.clock()} | Welcome and apologies | {name(d)}",
            f"{d.clock()} | Budget for the second half | {name(d)}",
            f"{d.clock()} | Move to the new office | {name(d)}",
            f"{d.clock()} | Any other business | all",
        ),
        f"Room {d.digits(3)}, second floor. Coffee is served from {d.clock()}.",
    )


def minutes(d: Desk) -> Paper:
    """Record a meeting."""
    return paper(
        "",
        d.pick("Minutes of the weekly meeting", "Notes from Tuesday", "Action points"),
        f"Present: {name(d)}, {name(d)}, {name(d)}. Apologies: {name(d)}.",
        f"1. The minutes of the last meeting were approved.\n2. The supplier will deliver on {d.day()}. {d.fake.first_name()} to confirm.\n3. The contract with the cleaners runs out in spring; three offers will be sought.\n4. Health and safety: the first aid box was refilled.\n5. Next meeting on {d.day()}.",
    )


def product(d: Desk) -> Paper:
    """Describe something for sale."""
    return paper(
        "",
        d.pick("Product description", "Data sheet", "New in our range"),
        f"The {d.fake.last_name()} {d.digits(3)} is a {d.pick('marine radar for yachts and fishing boats', 'patient monitor for clinics', 'label printer', 'card reader for doors')} with a bright screen and a two-year warranty.",
        form(
            f"Weight | {d.dice.uniform(1, 9):.1f} kg",
            f"Range | {d.digits(2)} km",
            f"Power | {d.digits(2)} W",
            f"Part number | {d.letters(2)}-{d.digits(5)}",
            f"List price | {money(d)}",
        ),
    )


def programme(d: Desk) -> Paper:
    """Announce the programme of an event."""
    return paper(
        "",
        d.pick("Programme", "Conference on port logistics", "Open day of the museum ship"),
        table(
            "Time | Session | Speaker",
            f"{d.clock()} | Opening by the mayor | {name(d)}",
            f"{d.clock()} | Ports and their cities | Prof. {name(d)}",
            f"{d.clock()} | Panel: skills for shipping | {name(d)}, {name(d)}",
            f"{d.clock()} | Reception | -",
        ),
        "Admission is free; registration is requested. Hotels near the venue are listed on our web page.",
    )


def press(d: Desk) -> Paper:
    """Tell the press."""
    return paper(
        "",
        d.pick("Press release", "For immediate release", "Media information"),
        f'{d.fake.city()}, {d.day()}. {d.fake.company()} today opened its new {d.pick("shipyard hall", "research centre", "training academy")}. "We are proud of our people," said {name(d)}, chief executive. The ambassador and the Minister of Defence attended the ceremony; the navy band played.',
        f"Press contact: {name(d)}, {d.fake.phone_number()}, press@contractor.example",
    )


def training(d: Desk) -> Paper:
    """Offer a course."""
    return paper(
        "",
        d.pick("Training offer", "Courses this autumn", "Seminar: stronger passwords, safer data"),
        table(
            "Course | Date | Days | Price",
            f"First aid at work | {d.day()} | 1 | {money(d, 400)}",
            f"Preventing bullying: for managers | {d.day()} | 2 | {money(d, 900)}",
            f"Passwords and phishing | {d.day()} | 1 | {money(d, 400)}",
            f"Export control basics | {d.day()} | 2 | {money(d, 900)}",
        ),
        "Lunch and course material are included. Places are given in order of registration.",
    )


def quotation(d: Desk) -> Paper:
    """Quote prices."""
    return paper(
        "",
        d.pick("Quotation", "Our offer", f"Offer no. {d.digits(5)}"),
        f"Dear {name(d)},\n\nthank you for your enquiry of {d.day()}. We are pleased to quote as follows.",
        table(
            "Pos | Article | Quantity | Unit price | Total",
            f"1 | Office chair, black | {d.digits(2)} | {money(d, 400)} | {money(d)}",
            f"2 | Safety boots, size 43 | {d.digits(2)} | {money(d, 400)} | {money(d)}",
            f"3 | Delivery | 1 | {money(d, 300)} | {money(d, 300)}",
        ),
        "Prices without VAT. This offer is valid for thirty days; our general terms and conditions apply.",
    )


def status(d: Desk) -> Paper:
    """Report how a project stands."""
    return paper(
        "",
        d.pick("Project status", "Weekly report", "Status: website relaunch"),
        form(
            "Overall | amber",
            f"Milestone 3 | {d.day()}",
            f"Budget used | {d.digits(2)} %",
            f"Project lead | {name(d)}",
        ),
        "Done: test environment set up, texts translated. Next: user tests, load test. Risk: two colleagues are on holiday in the week of the go-live. Findings of the audit have been closed.",
    )


def it_notice(d: Desk) -> Paper:
    """Tell of maintenance."""
    return paper(
        "",
        d.pick("Planned maintenance", "Your password expires soon", "IT notice: new VPN client"),
        f"On {d.day()} from {d.clock()} the mail servers are restarted. You cannot log in during that time. If your password is older than ninety days you are asked for a new one: at least twelve characters, no names. We never ask for your password by e-mail or telephone.",
        f"Questions: service desk, extension {d.digits(4)}.",
    )


def menu(d: Desk) -> Paper:
    """Say what there is to eat."""
    return paper(
        "",
        d.pick("Canteen menu", "Lunch this week", "Menu of the mess hall"),
        table(
            "Day | Dish | Vegetarian | Price",
            *(
                f"{day} | {d.pick('Chicken curry', 'Jollof rice', 'Fish and chips', 'Goulash')} | {d.pick('Lentil stew', 'Pasta', 'Risotto')} | {money(d, 201)}"
                for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
            ),
        ),
        "Please tell us about allergies.",
    )


def sports(d: Desk) -> Paper:
    """Give results."""
    return paper(
        "",
        d.pick("Company run: results", "Sports day", "Results of the sailing regatta"),
        table(
            "Place | Name | Team | Time",
            *(
                f"{n} | {name(d)} | {d.pick('Finance', 'Navy', 'Sales', 'Docks')} | {d.digits(2)}:{d.digits(2)}"
                for n in range(1, d.dice.randint(6, 14))
            ),
        ),
        "Congratulations to all; photos are in the gallery.",
    )


def travel_tips(d: Desk) -> Paper:
    """Advise travellers."""
    return paper(
        "",
        d.pick("Travel tips", f"A weekend in {d.fake.city()}", "Before you fly"),
        "Check that your passport is valid for six months and whether you need a visa. Keep a copy of your itinerary and of your booking apart from the originals. See a doctor about vaccinations and malaria tablets. Arrive at the airport two hours before departure.",
        f"A double room in a good hotel costs about {money(d, 400)} a night. The fort above the harbour is worth a visit; a map is to be had at the tourist office.",
    )


def policy(d: Desk) -> Paper:
    """State a policy."""
    return paper(
        "",
        d.pick("Policy on dignity at work", "Leave policy", "Disciplinary procedure: a guide"),
        "Bullying and harassment are not tolerated. Anyone who feels bullied may speak to a line manager or to human resources. Complaints are investigated promptly and in confidence. Where allegations are upheld, disciplinary action up to dismissal may follow.",
        "Sick leave: a medical certificate is needed from the third day. Appraisals are held once a year, in January.",
        f"Version {d.digits(1)}.{d.digits(1)}, in force from {d.day()}.",
    )


def market(d: Desk) -> Paper:
    """Report on a market."""
    return paper(
        "",
        d.pick(
            "Market report", "Outlook for freight rates", "Sector note: shipbuilding and defence"
        ),
        f"Freight rates rose by {d.digits(1)} per cent in the quarter. Orders for patrol vessels and missiles kept the larger yards busy, analysts said. Loans became dearer after the central bank raised its rate; banks expect a quiet summer.",
        table(
            "Index | Last | Change",
            f"Dry bulk | {d.digits(4)} | +{d.digits(1)}.2",
            f"Tankers | {d.digits(3)} | -{d.digits(1)}.4",
            f"Steel | {d.digits(3)} | 0.0",
        ),
    )


def invoice_cover(d: Desk) -> Paper:
    """Send an invoice."""
    return paper(
        "",
        d.pick("Invoice enclosed", f"Invoice {d.digits(6)}", "Our invoice for August"),
        f"Dear {name(d)},\n\nplease find enclosed our invoice {d.digits(6)} of {d.day()} over {money(d)} for {d.pick('cleaning', 'catering', 'paint and brushes', 'translation')}. We ask for payment within thirty days. Should you have paid in the meantime, please disregard this letter.",
        f"With kind regards\n\n{name(d)}\nAccounts",
    )


def survey(d: Desk) -> Paper:
    """Ask customers."""
    return paper(
        "",
        d.pick("Customer survey", "How did we do", "Results of the guest survey"),
        table(
            "Question | Good | Fair | Poor",
            *(
                f"{asked} | {d.digits(2)} % | {d.digits(2)} % | {d.digits(1)} %"
                for asked in (
                    "Friendliness of the staff",
                    "Speed of service",
                    "Rooms",
                    "Value for money",
                )
            ),
        ),
        f"{d.digits(3)} customers took part. Answers are anonymous.",
    )


def job_advert(d: Desk) -> Paper:
    """Seek somebody."""
    return paper(
        "",
        d.pick("Vacancy", "We are hiring", "Job: deck officer"),
        f"{d.fake.company()} seeks a {d.pick('second engineer', 'nurse', 'payroll clerk', 'security guard')} for its team in {d.fake.city()}. You hold a driving licence and like to work in shifts. A background check is part of the process.",
        f"Salary from {money(d)}, pension, canteen. Apply until {d.day()} to jobs@contractor.example.",
    )


def facilities(d: Desk) -> Paper:
    """Tell of the house."""
    return paper(
        "",
        d.pick("Lift inspection on Friday", "Fire drill", "News from facility management"),
        f"The yearly inspection of the lifts takes place on {d.day()}. Building {d.digits(1)} is reached by the stairs that morning. The fire drill showed that all left the house in four minutes; thank you. The gate at the car park is repaired and the fence painted.",
    )


def newsletter(d: Desk) -> Paper:
    """Tell colleagues what is new."""
    return paper(
        "",
        d.pick("Newsletter", "People and places", "From our house"),
        f"We welcome {name(d)}, who joined the logistics team in {d.fake.city()}, and say goodbye to {name(d)} after thirty years. {name(d)} and {name(d)} have married. The choir sang at the embassy; the blood donation day had {d.digits(2)} donors.",
        "The crew of the training ship sends greetings from the harbour.",
    )


TEMPLATES: tuple[Template, ...] = (
    *(agenda, minutes, product, programme, press, training, quotation, status, it_notice, menu),
    *(sports, travel_tips, policy, market, invoice_cover, survey, job_advert, facilities),
    newsletter,
)
