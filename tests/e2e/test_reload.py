"""An edit is live on the next request; a template change deploys again without dropping a listener."""
import os

import apps
import pytest
from conftest import needs, write_tree


def answer_node(text):
    return f"exports.handler = async () => '{text}';\n"


@needs("node")
def test_the_next_request_runs_the_edited_code(app_factory, tmp_path):
    app = app_factory(apps.node(answer_node("first")))
    assert app.get("/").text == "first"
    for i in range(5):
        write_tree(tmp_path, {"app/index.js": answer_node(f"edit {i}")})
        assert app.get("/").text == f"edit {i}"


@needs("node")
def test_an_editor_that_replaces_the_file_is_noticed(app_factory, tmp_path):
    app = app_factory(apps.node(answer_node("first")))
    assert app.get("/").text == "first"
    write_tree(tmp_path, {"app/.index.js.swp": answer_node("renamed")})
    os.rename(tmp_path / "app/.index.js.swp", tmp_path / "app/index.js")
    assert app.get("/").text == "renamed"


@needs("python3")
def test_a_module_in_a_new_folder_is_live(app_factory, tmp_path):
    app = app_factory(apps.python("def handler(e, c):\n    return 'old'\n"))
    assert app.get("/").text == "old"
    write_tree(tmp_path, {"app/lib/__init__.py": "", "app/lib/words.py": "WORD = 'one'\n"})
    write_tree(tmp_path, {"app/app.py": "from lib.words import WORD\ndef handler(e, c):\n    return WORD\n"})
    assert app.get("/").text == "one"
    write_tree(tmp_path, {"app/lib/words.py": "WORD = 'three'\n"})
    assert app.get("/").text == "three"


@needs("node")
@pytest.mark.parametrize("code", ["app/", ""])
def test_a_layers_own_package_is_live(app_factory, tmp_path, code):
    files = apps.node("exports.handler = async () => require('words');\n", properties="Layers: [!Ref Shared]")
    files["template.yaml"] += "  Shared: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer}}\n"
    if not code:  # the function's code is all of the project, the layer too
        files["template.yaml"] = files["template.yaml"].replace("CodeUri: app/", "CodeUri: .")
        files["index.js"] = files.pop("app/index.js")
    package = "layer/nodejs/node_modules/words/"
    app = app_factory({**files, package + "index.js": "module.exports = require('./lib/word');\n",
                       package + "lib/word.js": "module.exports = 'one';\n"})
    assert app.get("/").text == "one"
    write_tree(tmp_path, {package + "lib/word.js": "module.exports = 'three';\n"})
    assert app.get("/").text == "three"
    write_tree(tmp_path, {package + "new/word.js": "module.exports = 'fifteen';\n"})
    write_tree(tmp_path, {package + "index.js": "module.exports = require('./new/word');\n"})
    assert app.get("/").text == "fifteen"
    write_tree(tmp_path, {package + "new/word.js": "module.exports = 'twenty';\n"})
    assert app.get("/").text == "twenty"


@needs("node")
def test_an_invocation_in_flight_ends_on_the_old_code(app_factory, tmp_path):
    import concurrent.futures
    app = app_factory(apps.node("exports.handler = async () => { console.log('begun'); "
                                "await new Promise(r => setTimeout(r, 700)); return 'old'; };\n"))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        old = pool.submit(app.get, "/")
        app.wait_for(lambda line: line["type"] == "output" and "begun" in line["line"])
        write_tree(tmp_path, {"app/index.js": answer_node("new")})
        assert app.get("/").text == "new"
        assert old.result().text == "old"


@needs("node")
def test_a_syntax_error_is_told_and_mended(app_factory, tmp_path):
    app = app_factory(apps.node(answer_node("fine")))
    assert app.get("/").text == "fine"
    write_tree(tmp_path, {"app/index.js": "exports.handler = async () => {\n"})
    assert app.get("/").status_code == 500
    line = app.wait_for(lambda line: line["type"] == "request" and line["status"] == 500)
    assert line["error"]["errorType"] == "Runtime.UserCodeSyntaxError"
    write_tree(tmp_path, {"app/index.js": answer_node("mended")})
    assert app.get("/").text == "mended"


@needs("node")
def test_a_template_change_keeps_the_listener(app_factory, tmp_path):
    import requests
    files = apps.node(apps.ECHO_NODE)
    app = app_factory(files)
    session = requests.Session()  # one kept-alive connection
    assert session.get(app.api() + "/one", timeout=10).status_code == 200
    changed = files["template.yaml"].replace("          Type: HttpApi\n", "          Type: HttpApi\n          Properties:"
                                             " {Method: GET, Path: /two}\n")
    write_tree(tmp_path, {"template.yaml": changed})
    app.wait_for(lambda line: line["type"] == "notice" and "deployed again" in line["text"])
    assert session.get(app.api() + "/two", timeout=10).status_code == 200
    assert session.get(app.api() + "/one", timeout=10).status_code == 404


@needs("node")
def test_a_broken_template_leaves_the_application_as_it_was(app_factory, tmp_path):
    app = app_factory(apps.node(apps.ECHO_NODE))
    write_tree(tmp_path, {"template.yaml": "Resources: ["})
    app.wait_for(lambda line: line["type"] == "notice" and "does not load" in line["text"])
    assert app.get("/").status_code == 200


@needs("node")
@pytest.mark.parametrize("source", ["env-vars", "dotenv"])
def test_environment_overrides_follow_sam(app_factory, tmp_path, source):
    files = apps.node("exports.handler = async () => [process.env.KEY, process.env.OTHER ?? null];\n",
                      properties="Environment: {Variables: {KEY: template}}")
    if source == "env-vars":
        files["env.json"] = '{"Hello": {"KEY": "file", "OTHER": "undeclared"}}'
        app = app_factory(files, "--env-vars", "env.json")
        assert app.get("/").json() == ["file", None]
        write_tree(tmp_path, {"env.json": '{"Hello": {"KEY": "edited"}}'})
    else:
        files[".env"] = "KEY=dotenv\nOTHER=undeclared\n"
        app = app_factory(files)
        assert app.get("/").json() == ["dotenv", None]
        write_tree(tmp_path, {".env": "KEY=edited\n"})
    app.wait_for(lambda line: line["type"] == "notice" and "deployed again" in line["text"])
    assert app.get("/").json() == ["edited", None]
