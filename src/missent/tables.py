"""Own the tables of the configuration file: each key with its default, its unit and a sentence."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from missent.judge.marks.labels import LabelHeader
from missent.judge.release import Row
from missent.values import (
    Address,
    DirectorySource,
    Domain,
    Duration,
    HostPort,
    MilterListen,
    Networks,
    Size,
    Zone,
)


class Table(BaseModel):
    """One table of the file: frozen, and no key it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class OrganisationTable(Table):
    """Whose mail this is."""

    name: str = Field("this organisation", description="Shown in notices and on the page.")
    domains: tuple[Domain, ...] = Field((), description="Ours; every other domain is outside.")
    timezone: Zone = Field(
        "UTC", description="Time zone of notices and pages, as in the IANA database."
    )
    language: Literal["en"] = Field("en", description="Language of notices and pages.")
    directory: DirectorySource | None = Field(
        None,
        description="People known to be right: a CSV file with lines `address[,name]`, or an LDAP URL "
        "`ldaps://HOST/BASE?mail,cn?sub?(FILTER)`.",
    )
    operator: Address | None = Field(
        None,
        description="Who decides where no sender can be asked; default postmaster@ the first domain.",
    )


class StoreTable(Table):
    """Where holds and correspondence are kept."""

    url: str = Field(
        "", description="`sqlite:///FILE` or `postgresql://...`; default: the state directory."
    )
    key_file: Path = Field(
        Path("missent.key"),
        description="The master key, outside the database and its backups; made, mode 0600, if absent.",
    )


class GuardTable(Table):
    """How the guard runs."""

    workers: int = Field(
        1, ge=1, le=64, description="Processes that answer mail on the same sockets."
    )
    threads: int = Field(16, ge=1, le=256, description="Judgements at once in each process.")
    verdict_cap: Duration = Field(
        timedelta(seconds=10), description="No verdict after this: the client is told to try later."
    )


class MilterTable(Table):
    """The milter, for Postfix and Sendmail. Started if this table is present."""

    listen: MilterListen = Field(
        "unix:run/milter.sock", description="`unix:PATH` or `inet:HOST:PORT`."
    )
    socket_mode: str = Field(
        "0666",
        pattern=r"^0?[0-7]{3}$",
        description="Permissions of the UNIX socket, octal; the directory's permissions guard it.",
    )
    refuse_at_rcpt: bool = Field(
        False,
        description="Answer a certain slip with 550 at RCPT, so the mail client shows it at once.",
    )
    max_size: Size = Field(
        50_000_000, description="Largest message, in octets; larger ones get 552."
    )


class ProxyTable(Table):
    """The SMTP proxy, for everything else. Started if this table is present."""

    listen: HostPort = Field("127.0.0.1:10025", description="Where it listens.")
    upstream: HostPort = Field(
        "127.0.0.1:10026", description="The next hop; its answers are passed on."
    )
    max_size: Size = Field(
        50_000_000, description="Largest message, in octets; larger ones get 552."
    )
    trusted_clients: Networks = Field(
        (ipaddress.ip_network("127.0.0.0/8"),), description="Networks whose mail is relayed."
    )
    refuse_at_rcpt: bool = Field(
        False,
        description="Answer a certain slip with 550 at RCPT, so the mail client shows it at once.",
    )
    tls_certificate: Path | None = Field(
        None, description="PEM chain; with it STARTTLS is offered."
    )
    tls_key: Path | None = Field(None, description="PEM private key of `tls_certificate`.")
    upstream_tls: bool = Field(False, description="Use STARTTLS, verified, towards the next hop.")
    hosted: bool = Field(
        False,
        description="Serve a hosted mail provider over the Internet; needs the next two keys.",
    )
    client_ca: Path | None = Field(
        None, description="PEM of the authority whose client certificates count."
    )
    sender_domains: tuple[Domain, ...] = Field(
        (), description="The only MAIL FROM domains in hosted mode."
    )


class InboundTable(Table):
    """The inbound feed: a milter that only learns who answers. Started if this table is present."""

    listen: MilterListen = Field(
        "unix:run/inbound.sock", description="`unix:PATH` or `inet:HOST:PORT`."
    )
    authserv_ids: tuple[str, ...] = Field(
        (),
        description="Names our own border signs `Authentication-Results` with; others are not believed.",
    )


class RelayTable(Table):
    """Where released mail and notices go: a listener behind the guard, before the signer."""

    host: HostPort = Field("127.0.0.1:10027", description="`HOST:PORT` of that listener.")
    starttls: bool = Field(False, description="Use STARTTLS, verified, towards it.")
    through_guard: bool = Field(
        False,
        description="It leads through the guard again: mark released mail with a single-use field.",
    )


class WebTable(Table):
    """The sender's page and the check API."""

    listen: HostPort = Field(
        "127.0.0.1:8025", description="Where it listens; put a TLS proxy in front."
    )
    base_url: str = Field(
        "http://127.0.0.1:8025",
        pattern=r"^https?://[^/]+.*[^/]$",
        description="The address people reach it by.",
    )


class ApiTable(Table):
    """Who may ask the check API."""

    keys_file: Path | None = Field(
        None,
        description="Bearer keys, hashed, each with the senders it may ask for; absent: nobody may.",
    )


class JudgeTable(Table):
    """What the judge takes for granted."""

    prior: float = Field(
        0.001,
        gt=0,
        le=0.1,
        description="Prior odds that a recipient is misdirected; `missent tune` fits it to labelled mail.",
    )


class OnExpiry(StrEnum):
    """What silence means in the end."""

    RETURN = "return"
    DROP = "drop"


class VisibleTypo(StrEnum):
    """What happens to signed mail, in which the typo cannot be edited out."""

    WAIT = "wait"
    DELIVER = "deliver"


class HoldTable(Table):
    """How long things wait."""

    expire_after: Duration = Field(
        timedelta(hours=72), description="Undecided after this: see `on_expiry`."
    )
    on_expiry: OnExpiry = Field(OnExpiry.RETURN, description="`return` to the sender, or `drop`.")
    visible_typo: VisibleTypo = Field(
        VisibleTypo.WAIT,
        description="On DKIM-signed mail: all recipients `wait`, or the others `deliver`.",
    )
    remind_after: tuple[Duration, ...] = Field(
        (timedelta(hours=1), timedelta(hours=24)), description="When the sender is reminded."
    )
    grace: Duration = Field(
        timedelta(minutes=5),
        description='A *warn* is delivered after this, unless cancelled; "0s": only logged.',
    )
    quota: int = Field(
        2000, ge=1, description="Undecided messages one sender may have; beyond it, 452."
    )


class LabelTable(Table):
    """A header field or document property with which your own programs label what is sensitive."""

    header: str = Field(pattern=r"^[!-9;-~]+$", description="Its name; case does not matter.")
    contains: str = Field(min_length=1, description="What its value contains, in any case.")
    level: int = Field(ge=1, le=4, description="How sensitive that is, 1 to 4.")

    def as_label(self) -> LabelHeader:
        """Give it as the judge knows it."""
        return LabelHeader(self.header, re.compile(re.escape(self.contains), re.I), self.level)


class ReleaseTable(Table):
    """Where what carries a marking may go, beside what comes with Missent."""

    scheme: str = Field(description="As findings name it: `us-cui`, `uk`, `nato`, `house`, ...")
    min_level: int = Field(1, ge=1, le=4, description="This level of it and those above.")
    allowed: tuple[str, ...] = Field(
        description="Domains with all below them, `government:gb`, `government:NATO`; `*` is anywhere."
    )

    def as_row(self) -> Row:
        """Give it as the judge knows it."""
        return Row(self.scheme, self.min_level, self.allowed)


class ContentTable(Table):
    """How the content of messages is read."""

    attachments: bool = Field(
        True, description="Read attachments, in a sandbox; `false`: only their names are judged."
    )
    workers: int = Field(2, ge=1, le=64, description="Messages whose attachments are read at once.")
    time_limit: Duration = Field(
        timedelta(seconds=8),
        description="For all attachments of one message; what is not read by then is unreadable.",
    )
    memory: Size = Field(512_000_000, description="Of the process that reads, in octets.")
    ocr: bool = Field(
        False, description="Read what pictures show; needs the extra `ocr` and Tesseract's data."
    )
    label: tuple[LabelTable, ...] = Field(
        (),
        description="Header fields that label mail here, as `[[content.label]]`.",
    )


class LookUpTable(Table):
    """Look-ups about strangers' names: none is made unless a command or a key asks for them."""

    resolvers: tuple[str, ...] = Field(
        (), description="Resolvers to ask, `IP`, `IP:PORT` or `[IPv6]:PORT`; default: the system's."
    )
    per_second: float = Field(5.0, gt=0, le=1000, description="Questions a second, at most.")
    keep: Duration = Field(
        timedelta(days=7), description="An answer is not asked for again within."
    )
    timeout: Duration = Field(timedelta(seconds=5), description="For one question.")
    rdap: str = Field(
        "",
        description="Base URL of the RDAP service to ask who registered a name, such as "
        "`https://rdap.example/`; empty: registries are not asked.",
    )


class CollectMode(StrEnum):
    """What a collector does with mail."""

    REFUSE = "refuse"
    COLLECT = "collect"


class AfterSealing(StrEnum):
    """What the sender's server hears once a message was sealed."""

    REFUSE = "refuse"
    ACCEPT = "accept"


class CollectTable(Table):
    """The mail exchanger of typo domains, for `missent collect`."""

    listen: HostPort = Field(
        "127.0.0.1:10024", description="Where it listens; MX use needs port 25."
    )
    hostname: str = Field("", description="What it calls itself; default: this machine's name.")
    domains: Mapping[str, str] = Field(
        default_factory=dict,
        description='The typo domains, each with the domain that is meant: `"army.ml" = "army.mil"`; '
        'or suffixes: `".ml" = ".mil"`. Names below are theirs, too.',
    )
    mode: CollectMode = Field(
        CollectMode.REFUSE,
        description="`refuse` every recipient with the right domain in the answer, or `collect`.",
    )
    help_url: str = Field(
        "",
        pattern=r"^(https?://[!-~]{1,200})?$",
        description="Where a sender finds more; stands at the end of each refusal.",
    )
    legal_basis: str = Field(
        "", description="Collecting only: the law or mandate it rests on; shown in every report."
    )
    public_key: str = Field(
        "",
        pattern=r"^(age1[a-z0-9]{10,2000})?$",
        description="Collecting only: the age recipient mail is sealed to; its key belongs elsewhere.",
    )
    vault: Path = Field(
        Path("collected"), description="Collecting only: folder of sealed messages."
    )
    retention: Duration = Field(
        timedelta(days=30), description="Collecting only: sealed messages are destroyed after this."
    )
    answer: AfterSealing = Field(
        AfterSealing.REFUSE,
        description="Collecting only: once sealed, `refuse` (the sender is told) or `accept`.",
    )
    max_size: Size = Field(25_000_000, description="Collecting only: largest message, in octets.")
    pairs_kept: Duration = Field(
        timedelta(days=90), description="Who wrote to which wrong address is forgotten after this."
    )
    max_connections: int = Field(500, ge=1, le=10_000, description="Connections at once.")
    timeout: Duration = Field(
        timedelta(seconds=60), description="A client may say nothing for this."
    )
    tls_certificate: Path | None = Field(
        None, description="PEM chain; with it STARTTLS is offered."
    )
    tls_key: Path | None = Field(None, description="PEM private key of `tls_certificate`.")
    look_ups: bool = Field(
        False, description="Check clients by SPF and reverse name, as `[look_up]` says."
    )
    report_to: Address | None = Field(
        None, description="Who gets the digest; default: the organisation's operator."
    )
    report_every: Duration = Field(
        timedelta(days=7), description='How often the digest is sent; "0s": never.'
    )
