"""Papers that diplomatic's detector must know, and others that it must leave alone; all invented."""

from __future__ import annotations

PAPERS: tuple[tuple[str, str, int], ...] = (
    (
        "Negotiating brief round 4",
        (
            "Fisheries agreement, round 4\n"
            "Objective: keep access to zone B\n"
            "Our opening: 40 per cent of quota\n"
            "We can fall back to 32 per cent if they drop the landing obligation\n"
            "We must not go below 28 per cent; ministers have not agreed to anything lower\n"
            "Their likely position: 20 per cent, will link to visa questions\n"
            "Tactics: let the other side speak first; do not reveal the fallback before day "
            "two\n"
        ),
        3,
    ),
    (
        "Reporting - lunch with deputy minister",
        (
            "The DCM had lunch with Deputy Foreign Minister Kassel on Thursday. Kassel said, "
            "please protect, that the cabinet is split over the base agreement and that the "
            "Prime Minister will delay the vote. He asked that his name not be used. He "
            "complained about the military attache. Comment: Kassel has been reliable in the "
            "past but has ambitions of his own. We will follow up with the presidency.\n"
            "Drafted: POL/K. Ames. Cleared: DCM\n"
        ),
        3,
    ),
    (
        "prison visit report",
        (
            "Report on visit to British prisoner\n"
            "Name: J. Carlow\n"
            "Prison: Santa Rosa\n"
            "Date of visit: 3 June\n"
            "Visiting officer: Vice-Consul\n"
            "Health: lost weight, needs insulin\n"
            "Treatment: alleges beaten on arrest; does not want us to raise with authorities\n"
            "Family: sister informed\n"
            "Lawyer: state appointed\n"
        ),
        3,
    ),
    (
        "Note",
        (
            "Note Verbale No. 117/2031\n"
            "The Embassy of the Republic of Torvania presents its compliments to the "
            "Ministry of Foreign Affairs of the Kingdom of Aldmoor and has the honour to "
            "request overflight clearance for an aircraft of the Torvanian Air Force.\n"
            "The Embassy avails itself of this opportunity to renew to the Ministry the "
            "assurances of its highest consideration."
        ),
        2,
    ),
    (
        "cable",
        (
            "UNCLAS SECTION 01 OF 02 BAMAKO 000231\n"
            "SIPDIS\n"
            "STATE FOR AF/W\n"
            "E.O. 12958: N/A\n"
            "TAGS: PREL, PGOV, ML\n"
            "SUBJECT: Minister raises fishing quota with Ambassador\n"
            "REF: A. 30 BAMAKO 1187\n"
            "1. (SBU) SUMMARY: The minister told the Ambassador that ... END SUMMARY.\n"
            "2. Comment: ..."
        ),
        3,
    ),
    (
        "Talking points for Monday",
        (
            "TALKING POINTS\n"
            "Bilateral meeting with Foreign Minister Orlov, 12 May\n"
            "Objective: secure agreement on basing rights\n"
            "- We appreciate your government's support in the General Assembly.\n"
            "- Our position on tariffs has not changed.\n"
            "- If raised: the detained citizens. We expect consular access without delay.\n"
            "Background: the delegation will be led by the Deputy Minister."
        ),
        3,
    ),
    (
        "Aide-memoire",
        (
            "AIDE-MEMOIRE\n"
            "The Government of Norland wishes to draw the attention of the Government of "
            "Estwick to the following concerns about the maritime boundary.\n"
            "The Ministry of Foreign Affairs would appreciate a reply before the next round "
            "of negotiations."
        ),
        2,
    ),
    (
        "Delegation",
        (
            "Delegation list - visit of the Minister of Defence to Canberra\n"
            "Head of delegation: H.E. Mr Ivo Brandt, Minister\n"
            "Deputy head: Amb. L. Castro\n"
            "Name\tTitle\tPassport no\tType\n"
            "Karl Odd\tFirst Secretary\tD1029384\tDiplomatic\n"
            "Mia Roth\tMilitary Attache\tD1029388\tDiplomatic"
        ),
        2,
    ),
    (
        "Non-paper",
        (
            "NON-PAPER\n"
            "Red lines for the third round of talks on the status of forces agreement\n"
            "Our opening position: exclusive jurisdiction. Fallback position: shared "
            "jurisdiction for off-duty offences. We would not accept local courts for "
            "official acts. The other side is expected to ask for inspection rights."
        ),
        3,
    ),
    (
        "Accreditation",
        (
            "The Embassy of Sorland has the honour to inform the Protocol Department that "
            "Colonel Jan Feld has been appointed Defence Attache and requests his "
            "accreditation and the issuance of a diplomatic identity card. His agrement is "
            "requested for ..."
        ),
        2,
    ),
    (
        "Consular case",
        (
            "Consular case report\n"
            "Case officer: Vice Consul Mary Dent\n"
            "Detained national: Peter Hollis, passport 5123\n"
            "Place of detention: Central prison\n"
            "Date of arrest notification: 2 May\n"
            "Consular visit: 4 May. The detainee asked that his family be informed. He "
            "complained about ...\n"
            "Privacy waiver: signed"
        ),
        3,
    ),
    (
        "Demarche",
        (
            "ACTION REQUEST: Department instructs Post to deliver the following demarche to "
            "appropriate host government officials at the highest level.\n"
            "Objectives: urge the MFA to vote against the resolution.\n"
            "Background ...\n"
            "Nonpaper text may be left with interlocutors. Reporting deadline: report back "
            "by 15 May."
        ),
        3,
    ),
    (
        "Telegram",
        (
            "FM Embassy Kolberg\n"
            "TO Foreign Office London\n"
            "TELNO 88\n"
            "OF 121300Z MAY 31\n"
            "INFO ROUTINE Washington, UKMIS New York\n"
            "SUMMARY\n"
            "1. Call on the President's adviser. He is worried about the succession.\n"
            "DETAIL\n"
            "2. The Ambassador called on ... COMMENT 4. My interlocutor was unusually frank."
        ),
        3,
    ),
    (
        "Mandate",
        (
            "COREPER - negotiating mandate\n"
            "From: Permanent Representation of Sorland to the European Union\n"
            "To: Ministry of Foreign Affairs, European Department\n"
            "Subject: Debrief of Political and Security Committee, 3 May\n"
            "Negotiating position: several delegations expressed reservations; our "
            "delegation maintained a scrutiny reservation. Bilateral with the Presidency "
            "afterwards: they will not push the text."
        ),
        3,
    ),
    (
        "Steering brief",
        (
            "Steering brief: Foreign Secretary's call with the Prime Minister of Estwick\n"
            "Objectives: 1. Obtain support for candidature. 2. Raise the case of the "
            "detained journalist.\n"
            "Points to make\n"
            "- Thank you for hosting the conference.\n"
            "Points to make if raised / defensive\n"
            "- Visas\n"
            "Background and sensitivities: the bilateral relationship is strained since the "
            "expulsion of two diplomats."
        ),
        3,
    ),
)

OTHERS: tuple[tuple[str, str], ...] = (
    (
        "You are invited: National Day reception",
        (
            "His Excellency the Ambassador of Norland and Mrs Lund request the pleasure of "
            "the company of Ms Amy Hart at a reception on the occasion of the National Day "
            "on Friday 17 May, 18:30-20:30 at the Embassy residence. RSVP: the Embassy, tel "
            "555 0100. Dress: lounge suit. Please bring this card."
        ),
    ),
    (
        "Visa appointment",
        (
            "Dear applicant, your visa appointment at the Consulate General of Norland is "
            "confirmed for 4 June at 09:30. Please bring your passport, two photos and the "
            "application form. The consular section is on the ground floor."
        ),
    ),
    (
        "Talking points for the earnings call",
        (
            "Here are draft talking points for Thursday's earnings call. Key messages: "
            "strong quarter; our position on guidance is unchanged. If asked about the "
            "merger, decline to comment. Background: last year's numbers."
        ),
    ),
    (
        "Minutes",
        (
            "Minutes of the board meeting. 1. The negotiating position on the lease was "
            "discussed. 2. The other side wants 5 years. 3. Delegation of authority "
            "approved. Action: Jim."
        ),
    ),
    (
        "Travel advice",
        (
            "The embassy advises citizens to avoid demonstrations near the foreign ministry. "
            "The prime minister will meet the president; bilateral talks on the treaty "
            "continue. Contact the consulate for consular assistance."
        ),
    ),
    (
        "Diplomacy news",
        (
            "The foreign minister told reporters that the ceasefire talks had made progress. "
            "The ambassador was summoned and handed a note of protest. Two diplomats were "
            "declared persona non grata. The delegation will be led by the prime minister's "
            "envoy, and both sides expressed reservations about the negotiating positions."
        ),
    ),
)
