"""The event bus survives its clients: a request of every operation of every service, spoiled in every way the protocols
allow, gets an answer that its SDK understands; what is not emulated is refused by name; crowds and slow ones delay nobody."""
import random
import time

import botocore.exceptions
import bus_requests
import pytest
from bus_world import FILES, Wire, World, fault_of
from conftest import App, write_tree
from hardness import PROMPT_S, descriptors, memory_mb

# Of each request's ways to go wrong as many, at random, as fit into half a minute; all of them are 400,000.
SAMPLE = 8


def ended_well(app):
    assert app.stop() == 0, app.stderr
    assert app.stderr == ""
    app.check()


class Talk:
    """Sends requests, and looks at every answer."""

    def __init__(self, app):
        self.app, self.wire, self.world = app, Wire(app.edge), World(app)

    def send(self, request):
        start = time.monotonic()
        status, headers, body = self.wire.send(request)
        fault = fault_of(request, status, headers, body)
        assert fault is None, (fault, request, status, headers.items(), body[:500])
        assert time.monotonic() - start < PROMPT_S or request.operation == "ReceiveMessage", request
        return status, body


def sample(chance, made):
    """Some of the requests with one thing wrong, spread over all kinds of wrong."""
    found = list(bus_requests.spoiled(made))
    for bad in chance.sample(found, min(SAMPLE, len(found))):
        if callable(bad.body):
            bad.body = bad.body()
        yield bad


@pytest.mark.parametrize("service", bus_requests.SERVICES)
def test_no_request_does_harm_whatever_is_wrong_with_it(app_factory, service):
    app = app_factory(FILES)
    talk = Talk(app)
    chance = random.Random(service)
    before, open_before = memory_mb(app.pid), descriptors(app.pid)
    good = set()
    for operation in bus_requests.operations_of(service):
        for protocol in bus_requests.protocols_of(service):
            talk.world.restore(service)
            for wants in (lambda name: False, lambda name: True, lambda name: chance.random() < 0.5):
                made = bus_requests.request(service, operation, talk.world.names, wants, protocol)
                status, body = talk.send(made)
                if status < 300:
                    good.add(operation)
                if status == 501 or b"UnknownOperation" in body or b"InvalidAction" in body:
                    break
                for bad in sample(chance, made):
                    talk.send(bad)
    assert len(good) >= 0.8 * len(bus_requests.EMULATED[service]), bus_requests.EMULATED[service] - good
    assert memory_mb(app.pid) < before + 16
    talk.wire.close()
    assert descriptors(app.pid) <= open_before + 8
    ended_well(app)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    directory = tmp_path_factory.mktemp("refusals")
    write_tree(directory, FILES)
    app = App(directory)
    yield World(app)
    ended_well(app)


@pytest.mark.parametrize("service", bus_requests.SERVICES)
def test_what_is_not_emulated_is_refused_by_name(world, service):
    client = world.app.client(service, parameter_validation=False, inject_host_prefix=False)
    for method, operation in client.meta.method_to_api_mapping.items():
        if operation in bus_requests.EMULATED[service] or operation not in bus_requests.operations_of(service):
            continue
        parameters = bus_requests.parameters_of(service, operation, world.names)
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            getattr(client, method)(**parameters)
        response = refused.value.response
        status, error = response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]
        assert status == 501 or error["Code"] in ("UnknownOperationException", "InvalidAction"), (operation, response)
        asked = client.meta.service_model.operation_model(operation).http["requestUri"].partition("{")[0]
        named = [operation, "does not have the service"] + ([asked] if asked != "/" else [])
        assert any(name in error["Message"] for name in named), (operation, error)
