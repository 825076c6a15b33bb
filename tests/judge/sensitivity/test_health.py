"""Which texts read as a medical paper about somebody."""

from __future__ import annotations

import time

import pytest
from tests.judge.build import content

from missent.judge.content import Content
from missent.judge.finding import Finding
from missent.judge.sensitivity.health import DETECTOR
from missent.judge.vocabulary import Vocabulary
from missent.mail.document import Document, Table, Text

WORDS = Vocabulary(DETECTOR.words)


def _content(text: str, *attached: Document, subject: str = "") -> Content:
    return content(text, *attached, subject=subject, vocabulary=WORDS)


def _found(text: str, *attached: Document, subject: str = "") -> list[Finding]:
    return list(DETECTOR.detect(_content(text, *attached, subject=subject)))


def _level(found: list[Finding]) -> int:
    return max((int(finding.facts["level"]) for finding in found), default=0)


FORM = """\
ST. BRENDAN'S HOSPITAL
DISCHARGE SUMMARY
Patient Name: Orla Quill	DOB: 04/11/1962
MRN: 00482913
Admission date: 2 March 2031   Discharge date: 6 March 2031
Consultant: Dr P. Imrie
Diagnosis: Community acquired pneumonia
Medications on discharge: Amoxicillin 500 mg three times daily for 5 days
Follow up: GP in two weeks"""
SECOND = """\
Dear Dr Kettle,

Re: Mr Tobias Marrow, DOB 12/09/1957, 14 Elm Row, Castleford

Thank you for referring this 73-year-old gentleman whom I saw in clinic today. He has a history
of hypertension and type 2 diabetes mellitus and presented with exertional chest pain. On
examination his BP was 158/92 mmHg. ECG was unremarkable. I have started him on bisoprolol 2.5
mg once daily and atorvastatin 40 mg at bedtime and will arrange a CT coronary angiogram.

Yours sincerely
Dr A Fenwick, Consultant Cardiologist"""
THIRD = """\
RADIOLOGY
REPORT
Patient
Jane Roe
Accession
A-99120
Exam: MRI of the
lumbar spine without
contrast
Clinical indication: low
back pain
Findings:
There is disc
herniation at L4-L5 with
stenosis.
Impression:
1. L4-L5 disc herniation."""
FOURTH = """\
MEDICAL CERTIFICATE
This is to certify that Ms Hanna Lowe was examined by me on 3 May 2031 and is suffering from
acute bronchitis. She is unfit for work from 3 May to 10 May 2031.
Dr. R. Osman, MBBS
Provider number 221"""
FIFTH = """\
Northgate Family Practice
Prescription
Patient: Delia Frost    D.O.B.: 3/3/1971
Rx
Sertraline 50 mg tablets
Sig: take one tablet once daily
Qty: 28   Refills: 2
Prescriber: Dr. L. Hart"""
SIXTH = """\
HEALTH INSURANCE CLAIM FORM
Insured's name: Paul Renner
Member ID: XJH88123
Patient name: Lena Renner
Diagnosis codes: E11.9, I10
CPT	Date of service	Charge
99214	02/12/2031	185.00
83036	02/12/2031	42.00
Rendering provider: Dr. Silva"""
TALK_1 = """\
Health policy update: the Senate committee debated Medicare reform and hospital funding.
Patients with diabetes and hypertension would benefit. Insurers warn of higher premiums.
Doctors said the diagnosis of chronic disease is often delayed."""
TALK_2 = """\
HR policy: sick leave. Employees unfit for work must send a medical certificate from the
fourth day of sickness. The doctor's certificate goes to HR. Payroll adjusts net pay.
Annual salary is not affected."""
TALK_3 = """\
Recipe: 200 g flour, 5 mg saffron, 3 eggs. Preheat to 180. Serves 4. Prep time: 20 min.
Rest the dough. Enjoy with tea."""
TALK_4 = """\
My mother was diagnosed with cancer last week, so I'll be out a few days. The doctors are
hopeful. Please cover the Friday call."""
TALK_5 = """\
Newsletter of the Heart Foundation: myths about cholesterol. A normal blood pressure is
120/80 mmHg. Statins such as atorvastatin 20 mg once daily reduce risk. Talk to your
doctor. Diabetes and hypertension are common. Patients often ask about side effects: read
the leaflet."""
TALK_6 = """\
Please be patient, the diagnosis of the pump takes time. The doctor will see it."""


@pytest.mark.parametrize("text", [FORM, SECOND, THIRD, FOURTH, FIFTH, SIXTH])
def test_a_paper_is_found_in_any_layout(text: str) -> None:
    """The same paper is found as a letter, a labelled form, columns or broken lines."""
    assert _level(_found(text)) >= 3


def test_a_paper_is_found_in_an_attachment_and_named_by_its_part() -> None:
    """What is attached counts as the letter does; neither text nor file name is repeated (law
    8)."""
    document = Document("2", "pdf", "zebra.pdf", texts=(Text(FORM + "\nzebra quagga"),))
    (found,) = _found("Please see attached.", document)
    assert found.facts["category"] == "health"
    assert "part 2" in found.because
    assert "zebra" not in repr(found)
    assert "quagga" not in repr(found)


def test_a_table_of_patients_counts_them() -> None:
    """Each row below the head is a record."""
    rows = (
        ("Patient", "DOB", "NHS Number", "Diagnosis", "Ward"),
        ("Ada Pike", "1950-01-02", "485 777 3456", "COPD", "7B"),
        ("Sean Holt", "1941-05-22", "485 777 1122", "Fracture", "7B"),
        ("Mia Tran", "1977-11-30", "485 772 2211", "Pneumonia", "7C"),
    )
    (found,) = _found("Please see attached.", Document("2", "xlsx", tables=(Table(rows),)))
    assert (found.facts["level"], found.facts["count"]) == (3, 3)


@pytest.mark.parametrize(("name", "level"), [("PatientName", 3), ("Modality", 0)])
def test_a_medical_picture_that_names_its_patient(name: str, level: int) -> None:
    """The attributes of a DICOM file are enough; an anonymous one says nothing."""
    picture = Document("2", "dicom", properties=((name, "ROE^JANE"),))
    assert _level(_found("Please see attached.", picture)) == level


def test_a_medical_picture_has_a_word_of_its_own() -> None:
    """Its words are its attributes' values: the kind itself has to let the detector run."""
    assert "dicom" in DETECTOR.words


REFERRAL = """\
Dear Colleague,
I would be grateful if you would see Mrs Thea Knoll, aged 58, with a four-month history of cough,
breathlessness and weight loss. Chest X-ray shows a shadow in the left lobe. She is an ex-smoker and
takes ramipril and metformin.
Dr R. Amsel"""
SICK_LIST = """\
SICK LIST 9 May 2031
Name	Rank	Complaint	Disposition
Abel, R.	PTE	ankle sprain	light duties 3 days
Brook, T.	CPL	gastroenteritis	bed down 48 h
Crane, V.	LCPL	conjunctivitis	excused duty 1 day"""


@pytest.mark.parametrize("text", [REFERRAL, SICK_LIST])
def test_dense_wording_is_enough_where_somebody_is_named(text: str) -> None:
    """A doctor's letter has no labels."""
    assert _level(_found(text)) >= 2


@pytest.mark.parametrize("text", [TALK_1, TALK_2, TALK_3, TALK_4, TALK_5, TALK_6])
def test_ordinary_talk_is_silent(text: str) -> None:
    """Wording alone, advertisements, news and policies are no paper about anybody."""
    assert not _found(text)


def test_a_paper_of_another_matter_is_silent() -> None:
    """A recipe in the layout of a form is still a recipe."""
    assert not _found("Recipe\nServes: 4\nTime: 20 min\nFlour: 200 g\nSugar: 50 g\nNotes: rest it")


@pytest.mark.parametrize("piece", ["Patient: ", "medical ", "medical\n", "1 ", " ", "Dr A "])
def test_hostile_text_takes_linear_time(piece: str) -> None:
    """A megabyte of what its patterns begin with is read within a second."""
    about = _content(FORM + "\n" + piece * (1_000_000 // len(piece)))
    before = time.process_time()
    list(DETECTOR.detect(about))
    assert time.process_time() - before < 1.0
