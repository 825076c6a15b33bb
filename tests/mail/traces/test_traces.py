"""What `mail.traces` promises: each service's table known by its content, every delivery in it exact."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.mail.logs.rows import row

from missent.mail.traces import TRACES, TraceChunk, decode, header_of, read_trace, trace_of

FOLDER = Path(__file__).parent.parent.parent / "cases" / "traces"
CASES = sorted(path for path in FOLDER.iterdir() if path.suffix != ".result")
TABLES = [path for path in CASES if path.suffix == ".csv" and "hostile" not in path.name]
NOW = datetime(2025, 11, 23, 9, 0, tzinfo=UTC)
ZONE = timezone(timedelta(hours=1))
HEADER = "Received,SenderAddress,RecipientAddress,Subject,Status,ToIP,FromIP,Size,MessageId\n"
STARTED = {trace.name: trace for trace in TRACES}


def read(text: str) -> TraceChunk:
    """Read a text as whoever found it would."""
    trace = trace_of(text)
    assert trace is not None
    return read_trace(text, trace, NOW, ZONE)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_trace(path: Path) -> None:
    """Each table is known for what it is, and gives exactly the deliveries written beside it."""
    text = decode(path.read_bytes())
    trace = trace_of(text)
    assert trace is not None
    chunk = read_trace(text, trace, NOW, ZONE)
    counts = (trace.name, chunk.rows, chunk.unreadable, chunk.ambiguous)
    found = ["\t".join(map(str, counts)), *map(row, chunk.deliveries)]
    assert found == path.with_suffix(".result").read_text("utf-8").splitlines()


def test_every_trace_has_its_case() -> None:
    """No shape is promised that no file shows; names are each once."""
    shown = {path.read_text("utf-8").split("\t")[0] for path in FOLDER.glob("*.result")}
    assert shown == STARTED.keys()
    assert len(STARTED) == len(TRACES)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_trace_is_known_by_a_start_that_is_cut(path: Path) -> None:
    """Wherever the text ends after its first row, it is known for the same."""
    text = decode(path.read_bytes())
    whole = trace_of(text)
    starts = range(len(text) * 7 // 8, len(text), 3)
    assert {trace_of(text[:end]) for end in starts} == {whole}


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_later_part_is_read_behind_the_header(path: Path) -> None:
    """A table cut in two at a row's start gives what it gave whole."""
    text = decode(path.read_bytes())
    head, whole = header_of(text), read(text)
    assert head is not None
    assert text.startswith(head)
    cut = text.rindex("\n", 0, -1) + 1
    first, later = read(text[:cut]), read(head + text[cut:])
    assert first.deliveries + later.deliveries == whole.deliveries
    assert first.rows + later.rows == whole.rows
    assert later.rows == 1


def test_lines_of_json_need_no_header_and_documents_cannot_be_cut() -> None:
    """What stands in front of a later part is nothing, or there is no later part."""
    lines = decode((FOLDER / "11-google-bigquery.json").read_bytes())
    document = decode((FOLDER / "06-microsoft-graph.json").read_bytes())
    assert header_of(lines) == ""
    assert header_of(lines[:100]) is None  # not even the first line is whole
    assert header_of(document) is None
    assert header_of(json.dumps(json.loads(document))) is None
    assert header_of("") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "From ann@contractor.example Sat Nov 22 10:00:00 2025\nReceived: from x\nSubject: a\n\na,b\n",
        "Nov 22 10:00:00 mx postfix/smtp[7]: ABCDE1: to=<john@army.ml>, relay=none, status=sent (ok)\n",
        "name,address,status\nAnn,ann@contractor.example,Delivered\n",
        "Date,Sender,Recipient,Subject,Status\n2025-11-22,a@x.example,b@x.example,a,Delivered\n",
        "#Software: Microsoft Exchange Server\n#Fields: date-time,connector-id,session-id,event,data\n",
        '{"time":"2025-11-22T10:00:00Z","level":"info"}\n{"time":"2025-11-22T10:00:01Z"}\n',
        '[{"senderAddress":"ann@contractor.example"}]',
        '{"items":[{"kind":"admin#reports#activity","id":{"applicationName":"drive"},"events":[]}]}',
        '{"value":[1,2,"a"]}',
        "[",
        "{",
    ],
)
def test_other_texts_are_no_trace(text: str) -> None:
    """A mailbox, a mail log and anybody's table or JSON are left to others."""
    assert trace_of(text) is None


def test_subject_and_reply_are_never_kept() -> None:
    """Law 8: what a message was about stands in no part of what is read."""
    exchange = (
        "#Fields: date-time,source,event-id,message-id,recipient-address,recipient-status,"
        "total-bytes,message-subject,sender-address,server-hostname,server-ip\n"
        "2025-11-22T10:00:00Z,SMTP,FAIL,<a@x.example>,kim@army.ml,550 5.7.1 BLACKBIRD refused,"
        "9,BLACKBIRD,ann@contractor.example,mx.army.ml,203.0.113.9\n"
    )
    hosted = HEADER + (
        "2025-11-22T10:00:00Z,ann@contractor.example,kim@army.ml,BLACKBIRD,Failed,,,9,<b@x.example>\n"
    )
    for chunk in (read(exchange), read(hosted)):
        assert len(chunk.deliveries) == 1
        assert "BLACKBIRD" not in repr(chunk)


def test_field_that_is_too_long_costs_its_row_only() -> None:
    """Neither a huge subject nor a quote that is never closed takes the rest of the table along."""
    good = "2025-11-22T10:00:00Z,ann@contractor.example,kim@army.ml,a,Failed,,,9,<b@x.example>\n"
    long = good.replace(",a,", f",{'x' * 140_000},")
    open_quote = good.replace(",a,", ',"' + "x\n" * 70_000)
    chunk = read(HEADER + good + long + good)
    assert (chunk.rows, chunk.unreadable, len(chunk.deliveries)) == (3, 1, 2)
    chunk = read(HEADER + good + open_quote + good)
    assert len(chunk.deliveries) == 2


def test_names_of_rows_without_any_id_differ() -> None:
    """Two messages that a table names by nothing are not taken for one."""
    line = "2025-11-22T10:00:0{}Z,ann@contractor.example,kim@army.ml,a,Failed,,,9,\n"
    one, two = read(HEADER + line.format(0) + line.format(1)).deliveries
    assert one.identity == "log:100000.000000:11-22"
    assert two.identity == "log:100001.000000:11-22"


def test_order_of_day_and_month_is_that_of_the_table() -> None:
    """One date that can be read in one way only decides for the others, wherever it stands."""
    line = "{},ann@contractor.example,kim@army.ml,a,Failed,,,9,<b@x.example>\n"
    early, month_first, day_first = (
        "05/06/2025 10:00:00",
        "11/22/2025 10:00:00",
        "22/11/2025 10:00:00",
    )
    for other, month in ((month_first, 5), (day_first, 6)):
        chunk = read(HEADER + line.format(early) + line.format(other))
        assert [delivery.at.month for delivery in chunk.deliveries] == [month, 11]
        assert chunk.ambiguous == 1


@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    """Whatever a file holds, each trace reads it, counts it or passes it over."""
    header_of(text)
    for trace in (trace_of(text), *TRACES):
        if trace is not None:
            for delivery in read_trace(text, trace, NOW, ZONE).deliveries:
                assert delivery.at.tzinfo is UTC


@given(st.sampled_from(TABLES), st.data())
def test_no_cell_raises(path: Path, data: st.DataObject) -> None:
    """Any text in any cell under a real header gives deliveries whose parts can be stored."""
    text = decode(path.read_bytes())
    head = header_of(text) or ""
    rows = text[len(head) :].splitlines()
    cells = st.text(max_size=40) | st.sampled_from(rows).flatmap(
        lambda line: st.sampled_from(line.split(","))
    )
    line = ",".join(data.draw(st.lists(cells, min_size=1, max_size=30)))
    for delivery in read(f"{head}{line}\n{rows[0]}\n").deliveries:
        assert delivery.at.tzinfo is UTC
        assert "".join(filter(None, (delivery.queue_id, delivery.message_id))).encode()


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.sampled_from(
        [path for path in CASES if path.suffix == ".json" and "hostile" not in path.name]
    ),
    st.data(),
)
def test_no_value_of_a_wrong_type_raises(path: Path, data: st.DataObject) -> None:
    """Any JSON value in any place of a real row is read, counted or passed over."""
    text = decode(path.read_bytes())
    trace = trace_of(text)
    assert trace is not None
    first = json.loads(text.split("\n")[0]) if header_of(text) == "" else json.loads(text)
    while not isinstance(first, dict) or not first.keys().isdisjoint(
        {"value", "items", "d", "results"}
    ):
        found = first if isinstance(first, list) else list(first.values())
        first = next(value for value in found if isinstance(value, dict | list))
    broken = _replace(first, data)
    chunk = read_trace(json.dumps([broken, first]), trace, NOW, ZONE)
    assert chunk.rows == 2
    assert all(delivery.at.tzinfo is UTC for delivery in chunk.deliveries)


def _replace(value: object, data: st.DataObject) -> object:
    """Put anything in the place of one part of a value, at any depth."""
    if isinstance(value, dict | list) and value and data.draw(st.integers(0, 4)):
        names = list(value) if isinstance(value, dict) else list(range(len(value)))
        name = data.draw(st.sampled_from(names))
        copy = value.copy()
        copy[name] = _replace(value[name], data)
        return copy
    return data.draw(_VALUES)
