"""Real templates really deploy: `up` on every template of ../shared/corpus, and what it describes of the event bus is
there afterwards.

Each runs from a scratch folder without its code: functions that cannot run are deployed all the same. What a template is
refused for, and what it is told of, is listed below with the reason; anything else is a surprise. What SAM's own
translator makes of a template (../shared/corpus/sam-expected) is the oracle of what must be there.
"""
import concurrent.futures
import json
import re
import shutil

import pytest
import requests
from conftest import DEADLINE_S, ROOT, App

CORPUS = ROOT.parent / "shared" / "corpus"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpus is not there")

# A template is refused where AWS refuses it, too: an include or a file of its own is not in the corpus, a provider is not
# AWS, a value is none.
INVALID = [
    r"YAML not well-formed",
    r"'Resources' section is required",
    r"'DefinitionBody' does not contain a valid Swagger definition",
    r"Value not found at \"(file|env|opt)\" source",
    r"provider \"\w+\" is not supported: sls-local runs services of provider \"aws\"",
    r"FunctionName has 65 characters; 64 are allowed",
    r"MemorySize must be a number, not '1536MB'",
]

# Their values are placeholders that whoever deploys them has to replace; EventBridge and Lambda refuse them as they are.
REFUSED = {
    "1-webhook-site__template.yaml": "Value 'https://webhook.site/<<ENTER YOUR UNIQUE URL HERE>>' at 'invocationEndpoint'",
    "12-oauth-api-cmk-encryption__template.yaml": "Value '<>' at 'authParameters.oAuthParameters.authorizationEndpoint'",
    "5-zendesk__ZendeskAPIDestination.yaml": "Value '' at 'authParameters.basicAuthParameters.username'",
    "6-freshdesk__FreshdeskAPIDestination.yaml": "Value 'https://<<EnterWorkspaceHere>>.freshdesk.com/api/v2/tickets'",
    "7-datadog__DataDogApiDestination.yaml": "Value '' at 'authParameters.apiKeyAuthParameters.apiKeyValue'",
    "9-shopify__ShopifyAPIDestination.yaml": "Value '' at 'authParameters.apiKeyAuthParameters.apiKeyValue'",
    "aws-golang-stream-kinesis-to-elasticsearch__serverless.yml":
        "Value 'arn:aws:kinesis:<region>:<accountID>:stream/<streamname>' at 'eventSourceArn'",
}

# What the page may tell of a template: first of code that is not in the corpus, or that cannot run on this machine.
CODE = [
    r"the (code directory|layer) .* does not exist",
    r"no executable `bootstrap` in ",
    r": No such file or directory$",
    r"container images cannot run here",
    r"java functions need AWS's interface client",
    r" needs `\w+`, which is not on the PATH",
    r" needs esbuild: ",
]
# Then of the event bus: services that sls-local lacks, resources of other stacks, values that nobody knows here.
POSITION = r"^[\w.]+:\d+:\d+: "
LEFT_OUT = [
    r"is left out: sls-local does not emulate event source mappings of Amazon (MSK|MQ|DocumentDB)$",
    r"is left out: sls-local has no universal target aws-sdk:ssm:startAssociationsOnce$",
    r"is left out: ResourceNotFoundException: Event bus (Serverlesspresso|MyEventBus) does not exist\.$",
    r"is left out: .* \(a value of it is not known here\)$",
    r"a subscription is left out: Invalid parameter: Endpoint$",
    r"a target is left out: sls-local does not emulate targets of the service (states|codebuild|appsync|ssm|batch) ",
    r"nothing is sent to firehose \S+: its subscription stays pending$",
]


def is_any_of(patterns, text, before=""):
    return any(re.search(before + pattern, text) for pattern in patterns)


# --- one template ---

TYPES = {f"AWS::{name}" for name in [
    "SQS::Queue", "SNS::Topic", "SNS::Subscription", "Kinesis::Stream", "Scheduler::Schedule", "Events::EventBus",
    "Events::Rule", "Events::Archive", "Events::Connection", "Events::ApiDestination", "S3::Bucket",
    "Lambda::EventSourceMapping", "Lambda::EventInvokeConfig"]}


def oracle_of(path):
    oracle = CORPUS / "sam-expected" / f"{path.stem}.json"
    return json.loads(oracle.read_text())["Resources"] if oracle.exists() else {}


class Outcome:
    """What became of one template: "invalid" (it does not load), "refused" (it cannot be deployed) or "ready"; what was
    told; and what is there."""

    def __init__(self, path):
        self.path = path
        self.state = "broken"
        self.errors = []
        self.refusal = ""
        self.notices = []
        self.there = {}


def add_included_files(directory, text):
    """Definitions that a template includes are not in the corpus: an empty one stands for each."""
    for name in re.findall(r"Location:\s*['\"]?(?:\./)?([\w/.-]+\.ya?ml)\b", text):
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("openapi: 3.0.1\ninfo: {title: stub, version: '1'}\npaths: {}\n")


def run(path, directory):
    outcome = Outcome(path)
    name = "serverless.yml" if path.parent.name == "serverless" else f"template{path.suffix}"
    directory.mkdir()
    add_included_files(directory, path.read_text(errors="replace"))
    shutil.copy(path, directory / name)
    app = App(directory, "-t", name, "--in-memory", "--no-watch", expect_ready=False)
    try:
        app.wait_for(lambda line: line["type"] == "ready")
        if path.parent.name == "sam" and TYPES & {each["Type"] for each in oracle_of(path).values()}:
            edge = next(line for line in app.lines if line["type"] == "up")["endpoints"]["AWS endpoint"]
            outcome.there = what_is_there(edge)
        assert app.stop() == 0
        outcome.state = "ready"
    except (AssertionError, requests.RequestException) as error:
        outcome.state = "refused" if app.process.poll() == 1 else f"broken: {error}"
    finally:
        app.kill()
    outcome.errors = [line for line in app.stderr.splitlines() if line.startswith("error:")]
    outcome.refusal = app.stderr
    outcome.notices = [line for line in app.lines if line["type"] == "notice"]
    if outcome.errors:
        outcome.state = "invalid"
    shutil.rmtree(directory)
    return outcome


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    scratch = tmp_path_factory.mktemp("corpus")
    paths = sorted((CORPUS / "sam").iterdir()) + sorted((CORPUS / "serverless").iterdir())
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda item: run(item[1], scratch / str(item[0])), enumerate(paths)))


# --- what is there, by type of CloudFormation ---

def ask(edge, service, method="POST", path="/", target=None, **options):
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, "
                                "SignedHeaders=host, Signature=0"}
    if target:
        headers.update({"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"})
        options = {"data": json.dumps(options)}
    answer = requests.request(method, edge + path, headers=headers, timeout=DEADLINE_S, **options)
    assert answer.status_code == 200, answer.text
    return answer.text if service in ("sns", "s3") else answer.json()


def count_rules(edge, there):
    rules, targets = 0, 0
    buses = ask(edge, "events", target="AWSEvents.ListEventBuses")["EventBuses"]
    for bus in buses:
        for rule in ask(edge, "events", target="AWSEvents.ListRules", EventBusName=bus["Name"])["Rules"]:
            rules += 1
            targets += len(ask(edge, "events", target="AWSEvents.ListTargetsByRule", Rule=rule["Name"],
                               EventBusName=bus["Name"])["Targets"])
    there.update({"AWS::Events::EventBus": len(buses) - 1, "AWS::Events::Rule": rules, "targets": targets})
    for type_, key in (("Archive", "Archives"), ("Connection", "Connections"), ("ApiDestination", "ApiDestinations")):
        there[f"AWS::Events::{type_}"] = len(ask(edge, "events", target=f"AWSEvents.List{key}")[key])


def count_notifications(edge, there):
    buckets = re.findall("<Name>([^<]+)</Name>", ask(edge, "s3", "GET"))
    there["AWS::S3::Bucket"] = len(buckets)
    there["notifications"] = sum(
        len(re.findall("<(?:CloudFunction|Queue|Topic|EventBridge)Configuration>",
                       ask(edge, "s3", "GET", f"/{bucket}?notification"))) for bucket in buckets)


def count_lambda(edge, there):
    there["AWS::Lambda::EventSourceMapping"] = len(
        ask(edge, "lambda", "GET", "/2015-03-31/event-source-mappings/")["EventSourceMappings"])
    functions = ask(edge, "lambda", "GET", "/2015-03-31/functions")["Functions"]
    there["AWS::Lambda::EventInvokeConfig"] = sum(
        len(ask(edge, "lambda", "GET", f"/2019-09-25/functions/{each['FunctionName']}/event-invoke-config/list")
            ["FunctionEventInvokeConfigs"]) for each in functions)


def what_is_there(edge):
    there = {
        "AWS::SQS::Queue": len(ask(edge, "sqs", target="AmazonSQS.ListQueues").get("QueueUrls", [])),
        "AWS::SNS::Topic": ask(edge, "sns", data="Action=ListTopics&Version=2010-03-31").count("<TopicArn>"),
        "AWS::SNS::Subscription": ask(edge, "sns", data="Action=ListSubscriptions&Version=2010-03-31").count("<Owner>"),
        "AWS::Kinesis::Stream": len(ask(edge, "kinesis", target="Kinesis_20131202.ListStreams")["StreamNames"]),
        "AWS::Scheduler::Schedule": len(ask(edge, "scheduler", "GET", "/schedules")["Schedules"]),
    }
    count_rules(edge, there)
    count_notifications(edge, there)
    count_lambda(edge, there)
    return there


def what_must_be_there(outcome):
    """From SAM's own translation, without what is left out; None for a type some of whose resources have a condition."""
    gone = [line["about"] for line in outcome.notices if ": is left out" in line["text"]]
    rest = [line["text"] for line in outcome.notices if line["about"] not in gone]
    must = dict.fromkeys(TYPES | {"targets", "notifications"}, 0)
    must["targets"] -= sum(": a target is left out" in text for text in rest)
    must["AWS::SNS::Subscription"] -= sum(": a subscription is left out" in text for text in rest)

    def add(type_, resource, count):
        must[type_] = None if "Condition" in resource or must[type_] is None else must[type_] + count

    for logical_id, resource in oracle_of(outcome.path).items():
        properties = resource.get("Properties", {})
        if logical_id in gone or resource["Type"] not in TYPES:
            continue
        add(resource["Type"], resource, 1)
        if resource["Type"] == "AWS::Events::Rule":
            add("targets", resource, len(properties.get("Targets", [])))
        elif resource["Type"] == "AWS::SNS::Topic":
            add("AWS::SNS::Subscription", resource, len(properties.get("Subscription", [])))
        elif resource["Type"] == "AWS::S3::Bucket":
            configuration = properties.get("NotificationConfiguration", {})
            add("notifications", resource,
                sum(len(each) if isinstance(each, list) else 1 for each in configuration.values()))
    return must


# --- the tests ---

def test_every_template_that_aws_would_deploy_is_ready(outcomes):
    surprises = []
    for outcome in outcomes:
        refusal = next((text for name, text in REFUSED.items() if outcome.path.name.endswith(f"__{name}")), None)
        if outcome.state == "refused":
            is_expected = refusal is not None and refusal in outcome.refusal
        elif outcome.state == "invalid":
            is_expected = is_any_of(INVALID, outcome.errors[0])  # others may follow from the first
        else:
            is_expected = outcome.state == "ready" and refusal is None
        if not is_expected:
            surprises.append((outcome.path.name, outcome.state, outcome.errors, outcome.refusal[-600:]))
    assert not surprises, surprises
    counts = {state: sum(outcome.state == state for outcome in outcomes) for state in ("ready", "refused", "invalid")}
    assert counts == {"ready": 525, "refused": 7, "invalid": 57}


def test_what_is_not_as_the_template_says_is_told_with_its_line(outcomes):
    surprises = [(outcome.path.name, line["text"]) for outcome in outcomes if outcome.state == "ready"
                 for line in outcome.notices
                 if not is_any_of(CODE, line["text"]) and not is_any_of(LEFT_OUT, line["text"], POSITION)]
    assert not surprises, surprises


def test_what_sam_translates_to_the_event_bus_is_there(outcomes):
    surprises, seen = [], dict.fromkeys(TYPES | {"targets", "notifications"}, 0)
    for outcome in (each for each in outcomes if each.there):
        for type_, count in what_must_be_there(outcome).items():
            if count is not None:
                seen[type_] += count
                if outcome.there[type_] != count:
                    surprises.append((outcome.path.name, type_, "wanted", count, "there", outcome.there[type_]))
    assert not surprises, surprises
    assert min(seen.values()) > 0, seen
