"""Which texts read as a legal paper."""

from __future__ import annotations

import time

import pytest
from tests.judge.build import content

from missent.judge.content import Content
from missent.judge.finding import Finding
from missent.judge.sensitivity.legal import DETECTOR
from missent.judge.vocabulary import Vocabulary
from missent.mail.document import Document, Text

WORDS = Vocabulary(DETECTOR.words)


def _content(text: str, *attached: Document, subject: str = "") -> Content:
    return content(text, *attached, subject=subject, vocabulary=WORDS)


def _found(text: str, *attached: Document, subject: str = "") -> list[Finding]:
    return list(DETECTOR.detect(_content(text, *attached, subject=subject)))


def _level(found: list[Finding]) -> int:
    return max((int(finding.facts["level"]) for finding in found), default=0)


FORM = """\
MUTUAL NON-DISCLOSURE AGREEMENT

This Agreement is made and entered into as of 3 May 2031 by and between Contractor Ltd
("Contractor") and Harbor Tools Inc. (the "Company").

WHEREAS the parties wish to exchange Confidential Information; NOW, THEREFORE, the parties
agree as follows:

1. Definition. "Confidential Information" means any information disclosed by the Disclosing Party.
2. Obligations. The Receiving Party shall hold it in confidence and shall not disclose it.
3. Governing law. This Agreement shall be governed by the laws of Delaware.

IN WITNESS WHEREOF, the parties have executed this Agreement.
By: ______________  Name:   Title:"""
ADVICE = """\
PRIVILEGED AND CONFIDENTIAL
ATTORNEY-CLIENT COMMUNICATION
Re: Velez v. Harbor Tools
We believe plaintiff's claim has merit and our exposure is $2m to $3m. We recommend settlement
authority of $900k before the mediation. Discovery closes in June and the deposition of the
supervisor will hurt us at trial."""
THIRD = """\
IN THE UNITED STATES DISTRICT COURT
FOR THE DISTRICT OF COLORADO

Case No. 31-cv-00412

MARTA VELEZ,
   Plaintiff,
v.
HARBOR TOOLS INC.,
   Defendant.

COMPLAINT

Plaintiff alleges as follows upon information and belief:
1. Jurisdiction and venue are proper.
WHEREFORE, plaintiff respectfully requests judgment and a jury trial."""
FOURTH = """\
WITHOUT PREJUDICE
Dear Sirs
Our client: Mr Bell. Your client: Fenland Builders.
Our client offers to settle all claims in the proceedings for £45,000 in full and final
settlement, each side bearing its own costs. If not accepted within 21 days we will seek
damages at trial and draw this letter to the attention of the court."""
FIFTH = """\
SOURCE SELECTION INFORMATION - SEE FAR 2.101 AND 3.104
Solicitation No: W912ER-31-R-0007
Offeror	Technical	Evaluated price
Alder Group	Good	$12.4M
Birch LLC	Outstanding	$13.1M
The source selection authority intends award to Birch LLC as best value. Competitive range: 2
offerors."""
SIXTH = """\
MEMORANDUM OF UNDERSTANDING
between
the Ministry of Transport of Freedonia (hereinafter referred to as "the Ministry")
and
the Port Authority (hereinafter referred to as "the Authority")
Article 1 Purpose
The parties hereby agree to cooperate on port security.
Article 2 Obligations
The Authority shall provide access.
Article 3 Entry into force
This MOU shall enter into force upon signature.
Done in two originals.
For and on behalf of the Ministry      For and on behalf of the Authority"""
SEVENTH = """\
Service
Agreement
This agreement is
made on 4 June 2031
between
(1) Apex Cleaning Ltd ("the Supplier") and
(2) Birch School ("the Client")
It is agreed as
follows:
1. The Supplier shall
clean the premises.
2. The Client shall pay
within 30 days.
3. Force majeure
4. Limitation of
liability
Signed for and on
behalf of the Supplier"""
TALK_1 = """\
Legal news: the plaintiff in the Acme case filed a motion; the court granted summary
judgment to the defendant. Settlement talks continue. Counsel for the company declined to
comment."""
TALK_2 = """\
Could you send me the contract for the Mali job? I think the agreement says we shall pay
within 30 days, and the other party must give written notice. Legal can check governing
law. Thanks, Jo"""
TALK_3 = """\
This e-mail and any attachments may contain confidential and privileged information. If
you are not the intended recipient, please delete. No legal advice. Hi Tom, lunch on
Friday? The claim form is on the desk."""
TALK_4 = """\
Draft clause for comments: we could say 'the supplier shall deliver within 10 days'. What
do you think? Budget is $40,000, and $10,000 for travel."""
TALK_5 = """\
Request for proposal: we're inviting bids for the canteen. Bidders: send your price by 3
June. Questions to Ann. The closing date: 3 June."""
TALK_6 = """\
The contract was signed on Friday; the agreement is with legal."""


@pytest.mark.parametrize("text", [FORM, ADVICE, THIRD, FOURTH, FIFTH, SIXTH, SEVENTH])
def test_a_paper_is_found_in_any_layout(text: str) -> None:
    """The same paper is found as a letter, a labelled form, columns or broken lines."""
    assert _level(_found(text)) >= 2


def test_a_paper_is_found_in_an_attachment_and_named_by_its_part() -> None:
    """What is attached counts as the letter does; neither text nor file name is repeated (law
    8)."""
    document = Document("2", "pdf", "zebra.pdf", texts=(Text(FORM + "\nzebra quagga"),))
    (found,) = _found("Please see attached.", document)
    assert found.facts["category"] == "legal"
    assert "part 2" in found.because
    assert "zebra" not in repr(found)
    assert "quagga" not in repr(found)


def test_privileged_advice_on_a_dispute_is_grave() -> None:
    """What counsel says of a settlement is worse than a contract."""
    assert _level(_found(ADVICE)) == 3
    assert _level(_found(FORM)) == 2


def test_a_disclaimer_is_no_privilege() -> None:
    """What stands below every mail of a law firm says nothing of this one."""
    text = (
        "Lunch on Friday? The court is closed.\n\nPrivileged and confidential\n"
        "This e-mail may contain privileged information. If you are not the intended recipient,"
        " delete it."
    )
    assert not _found(text)


@pytest.mark.parametrize("text", [TALK_1, TALK_2, TALK_3, TALK_4, TALK_5, TALK_6])
def test_ordinary_talk_is_silent(text: str) -> None:
    """Wording alone, advertisements, news and policies are no paper about anybody."""
    assert not _found(text)


def test_a_paper_of_another_matter_is_silent() -> None:
    """A recipe in the layout of a form is still a recipe."""
    assert not _found("Recipe\nServes: 4\nTime: 20 min\nFlour: 200 g\nSugar: 50 g\nNotes: rest it")


@pytest.mark.parametrize(
    "piece", ["Agreement ", "A ", "(", "By: ", "1.1 A\n", "_", " v. ", "contain "]
)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    """A megabyte of what its patterns begin with is read within a second."""
    about = _content(FORM + "\n" + piece * (1_000_000 // len(piece)))
    before = time.process_time()
    list(DETECTOR.detect(about))
    assert time.process_time() - before < 1.0


TENANCY = """\
TENANCY AGREEMENT
Landlord: Mrs D. Arkley
Tenant: Mr Joel Penn
Property: 9 Weir Lane, Barford
Term: 12 months from 1 June 2031
Rent: 980 per calendar month, payable in advance
The Tenant agrees to keep the property in good repair and not to sublet without written consent.
Signed by the Landlord: ........"""


def test_a_plain_form_is_found() -> None:
    """A contract without recitals is still one: title, parties, terms."""
    assert _level(_found(TENANCY)) >= 2
