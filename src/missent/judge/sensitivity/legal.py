"""Own what reads as a legal paper: contracts, pleadings, privileged advice, bids under evaluation.

A contract is told by what only its text has: a title, a recital of the parties, clauses of the trade,
signature blocks. A sentence about a contract has none of them, nor has the disclaimer below a mail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from missent.judge.content import Content, Detector, Reading, place
from missent.judge.content import finding as found
from missent.judge.finding import Finding
from missent.judge.form import Cues, Evidence, Gate

_CONTRACT = Cues(
    titles={
        3.0: """agreement; this agreement; contract; memorandum of understanding; deed; lease;
        memorandum of agreement; letter of intent; heads of terms; term sheet; power of
        attorney; last will and testament; promissory note; guarantee; guaranty; terms and
        conditions; general conditions; statement of work; contract of employment; settlement
        deed; indenture; employment contract; service contract; amendment no; first amendment;
        addendum; deed of trust; deed of release; deed of settlement; assignment; contract of
        sale; bill of sale; articles of association; bylaws; vertrag; mietvertrag;
        arbeitsvertrag; contrat; contrat de travail; contrato; release and waiver; waiver and
        release; general release; subscription agreement; statement of terms; loan note; share
        purchase agreement; asset purchase agreement; stock purchase agreement; charter party;
        charterparty; time charter; voyage charter; tenancy agreement; lease agreement; rental
        agreement; sublease; licence agreement; license agreement; service level agreement;
        framework agreement; framework contract; consultancy agreement; consulting agreement;
        purchase contract; purchase agreement; sales contract; sales agreement; supply
        agreement; supply contract; distribution agreement; agency agreement; loan agreement;
        facility agreement; credit agreement; settlement agreement; settlement agreement and
        release; separation agreement; severance agreement; compromise agreement; shareholders
        agreement; partnership agreement; joint venture agreement; cooperation agreement; co
        operation agreement; non disclosure agreement; nondisclosure agreement;
        confidentiality agreement; employment agreement; contract of service; contract for
        services; contract of employment; offer of employment; subcontract; subcontract
        agreement; construction contract; works contract; maintenance contract; maintenance
        agreement; data processing agreement; data sharing agreement; escrow agreement; trust
        deed; declaration of trust; prenuptial agreement; marriage contract; guarantee
        agreement; performance bond; bank guarantee; deed of guarantee; deed of assignment;
        deed of variation; amendment; variation agreement; amendment agreement; amendment no
        1; amendment no 2; second amendment; rider; codicil; will and testament; proxy; option
        agreement; escrow instructions; notice of termination; protocol of intent; statement
        of intent; letter agreement; side letter; engagement letter; kaufvertrag;
        dienstvertrag; rahmenvertrag; dienstleistungsvertrag; geheimhaltungsvereinbarung;
        vereinbarung; contrat de vente; contrat de bail; accord de confidentialite; contrato
        de trabajo; contrato de arrendamiento; acuerdo de confidencialidad; undertaking; non
        disclosure undertaking; confidentiality undertaking; letter of undertaking;
        residential lease; commercial lease; mou; mou between; subcontract no; termination
        agreement; mutual termination agreement; mutual agreement; redundancy agreement;
        retainer agreement; franchise agreement; hire purchase agreement; hire agreement;
        storage agreement; carriage contract; transport contract; insurance contract; terms of
        engagement; terms of business; conditions of sale; deed of gift; deed of trust"""
    },
    labels={
        2.0: """effective date; governing law; the parties; parties; between; recitals; whereas;
        background; definitions; confidentiality; confidential information; term and
        termination; termination; indemnification; indemnity; limitation of liability; force
        majeure; entire agreement; severability; notices; dispute resolution; arbitration;
        waiver; representations and warranties; warranties; intellectual property;
        jurisdiction; assignment; counterparts; non competition; non solicitation;
        miscellaneous; purchase price; governing law and jurisdiction; commencement date;
        disclosing party; receiving party; landlord; tenant; lessor; lessee; licensor;
        licensee; purchaser; seller; contractor; client; employer; employee; authorized
        signature; authorised signatory; witness; signed by; signed; in the presence of; by;
        its; amendments; obligations; scope of services; compensation; operative provisions;
        exclusivity; target; services; fees; term; fee; rent; premises; conditions;
        completion; exhibit a; schedule 1; permitted use; return of materials; remedies;
        consideration; owners; charterers; vessel; laydays; laytime; demurrage; freight;
        general average; buyer; goods; delivery; payment; penalty; penalties; liquidated
        damages; price; warranty; liability; limitation; disputes; applicable law; law and
        jurisdiction; term; duration; provider; customer; supplier; company; consultant;
        service credits; service levels; response times; availability; probation; probationary
        period; remuneration; salary; working time; working hours; working time and place;
        holiday; holidays; annual leave; notice; notice period; job title; place of work;
        start date; start date and position; deposit; property; the property; permitted
        occupiers; lender; borrower; principal; repayment; security; events of default;
        guarantor; exclusivity; due diligence; conditions precedent; data protection;
        insurance; subcontracting; variation; amendment; change control; acceptance;
        acceptance tests; deliverables; final provisions; general provisions; place date;
        signed by the landlord; signed by the tenant; signed for; release; no admission of
        liability; for the owners; for the charterers; employee s signature"""
    },
    phrases={
        3.0: """is made and entered into; is entered into as of; is entered into by and between; is
        made by and between; entered into by and between; made and entered into as of; is made
        on; is dated; this deed is made; hereinafter referred to as; hereinafter called;
        hereinafter; whereas; now therefore; witnesseth; in witness whereof; it is agreed as
        follows; the parties agree as follows; parties hereby agree as follows; agree as
        follows; agreed as follows; hereby agree; by and between; the parties hereto; party
        hereto; intending to be legally bound; for good and valuable consideration; good and
        valuable consideration; receipt and sufficiency of which; mutual covenants; mutual
        promises; executed this agreement; executed as a deed; for and on behalf of; duly
        authorized representatives; duly authorised; shall be governed by; governed by and
        construed; construed in accordance with; exclusive jurisdiction; constitutes the
        entire agreement; entire agreement between; supersedes all prior; may be executed in
        counterparts; executed in counterparts; any number of counterparts; indemnify and hold
        harmless; hold harmless; prior written consent; written notice to the other party;
        breach of this agreement; term of this agreement; under this agreement; pursuant to
        this agreement; terms of this agreement; in this agreement; to this agreement;
        disclosing party; receiving party; terminate this agreement; this agreement shall;
        this contract shall; terms and conditions set forth; set forth herein; each a party;
        collectively the parties; force majeure; notwithstanding anything; successors and
        permitted assigns; successors and assigns; shall survive termination; survive the
        termination; without limiting the generality; not be unreasonably withheld; as amended
        from time to time; the first party; the second party; party of the first part; shall
        indemnify; the lessee shall; the tenant shall; the contractor shall; the supplier
        shall; the employee shall; the consultant shall; the purchaser shall; the recipient
        shall; governing law; know all men by these presents; lawful attorney; hereby appoint;
        hereby ratify; do hereby; hereby grants; enter into force; hereby declare; by these
        presents; the supplier agrees; governed by the laws; governed by the law; is governed
        by; each party agrees; neither party shall; either party may terminate; subject to
        contract; terms of this deed; revoke all former wills; testator; executor of; as
        executor; last will and testament; in the presence of; set my hand; independent
        contractor; confidential information; return all materials; this agreement is;
        releases the company; made between; supplier shall; client shall; contractor shall;
        purchaser shall; seller shall; tenant shall; landlord shall; employee shall;
        consultant shall; distributor shall; licensee shall; borrower shall; operative
        provisions; written notice; written consent; definitive agreement; in force until;
        fully executed; binding upon; remain in force; mutually agreed between; it is this day
        mutually agreed; it is mutually agreed; remain unchanged; full force and effect; is
        deleted and replaced; deleted and replaced by; is amended as follows; amend the; agree
        to amend; parties agree; the parties shall; the employee will; the employee receives;
        the employee must; the employer may; the employer will; the employer shall; the tenant
        agrees; the tenant must; the landlord agrees; the landlord may; the consultant will;
        the consultant must; the provider shall; provider will; provider shall; customer
        shall; customer is entitled; the customer shall; the buyer shall; the seller shall;
        the company shall; the contractor must; the supplier must; the licensee may; the
        borrower shall; the owners shall; the charterers shall; the vessel shall; either party
        may; on 90 days notice; days notice; months notice; month s notice; giving one month;
        notice in writing; in writing; notice period; probationary period; calendar month;
        payable in advance; sublet; in good repair; service credits; is limited to; liability
        of; english law; swiss law; german law; laws of england; laws of the state; settled by
        arbitration; settled by; icc arbitration; arbitration in london; incoterms;
        irrevocable letter of credit; letter of credit; per week of delay; demurrage; laydays;
        general average; york antwerp; forever discharges; releases and forever; arising out
        of; no admission; each side bears; own attorneys; terms of this settlement; not
        legally binding; legally binding; cash free; debt free; supervisory board; merger
        control; belongs to the company; during or after; governed by english; may end this
        agreement; confidential information; trading as; called off; call off orders; dated
        this; as witness; this lease; this deed; this contract; this settlement; this
        settlement agreement; this employment; signed by the; signed for; appoint as my
        attorney; as my attorney; takes effect on; date of the last signature; may be
        terminated; mutual agreement; claims of the parties; undertake to; hereby undertake;
        unless terminated; law applies; sublet or; assign this; in consideration of""",
        1.0: """assignee; assignor; mortgagor; mortgagee; guarantor; indemnitor; subcontractor;
        sublicense; sublicence; decompile; retention; lump sum; defects period; defects
        liability; liquidated; severance; undertaking; undertakes; notary; notarised;
        notarized; thereof; thereto; therein; aforesaid; aforementioned; heretofore; hereunto;
        hereinabove; null and void; enforceable; unenforceable; invalidity; rescind;
        rescission; repudiation; estoppel; covenant; covenants; lessor; lessee; licensor;
        licensee; arbitrator; bequeath; probate; heirs; vendor; consignee; bill of lading; off
        hire; title passes; risk passes; retention of title; data room; last signature; both
        sides; borne by; royalties; royalty; copyright; debtor; trustee; beneficiary;
        bailment; escrow; easement; encumbrance; encumbrances""",
    },
)
_DISPUTE = Cues(
    titles={
        3.0: """complaint; answer; motion; motion to dismiss; notice of motion; petition; affidavit;
        declaration; witness statement; particulars of claim; statement of claim; claim form;
        defence; summons; subpoena; deposition; brief; memorandum of law; plaintiff; order;
        judgment; united states district court; in the high court of justice; high court; in
        the united states district court; superior court; in the matter of; district court;
        notice of arbitration; request for arbitration; statement of defence; notice of
        appeal; stipulation; interrogatories; jury trial demanded; employment tribunal; county
        court; demand for arbitration; statement of case; reply; reply to defence; skeleton
        argument; notice of claim; letter before claim; letter before action; pre action
        letter; cease and desist; cease and desist letter; demand letter; writ; writ of
        summons; injunction; interim injunction; consent order; appeal; grounds of appeal;
        counterclaim; defence and counterclaim; plea; plea agreement; indictment; charge
        sheet; arbitral award; notice of hearing; circuit court; in the county court; in the
        crown court; court of appeal; klage; klageschrift; assignation; demanda; bankruptcy
        court; united states bankruptcy court; court of; motion for; petition for; order to
        show cause; proof of claim; memorandum of points and authorities; winding up petition;
        statutory demand; notice to quit; eviction notice"""
    },
    labels={
        2.0: """case no; case number; claim no; claim number; cause no; civil action no; docket no;
        index no; plaintiff; plaintiffs; defendant; defendants; claimant; claimants;
        respondent; respondents; petitioner; appellant; applicant; judge; jurisdiction and
        venue; prayer for relief; relief sought; statement of facts; cause of action; count i;
        first cause of action; counsel for plaintiff; attorneys for plaintiff; civil action;
        nature of dispute; nature of the dispute; claim amount; amount of claim; claim for
        relief; relief; arbitration clause; seat; seat of arbitration; value of claim;
        grounds; brief details of claim; paragraph 1; appellee; accused"""
    },
    phrases={
        3.0: """plaintiff; defendant; claimant; respondent; comes now; respectfully submitted;
        respectfully requests; prayer for relief; wherefore; jury trial; cause of action; upon
        information and belief; depose and say; foregoing is true; notary public; sworn before
        me; failure to state; moves this court; alleges as follows; statement of truth; duly
        sworn; under penalty of perjury; facts stated in this; certificate of service; motion
        to dismiss; summary judgment; counterclaim; this honorable court; hereby moves; the
        claimant; the defendant; the respondent; is not admitted; not admitted; denies that;
        the defendant denies; put to proof; particulars of claim; the sum claimed; wrongful
        termination; declaratory relief; facts stated in; is denied; is admitted; movant;
        moves the court; moves the court for; automatic stay; unless we receive; issue
        proceedings; instructed to issue; commence proceedings; we act for; unfair dismissal;
        without further notice; debtor has"""
    },
)
_COUNSEL = Cues(
    titles={
        3.0: """attorney client privileged communication; attorney client communication; attorney
        client privilege; attorney client privileged; privileged and confidential; privileged
        confidential; confidential and privileged; legally privileged; attorney work product;
        attorney work product privileged; legal professional privilege; privileged
        communication; subject to legal professional privilege; legal advice privilege;
        litigation privilege; solicitor client privileged; without prejudice; without
        prejudice save as to costs; without prejudice and subject to contract; prepared in
        anticipation of litigation; prepared at the request of counsel; prepared at the
        direction of counsel; work product; settlement communication; subject to fre 408; rule
        408 settlement communication; confidential settlement communication; legal opinion;
        legal advice; opinion of counsel; memorandum of advice; advice note; counsel s
        opinion; legal memorandum; memorandum; privileged; legally privileged and
        confidential; confidential and legally privileged; solicitors; attorneys at law;
        barristers; law firm; llp; advice; opinion; memorandum of opinion; case assessment;
        legal memo; legal note; note of advice; litigation update; litigation report; matter
        update"""
    },
    labels={
        2.0: """privilege; matter; client matter; our client; re matter; question presented; short
        answer; brief answer; issue presented; analysis; conclusion; facts; questions
        presented"""
    },
    phrases={
        1.5: """attorney client; work product; legal professional privilege; anticipation of
        litigation; our legal advice; legal advice; we advise; in our opinion; our opinion;
        our view is; outside counsel; our exposure; litigation; settlement; settlement offer;
        settle; settlement proposal; liability; exposure; damages; plaintiff; plaintiffs;
        defendant; claim; claimant; claims; deposition; discovery; motion; lawsuit; court;
        trial; tribunal; mediation; arbitration; prospects of success; likelihood of success;
        merits; breach; negligence; statute; statute of limitations; counsel; settlement
        authority; settlement strategy; settlement range; reserve; do not forward; waive
        privilege; waiver of privilege; full and final settlement; subpoena; regulator;
        investigation; indemnity; giving legal advice; legally privileged; asked for our
        advice; asked us to advise; we recommend; we would recommend; defend the claim;
        unfair; dismissal; consequential loss; courts have; case law; recover; question
        presented; short answer; disclosure; witnesses; our witnesses; offer of up to; offer
        up to; privileged; the risk is; costs; general counsel; award; a court would; the
        court would; we are exposed; on balance; reasonable notice; legal department; unfair
        dismissal; reasoned; precedent; case law"""
    },
)
_BID = Cues(
    titles={
        3.0: """source selection information; source selection sensitive; source selection;
        procurement sensitive; bid evaluation; tender evaluation; tender evaluation report;
        bid evaluation report; evaluation report; price proposal; cost proposal; tender
        submission; commercial in confidence; commercial proposal; tender; sealed bid; bid
        submission; sealed tender; invitation to tender; request for proposal; technical
        evaluation; best and final offer; independent government cost estimate; form of
        tender; bid tabulation; solicitation; bid response; tender response; merger proposal;
        confidential information memorandum; project code name; indicative offer; non binding
        offer; letter of offer; due diligence report"""
    },
    labels={
        2.0: """solicitation; solicitation no; solicitation number; rfp no; rfp number; tender no;
        tender number; tender reference; tender ref; bidder; bidders; tenderer; offeror;
        offerors; evaluation criteria; technical score; price score; total score; weighted
        score; evaluated price; bid price; tender price; tender sum; award recommendation;
        recommendation; source selection authority; contracting officer; price; past
        performance; closing date; technical evaluation; evaluation panel; reserve price;
        target company; target; acquirer; enterprise value; purchase price; offer price;
        valuation; deal value; exclusivity; proposed price; rank; ranking; most advantageous"""
    },
    phrases={
        2.0: """source selection information; see far; far 2 101; 3 104; procurement integrity act;
        procurement sensitive; source selection; not to be disclosed; bid price; tendered
        price; award decision; competitive range; best value; technically acceptable; offeror;
        bidder; bidders; tenderer; lowest bid; lowest price; proposed acquisition; acquisition
        of; target company; merger; due diligence; definitive agreement; board approval; not
        been announced; not public; prior to contract award; prior to award; unsuccessful
        bidders; evaluation committee; evaluation panel; standstill; walk away price; maximum
        bid; undisclosed; code name"""
    },
)

_AGREEMENT = re.compile(
    r"^[ \t>*_#-]{0,20}(?:[A-Z][\w&/',-]{0,20} ){0,8}"
    r"(?:AGREEMENT|Agreement|CONTRACT|Contract|DEED|LEASE|Lease|UNDERSTANDING|Understanding|"
    r"TESTAMENT|Testament|Deed|WARRANTY|ADDENDUM|Addendum|NDA|VERTRAG)"
    r"[ \t]{0,4}(?:\([^()\n]{1,40}\)|[Nn]o\.? [\w/-]{1,20})?[ \t]{0,20}$",
    re.MULTILINE,
)
_DEFINED = re.compile(
    r"[(](?:hereinafter |hereafter |together |collectively )?,? ?(?:referred to as |called |each |as )?"
    r"(?:the |a |an |our |this )?[\"\u201c\u201e'\u2018](?:the )?[A-Z][\w /&-]{1,40}"
    r"[\"\u201d\u201c'\u2019][^()\n]{0,40}[)]"
)
_CLAUSE = re.compile(
    r"^[ \t>]{0,12}(?:(?:Article|ARTICLE|Section|SECTION|Clause|CLAUSE) [\dIVX]{1,4}"
    r"|\d{1,2}\.\d{0,2}\.?|\u00a7 ?\d{1,2})"
    r"[ \t:.\u2013-]{1,6}[A-Z]\w",
    re.MULTILINE,
)
_ITEM = re.compile(
    r"^[ \t>]{0,8}(?:[A-Za-z][^:\n\t]{1,40}:[ \t]\S|\d{1,2}[.)][ \t]{1,4}[A-Z]|\([a-z]\)[ \t])",
    re.MULTILINE,
)
_ROLES = re.compile(
    r"\((?:the )?(?:Company|Employee|Employer|Client|Claimant|Purchaser|Seller|Buyer|"
    r"Supplier|Landlord|Tenant|"
    r"Contractor|Licensee|Licensor|Recipient|Discloser|Consultant|Borrower|Lender|Customer|Agent)\)"
)
_SIGNATURE = re.compile(
    r"_{8,}|\.{10,}|^[ \t>]{0,12}(?:By|Signed|Signature|SIGNED|Name|Title)[ \t]{0,4}:[ \t_]{0,60}$"
    r"|^[ \t>]{0,12}(?:By|Signed|Signature|Name|Title):[ \t].{1,60}\n?[ \t>]{0,12}"
    r"(?:Name|Title|Date|By)\b|/s/",
    re.MULTILINE,
)
_SHALL = re.compile(
    r"\bshall\b|\bhereby\b|\bherein\b|\bhereof\b|\bhereto\b|\bhereunder\b", re.IGNORECASE
)
_VERSUS = re.compile(
    r"^[ \t>-]{0,40}(?:v\.?|vs\.?|versus|-v-|- v -|and)[ \t-]{0,10}$"
    r"|^.{3,80}\bv\.? .{3,80}$|, ?(?:Plaintiff|Defendant|Claimant|Petitioner)s?\b",
    re.MULTILINE,
)
_BOILERPLATE = re.compile(
    r"\b(?:may|might) (?:also )?(?:contain|be|include)\b.{0,80}\bprivileged"
    r"|intended (?:only )?(?:solely )?for the"
    r" |privileged and/or|intended recipient|contains? .{0,40}privileged",
    re.IGNORECASE | re.DOTALL,
)
_TEXT_READ = 60_000
_SETTLING = (
    *("litigation", "settlement", "settlement offer", "settle", "settlement proposal"),
    *("settlement authority", "settlement strategy", "settlement range", "lawsuit", "plaintiff"),
    *("full and final settlement", "without prejudice", "defendant", "claimant", "deposition"),
    *("settlement communication", "trial", "mediation", "arbitration", "tribunal", "plaintiffs"),
    *("confidential settlement communication", "rule 408 settlement communication"),
)
_SEALED = (
    *("source selection information", "source selection sensitive", "procurement sensitive"),
    *("commercial in confidence", "sealed tender", "sealed bid", "bid evaluation"),
    *("tender evaluation report", "bid evaluation report", "tender evaluation"),
)
_PAPERS = (
    *("memorandum of understanding", "memorandum of agreement", "letter of intent", "term sheet"),
    *("heads of terms", "power of attorney", "last will and testament", "promissory note"),
    *("settlement deed", "deed of settlement", "deed of release", "statement of work", "indenture"),
    *("contract of employment", "articles of association", "share purchase agreement"),
    *("asset purchase agreement", "stock purchase agreement", "release and waiver", "bill of sale"),
    *("contract of sale", "subscription agreement", "general release", "terms and conditions"),
)
_GATE = Gate(_CONTRACT, _DISPUTE, _COUNSEL, _BID, least=2.0, crowd=10.2)
_CONTRACTS = Gate(_CONTRACT, least=2.0, crowd=9.5)
_DISPUTES = Gate(_DISPUTE, least=2.0, crowd=9.5)
_LEAST = 9.0
_DENSE = 5.0
_DENSEST = 6.5
"""Weight of words that stand together below a title: with items, and without."""
_CAPTIONED = 3.0
"""Weight of a pleading's words below a title with the labels of a case."""
_WORDED = (5.0, 9.0, 15.0, 24.0)
"""Weights of wording, each of which is one more sign of a contract."""
_TALK = frozenset(("this agreement", "term sheet", "terms and conditions", "purchase agreement"))
"""Titles that ordinary mail has, too."""
_ADVISING = frozenset(
    (
        *(
            "llp",
            "law firm",
            "attorneys at law",
            "solicitors",
            "barristers",
            "memorandum",
            "advice",
        ),
        *("opinion", "case assessment", "litigation update", "litigation report", "matter update"),
    )
)
"""Titles and signatures that make advice only together with words of advice."""
_MARKS = ("attorney client", "work product", "privileged", "legally privileged")
_ADVICES = 2
_ADVICE = (
    *("question presented", "short answer", "asked for our advice", "asked us to advise"),
    *("our legal advice", "legal advice", "giving legal advice", "we recommend", "we advise"),
    *("we would recommend", "prospects of success", "likelihood of success", "legally privileged"),
)
_Judged = tuple[int, float, Reading, str]
_Kind = Callable[[Reading, Evidence, str], _Judged]


def detect(content: Content) -> Iterator[Finding]:
    """Say that a part is a legal paper, from the worst such part."""
    best = max((_judge(one) for one in content.readings), key=lambda it: it[:2], default=None)
    if best is None or not best[0]:
        return
    level, _, reading, what = best
    where = f"{place(reading)} " if reading.document.attached else "the letter "
    because = f"{where}seems to be {what}"
    yield found("legal", reading, category="legal", level=level, count=1, because=because)


def _judge(reading: Reading) -> _Judged:
    if not _GATE.opens(reading):
        return 0, 0.0, reading, ""
    text = reading.text[:_TEXT_READ]
    asked = [(kind, cues.evidence(reading)) for cues, kind in _KINDS]
    judged = max((kind(reading, it, text) for kind, it in asked), key=lambda it: it[:2])
    return judged if judged[0] > 1 else max(judged, _dense(dict(asked), reading, text), key=_first)


def _first(judged: _Judged) -> int:
    return judged[0]


def _dense(asked: dict[_Kind, Evidence], reading: Reading, text: str) -> _Judged:
    """Take for a legal paper what has a title, and so many of its words as no talk has."""
    contract, dispute = asked[_contract], asked[_dispute]
    if contract.title and contract.weight >= _DENSE and _BOILERPLATE.search(text) is None:
        weight = _CONTRACTS.weight(reading)
        least = _DENSE if _many(_ITEM, text, 3) else _DENSEST
        if contract.weight >= least and weight >= least:
            return 2, weight, reading, "the text of a contract or an agreement"
    if dispute.titles and dispute.labels and _DISPUTES.weight(reading) >= _CAPTIONED:
        return 2, dispute.weight, reading, "a pleading or a paper of a court case"
    return 0, 0.0, reading, ""


def _contract(reading: Reading, evidence: Evidence, text: str) -> _Judged:
    if evidence.phrase < 3.0 or evidence.phrase + evidence.label < 6.0:
        return 0, 0.0, reading, ""
    specific = evidence.any(_PAPERS) or any(" " in t for t in evidence.titles if t not in _TALK)
    shape = (
        specific or _AGREEMENT.search(text) is not None,
        _DEFINED.search(text) is not None or _many(_ROLES, text, 2),
        _many(_CLAUSE, text, 3),
        _SIGNATURE.search(text) is not None,
        _many(_SHALL, text, 4),
        len(evidence.labels) >= 4,
    )
    worded = sum(evidence.phrase >= least for least in _WORDED)
    weight = evidence.phrase + min(evidence.label, 8.0) + 2.0 * sum(shape)
    if sum(shape) >= 2 and sum(shape) + worded >= 4 and weight >= 12.0:
        return 2, weight, reading, "the text of a contract or an agreement"
    if specific and sum(shape) + worded + (evidence.title > 0) >= 5 and weight >= 14.0:
        return 2, weight, reading, "the text of a contract or an agreement"
    if worded >= 2 and sum(shape) >= 2 and (shape[1] or shape[2]):
        return 1, weight, reading, "a clause of a contract"
    return 0, 0.0, reading, ""


def _dispute(reading: Reading, evidence: Evidence, text: str) -> _Judged:
    if evidence.titles and len(evidence.phrases) >= 4:
        return 2, evidence.weight, reading, "a pleading or a paper of a court case"
    captioned = len(evidence.labels) >= 2 and _VERSUS.search(text) is not None
    if not captioned or not evidence.titles or len(evidence.phrases) < 3:
        return 0, 0.0, reading, ""
    return 2, evidence.weight, reading, "a pleading or a paper of a court case"


def _counsel(reading: Reading, evidence: Evidence, text: str) -> _Judged:
    if not evidence.titles or len(evidence.phrases) < 3:
        return 0, 0.0, reading, ""
    if evidence.titles.keys() <= _ADVISING and evidence.count(_ADVICE) < _ADVICES:
        return 0, 0.0, reading, ""
    substance = len(evidence.phrases) - evidence.count(_MARKS)
    if substance < 3 or (substance < 6 and evidence.title and _BOILERPLATE.search(text)):
        return 0, 0.0, reading, ""
    level = 3 if evidence.any(_SETTLING) else 2
    return level, evidence.weight, reading, "privileged legal advice or a settlement"


def _bid(reading: Reading, evidence: Evidence, text: str) -> _Judged:
    del text
    marked = evidence.any(_SEALED)
    if not evidence.titles or len(evidence.labels) < 2 - marked or len(evidence.phrases) < 2:
        return 0, 0.0, reading, ""
    if evidence.weight < _LEAST + (0.0 if marked else 3.0):
        return 0, 0.0, reading, ""
    return 2, evidence.weight, reading, "a tender, a bid or a deal under evaluation"


def _many(pattern: re.Pattern[str], text: str, least: int) -> bool:
    found = pattern.finditer(text)
    return sum(1 for _, _ in zip(range(least), found, strict=False)) == least


_KINDS = ((_CONTRACT, _contract), (_DISPUTE, _dispute), (_COUNSEL, _counsel), (_BID, _bid))
DETECTOR = Detector("legal", _CONTRACT.words | _DISPUTE.words | _COUNSEL.words | _BID.words, detect)
