"""Mixed load at a bounded rate for a long time: memory, descriptors and processes must stay what they are.

Each round does all that bus.py knows; some do what goes wrong in a real application: a message that is poison, a function
that throws, one that exits, one that hangs. Each minute the load pauses, the clock is turned until what is due has run
(schedules, retries, visibility), what the gateway holds is read, and a handler is edited.
"""
import os
import statistics
import threading
import time

import bus
from aws import Edge
from load import Process, Up, http_get, scratch

RATE = float(os.environ.get("SOAK_RATE", "20"))  # rounds a second, of a dozen requests each
TROUBLE_EACH = 20  # rounds
OBJECTS = 500  # that there are at once
# How much more than after the warm-up is no growth.
MEMORY_FACTOR, MEMORY_MB, DESCRIPTORS, PROCESSES = 1.1, 2, 8, 4

TROUBLE = """exports.handler = async event => {
  if (event.Records || event.do === 'throw') throw new Error('thrown');
  if (event.do === 'exit') process.exit(3);
  if (event.do === 'hang') await new Promise(() => setInterval(() => {}, 1000));
  return {done: event.do};
};
"""
TEMPLATE = bus.TEMPLATE + """  Trouble:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: trouble
      Runtime: nodejs22.x
      Handler: index.handler
      CodeUri: node
      Timeout: 1
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        DestinationConfig:
          OnFailure: {{Type: SQS, Destination: !GetAtt Outcomes.Arn}}
          OnSuccess: {{Type: SQS, Destination: !GetAtt Outcomes.Arn}}
      Events:
        Often: {{Type: Schedule, Properties: {{Schedule: rate(1 minute), Input: '{{"do": "throw"}}'}}}}
        Later: {{Type: ScheduleV2, Properties: {{ScheduleExpression: rate(5 minutes), Input: '{{"do": "work"}}'}}}}
        Poison: {{Type: SQS, Properties: {{Queue: !GetAtt Poison.Arn}}}}
  Outcomes: {{Type: AWS::SQS::Queue, Properties: {{QueueName: outcomes}}}}
  Poison:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: poison
      VisibilityTimeout: 6
      RedrivePolicy: {{deadLetterTargetArn: !GetAtt Outcomes.Arn, maxReceiveCount: 2}}
"""


class Load:
    """What the clients do, and what came of it."""

    def __init__(self, up, end):
        self.up, self.rounds, self.requests, self.runs, self.outcomes = up, 0, 0, 0, 0
        self.connect()
        self.is_over = False
        self.reader = threading.Thread(target=self.count_runs, args=(end,), daemon=True)
        self.reader.start()

    def connect(self):
        self.edge = Edge(self.up.edge)
        self.causes = list(bus.causes(self.edge, self.rounds).values())

    def count_runs(self, end):
        while not self.is_over:
            try:
                end.recv(16)
                self.runs += 1
            except TimeoutError:
                pass

    def invoke_trouble(self, what):
        self.edge.send("POST", "/2015-03-31/functions/trouble/invocations", '{"do": "%s"}' % what, "lambda",
                       X_Amz_Invocation_Type="Event")

    def settle_outcomes(self):
        url = "http://localhost/000000000000/outcomes"
        told = self.edge.call("sqs", "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in told:
            self.edge.call("sqs", "DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        self.outcomes += len(told)
        return len(told)

    def round(self):
        for cause in self.causes:
            cause()
        http_get(self.up.port, "/ping")  # on a connection of its own
        if self.rounds >= OBJECTS:
            self.edge.send("DELETE", f"/bench/k{self.rounds - OBJECTS}", service="s3")
        self.requests += len(self.causes) + 3
        if self.rounds % TROUBLE_EACH == 0:
            for what in ("work", "throw", "exit", "hang"):
                self.invoke_trouble(what)
            self.edge.call("sqs", "SendMessage", MessageBody="poison", QueueUrl="http://localhost/000000000000/poison")
            self.requests += 5
        self.settle_outcomes()
        self.rounds += 1

    def run(self, seconds):
        end = time.monotonic() + seconds
        due = time.monotonic()
        while due < end:
            self.round()
            due = max(due + 1 / RATE, time.monotonic() - 1)
            time.sleep(max(0, due - time.monotonic()))

    def rest(self):
        """Until all that was caused has run."""
        bus.advance(self.edge, "3m")
        while self.settle_outcomes() > 0:
            pass


def grown(samples, warm):
    """What is more than it was: (name, was, is)."""
    late = samples[-max(1, len(samples) // 3):]
    limits = {"memory": lambda was: was * MEMORY_FACTOR + MEMORY_MB, "descriptors": lambda was: was + DESCRIPTORS,
              "processes": lambda was: was + PROCESSES}
    for name, limit in limits.items():
        was = max(sample[name] for sample in samples[:warm])
        now = statistics.median(sample[name] for sample in late)
        if now > limit(was):
            yield name, was, now


def run(minutes):
    warm = max(2, minutes // 4)
    if minutes < 2 * warm:
        raise SystemExit(f"soak: {2 * warm} minutes at least: {warm} to warm up")
    samples = []
    with bus.listener() as end, scratch({"template.yaml": TEMPLATE.format(port=end.getsockname()[1]), "py/app.py": bus.PING,
                                         "node/index.js": TROUBLE}) as directory:
        with Up(directory) as up:
            load, gateway = Load(up, end), Process(up.process.pid)
            print(f"soak: {minutes} minutes, {RATE:g} rounds/s; warm after {warm}\n{'minute':>6}{'requests':>10}{'runs':>9}"
                  f"{'outcomes':>9}{'RSS MB':>8}{'own MB':>8}{'descriptors':>12}{'processes':>10}{'disk MB':>8}", flush=True)
            for minute in range(1, minutes + 1):
                load.run(60)
                load.rest()
                processes = gateway.descendants()
                samples.append({"memory": gateway.rss_mb("RssAnon"), "descriptors": gateway.descriptors(),
                                "processes": len(processes)})
                disk = sum(file.stat().st_blocks for file in (directory / ".sls-local").rglob("*")) / 2048
                print(f"{minute:>6}{load.requests:>10}{load.runs:>9}{load.outcomes:>9}{gateway.rss_mb('VmRSS'):>8.1f}"
                      f"{samples[-1]['memory']:>8.2f}{samples[-1]['descriptors']:>12}{len(processes):>10}{disk:>8.1f}",
                      flush=True)
                dead = [process for process in processes if process.state() == "Z"]
                if dead:
                    raise SystemExit(f"soak: {len(dead)} zombies")
                (directory / "py/app.py").write_text(f"{bus.PING}# minute {minute}\n")
                load.connect()
            load.is_over = True
            processes = gateway.descendants()
        left = [process for process in processes if process.state() is not None]
        if up.process.returncode != 0:
            raise SystemExit(f"soak: `up` ended with {up.process.returncode}")
        if left:
            raise SystemExit(f"soak: processes are left: {[process.pid for process in left]}")
    caused = load.rounds * (len(load.causes) + 1)
    if load.runs < caused:
        raise SystemExit(f"soak: {caused - load.runs} of {caused} events have not run")
    faults = list(grown(samples, warm))
    if faults:
        raise SystemExit("soak: grown: " + "; ".join(f"{name} from {was:.4g} to {now:.4g}" for name, was, now in faults))
    print("soak: nothing has grown, and nothing is left")
