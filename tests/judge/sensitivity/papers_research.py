"""Papers that research's detector must know, and others that it must leave alone; all invented."""

from __future__ import annotations

PAPERS: tuple[tuple[str, str, int], ...] = (
    (
        "Trial 14",
        (
            "Firing trial 14 - 30 mm APFSDS\n"
            "Range: Culver Point\n"
            "Barrel temp: 21 C\n"
            "Round\tV0 (m/s)\tPlate\tResult\n"
            "1\t1385\t60 mm RHA\tPerforated\n"
            "2\t1379\t65 mm RHA\tPartial\n"
            "3\t1382\t70 mm RHA\tStopped\n"
            "Dispersion 0.3 mil. Next firing with revised sabot.\n"
        ),
        3,
    ),
    (
        "Manuscript not for circulation",
        (
            "Attached are our unpublished results for the phase II study. Median survival was "
            "14.1 months in the treatment arm versus 9.7 (HR 0.61). The data monitoring "
            "committee will see them on Friday; please do not share as the paper is under "
            "embargo. Serious adverse events: 11 vs 9. Unblinding took place on 2 May.\n"
        ),
        2,
    ),
    (
        "Test report",
        (
            "BALLISTIC TEST REPORT\n"
            "Test item: body armour plate, Level IV    Lot number: 0071\n"
            "Test standard: MIL-STD-662F V50\n"
            "Projectile: 7.62 mm APM2   Muzzle velocity: 868 m/s\n"
            "Shot\tVelocity (m/s)\tResult\n"
            "1\t871\tpartial penetration\n"
            "2\t880\tcomplete penetration"
        ),
        3,
    ),
    (
        "drawing",
        (
            "Drawing No: 14377-A Rev C\n"
            "Nomenclature: Actuator, fin, guidance section\n"
            "CAGE Code: 1QJ42\n"
            "NSN: 1420-01-454-2211\n"
            "P/N 901-2233-7\n"
            "Material: Ti-6Al-4V per AMS 4928; finish MIL-A-8625 type III"
        ),
        3,
    ),
    (
        "Tech data",
        (
            "WARNING - This document contains technical data whose export is restricted by "
            "the Arms Export Control Act (Title 22, U.S.C., Sec 2751, et seq.) or the Export "
            "Administration Act. Violations of these export laws are subject to severe "
            "criminal penalties.\n"
            "Propulsion section specification, solid rocket motor. Propellant: HTPB/AP. "
            "Specific impulse 248 s, chamber pressure 9.1 MPa, burn rate ..."
        ),
        3,
    ),
    (
        "ECCN",
        (
            "Please find the spec attached. The item is classified under USML Category "
            "IV(h), the support software is ECCN 9D604. Export license required; do not "
            "share with foreign persons.\n"
            "Radar cross section measurements for the nose cone at X-band are in table 2: "
            "-12 dBsm."
        ),
        3,
    ),
    (
        "Invention disclosure",
        (
            "INVENTION DISCLOSURE FORM\n"
            "Title of invention: Low-noise pump-jet bearing\n"
            "Inventor(s): A. Pohl; R. Simm\n"
            "Date of conception: 3 January\n"
            "Has the invention been disclosed publicly? No\n"
            "Prior art: US patents ...\n"
            "Description of the invention: ...\n"
            "Advantages over existing solutions\n"
            "Funding source / contract number"
        ),
        2,
    ),
    (
        "Trial",
        (
            "Clinical study report - interim analysis (unpublished, confidential)\n"
            "Protocol: CX-204, Phase II, double-blind\n"
            "Primary endpoint: change in HbA1c at week 24\n"
            "Adverse events: 14 serious\n"
            "Investigator: ...\n"
            "Results embargoed until publication. Do not distribute."
        ),
        2,
    ),
    (
        "Sonar",
        (
            "Acoustic trial results HMS test platform\n"
            "Towed array sonar, self-noise measurements at 6, 9, 12 kn\n"
            "Source level (dB re 1 uPa @1m) \n"
            "Detection range against target strength 15 dB: 18 nm\n"
            "Torpedo countermeasure effectiveness: see Annex B"
        ),
        3,
    ),
    (
        "Warhead",
        (
            "Technical specification: penetrator warhead fuze\n"
            "1. Scope. 2. Applicable documents: MIL-STD-1316, MIL-STD-331, STANAG 4187\n"
            "3.1 Arming distance ... safe and arm device\n"
            "3.2 Explosive train: PBXN-109 main charge, booster ...\n"
            "3.4 Fragmentation pattern"
        ),
        3,
    ),
    (
        "Guidance code",
        (
            "Attached is the guidance software, seeker build 4.2: kalman filter for terminal "
            "homing, proportional navigation loop, IMU driver. Source code is ITAR "
            "controlled technical data, for the missile program office only.\n"
            '#include "seeker.h"\n'
            "void update_pn_gain(void) {}"
        ),
        3,
    ),
    (
        "Patent draft",
        (
            "DRAFT PATENT APPLICATION - privileged\n"
            "Title: Method for detecting submerged vehicles\n"
            "Field of the invention\n"
            "Background of the invention\n"
            "Claims\n"
            "What is claimed is: 1. A method comprising ...\n"
            "Inventors: L. Hart. Not yet filed. Attorney docket: 771-22"
        ),
        2,
    ),
    (
        "UK spec",
        (
            "Defence Standard 00-970 compliance: engine test report\n"
            "Equipment: turbojet TJ-90 for unmanned target\n"
            "Def Stan ref; NATO stock number 2840-99-123-4567; NCAGE K1234\n"
            "Thrust 1.2 kN, specific fuel consumption ...\n"
            "UK export control: ML10. Export licence required (SIEL)."
        ),
        3,
    ),
)

OTHERS: tuple[tuple[str, str], ...] = (
    (
        "Penetration test report",
        (
            "Penetration test report\n"
            "Test date: 4 May\n"
            "Test results: 4 critical vulnerabilities\n"
            "CVE-2030-1234 CVSS 9.8, SQL injection, default credentials\n"
            "Affected hosts: 10.0.0.4\n"
        ),
    ),
    (
        "Initiating coverage: Torv Energy",
        (
            "Equity research. We initiate coverage with a Buy rating and a target price of "
            "42. Key findings of our research report: EBITDA to grow 8 %. Specification of "
            "the model is in the appendix. Risks: regulatory inspection of the pipeline, "
            "commodity prices. Our proprietary research shows..."
        ),
    ),
    (
        "Call for papers",
        (
            "CALL FOR PAPERS: International Symposium on Acoustics. Topics: underwater "
            "sound, sonar signal processing, hydrophone arrays, radar cross section, "
            "ballistics. Papers must be original and not yet published. Submission deadline "
            "1 June. Format: 6 pages, two columns. Notification of acceptance 15 July."
        ),
    ),
    (
        "Regression test report build 4410",
        (
            "TEST REPORT\n"
            "Build: 4410   Tester: nightly\n"
            "Test cases: 812   Passed: 809   Failed: 3\n"
            "Failed: test_login_timeout, test_export_csv, test_i18n\n"
            "Test environment: staging. Results attached. Severity: minor. Owner: QA."
        ),
    ),
    (
        "Data sheet: LED lamp 9 W",
        (
            "PRODUCT SPECIFICATION\n"
            "Part number: LL-9W-E27\n"
            "Material: aluminium, PC\n"
            "Luminous flux: 806 lm   Lifetime: 15,000 h\n"
            "Dimensions: 60 x 110 mm, tolerance 1 mm\n"
            "Certificates: CE, RoHS. Drawing on page 2. Contact sales for a sample."
        ),
    ),
    (
        "Patent news",
        (
            "The court ruled the patent invalid over prior art. The present invention, a "
            "method comprising three steps, was found obvious. Inventors and investors "
            "react. Shares fell 4 %."
        ),
    ),
    (
        "Defence weekly",
        (
            "The company test-fired its new missile from a submarine. The warhead uses an "
            "insensitive explosive; the solid rocket motor was built by Apex. Analysts said "
            "radar cross section and hypersonic glide matter more. Export license talks "
            "continue under ITAR. The defence ministry plans to buy 40 munitions."
        ),
    ),
    (
        "Range day",
        (
            "Gun club: range day on Saturday. Bring ammo, armour not needed. Muzzle velocity "
            "contest: bring your chronograph. Meet at the main gate of the range, near the "
            "magazine stand."
        ),
    ),
    (
        "Clinical newsletter",
        (
            "A randomised, placebo controlled clinical trial showed efficacy of the drug; "
            "adverse events were mild. The primary endpoint was met, the company said. "
            "Shares rose 12 %."
        ),
    ),
)
