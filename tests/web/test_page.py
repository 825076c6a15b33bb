"""The sender's page: GET only shows, POST decides what was picked and nothing else."""

from __future__ import annotations

import html
from dataclasses import replace

import pytest
from tests.web.client import BASE, FROM_HERE, PAGE, Client, hidden, serve
from tests.web.fake_desk import ARMY, CODE, NAVY, NOW, FakeDesk, clean, held, slip

from missent.judge.hold import Choice, Event, State
from missent.mail.mailbox import Mailbox
from missent.service.desk import RowAnswer
from missent.web.settings import WebSettings

MIL = Mailbox.parse("john@army.mil")
BOTH = (ARMY, NAVY)


def page_of(desk: FakeDesk) -> Client:
    """Serve it."""
    return Client(serve(desk))


def single(client: Client, choice: str, **more: str) -> dict[str, str]:
    """Fill the form of a page with one row."""
    return {**hidden(client.get(PAGE).text), "choice-0": choice, **more}


def double(client: Client, first: str, second: str, **more: str) -> dict[str, str]:
    """Fill the form of a page with two rows."""
    return {**hidden(client.get(PAGE).text), "choice-0": first, "choice-1": second, **more}


def state(desk: FakeDesk, index: int = 0) -> State:
    """Say where a row stands."""
    return desk.recipients[index].state


def test_page_says_what_why_and_when() -> None:
    """The page is complete by itself: addresses, evidence, message, who has it, what silence means."""
    text = html.unescape(page_of(FakeDesk()).get(PAGE).text)
    assert "Did you mean this address?" in text
    assert 'john@army.<mark class="wrong">ml</mark>' in text
    assert 'john@army.<mark class="right">mil</mark>' in text
    assert "You wrote to army.mil 214 times and it answered 190" in text
    assert "It seems to contain a list of a ship's crew." in text
    assert "this speaks for the address" not in text
    assert "Friday 3 May 2024, 14:05 (BST)" in text
    assert "Crew list" in text
    assert "mary@contractor.example" in text.split("Already have their copy")[1]
    assert "Monday 6 May 2024, 14:05 (BST)" in text.split("If you do nothing")[1]


def test_sensitive_subject_is_not_shown() -> None:
    """A hold without a subject says so instead of showing an empty line."""
    assert "Not shown here." in page_of(FakeDesk(subject=None)).get(PAGE).text


def test_nothing_is_preselected() -> None:
    """Every choice is deliberate: no radio button is checked on a fresh page."""
    text = page_of(FakeDesk(BOTH)).get(PAGE).text
    assert text.count('type="radio"') == 8
    assert "checked" not in text


def test_looking_never_acts() -> None:
    """A mail scanner that follows the link a thousand times changes nothing (law 7)."""
    desk = FakeDesk(BOTH)
    queries = ("", "?action=send&choice-0=confirm", "?csrf=csrf-of-this-hold&action=send")
    looks = [(method, PAGE + query) for method in ("GET", "HEAD", "OPTIONS") for query in queries]
    answers = page_of(desk).request_all(looks * 112)
    assert len(answers) > 1000
    assert {answer.status_code for answer in answers} == {200, 204}
    assert desk.writes == []
    assert desk.recipients == BOTH


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_not_there(method: str) -> None:
    """Only POST decides."""
    desk = FakeDesk()
    assert page_of(desk).request(method, PAGE).status_code == 405
    assert desk.writes == []


@pytest.mark.parametrize("token", ["x", "k3v9q2m7x4b8n1c5z6w", "%00", "a" * 500, "é", "a%2Fb"])
def test_every_dead_link_looks_the_same(token: str) -> None:
    """A token that opens nothing gets the same 404, whatever is wrong with it."""
    client = page_of(FakeDesk())
    response = client.get(f"/h/{token}")
    assert response.status_code == 404
    assert response.text == client.get("/h/zzzz").text
    posted = client.submit({"action": "send"}, path=f"/h/{token}")
    assert (posted.status_code, posted.text) == (404, response.text)


@pytest.mark.parametrize(
    ("choice", "event", "words"),
    [
        ("suggestion", State.CORRECTED, "Corrected to john@army.mil."),
        ("confirm", State.CONFIRMED, "It goes out as typed and is on its way."),
        ("cancel", State.CANCELLED, "Not sent. Nothing goes to this address."),
    ],
)
def test_one_row_is_decided_in_one_post(choice: str, event: State, words: str) -> None:
    """With one row, the button that says what it does, does it; GET then shows the lasting outcome."""
    desk = FakeDesk()
    client = page_of(desk)
    response = client.submit(single(client, choice))
    assert (response.status_code, response.headers["location"]) == (303, PAGE)
    assert state(desk) is event
    text = client.get(PAGE).text
    assert words in text
    assert "Nothing is left to decide" in text
    assert "<form" not in text


def test_correction_is_exactly_the_suggestion_shown() -> None:
    """The address sent to is the one the button named, even if the form says another one."""
    desk = FakeDesk()
    client = page_of(desk)
    client.submit(single(client, "suggestion", **{"address-0": "eve@evil.example"}))
    assert desk.writes == [("answer", {ARMY.mailbox: RowAnswer(Choice.CORRECT, MIL)})]


def test_stale_suggestion_is_not_taken() -> None:
    """A page that showed another suggestion cannot answer for this one."""
    desk = FakeDesk()
    client = page_of(desk)
    response = client.submit(single(client, "suggestion", **{"suggestion-0": "eve@evil.example"}))
    assert response.status_code == 422
    assert "out of date" in response.text
    assert desk.writes == []


@pytest.mark.parametrize(
    "typed", ["rob@army.mil", "  rob@army.mil ", "Rob Roe <rob@army.mil>", "<rob@army.mil>"]
)
def test_another_address_needs_the_mailed_code(typed: str) -> None:
    """Another address is decided only with the code, and the same answers travel along."""
    desk = FakeDesk()
    client = page_of(desk)
    asked = client.submit(single(client, "other", **{"address-0": typed}))
    assert asked.status_code == 200
    assert "Enter the code we mailed you" in asked.text
    assert "ann@contractor.example" in asked.text
    assert (desk.codes_mailed, state(desk)) == (1, State.HELD)
    wrong = client.submit({**hidden(asked.text), "code": "00000000"})
    assert wrong.status_code == 422
    assert "That code is not right" in wrong.text
    assert state(desk) is State.HELD
    right = client.submit({**hidden(wrong.text), "code": " 1234 5678 "})
    assert right.status_code == 303
    assert desk.recipients[0].corrected_to == Mailbox.parse("rob@army.mil")


def test_empty_code_mails_nothing() -> None:
    """Pressing the button with an empty field asks again; only "Mail a new code" mails one."""
    desk = FakeDesk(needs_code=frozenset({Choice.CONFIRM}))
    client = page_of(desk)
    asked = client.submit(single(client, "confirm"))
    again = client.submit({**hidden(asked.text), "code": "  "})
    assert (again.status_code, desk.codes_mailed) == (422, 1)
    resent = client.submit(hidden(asked.text, 1))
    assert (resent.status_code, desk.codes_mailed) == (200, 2)
    assert client.submit({**hidden(resent.text), "code": CODE}).status_code == 303
    assert state(desk) is State.CONFIRMED


def test_codes_cannot_be_tried_by_the_thousand() -> None:
    """One page may ask for twenty decisions a minute; then it has to wait."""
    desk = FakeDesk(needs_code=frozenset(Choice))
    client = page_of(desk)
    form = {**single(client, "confirm"), "code": "00000000"}
    answers = [client.submit(form).status_code for _ in range(25)]
    assert answers == [422] * 20 + [429] * 5
    assert len(desk.writes) == 20


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter the address it should go to."),
        ("john", "Enter a whole address"),
        ("a b@c", "Enter a whole address"),
        ("john@army.ml", "This is the address that waits already."),
        ("JOHN@ARMY.ML", "This is the address that waits already."),
    ],
)
def test_bad_other_address_is_explained(typed: str, words: str) -> None:
    """A field that cannot be used comes back with its text, a sentence, and nothing decided."""
    desk = FakeDesk()
    client = page_of(desk)
    response = client.submit(single(client, "other", **{"address-0": typed}))
    assert response.status_code == 422
    assert words in response.text
    assert f'value="{typed}"' in response.text
    assert 'href="#address-0"' in response.text
    assert "<title>Error: " in response.text
    assert desk.writes == []


def test_two_rows_are_reviewed_first() -> None:
    """The first POST decides nothing and says what the second will do; the second does it."""
    desk = FakeDesk(BOTH)
    client = page_of(desk)
    review = client.submit(double(client, "suggestion", "confirm", action="review"))
    assert review.status_code == 200
    assert "Check your answers" in review.text
    assert ">Correct 1 and send 1 as typed</button>" in review.text
    assert desk.writes == []
    done = client.submit({**hidden(review.text), "action": "send"})
    assert done.status_code == 303
    assert (state(desk, 0), state(desk, 1)) == (State.CORRECTED, State.CONFIRMED)


def test_review_leads_back_with_the_picks() -> None:
    """Change shows the form again, with what was picked still picked, and decides nothing."""
    desk = FakeDesk(BOTH)
    client = page_of(desk)
    other = {"address-1": "rob@navy.mil"}
    review = client.submit(double(client, "cancel", "other", action="review", **other))
    back = client.submit({**hidden(review.text), "action": "change"})
    assert back.status_code == 200
    assert 'id="cancel-0" name="choice-0" value="cancel" checked' in back.text
    assert 'id="other-1" name="choice-1" value="other" checked' in back.text
    assert 'value="rob@navy.mil"' in back.text
    assert desk.writes == []


def test_a_row_may_be_left_for_later() -> None:
    """A row without a pick stays held, is named in the review, and is asked for on the next page."""
    desk = FakeDesk(BOTH)
    client = page_of(desk)
    fields = {**hidden(client.get(PAGE).text), "choice-1": "cancel", "action": "review"}
    review = client.submit(fields)
    assert "Still waits; you have not chosen." in review.text
    client.submit({**hidden(review.text), "action": "send"})
    assert (state(desk, 0), state(desk, 1)) == (State.HELD, State.CANCELLED)
    text = client.get(PAGE).text
    assert "Already decided" in text
    assert "Correct to john@army.mil</button>" in text


def test_no_pick_at_all_is_an_error() -> None:
    """Review without any pick says so, and links to the first row."""
    client = page_of(FakeDesk(BOTH))
    response = client.submit({**hidden(client.get(PAGE).text), "action": "review"})
    assert response.status_code == 422
    assert "Choose what to do with at least one address." in response.text


@pytest.mark.parametrize("action", ["", "confirm", "SEND", "view"])
def test_unknown_action_does_nothing(action: str) -> None:
    """A form that is not ours is refused."""
    desk = FakeDesk()
    client = page_of(desk)
    response = client.submit({**single(client, "confirm"), "action": action})
    assert response.status_code == 422
    assert desk.writes == []


@pytest.mark.parametrize("choice", ["", "CONFIRM", "all", "confirm;", "release"])
def test_unknown_choice_is_no_choice(choice: str) -> None:
    """There is no value that stands for more than one deliberate choice."""
    desk = FakeDesk()
    client = page_of(desk)
    assert client.submit(single(client, choice)).status_code == 422
    assert desk.writes == []


def test_rows_are_known_by_address_not_by_place() -> None:
    """A pick whose hidden address is not that row's is no pick."""
    desk = FakeDesk(BOTH)
    client = page_of(desk)
    fields = double(client, "confirm", "confirm", action="send")
    fields["recipient-0"], fields["recipient-1"] = fields["recipient-1"], fields["recipient-0"]
    assert client.submit(fields).status_code == 422
    assert desk.writes == []


def test_wrong_csrf_token_decides_nothing() -> None:
    """A form without the hold's own token is refused, and the page says how to go on."""
    desk = FakeDesk()
    client = page_of(desk)
    for token in ("", "guess"):
        response = client.submit(single(client, "confirm", csrf=token))
        assert response.status_code == 403
        assert "Open the page again" in response.text
    assert state(desk) is State.HELD


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:8025.evil.example"},
        {"Origin": "https://127.0.0.1:8025"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": BASE, "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_forms_from_elsewhere_are_refused(headers: dict[str, str]) -> None:
    """Another site's form is refused, even with the right token in it."""
    desk = FakeDesk()
    client = page_of(desk)
    assert client.submit(single(client, "confirm"), headers=headers).status_code == 403
    assert desk.writes == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        FROM_HERE,
        {"Origin": BASE},
        {"Origin": "http://localhost:8025"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_forms_from_here_are_taken(headers: dict[str, str]) -> None:
    """Old browsers, ours that hide their origin, and a reload are all fine."""
    desk = FakeDesk()
    client = page_of(desk)
    assert client.submit(single(client, "confirm"), headers=headers).status_code == 303


def test_only_url_encoded_forms() -> None:
    """JSON, multipart and text posted to the page are refused unread."""
    desk = FakeDesk()
    client = page_of(desk)
    fields = single(client, "confirm")
    assert client.request("POST", PAGE, json=fields).status_code == 415
    assert client.request("POST", PAGE, data=fields, files={"f": b"x"}).status_code == 415
    assert client.request("POST", PAGE, content=b"x").status_code == 415
    assert desk.writes == []


def test_second_click_finds_it_decided() -> None:
    """A double click, or a colleague's answer, is told and changes nothing."""
    desk = FakeDesk()
    client = page_of(desk)
    fields = single(client, "suggestion")
    client.submit(fields)
    again = client.submit({**fields, "choice-0": "confirm"})
    assert again.status_code == 200
    assert "This had been decided already" in again.text
    assert state(desk) is State.CORRECTED


def test_race_lost_inside_the_desk_is_told() -> None:
    """If the clock comes between reading the hold and answering it, the row says so."""

    class Late(FakeDesk):
        def _give(self, mailbox: Mailbox, answer: RowAnswer) -> str:
            self.move(mailbox, Event.EXPIRE)
            return super()._give(mailbox, answer)

    desk = Late()
    client = page_of(desk)
    response = client.submit(single(client, "confirm"))
    assert response.status_code == 200
    assert "Somebody, or the deadline, was first; nothing was changed." in response.text
    assert "nobody decided in time" in response.text


def test_doubtful_correction_is_asked_again() -> None:
    """A corrected address that is doubtful, too, comes back with its reason and can be insisted on."""
    desk = FakeDesk(doubtful=frozenset({MIL}))
    client = page_of(desk)
    response = client.submit(single(client, "suggestion"))
    assert response.status_code == 200
    assert "john@army.mil is doubtful, too: you never wrote there before." in response.text
    assert "If it is right all the same, choose it once more." in response.text
    assert state(desk) is State.HELD
    assert client.submit({**hidden(response.text), "choice-0": "suggestion"}).status_code == 303


def test_rows_that_only_wait_are_explained() -> None:
    """With signed mail, innocent recipients say that nothing is wrong with them, and go first."""
    innocent = held(clean("mary@contractor.example"))
    desk = FakeDesk((ARMY, innocent), passed=())
    client = page_of(desk)
    text = client.get(PAGE).text
    assert "Nothing is wrong with this address." in text
    assert "Did you mean this address?" in text
    review = client.submit(double(client, "suggestion", "", action="review"))
    assert "Goes out as typed once nothing doubtful is left." in review.text
    client.submit(double(client, "suggestion", "cancel", action="send"))
    kind, answers = desk.writes[-1]
    assert kind == "answer"
    assert isinstance(answers, dict)
    assert list(answers) == [innocent.mailbox, ARMY.mailbox]


def test_row_without_suggestion_offers_none() -> None:
    """Where nobody knows what was meant, there is no button that guesses."""
    desk = FakeDesk((held(slip("john@army.ml", None)),))
    client = page_of(desk)
    text = client.get(PAGE).text
    assert "Did you mean</dt>" not in text
    assert 'value="suggestion"' not in text
    assert client.submit(single(client, "suggestion")).status_code == 422
    assert desk.writes == []


def test_code_is_announced_before_the_choice() -> None:
    """What will need a code says so beside it."""
    one = page_of(FakeDesk(needs_code=frozenset({Choice.CONFIRM}))).get(PAGE).text
    assert "For “Send as typed” and for another address we first mail a code to" in one
    two = page_of(FakeDesk(BOTH, needs_code=frozenset({Choice.CONFIRM}))).get(PAGE).text
    assert two.count("needs a code we mail to you") == 4


@pytest.mark.parametrize("at", list(State))
def test_every_state_has_words(at: State) -> None:
    """Whatever became of a recipient, the page says it in a sentence."""
    desk = FakeDesk((replace(ARMY, state=at, corrected_to=MIL), NAVY))
    response = page_of(desk).get(PAGE)
    assert response.status_code == 200
    assert "{to}" not in response.text


def test_warning_says_when_it_leaves() -> None:
    """A recipient in its grace period says when it goes by itself."""
    desk = FakeDesk((replace(ARMY, release_at=NOW),))
    assert "It goes out as typed on Friday 3 May 2024, 14:05" in page_of(desk).get(PAGE).text


PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "</title><svg/onload=alert(1)>",
    "javascript:alert(1)",
)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_is_text(payload: str) -> None:
    """Markup in a subject, a reason, an address or a field is shown as text, everywhere it appears."""
    evil = Mailbox(payload, ARMY.mailbox.domain)
    verdict = slip("john@army.ml", "john@army.mil", payload)
    verdict = replace(verdict, recipient=evil, suggestion=evil)
    hostile = replace(held(verdict), mailbox=evil)
    desk = FakeDesk((hostile, NAVY), subject=payload, passed=(evil,))
    client = Client(serve(desk, settings=WebSettings(BASE, payload)))
    fields = double(client, "confirm", "other", action="review")
    pages = [client.get(PAGE), client.submit({**fields, "address-1": payload})]
    pages.append(client.submit({**fields, "choice-1": "confirm"}))
    pages.append(client.submit({**fields, "choice-1": "", "csrf": payload, "action": "send"}))
    for response in pages:
        text = response.text
        assert "<script" not in text
        assert "<img" not in text
        assert "<svg/" not in text
        assert "onerror=alert(1)>" not in text
        assert "49" not in html.unescape(text).replace("214", "").split("</head>")[1]
        assert 'href="javascript' not in text


def test_idn_shows_both_forms() -> None:
    """A look-alike in another alphabet shows its punycode beside the letters."""
    desk = FakeDesk((held(slip("john@аrmy.example", "john@army.example")),))
    text = page_of(desk).get(PAGE).text
    assert '<mark class="wrong">аrmy</mark>.example' in text
    assert "(xn--rmy-5cd.example)" in text


def test_store_down_is_calm() -> None:
    """While nothing can be committed the page says so, with 503 and when to come back."""
    desk = FakeDesk()
    client = page_of(desk)
    fields = single(client, "confirm")
    desk.down = True
    for response in (client.get(PAGE), client.submit(fields)):
        assert response.status_code == 503
        assert response.headers["retry-after"] == "5"
        assert "Nothing was decided" in response.text


def test_served_under_a_path() -> None:
    """Behind a proxy that serves us under a path, every link and form carries it."""
    desk = FakeDesk()
    settings = WebSettings("https://mail.contractor.example/missent", "Contractor")
    client = Client(serve(desk, settings=settings))
    text = client.get(PAGE).text
    assert f'action="/missent{PAGE}"' in text
    assert 'href="/missent/static/missent.css' in text
    done = client.submit(single(client, "confirm"))
    assert done.headers["location"] == f"/missent{PAGE}"
