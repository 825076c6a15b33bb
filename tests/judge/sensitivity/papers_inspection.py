"""Papers that inspection's detector must know, and others that it must leave alone; all invented."""

from __future__ import annotations

PAPERS: tuple[tuple[str, str, int], ...] = (
    (
        "Pen test",
        (
            "Executive summary\n"
            "We were asked to test the external network and three web applications. We "
            "obtained domain administrator rights in two days. The entry point was a VPN "
            "portal without multifactor authentication and a reused password.\n"
            "Finding 1 - Critical - SQL injection in the order form\n"
            "Finding 2 - High - SMB signing disabled\n"
            "Finding 3 - Medium - outdated TLS\n"
            "Remediation: see table\n"
        ),
        3,
    ),
    (
        "mishap prelim",
        (
            "Preliminary report of ground mishap\n"
            "Aircraft: trainer 204\n"
            "Location: ramp B\n"
            "Date/time: 4 May 1420\n"
            "Damage: wing tip, aileron\n"
            "Injuries: none\n"
            "Narrative: tug driver reversed without a wing walker\n"
            "Immediate action: tow crews stood down and briefed\n"
            "Cause (preliminary): procedure not followed\n"
        ),
        2,
    ),
    (
        "weak points",
        (
            "During our walk round last night we entered the base three times without being "
            "challenged. The fence behind the fuel tanks can be climbed, the camera at gate 4 "
            "faces the wall and the alarm on the magazine did not sound. Guards were asleep "
            "at post 3.\n"
        ),
        3,
    ),
    (
        "Inspection report",
        (
            "SHIP INSPECTION REPORT (INSURV)\n"
            "Vessel: USS Harlow (DDG-199)\n"
            "Date of inspection: 3-7 May\n"
            "Inspector: CAPT Wells\n"
            "Material condition: degraded\n"
            "Deficiencies:\n"
            "No\tItem\tSeverity\tDue date\n"
            "1\tNo. 2 fire pump inoperative\tPart 1\t30 Jun\n"
            "2\tCIWS mount casualty\tPart 1\t15 Jul\n"
            "Overall grade: 0.71"
        ),
        2,
    ),
    (
        "Pentest",
        (
            "PENETRATION TEST REPORT\n"
            "Client: Base network services   Scope: 10.4.0.0/16\n"
            "Executive summary: we identified 3 critical and 9 high vulnerabilities. \n"
            "Finding 1: Domain admin via Kerberoasting. CVSS 9.1. Risk rating: Critical\n"
            "Recommendation: ..."
        ),
        3,
    ),
    (
        "Vuln",
        (
            "Physical security vulnerability assessment, Camp Elder\n"
            "Findings\n"
            "- Fence line along the south perimeter has three gaps; CCTV camera 14 does not "
            "cover the gate.\n"
            "- Guard post 2 is unmanned from 0200 to 0500.\n"
            "- Intrusion detection system alarms are not monitored in the armoury.\n"
            "Recommendations: ..."
        ),
        3,
    ),
    (
        "Audit",
        (
            "INTERNAL AUDIT REPORT\n"
            "Audit title: Armoury stock control\n"
            "Auditee: 3 Supply Sqn   Lead auditor: R. Boyle\n"
            "Audit rating: unsatisfactory\n"
            "Finding 1 (high): stocktake discrepancies\n"
            "Non-conformity NC-02, root cause, corrective action, due date, action owner"
        ),
        2,
    ),
    (
        "Readiness",
        (
            "UNIT STATUS REPORT\n"
            "Unit: 2-14 CAV\n"
            "C-rating: C3\n"
            "Personnel P2, Equipment on hand S2, Equipment readiness R3, Training T3\n"
            "Not mission capable: 14 vehicles awaiting parts\n"
            "Commander's comments: ..."
        ),
        3,
    ),
    (
        "Aircraft maint",
        (
            "Aircraft maintenance status as of 5 May\n"
            "Tail number\tStatus\tDiscrepancy\tETIC\n"
            "165-881\tNMCM\thydraulic leak\t7 May\n"
            "165-884\tPMC\tradar inop\tawaiting parts\n"
            "165-890\tFMC\t\t"
        ),
        3,
    ),
    (
        "Alarm",
        (
            "Guard orders for depot 7\n"
            "Guard roster: two guards between 2200 and 0600, patrol every 45 minutes. Alarm "
            "arming code changes on Mondays; response time of the quick reaction force 12 "
            "minutes. CCTV recording is off on weekends. Keys are kept in the guardroom key "
            "safe."
        ),
        3,
    ),
    (
        "PSC",
        (
            "PORT STATE CONTROL - REPORT OF INSPECTION (Form B)\n"
            "Name of ship: MV Tarn   IMO number: 9123456\n"
            "Date of inspection 4 May   Place of inspection Hull\n"
            "Nature of deficiency\tConvention\tAction taken\n"
            "Fire doors not self closing\tSOLAS II-2\t17\n"
            "Ship detained: yes"
        ),
        2,
    ),
    (
        "Mishap",
        (
            "SAFETY INVESTIGATION REPORT - Class B mishap\n"
            "Aircraft: UH-60   Date of mishap: 2 Feb\n"
            "Findings: the crew chief failed to ... Causal factors: ... Contributing "
            "factors: fatigue\n"
            "Recommendations\n"
            "Privileged safety information. "
        ),
        2,
    ),
    (
        "Nessus",
        (
            "Vulnerability scan results for dmz hosts\n"
            "Host\tCVE\tCVSS\tSeverity\tStatus\n"
            "10.1.1.4\tCVE-2030-1234\t9.8\tCritical\topen\n"
            "10.1.1.9\tCVE-2029-9921\t7.5\tHigh\tunpatched"
        ),
        3,
    ),
    (
        "broken",
        (
            "Facility\n"
            "Inspection\n"
            "Report\n"
            "Facility name\n"
            "Fuel depot north\n"
            "Inspection date\n"
            "3 May\n"
            "Inspector\n"
            "K. Rowe\n"
            "Deficiencies noted\n"
            "Bund wall cracked\n"
            "Corrective\n"
            "action\n"
            "required\n"
            "Yes"
        ),
        2,
    ),
)

OTHERS: tuple[tuple[str, str], ...] = (
    (
        "Duty roster May",
        (
            "DUTY ROSTER - GUARD MAIN GATE\n"
            "Date\tTime\tName\tRank\tPost\n"
            "1 May\t0600-1400\tKelly\tPte\tMain gate\n"
            "1 May\t1400-2200\tMoss\tPte\tMain gate\n"
            "2 May\t0600-1400\tTarn\tCpl\tPatrol\n"
            "Guard commander: Sgt Boyle\n"
            "Reserve: Pte Lunn\n"
        ),
    ),
    (
        "Watch bill",
        (
            "GUARD ROSTER WEEK 20\n"
            "Guard commander\tSgt Ivers\n"
            "Sentry 1\tPte Poll\n"
            "Sentry 2\tPte Ames\n"
            "QRF\tCpl Dow\n"
            "Handover 0800 at the guardroom. Swap requests to the adjutant.\n"
        ),
    ),
    (
        "Your spring home inspection newsletter",
        (
            "HOME INSPECTION TIPS. Our inspectors share the top ten deficiencies found "
            "during inspections: roof leaks, cracked foundations, faulty smoke detectors, "
            "rust. Book your inspection today! Corrective action is cheaper if found early. "
            "Inspection report delivered in 24 h."
        ),
    ),
    (
        "Re: FERC inspection",
        (
            "We had an inspection at the plant yesterday. They found two minor deficiencies "
            "in the paperwork and will send the report next week. No big deal. Can you ask "
            "legal about corrective action deadlines?"
        ),
    ),
    (
        "Internal audit next week",
        (
            "The auditors are coming Tuesday. Please have invoices ready. The audit scope is "
            "travel expenses. Bob will be the contact. Thanks."
        ),
    ),
    (
        "Security tips",
        (
            "Security awareness newsletter: don't reuse passwords. Patch your computers: a "
            "critical vulnerability, CVE-2031-1111, was published last week. An attacker "
            "could gain unauthorized access. Update now. Watch for phishing."
        ),
    ),
    (
        "Boat ad",
        (
            "Survey report available. 38 ft sloop, hull inspected 2029, engine room clean, "
            "no corrosion found. Price 45,000."
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
        "IT status",
        (
            "Maintenance window Sunday. Status of servers: web1 up, web2 degraded, awaiting "
            "parts. Response time normal. Inspection of the server room on Monday."
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
)
