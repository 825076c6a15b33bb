"""Own what reads as a medical paper: a report, a record, a certificate, a claim with diagnoses.

A paper is told by its title, its labelled fields, clinical wording and clinical codes (doses, units,
ICD-10); at least two of these kinds have to agree, and somebody has to be the patient. Talk of an
illness, of health care or of "patience" has none of that layout.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from missent.judge.content import Content, Detector, Reading, place
from missent.judge.content import finding as found
from missent.judge.finding import Finding
from missent.judge.form import Cues, Evidence, Gate, form, lowered, people, rows, spots

_CUES = Cues(
    titles={
        3.0: """discharge summary; discharge letter; hospital discharge; radiology report;
        radiological report; pathology report; histopathology report; cytology report;
        laboratory report; laboratory results; lab report; lab results; blood test results;
        blood results; test results report; mri report; ct report; ct scan report; x ray
        report; xray report; ultrasound report; mammogram report; imaging report;
        echocardiogram report; ecg report; endoscopy report; colonoscopy report; biopsy
        report; autopsy report; post mortem report; medical report; medical certificate;
        medical record; medical records; medical history; medical summary; medical
        examination; medical evaluation; medical clearance; medical assessment; medical
        statement; fit note; statement of fitness for work; sick note; sickness certificate;
        sick leave certificate; sick certificate; doctor s note; doctor s certificate;
        unfitness certificate; vaccination record; vaccination certificate; vaccination card;
        immunization record; immunisation record; immunization history; certificate of
        vaccination; international certificate of vaccination or prophylaxis; psychological
        evaluation; psychological assessment; psychological report; psychiatric evaluation;
        psychiatric assessment; psychiatric report; neuropsychological evaluation; mental
        health assessment; mental health evaluation; behavioral health evaluation; dental
        record; dental records; dental chart; dental report; dental examination; dental
        treatment plan; periodontal chart; operative report; operative note; operation note;
        surgical report; clinic letter; outpatient letter; referral letter; consultation note;
        consultation report; progress note; progress notes; soap note; history and physical;
        admission note; emergency department report; emergency department summary; after visit
        summary; encounter summary; visit summary; explanation of benefits; health insurance
        claim form; health insurance claim; superbill; medical claim; patient record; patient
        records; patient list; patient summary; patient information; patient registration;
        patient chart; fitness for duty; fitness for duty evaluation; fitness for duty
        examination; fit for duty; fitness for work; occupational health report; occupational
        health assessment; report of medical examination; report of medical history;
        individual medical readiness; physical profile; audiogram; audiometry report; sleep
        study report; toxicology report; drug test results; drug screen results; covid 19 test
        result; pcr test result; hiv test result; care plan; nursing assessment; nursing
        notes; ward round; death summary; chronological record of medical care; disability
        evaluation; treatment summary; physiotherapy report; physical therapy evaluation;
        counselling notes; therapy notes; genetic test report; aeromedical evacuation; patient
        movement request; prior authorization request; arztbrief; entlassungsbrief;
        befundbericht; arbeitsunfahigkeitsbescheinigung; certificat medical; arret de travail;
        compte rendu d hospitalisation; informe medico; informe de alta; historia clinica;
        certificado medico; vaccination history; vaccination status; vaccine record;
        immunisation history; immunization certificate; lab result; lab test results;
        laboratory findings; laboratory test report; pcr test report; test certificate;
        antibody test result; blood test report; blood count; full blood count; complete blood
        count; urinalysis; biochemistry report; haematology report; hematology report;
        microbiology report; clinical laboratory report; medical referral; referral; referral
        form; gp referral; specialist referral; urgent referral; patient referral; surgery
        report; surgical note; surgical notes; operation report; procedure note; procedure
        report; anaesthetic record; anesthesia record; pre operative assessment; post
        operative note; discharge note; discharge instructions; transfer summary; triage note;
        triage notes; emergency department; emergency department note; ambulance report;
        patient care report; casualty card; casualty report; dental treatment estimate; dental
        estimate; treatment estimate; dental examination record; dental claim form;
        orthodontic treatment plan; orthodontic report; psychological assessment report;
        psychology report; psychiatric discharge summary; psychotherapy notes; session notes;
        counselling report; mental health report; fitness for duty certificate; fitness
        certificate; certificate of fitness; medical fitness certificate; medical fitness
        report; pre employment medical; pre employment medical examination; periodic medical
        examination; periodic health assessment; post deployment health assessment; flight
        medical; aviation medical; seafarer medical certificate; occupational health
        certificate; occupational health referral; return to work certificate; return to work
        note; return to duty note; sick list; sick report; sick parade; sick leave list;
        binnacle list; sick call; light duty slip; certificate of incapacity for work;
        incapacity certificate; certificate of incapacity; med 3; statement of incapacity;
        disability certificate; disability assessment; disability claim form; workers
        compensation claim form; injury report; employee injury report; first report of
        injury; medical claims; medical claims paid; claims register; health claim; repeat
        prescription form; medication list; medication record; medication chart; medication
        administration record; drug chart; prescription record; allergy record; maternity
        record; antenatal record; birth plan; pregnancy record; eye test report; optical
        prescription; eye examination report; hearing test; hearing test report; spirometry
        report; stress test report; holter report; eeg report; pet ct report; bone density
        report; angiogram report; consultation letter; consultant letter; cardiology report;
        oncology report; neurology report; rehabilitation report; hospice referral; medical
        board proceedings; medical board report; medevac request; nine line medevac; casualty
        list; health record; health certificate; health screening report; health
        questionnaire; health declaration; personal health record; counselling session record;
        session record; therapy session; therapy record; bloods; unit medical readiness;
        medical readiness; medical readiness report; notification of sickness; sickness
        notification; impfausweis; medical certificate of fitness; prescription for; clinic
        note; consult note; follow up note; home visit note; uberweisung; krankmeldung;
        krankschreibung; laborbefund; impfpass; ordonnance medicale""",
        2.0: """prescription; prescription form; electronic prescription; private prescription; repeat
        prescription; vaccinations; immunizations; diagnosis; radiology; pathology; claim
        summary; dental claim; claim form; clinical summary; clinical notes; clinical note;
        clinical report; case summary; initial evaluation; mental status examination; sick
        call roster; sick leave; receta medica; rezept; ordonnance""",
    },
    labels={
        2.0: """patient name; patient s name; name of patient; patient id; patient no; patient number;
        patient identifier; patient dob; patient details; mrn; medical record no; medical
        record number; medical record; nhs number; nhs no; hospital number; hospital no; chi
        number; medicare number; health card number; chart number; chart no; admitting
        diagnosis; discharge diagnosis; discharge diagnoses; primary diagnosis; principal
        diagnosis; secondary diagnosis; secondary diagnoses; final diagnosis; provisional
        diagnosis; differential diagnosis; working diagnosis; preoperative diagnosis;
        postoperative diagnosis; pre operative diagnosis; post operative diagnosis; diagnostic
        impression; diagnosis code; diagnosis codes; icd 10; icd 10 code; icd 10 codes; icd
        code; icd 10 cm; cpt; cpt code; cpt codes; procedure code; chief complaint; presenting
        complaint; history of present illness; history of presenting complaint; hpi; past
        medical history; past history; pmh; medical history; current medications; discharge
        medications; discharge medication; medications on discharge; medications on admission;
        medication allergies; drug allergies; known allergies; clinical indication; clinical
        information; clinical details; clinical history; clinical findings; gross description;
        microscopic description; referring physician; referring doctor; referring clinician;
        attending physician; attending doctor; treating physician; ordering physician;
        ordering provider; rendering provider; primary care physician; requesting physician;
        prescriber; prescribing physician; reporting radiologist; radiologist; pathologist;
        psychologist; dentist; examining physician; medical officer; medical examiner;
        surgeon; anesthesia; anaesthesia; vital signs; mental status; mental status exam;
        physical exam; physical examination; review of systems; systems review; vaccine;
        vaccines; blood type; blood group; date of injury; tooth; tooth no; tooth number; sig;
        fitness category; fit for work; fit for duty; duty status; work status; work
        restrictions; duty limitations; functional limitations; nature of illness; cause of
        death; pulhes; date last examined; reason for admission; reason for visit; reason for
        referral; hospital course; date of admission; admission date; date of discharge;
        discharge date; dsm 5; patient; patients; diagnosis; diagnoses; diagnostico; paciente;
        diagnose; pt; pt name; patient ref; referred by; presenting problem; presenting
        problems; presenting symptoms; date of surgery; date of procedure; operation;
        anaesthetist; anesthesiologist; assistant surgeon; estimated blood loss; ebl;
        complications; post op plan; postoperative plan; post operative plan; pre op
        diagnosis; post op diagnosis; incapable of work since; incapable of work; unfit for
        work from; unable to work from; expected until; initial certificate; insured person;
        occupational physician; occupational health physician; company doctor; examining
        doctor; examined by; examined on; date vaccinated; vaccine name; vaccination;
        vaccinations; vaccinated; batch; booster; sample type; sample; specimen collected;
        date collected; sample taken; laboratory; lab; sodium; urea; crp; egfr; alt; ast;
        bilirubin; albumin; ferritin; neutrophils; lymphocytes; haematocrit; hematocrit; esr;
        inr; psa; vitamin d; fasting glucose; total cholesterol; cholesterol total; spo2; gcs;
        respiratory rate; triage category; disposition; excused duty; light duties; medical
        restrictions; medical condition; medical conditions; fit with restrictions; outcome
        fit; current medication; regular medication; medicine; drug name; dispensed by; dosage
        instructions; directions for use; on examination; o e; presenting history; social
        history; family history; past psychiatric history; risk assessment suicide; gaf; ros;
        soap; subjective; objective; dentist name; treatment proposed; proposed treatment;
        vision; visual acuity; od; os; gestation; lmp; edd; injury type; body part; body part
        injured; nature of injury; injuries; illness; ailment""",
        1.0: """dx; rx; tx; hx; medications; medication; drug; dose; dosage; strength; allergies;
        allergy; impression; indication; exam; examination; examination date; specimen;
        specimen type; collected; physician; doctor; dr; gp; general practitioner; consultant;
        provider; provider name; pharmacy; ward; clinic; hospital; department of radiology;
        procedure; treatment; treatment plan; prognosis; symptoms; complaint; bp; blood
        pressure; heart rate; pulse; bmi; height; weight; hgb; reference range; ref range;
        normal range; reference interval; test; analyte; haemoglobin; hemoglobin; wbc; rbc;
        platelets; glucose; hba1c; creatinine; cholesterol; ldl; hdl; triglycerides;
        potassium; tsh; lot number; lot no; lot; batch number; batch no; administered by; date
        given; date administered; manufacturer; member id; member number; subscriber;
        subscriber id; group number; insured; insured s name; payer; claim number; claim no;
        date of service; dates of service; service date; amount billed; patient
        responsibility; refills; condition; restrictions; recommendations; assessment;
        findings; technique; comparison; study; therapist; informant; next appointment; follow
        up; insurance id; nationality insurance; comments and restrictions; sick leave from;
        period of incapacity; date of examination; date of exam; unfit; next of kin""",
        0.5: """date of birth; dob; birth date; d o b; age; sex; gender; history; plan; result;
        results; units; signature; geburtsdatum; full name; client name; client; member name;
        worker s name; employee; service member; name; passport no; rank; born""",
    },
    phrases={
        1.5: """admitted with; was admitted to; presented with; presented to the emergency; this
        patient; the patient was; the patient is; the patient has; the patient reports;
        patient presents; patient presented; patient denies; patient reports; under my care;
        under our care; thank you for referring; on examination; year old male; year old
        female; year old man; year old woman; year old gentleman; year old lady; not fit for
        work; unfit for work; unfit for duty; not fit for duty; fit for duty; unfit to work;
        medically unfit; fit for full duty; unable to attend work; diagnosed with; history of
        depression; suffering from; twice daily; once daily; three times daily; three times a
        day; at bedtime; as needed for pain; no acute; there is no evidence of; unremarkable;
        within normal limits; no known drug allergies; grateful if you would see; thank you
        for seeing; i would be grateful for your; month history of; week history of; year
        history of; day history of; takes ramipril; ramipril; losartan; levothyroxine;
        prednisolone; bisoprolol; simvastatin; gabapentin; tramadol; codeine; diazepam;
        citalopram; venlafaxine; naproxen; diclofenac; furosemide; clopidogrel; apixaban;
        ciprofloxacin; doxycycline; azithromycin; penicillin; attended my surgery; attended my
        clinic; attended this clinic; seen in clinic; reviewed in clinic; examined by me; was
        examined; examined this patient; phased return; started on; unable to work until;
        incapable of work; brought in by ambulance; stab wound; gunshot wound; laceration;
        crossmatched; bloods; two week rule; under investigation; chest x ray; shadow;
        biopsies; breathlessness; chest pain; abdominal pain; back pain; weight loss; ex
        smoker; non smoker; blood loss; gallbladder; laparoscopic; local anaesthetic; general
        anaesthetic; anaesthesia; anesthesia; extraction; filling; composite filling;
        periodontal status; nightmares; irritability; deployable; trauma focused; meets the
        criteria for; ulcerative; gastroenteritis; gastroenterology; conjunctivitis;
        tonsillitis; ankle sprain; light duties; excused duty; bed down; fit with
        restrictions; sars cov 2; encephalitis; hepatitis b; booster; tab daily; tablet daily;
        one tablet; nkda; mri of the; ct of the; ct scan of; x ray of the; lateral views; with
        contrast; without contrast; biopsy; discharged home; discharged on; prescribed;
        dispensed; meets criteria for; dsm 5; dsm iv; suicidal ideation; mental status;
        limited duty; light duty; sick leave; remain off work; off work; bed rest; follow up
        in; metastatic; carcinoma; adenocarcinoma; malignancy; malignant; benign; lesion;
        lymph node; fracture; edema; effusion; pneumonia; myocardial; infarction;
        hypertension; diabetes; mellitus; hyperlipidemia; asthma; copd; chemotherapy;
        radiotherapy; oncology; cardiology; hiv; hepatitis; tuberculosis; ptsd; post traumatic
        stress; major depressive; bipolar; schizophrenia; anxiety disorder; generalized
        anxiety; stenosis; disc herniation; herniation; appendectomy; arthroplasty; metformin;
        lisinopril; atorvastatin; amlodipine; sertraline; omeprazole; amoxicillin; ibuprofen;
        paracetamol; acetaminophen; warfarin; insulin; prednisone; salbutamol; fluoxetine;
        escitalopram; quetiapine; oxycodone; tablets; capsules; caries; periodontal; occlusal;
        molar; crown; root canal; tetanus; mmr; influenza vaccine; yellow fever; pfizer;
        typhoid; patient id; medical record number; health questionnaire; lithium; tumour;
        tumor; concussion; lumbar; gestation; obstetric; viral load; hiv positive; tested
        positive for; temporarily unfit; medical officer; medically fit; medical category;
        medical board; visual acuity; ultrasound; range of motion; nasopharyngeal; swab""",
        1.0: """anxiety; depression; depressive; arthritis; sinusitis; macular; cataract; glaucoma;
        psychiatric; psychiatrist; psychotherapy; antidepressant; antiretroviral;
        physiotherapy; rehabilitation; orthopaedic; orthopedic; surgery; surgeon;
        hysterectomy; cholecystectomy; catheter; stroke; angina; arrhythmia; atrial;
        fibrillation; heart failure; stent; bypass; epilepsy; seizure; seizures; migraine;
        dementia; alzheimer; parkinson; multiple sclerosis; leukemia; leukaemia; lymphoma;
        melanoma; metastases; renal; kidney; dialysis; cirrhosis; hepatic; anemia; anaemia;
        thyroid; hypothyroidism; gastritis; reflux; colitis; crohn; appendicitis; bronchitis;
        sepsis; infection; antibiotics; inhaler; sprain; torn ligament; meniscus; meniscal;
        ligament; rotator cuff; tendonitis; sciatica; osteoporosis; eczema; psoriasis;
        dermatitis; gonorrhea; chlamydia; syphilis; herpes; malaria; covid; influenza;
        miscarriage; caesarean; overdose; suicide attempt; addiction; alcohol dependence;
        insomnia; autism; adhd; chronic pain; opioid; morphine; injection; intravenous;
        inpatient; outpatient; icu; intensive care; surgical; hospitalised; hospitalized;
        symptoms; syndrome; acute; chronic; bilateral; prognosis; diagnosis; diagnoses;
        patient; bereavement; sputum; crackles; wheeze; cough; night sweats; colonoscopy;
        endoscopy; gastroscopy; prostate; gleason; bone scan; mammogram; echocardiogram;
        biopsy; amputation; panic attacks; self harm; psychiatric ward; psychologist;
        pregnant; pregnancy; miscarried; knee surgery; crushed; fractured; dislocated;
        concussed; burns; bruising; swelling; rash; nausea; vomiting; diarrhoea; diarrhea;
        fever; palpitations; dizziness; syncope; haemorrhage; hemorrhage; thrombosis;
        embolism; ischaemic; ischemic; cardiac; coronary; pulmonary; gastric; urinary;
        abdomen; pelvis; thorax; spine; cervical; femur; tibia; fibula; humerus; radius;
        shoulder; hip replacement; hernia; ulcer; polyp; polyps; cyst; abscess; antihistamine;
        steroid; steroids; statin; zopiclone; bicalutamide; tamoxifen; methotrexate;
        mirtazapine; haloperidol; olanzapine; risperidone; clozapine; methadone; naloxone;
        morphine sulfate; pregabalin; allopurinol; pantoprazole; lansoprazole; cetirizine;
        nitrofurantoin; cefalexin; clarithromycin; antimalarial; mefloquine; measles; mumps;
        rubella; rabies; cholera; diphtheria; polio; meningococcal; pertussis; masern;
        rontgen; befund; diagnostiziert; spectacles; unaided; tinnitus; vertigo; neuropathy""",
    },
)

_CODES = (
    re.compile(r"\d(?<!\w\d)\d{0,3}(?:\.\d{1,3})? ?(?:mg|mcg|\u00b5g|ug|IU|units)\b(?!/kWh)"),
    re.compile(
        r"\d(?<!\w\d)\d{0,3}(?:\.\d{1,3})? ?(?:mmol/L|g/dL|mg/dL|g/L|mmHg|mm Hg|umol/L|\u00b5mol/L|"
        r"U/L|IU/L|ng/mL|pg/mL|mIU/L|bpm|10\^9/L|x10\^?9/L|fL|K/uL|mEq/L)(?![a-z])",
        re.IGNORECASE,
    ),
)
"""Doses and measures; as all here, sought from their first figure on, which most characters are not."""
_DISEASE = re.compile(r"\d(?<=\b[A-TV-Z]\d)[0-9A-Z]\.[0-9A-Z]{1,4}\b", re.IGNORECASE)
_DISEASES = frozenset((b"icd9", b"icd10"))
_DAILY = re.compile(
    rb"(?:b(?<!\wb)\.?i\.?d|t(?<!\wt)\.?i\.?d|q(?<!\wq)(?:\.?i\.?d|\.?d|\d{1,2}h)|p(?<!\wp)\.?r\.?n|"
    rb"n(?<!\wn)octe|p(?<!\wp)\.o)(?!\w)"
)
_PRESSURE = re.compile(r"\bBP:? {0,2}\d{2,3}/\d{2,3}\b|\b\d{2,3}/\d{2,3} ?mm ?Hg\b", re.IGNORECASE)
_PRESSURES = frozenset((b"bp", b"hg", b"mmhg"))
_PROCEDURE = re.compile(r"\bCPT\b.{0,20}\d{5}")
_TOOTH = re.compile(r"[1-4](?<!\w[1-4])[1-8] (?:MO|MOD|DO|O|B|L)\b")
_TITLE_STEMS = (
    *(b"medical", b"clinic", b"patient", b"psych", b"physio", b"dental", b"health", b"hospital"),
    *(b"laboratory", b"blood", b"radiology", b"surgical", b"vaccin", b"immuni", b"ophthalm"),
    *(b"cardiology", b"oncology", b"doctor", b"injury", b"sick", b"disability", b"toxicology"),
    *(b"drug", b"nursing", b"eye", b"hearing", b"flight"),
)
_TITLE_LETTERS = 150
_TITLED = re.compile(
    r"^.{0,50}\b(?:medical|clinic(?:al)?|patient|psych\w{3,14}|physio\w{0,10}|dental|health|hospital|"
    r"laboratory|blood|radiology|surgical|vaccin\w{1,6}|immuni[sz]ation|ophthalm\w{3,8}|cardiology|"
    r"oncology|doctor|injury|sick(?:ness)?|disability|toxicology|drug|nursing|eye|hearing|flight physical)"
    r"\b.{0,30}\b(?:report|record|certificate|note|summary|assessment|evaluation|letter|results?|"
    r"referral|statement|history|examination|plan|chart|form|clearance|request|fitness|exam|roster)s?\b"
    r".{0,24}$",
    re.MULTILINE | re.IGNORECASE,
)
_TITLED_WEIGHT = 2.0
_AGED = re.compile(
    r"\d(?<!\w\d)\d{0,2}[- ]year[- ]old (?:man|woman|male|female|boy|girl|gentleman|lady|patient|soldier)",
    re.IGNORECASE,
)
_TEXT_READ = 60_000
_PATIENTS = tuple(
    label.encode()
    for label in (
        *("patient", "patient name", "patient s name", "name of patient", "mrn", "patient id"),
        *("nhs number", "nhs no", "medical record number", "patient no", "hospital number"),
    )
)
_OWN = (
    *("patient", "patient name", "patient s name", "name of patient", "patient id", "mrn"),
    *("patient no", "patient number", "nhs number", "nhs no", "hospital number", "hospital no"),
    *("medical record number", "medical record no", "member id", "insured", "insured s name"),
    *("patient dob", "subscriber", "chart number", "date of birth", "dob", "d o b"),
    *("full name", "name", "passport no", "rank", "born"),
    *("member name", "client name", "worker s name", "client", "employee", "service member"),
    *("patients", "birth date", "paciente", "geburtsdatum", "age", "medicare number"),
)
_NAMES = frozenset(("patient", "patient name", "patient id", "name", "mrn", "nhs number", "nhs no"))
_HEADS = _NAMES | frozenset(
    (
        *("dob", "date of birth", "diagnosis", "diagnoses", "icd 10", "icd 10 code", "icd code"),
        *("icd10", "condition", "medication", "medications", "dose", "drug", "allergies", "ward"),
        *("blood type", "blood group", "vaccine", "vaccination", "lot", "lot number", "result"),
        *("admitted", "admission date", "discharge date", "treatment", "physician", "procedure"),
        *("consultant", "cpt", "cpt code", "medical category", "profile", "duty status", "test"),
        *("restrictions", "date given", "dental class", "immunization", "provider", "test date"),
        *("insurance id", "fitness", "age", "sex", "gender", "doctor", "symptoms", "last exam"),
    )
)
_DICOM = frozenset(("patientname", "patientid", "patientbirthdate", "otherpatientids"))
_GATE = Gate(_CUES, least=1.2, crowd=5.0)
_LEAST = 4.0
_CERTAIN = 6.5
_DENSE = 3.8
"""Weight of words that stand together, from which no layout is asked for."""
_TOLD_CUES = 7
_TOLD = 9.0
"""Wording of a doctor's letter that has no labels, and its weight."""


def detect(content: Content) -> Iterator[Finding]:
    """Say that a part is a medical paper, from the worst such part."""
    best = max((_judge(one) for one in content.readings), key=lambda it: it[:2], default=None)
    if best is None or not best[0]:
        return
    level, count, reading = best
    where = f"{place(reading)} " if reading.document.attached else "the letter "
    if level == 3:
        papers = "medical records of " + (f"{count} people" if count > 1 else "a person")
        because = f"{where}seems to hold {papers}"
    else:
        because = f"{where}seems to speak of somebody's medical matters"
    yield found("health", reading, category="health", level=level, count=count, because=because)


def _judge(reading: Reading) -> tuple[int, int, Reading]:
    if _pictured(reading):
        return 3, 1, reading
    if not _GATE.opens(reading):
        return 0, 0, reading
    evidence = _CUES.evidence(reading)
    if evidence.weight < 1.0:
        return 0, 0, reading
    count = max(_records(reading), 1)
    level = _level(reading, evidence, count)
    if not level and _GATE.weight(reading) >= _DENSE:
        level = 2 * _somebody(reading, evidence, reading.text[:_TEXT_READ])
    return level, count, reading


def _pictured(reading: Reading) -> bool:
    """Tell whether it is a medical picture that names its patient."""
    document = reading.document
    return document.kind == "dicom" and any(
        name.replace(" ", "").lower() in _DICOM and value.strip()
        for name, value in document.properties
    )


def _level(reading: Reading, evidence: Evidence, count: int) -> int:
    text = reading.text[:_TEXT_READ]
    codes = _codes(reading, text)
    title = evidence.title or (_TITLED_WEIGHT if _titled(reading) else 0.0)
    phrase = min(evidence.phrase, 6.0)
    table = count >= 3 and evidence.label >= 2.0
    weight = title + evidence.label + phrase + 1.5 * codes + 3.0 * table
    letter = len(evidence.phrases) >= _TOLD_CUES and evidence.phrase >= _TOLD
    kinds = (title > 0) + (evidence.label >= 2.0) + (phrase >= 1.0) + (codes > 0) + table + letter
    if kinds < 2 or weight < _LEAST or not _somebody(reading, evidence, text):
        return 0
    laid_out = title >= 3.0 or evidence.label >= 4.0 or (title > 0 and evidence.label >= 2.0)
    told = phrase >= 3.0 and (codes > 0 or evidence.label >= 2.0)
    if (laid_out and weight >= _CERTAIN) or (table and evidence.label >= 3.0):
        return 3
    if told and weight >= _CERTAIN + 2.0 and (codes > 1 or title):
        return 3
    return 2 if laid_out or letter or (told and weight >= _CERTAIN) or phrase >= 5.5 else 0


def _somebody(reading: Reading, evidence: Evidence, text: str) -> bool:
    """Tell whether there is a patient: a label that has one, a name by rank or title, or an age."""
    return evidence.any(_OWN) or people(reading) > 0 or _seen(reading, text)


def _seen(reading: Reading, text: str) -> bool:
    laid = form(reading)
    if b"dob" in laid.words or b"born" in laid.words or laid.says(b"date of birth"):
        return True
    return laid.says(b"d o b") or _AGED.search(text) is not None


def _codes(reading: Reading, text: str) -> int:
    """Count the kinds of codes of the trade."""
    laid = form(reading)
    count = sum(code.search(text) is not None for code in _CODES)
    coded = not _DISEASES.isdisjoint(laid.words) or laid.says(b"icd 9") or laid.says(b"icd 10")
    count += coded or _DISEASE.search(text) is not None
    count += _DAILY.search(lowered(reading)) is not None
    count += not _PRESSURES.isdisjoint(laid.words) and _PRESSURE.search(text) is not None
    procedure = b"cpt" in laid.words and _PROCEDURE.search(text) is not None
    return count + (procedure or _TOOTH.search(text) is not None)


def _titled(reading: Reading) -> bool:
    """Tell whether a short line names a medical paper in other words."""
    text = reading.text
    begun = [word for word in form(reading).words if word.startswith(_TITLE_STEMS)]
    for stem in _TITLE_STEMS if begun else ():
        if not any(word.startswith(stem) for word in begun):
            continue
        for at in spots(reading, stem):
            begin = text.rfind("\n", max(0, at - _TITLE_LETTERS), at) + 1
            end = text.find("\n", at, at + _TITLE_LETTERS)
            end = end if end >= 0 else min(len(text), at + _TITLE_LETTERS)
            if end - begin < _TITLE_LETTERS and _TITLED.search(text[begin:end]):
                return True
    return False


def _records(reading: Reading) -> int:
    text = form(reading)
    labelled = max(len(text.values(label)) for label in _PATIENTS)
    return max(labelled, rows(reading, _HEADS, _NAMES))


DETECTOR = Detector("health", _CUES.words | {"dicom"}, detect)
"""A DICOM picture is told by its properties, where none of these words need stand."""
