"""One function for each format: reads the file as the format's users do, and compares."""

import csv
import io
import json
import re
import subprocess
import urllib.parse

import html5lib
import jsonschema
import tap.parser
from lxml import etree
from prometheus_client.parser import text_string_to_metric_families
from truth import DOCS, check, check_clean, check_same, visible


def run(command, text, code=0):
    done = subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8", timeout=60)
    check(done.returncode == code, " ".join(command), "ended with", done.returncode, done.stdout[-300:], done.stderr[-300:])
    return done.stdout


def human(text, truth, tools):
    check_clean(text)
    head = [line for line in text.rstrip("\n").split("\n") if re.match(r"\S", line)]
    told = [one for one in truth.broken_first() if not truth.not_told(one)]
    check(len(head) == len(told) + 1, f"{len(head)} lines begin at the margin")
    truth.check_run_told(head[-1])
    for line, route in zip(head, told, strict=False):
        truth.check_first_told(route, line)
        check(route["state"] in line.lower(), f"{line!r} does not say {route['state']}")
    for line in text.rstrip("\n").split("\n")[:-1]:
        # Texts that are there to be copied stay whole; nothing else is wider than a terminal.
        copied = re.match(r"(\S|  (error|either|or|docs|\d+(\.\d)? %) )", line)
        check(copied or len(line) <= 80, f"{len(line)} columns: {line!r}")


def json_document(text, truth, tools):
    check_clean(text)
    jsonschema.validate(json.loads(text), tools.report_schema, cls=jsonschema.Draft202012Validator)
    counts = run(["jq", "-c", "[(.routes | length), ([.routes[].predictions[].share // 0] | add)]"], text)
    check(json.loads(counts)[0] == len(truth.routes), "jq counts", counts)


def jsonl(text, truth, tools):
    check_clean(text)
    names = [json.loads(line) for line in run(["jq", "-c", ".name"], text).rstrip("\n").split("\n")]
    check(sorted(names) == sorted(one["name"] for one in truth.routes), "jq reads the names", names)
    by_name = {one["name"]: one for one in truth.routes}
    if len(by_name) == len(truth.routes):
        for line in text.rstrip("\n").split("\n"):
            one = json.loads(line)
            check(one == by_name[one["name"]], "differs from the document:", line)


def junit(text, truth, tools):
    check_clean(text)
    root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False))
    check(tools.junit_schema.validate(root), tools.junit_schema.error_log)
    suites = root.findall("testsuite")
    check(len(suites) == len(truth.routes), len(suites), "suites")
    for suite, route in zip(suites, truth.routes, strict=True):
        check_same(suite.get("name"), route["name"], "a suite")
        for tag in ("failure", "error", "skipped"):
            wanted = int(suite.get({"failure": "failures", "error": "errors"}.get(tag, tag)))
            check(len(suite.findall(f"testcase/{tag}")) == wanted, f"{tag}s of {route['name']}")
        prediction = suite.findall("testcase")[-1]
        check(prediction.get("name") == "prediction", "the last case is", prediction.get("name"))
        truth.check_first_told(route, "".join(prediction.itertext()))
        broken = route["state"] in ("failing", "degraded")
        known = truth.known(route)
        for tag, wanted in (("failure", broken and not known), ("error", route["state"] == "unknown"),
                            ("skipped", route["state"] == "skipped" or (broken and known))):  # fmt: skip
            check((prediction.find(tag) is not None) == wanted, route["name"], "is", route["state"], "known", known)
        if broken and not known and route["predictions"]:
            first = truth.failing(route)[0]
            failure = prediction.find("failure")
            check(failure.get("type") == first["error"], failure.get("type"))
            check(visible(first["details"]).split("\ufffd")[0] in failure.get("message"), failure.get("message"))
            check(visible(first["cause"]).split("\ufffd")[0] in failure.text, failure.text)
    check(int(root.get("tests")) == len(root.findall(".//testcase")), "tests =", root.get("tests"))


def tap_14(text, truth, tools):
    check_clean(text)
    lines = list(tap.parser.Parser().parse_text(text))
    tests = [one for one in lines if one.category == "test"]
    check(not [one for one in lines if one.category == "unknown"], "lines that are not TAP")
    check(len(tests) == len(truth.routes), len(tests), "test points")
    check(lines[-1].category == "diagnostic", "no summary at the end")
    truth.check_run_told(lines[-1].text)
    for test, route in zip(tests, truth.routes, strict=True):
        check(test.ok == (route["state"] in ("healthy", "warning", "skipped")), route["name"], test.ok)
        check(test.skip == (route["state"] == "skipped"), route["name"], "skip", test.skip)
        check(test.todo == (truth.known(route) and not test.ok) or "#" in route["name"], route["name"], "is taken for a TODO")  # tap.py knows no \\#
        wanted = truth.findings(route)
        check((test.yaml_block is not None) == bool(wanted or truth.history(route)), route["name"], test.yaml_block)
        if test.yaml_block:
            truth.check_first_told(route, test.yaml_block["message"])
        if wanted:
            found = test.yaml_block["findings"]
            check([one["rule"] for one in found] == [one[0] for one in wanted], route["name"], found)
            for one, (_, words) in zip(found, wanted, strict=True):
                check(visible(words).split("\ufffd")[0] in one["title"], one["title"], "lacks", words)
    # Perl's reader knows names better, and of versions only those up to 13; the lines are the same.
    names = run(["perl", "-MTAP::Parser", "-e", PERL_TAP], text.replace("TAP version 14", "TAP version 13", 1))
    for line, route in zip(names.split("\0")[:-1], truth.routes, strict=True):
        check_same(line, route["name"], "TAP::Parser's description")


PERL_TAP = r"""
local $/; my $parser = TAP::Parser->new({tap => <STDIN>});
while (my $one = $parser->next) {
  next unless $one->is_test;
  die $one->as_string if $one->has_todo && $one->explanation !~ /^(still|changed)/;
  my $name = $one->description; $name =~ s/^- //; $name =~ s/\\([#\\])/$1/g;
  print "$name\0";
}
die join("\n", $parser->parse_errors) if $parser->parse_errors;
"""


def workflow_command(line):
    """As actions/runner reads a line (ActionCommand.TryParseV2) and undoes actions/toolkit's escaping."""
    match = re.match(r"\s*::([a-z-]+)(?: ([^:]*(?::(?!:)[^:]*)*?))?::(.*)$", line, re.DOTALL)
    check(match, f"no command: {line!r}")
    unescape = lambda value, pairs: [value := value.replace(code, c) for code, c in pairs][-1]
    data = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
    properties = {}
    for pair in (match[2] or "").split(","):
        key, _, value = pair.partition("=")
        properties[key] = unescape(value, (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")))
    return match[1], properties, unescape(match[3], data)


def github(text, truth, tools):
    check_clean(text)
    lines = text.splitlines()
    of_run = [line for line in lines if ",line=" not in line.split("::")[1]]
    lines = [line for line in lines if line not in of_run]
    commands = [workflow_command(line) for line in of_run]
    names = [("warning", "not finished")] * ("ended_early" in truth.document) + [("notice", "probed again")] * (truth.rounds() > 1) + \
        [("notice", "baseline")] * ("baseline" in truth.document)  # fmt: skip
    check([(name, one["title"]) for name, one, _ in commands] == [(name, f"prober: {title}") for name, title in names], commands)
    notices = "\n".join(message for _, _, message in commands)
    truth.check_run_told(notices)
    for route in truth.routes:
        truth.check_first_told(route, notices)
    wanted = [(route, *one) for route in truth.broken_first() if not truth.known(route) for one in truth.findings(route)]
    check(len(lines) == len(wanted), len(lines), "annotations, not", len(wanted))
    for line, (route, rule, words) in zip(lines, wanted, strict=True):
        name, properties, message = workflow_command(line)
        check(name in ("error", "warning"), name)
        check(set(properties) == {"file", "line", "col", "title"}, properties)
        check(properties["file"] == route["source"]["file"] and int(properties["line"]) == route["source"]["line"], properties)
        check_same(properties["title"], f"{route['name']}: {rule}", "a title")
        check(visible(words).split("\ufffd")[0] in message, message, "lacks", words)


def sarif(text, truth, tools):
    check_clean(text)
    document = json.loads(text)
    jsonschema.Draft4Validator(tools.sarif_schema).validate(document)
    driver = document["runs"][0]["tool"]["driver"]
    results = document["runs"][0]["results"]
    wanted = [(route, *one) for route in truth.routes for one in truth.findings(route)]
    check(len(results) == len(wanted), len(results), "results, not", len(wanted))
    check(len({one["id"] for one in driver["rules"]}) == len(driver["rules"]), "a rule twice")
    for result, (route, rule, words) in zip(results, wanted, strict=True):
        check(result["ruleId"] == rule == driver["rules"][result["ruleIndex"]]["id"], result["ruleId"], rule)
        place = result["locations"][0]
        file = urllib.parse.unquote(place["physicalLocation"]["artifactLocation"]["uri"])
        check(file.removeprefix("file://") == route["source"]["file"], file)
        check(place["physicalLocation"]["region"]["startLine"] == route["source"]["line"], place)
        check_same(place["logicalLocations"][0]["fullyQualifiedName"], route["name"], "a route")
        check(visible(words).split("\ufffd")[0] in result["message"]["text"], result["message"]["text"])
        check([result["properties"].get(key) for key in HISTORY] == [route.get(key) for key in HISTORY], result["properties"])
    invocation = document["runs"][0]["invocations"][0]
    check(invocation["executionSuccessful"] == ("ended_early" not in truth.document), invocation)
    told = "\n".join(one["message"]["text"] for one in invocation.get("toolExecutionNotifications", []))
    truth.check_run_told(told)
    for route in truth.routes:
        truth.check_first_told(route, told)
    for key in ("baseline", "retry", "ended_early"):
        check(document["runs"][0]["properties"].get(key) == truth.document.get(key), key, "in the run's properties")


HISTORY = ("change", "since", "before", "rounds", "first")


PERL_NAGIOS = r"""
use Monitoring::Plugin::Performance; local $/;
for my $one (Monitoring::Plugin::Performance->parse_perfstring(<STDIN>)) {
  print join("\0", map { $_ // "" } $one->label, $one->value, $one->uom, $one->warning, $one->critical), "\0\n";
}
"""


def nagios(text, truth, tools):
    check_clean(text)
    first, *others = text.rstrip("\n").split("\n")
    check(first.count("|") == 1, first.count("|"), "bars in the first line")
    counts = truth.document["summary"]
    status = ("CRITICAL" if counts["failing"] + counts["degraded"] else "UNKNOWN" if counts["unknown"] else
              "WARNING" if counts["warning"] else "OK")  # fmt: skip
    check(first.startswith(f"PROBER {status} - "), first)
    numbers = {line.split("\0")[0]: line.split("\0")[1:5] for line in run(["perl", "-e", PERL_NAGIOS], first.split("|")[1]).rstrip("\n").split("\n")}
    check({key: int(value[0]) for key, value in numbers.items()} == counts, numbers)
    check(numbers["failing"][3] == numbers["degraded"][3] == "0" and numbers["warning"][2] == "0", "thresholds", numbers)
    long_output, _, times = "\n".join(others).partition("|")
    truth.check_run_told(long_output)
    check(truth.rounds() == 1 or f"; {truth.rounds()} rounds" in first, first)
    check("|" not in times and "\n" not in times, "bars or lines in the times")
    told = [one for one in truth.broken_first() if one["state"] not in ("healthy", "skipped")]
    check(long_output.count("\n") == (len(told) if len(told) <= 20 else 21), "lines of long output")
    check(not re.search("[<>]", text), "markup in a web interface")
    if times:
        measured = [one for one in truth.broken_first() if one["endpoints"]][:20]
        parsed = run(["perl", "-e", PERL_NAGIOS], times).split("\0\n")[:-1]
        check(len(parsed) == len(measured), len(parsed), "times, not", len(measured))
        for line, route in zip(parsed, measured, strict=True):
            label, value, unit, *_ = line.split("\0")
            shown = lambda name: visible(name).translate(str.maketrans("|<>=", ",()_"))
            check_same(label.replace("''", "'"), route["name"], "a label", shown)
            check(unit == "s" and abs(float(value) - max(one["timings_s"]["total"] for one in route["endpoints"])) < 1e-6, line)


def prometheus(text, truth, tools):
    check_clean(text)
    complaints = subprocess.run([tools.promtool, "check", "metrics"], input=text.encode(), capture_output=True, timeout=60)
    check(complaints.returncode == 0 and not complaints.stdout + complaints.stderr, complaints.stdout, complaints.stderr)
    families = {one.name: one for one in text_string_to_metric_families(text)}
    states = families["prober_route_state"].samples
    check(len(states) == len(truth.routes), len(states), "states")
    for sample, route in zip(states, truth.routes, strict=True):
        check_same(sample.labels["route"], route["name"], "a label")
        check(sample.labels["state"] == route["state"], sample.labels)
    probed = [one for one in truth.routes if one["state"] != "skipped"]
    for sample, route in zip(families["probe_success"].samples, probed, strict=True):
        check(sample.value == (route["state"] in ("healthy", "warning")), route["name"], sample.value)
    sums = {}
    for sample in families["prober_prediction_ratio"].samples:
        key = sample.labels["route"], sample.labels["one_of"]
        sums[key] = sample.value if key[1] else sums.get(key, 0) + sample.value
    for name in {key[0] for key in sums}:
        total = sum(value for key, value in sums.items() if key[0] == name)
        check(abs(total - 1) < 1e-9, name, "has shares of", total)
    history_in_prometheus(families, truth, probed)


def history_in_prometheus(families, truth, probed):
    def samples(name):
        return families[name].samples if name in families else []

    check(samples("prober_run_complete")[0].value == ("ended_early" not in truth.document), "prober_run_complete")
    check([one.value for one in samples("prober_rounds")] == [truth.rounds()] * ("retry" in truth.document), "rounds")
    if "retry" in truth.document:
        check([one.value for one in samples("prober_route_rounds")] == [one.get("rounds", 1) for one in probed], "a route's rounds")
        check([one.labels["state"] for one in samples("prober_route_first_state")] == [one["first"]["state"] for one in probed if "first" in one], "first")
    if "baseline" in truth.document:
        sums = {one.labels["change"]: one.value for one in samples("prober_changes")}
        wanted = truth.document["baseline"]
        check(sums == {"gone": len(wanted["gone"])} | {key: value for key, value in wanted.items() if isinstance(value, int)}, sums)
        changes = [one.labels["change"] for one in samples("prober_route_change")]
        check(changes == [one["change"] for one in probed if one["change"]], changes)
        check(len(samples("prober_route_problem_since_seconds")) == sum(one["since"] is not None for one in probed), "since")


def page_of(text):
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(text)


def words_of(element):
    return " ".join("".join(element.itertext()).split())


def no_strangers(tree, allowed):
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        check(element.tag in allowed, f"an element {element.tag}: {words_of(element)!r}")
        for key, value in element.attrib.items():
            check(not key.startswith("on") and key not in ("src", "srcset", "action"), f"{element.tag} has {key}={value!r}")
            check(key != "href" or value.startswith(DOCS), f"a link to {value!r}")


def markdown(text, truth, tools):
    check_clean(text)
    extensions = [word for one in ("table", "autolink", "strikethrough", "tasklist") for word in ("-e", one)]
    made = run(["cmark-gfm", "--unsafe", *extensions], text)
    tree = page_of(f"<!DOCTYPE html><html><head><title>x</title></head><body>{made}</body></html>")
    no_strangers(tree, {"html", "head", "title", "body", "h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "ul", "li",
                        "strong", "a"})  # fmt: skip
    rows = tree.findall(".//tbody/tr")
    check(len(rows) == len(truth.routes), len(rows), "rows")
    for row, route in zip(rows, truth.broken_first(), strict=True):
        cells = ["".join(cell.itertext()) for cell in row.findall("td")]
        check(len(cells) == 4 and cells[0].endswith(route["state"]), cells)
        check_same(" ".join(cells[1].split()), route["name"].strip(" "), "a cell")
        truth.check_first_told(route, cells[3])
        if route["predictions"]:
            check(visible(route["predictions"][0]["details"]).split("\ufffd")[0].split("  ")[0] in cells[2], cells[2])
    truth.check_run_told("".join(tree.find(".//p").itertext()))
    told = [one for one in truth.routes if one["state"] not in ("healthy", "skipped")]
    check(len(tree.findall(".//h3")) == len(told), "sections")


def html(text, truth, tools):
    check_clean(text)
    tree = page_of(text)
    no_strangers(tree, {"html", "head", "meta", "title", "style", "body", "main", "header", "footer", "h1", "h2", "p", "ul", "li", "b",
                        "article", "section", "code", "dl", "dt", "dd", "a", "span", "details", "summary", "i", "wbr"})  # fmt: skip
    policy = tree.find(".//meta[@http-equiv]").get("content")
    check(policy.startswith("default-src 'none'"), policy)
    check("url(" not in text.split("</style>")[0] and "@import" not in text, "the style fetches something")
    names = [one for one in tree.iter("span") if one.get("class") == "name"]
    check(len(names) == len(truth.routes), len(names), "routes")
    truth.check_run_told("".join(tree.find(".//header").itertext()))
    for element, route in zip(names, truth.broken_first(), strict=True):
        check_same("".join(element.itertext()), route["name"], "a name")
    said = "".join(tree.find(".//main").itertext())
    for route in truth.routes:
        truth.check_first_told(route, said)
    answers = ["".join(one.itertext()) for one in tree.findall(".//p[@class='answer']/code")]
    wanted = [one for route in truth.broken_first() if route["state"] in ("failing", "degraded", "warning") for one in route["predictions"]]
    for answer, one in zip(answers, wanted, strict=True):
        flags = f"{one['response_flags']} " if one["response_flags"] else ""
        check_same(answer, f"{one['status']} {flags}{one['details']}", "an answer")


def comma_separated(text, truth, tools):
    check_clean(text.replace("\r\n", "\n"))
    check(text.count("\n") == text.count("\r\n"), "a line does not end with CR LF")
    records = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    wanted = [(route, one) for route in truth.routes for one in route["predictions"] or [None]]
    check(len(records) == len(wanted), len(records), "records")
    for record, (route, one) in zip(records, wanted, strict=True):
        check(None not in record and None not in record.values(), "a record has too few or too many fields", record)
        for key, value in record.items():
            check(not re.match("[=+@\\t\\r-]", value), f"{key} would be run as a formula: {value!r}")
        check_same(record["name"], route["name"], "a name", lambda name: re.sub("^(?=[=+@-])", "'", visible(name)))
        check(record["state"] == route["state"], record["state"])
        check((record["change"], record["since"]) == (route.get("change") or "", route.get("since") or ""), record)
        check(int(record["rounds"]) == route.get("rounds", 1), record["rounds"])
        check(record["first"].startswith(route["first"]["state"]) if "first" in route else not record["first"], record["first"])
        if one:
            check_same(record["details"], one["details"], "details")
            check(int(record["status"]) == one["status"], record["status"])
            check((float(record["share"]) if record["share"] else None) == one["share"], record["share"])
            race = {"id": int(record["one_of"]), "share": float(record["one_of_share"])} if record["one_of"] else None
            check(race == one.get("one_of"), "one_of is", race)


READERS = {
    ".txt": human, ".json": json_document, ".jsonl": jsonl, ".junit.xml": junit, ".tap": tap_14, ".github": github, ".sarif": sarif,
    ".nagios": nagios, ".prom": prometheus, ".md": markdown, ".html": html, ".csv": comma_separated,
}  # fmt: skip
