"""Papers that discipline's detector must know, and others that it must leave alone; all invented."""

from __future__ import annotations

PAPERS: tuple[tuple[str, str, int], ...] = (
    (
        "Report - strictly private",
        (
            "This report concerns the allegation made by Ms Tilda Brandt against Mr Owen "
            "Hask, warehouse shift lead, that he repeatedly humiliated her in front of the "
            "team between February and April.\n"
            "\n"
            "I interviewed the complainant, the respondent and five members of the shift. "
            "Four of them said independently that they heard Mr Hask call her useless over "
            "the radio. Mr Hask denies any intention and says he was joking.\n"
            "\n"
            "On the evidence I find that the first two matters are substantiated and the "
            "third is not. I recommend that disciplinary action be considered and that Mr "
            "Hask be moved to another shift while this is done. Ms Brandt should be offered "
            "support through occupational health.\n"
            "\n"
            "R. Dunne, investigator\n"
        ),
        3,
    ),
    (
        "Your recent absence",
        (
            "Dear Peter\n"
            "\n"
            "Following our meeting on Tuesday I am issuing you with a first written warning. "
            "You arrived late on eleven occasions in the last two months in spite of the "
            "verbal warning given in March. If there is no improvement further action up to "
            "and including dismissal may be taken. A copy of this letter will be placed on "
            "your file for six months. You may appeal in writing to Jo Lund within five days.\n"
            "\n"
            "Regards\n"
            "Simone Albright, Operations\n"
        ),
        3,
    ),
    (
        "meeting notes",
        (
            "Notes of investigatory interview\n"
            "Present: J. Malik (chair), S. Fern (HR), D. Crouch (employee), union rep\n"
            "DC was asked about the missing cash on 14 and 15 May. DC said he had not opened "
            "the safe. It was put to him that his access card was used at 0212. DC declined "
            "to answer. He was told that the matter may amount to gross misconduct and that "
            "he is suspended on full pay until the hearing.\n"
        ),
        3,
    ),
    (
        "FW: eval",
        (
            "Officer performance report\n"
            "Ratee: Capt Lena Voss\n"
            "Duty title: Flight commander\n"
            "Reporting period: 1 Jun - 31 May\n"
            "Rater assessment: top third of her peers; struggles with paperwork; one late "
            "report\n"
            "Additional rater: concur. Do not push for school this cycle\n"
            "Stratification: 4 of 11\n"
        ),
        2,
    ),
    (
        "Charge sheet - SPC Doyle",
        (
            "DD FORM 458\n"
            "CHARGE SHEET\n"
            "I. PERSONAL DATA\n"
            "1. NAME OF ACCUSED (Last, First, MI): Doyle, Kevin R.\n"
            "2. SSN: 123-45-6789\n"
            "3. GRADE OR RANK: SPC  4. PAY GRADE: E-4\n"
            "5. UNIT OR ORGANIZATION: B Co, 2nd Bn\n"
            "II. CHARGES AND SPECIFICATIONS\n"
            "10. CHARGE: Violation of the UCMJ, Article 121\n"
            "SPECIFICATION: In that SPC Doyle did, on or about 3 March, steal two night "
            "vision devices"
        ),
        3,
    ),
    (
        "Outcome of your hearing",
        (
            "Dear Mr Farrow,\n"
            "\n"
            "I am writing to confirm the outcome of the disciplinary hearing held on 14 May, "
            "at which you were accompanied by your trade union representative. The "
            "allegation was that you used abusive language towards a colleague in the "
            "hangar.\n"
            "\n"
            "Having considered the investigation I have decided to issue you with a final "
            "written warning. It will remain on your personnel file for 12 months. You have "
            "the right to appeal against this decision within five working days.\n"
            "\n"
            "Yours sincerely\n"
            "Helen Marsh\n"
            "Station Manager"
        ),
        3,
    ),
    (
        "fwd: statement",
        (
            "WITNESS STATEMENT\n"
            "(Criminal Procedure Rules, r 27.2; Magistrates' Courts Act 1980, s.5B)\n"
            "Statement of: Laura Pike\n"
            "Age if under 18: Over 18    Occupation: Leading Hand\n"
            "This statement (consisting of 2 pages each signed by me) is true to the best of "
            "my knowledge and belief and I make it knowing that, if it is tendered in "
            "evidence, I shall be liable to prosecution if I have wilfully stated in it "
            "anything which I know to be false.\n"
            "On Friday night I was outside the NAAFI when I saw a man I know as AB Trent "
            "push the victim over."
        ),
        3,
    ),
    (
        "Complaint about Chief Nolan",
        (
            "Sir,\n"
            "I want to make a formal complaint about CPO Nolan. Since I joined the "
            "department he has bullied me in front of the others, shouted at me daily and "
            "called me names. Twice he made inappropriate comments about my body. I reported "
            "it to my divisional officer in March and nothing happened. I ask that this be "
            "dealt with as a service complaint of harassment.\n"
            "PO2 Anna Reyes"
        ),
        3,
    ),
    (
        "NCOER draft",
        (
            "NCO EVALUATION REPORT (SSG-1SG/MSG)\n"
            "NAME: Ortiz, Manuel\n"
            "RANK: SSG\n"
            "PERIOD COVERED: 20300401 - 20310331\n"
            "RATED NCO\n"
            "RATER: SFC Blake\n"
            "SENIOR RATER: 1LT Cho\n"
            "DAILY DUTIES AND SCOPE: supervises nine soldiers\n"
            "CHARACTER: Met standard\n"
            "LEADS: exceeded standard\n"
            "SENIOR RATER OVERALL POTENTIAL: HIGHLY QUALIFIED. Promote with peers"
        ),
        2,
    ),
    (
        "Background check results",
        (
            "Candidate: Paula Stein\n"
            "Position: Payroll analyst\n"
            "Report date: 2 May\n"
            "\n"
            "Criminal history: no record found\n"
            "Credit check: one default, 2027\n"
            "Employment verification: confirmed, 2 employers\n"
            "Education verification: degree not confirmed\n"
            "Drug screen: negative"
        ),
        2,
    ),
    (
        "SOR",
        (
            "STATEMENT OF REASONS\n"
            "Subject: Hughes, Martin - Eligibility for access to classified information\n"
            "\n"
            "A preliminary decision has been made to deny your security clearance under the "
            "adjudicative guidelines.\n"
            "1. Guideline F: Financial Considerations. You are indebted to ... in the amount "
            "of $18,200.\n"
            "2. Guideline G: Alcohol consumption. You were arrested in 2028 for DUI."
        ),
        2,
    ),
    (
        "Police report",
        (
            "Metro Police Department\n"
            "Incident/Offense Report\n"
            "Case No: 31-004417\n"
            "Offense: Larceny\n"
            "Date of occurrence: 05/02/2031\n"
            "Reporting Officer: B. Quill   Badge No: 2214\n"
            "Victim: Jean Harker  DOB 04/03/1990\n"
            "Suspect: unknown male\n"
            "Narrative: On the above date I was dispatched to the barracks lot where the "
            "victim stated that her vehicle had been broken into."
        ),
        3,
    ),
    (
        "Letter of reprimand",
        (
            "MEMORANDUM FOR SSG Dale Kemp\n"
            "SUBJECT: General Officer Memorandum of Reprimand\n"
            "\n"
            "1. You are hereby reprimanded for driving while intoxicated on 2 January. You "
            "were apprehended by the military police with a BAC of .14.\n"
            "2. Your conduct brings discredit on you and this command.\n"
            "3. This is an administrative action and not punishment under the UCMJ. I intend "
            "to direct filing in your official military personnel file."
        ),
        3,
    ),
    (
        "Appraisal",
        (
            "Annual performance appraisal\n"
            "Employee name\tRosa Klein\n"
            "Employee number\t44120\n"
            "Job title\tFuel technician\n"
            "Review period\t1 Jan - 31 Dec\n"
            "Manager\tS. Okoye\n"
            "Overall rating\t2 - needs improvement\n"
            "Strengths\treliable, punctual\n"
            "Areas for improvement\tpaperwork, tone with customers\n"
            "Goals for next year\tfinish licence\n"
            "Employee comments\tI disagree with the rating"
        ),
        2,
    ),
    (
        "Grievance",
        (
            "EMPLOYEE GRIEVANCE FORM\n"
            "Name of\n"
            "employee\n"
            "J. Whitlock\n"
            "Department\n"
            "Stores\n"
            "Date of incident\n"
            "3 June\n"
            "Nature of grievance\n"
            "Harassment by supervisor\n"
            "Persons involved / witnesses\n"
            "M. Platt, D. Shaw\n"
            "Remedy sought\n"
            "Transfer to another team"
        ),
        3,
    ),
    (
        "Termination letter",
        (
            "Dear Ms Owens\n"
            "Following our meeting today I confirm that your employment is terminated with "
            "immediate effect on grounds of gross misconduct, namely falsifying time sheets "
            "and theft of fuel. You have the right to appeal within seven days. "
        ),
        3,
    ),
)

OTHERS: tuple[tuple[str, str], ...] = (
    (
        "Crime in the city",
        (
            "Police arrested a 34-year-old man on Tuesday after a string of burglaries in "
            "the harbour district, a spokesman said. The suspect allegedly stole jewellery "
            "and electronics worth $12,000. He was charged with larceny and is due in court "
            "on Monday. Witnesses said they saw him climb over a fence. The police report "
            "says the victim was asleep. Prosecutors declined to comment. The accused denies "
            "all charges. It is alleged that he was intoxicated."
        ),
    ),
    (
        "Senator faces misconduct inquiry",
        (
            "WASHINGTON (Newswire) - The ethics committee opened an investigation on "
            "Thursday into allegations of sexual harassment by a senator. Two former aides "
            "filed a complaint against him last week. The complainants said he made "
            "inappropriate comments. He called the allegations unsubstantiated. The hearing "
            "is scheduled for next month."
        ),
    ),
    (
        "Review season",
        (
            "Hi all, performance review season starts Monday. Please have self evaluations "
            "in by Friday. Managers will give feedback and overall rating by month end. HR "
            "will hold Q&A on goals and promotion."
        ),
    ),
    (
        "School newsletter",
        (
            "The school's bullying policy was updated. If your child is bullied or harassed, "
            "report it to the head teacher. Our zero tolerance approach includes mediation. "
            "A disciplinary procedure is on the website."
        ),
    ),
    (
        "Union newsletter",
        (
            "Know your rights! If you are called to a disciplinary hearing you have the "
            "right to be accompanied by a trade union representative. If you receive a "
            "written warning, you have the right of appeal. Read about the grievance "
            "procedure on our pages. Gross misconduct can lead to summary dismissal."
        ),
    ),
    (
        "New policy",
        (
            "DISCIPLINARY POLICY AND PROCEDURE\n"
            "1. Purpose. This policy sets out the disciplinary procedure for all employees. "
            "2. Stages: verbal warning, first written warning, final written warning, "
            "dismissal. 3. Appeals. Employees have the right of appeal. Gross misconduct "
            "includes theft, assault, harassment."
        ),
    ),
    (
        "Job ad",
        (
            "Security guard wanted. Duties: patrol the perimeter, monitor CCTV and alarm "
            "system, access control at the main gate, guard post rotation. A background "
            "check and drug screening are required. Security clearance an advantage."
        ),
    ),
    (
        "Reference request",
        (
            "Dear Mr Low, thank you for your application. A background check is part of our "
            "process. We will contact your references and verify employment history and "
            "education. Kind regards, HR"
        ),
    ),
)
