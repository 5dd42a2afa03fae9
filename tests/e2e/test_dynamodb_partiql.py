"""PartiQL through boto3: statements, batches and transactions. What is compared word by word was observed on AWS
(reference/dynamodb.md section 13; the Parity Suite's and Floci's recordings of 2026)."""
import itertools

import pytest
from botocore.exceptions import ClientError

names = itertools.count()

NOT_WELL_FORMED = "Statement wasn't well formed, can't be processed: "
LEFTOVER = NOT_WELL_FORMED + "Unexpected token after expression"
OVERLAPPING = "Overlapping conditions with range keys are not supported in where clause"
NO_KEY = "Where clause does not contain a mandatory equality on all key attributes"


def make_table(ddb, keys="pk:S sk:S", **more):
    name = f"partiql-{next(names)}"
    parts = [part.split(":") for part in keys.split()]
    types = dict(parts, **more.pop("types", {}))
    ddb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": part, "KeyType": kind} for (part, _), kind in zip(parts, ("HASH", "RANGE"))],
        AttributeDefinitions=[{"AttributeName": part, "AttributeType": kind} for part, kind in types.items()], **more)
    return name


@pytest.fixture(scope="module")
def client(ddb_store):
    return ddb_store.client()


class Table:
    def __init__(self, ddb, name):
        self.ddb, self.name = ddb, name

    def text(self, statement):
        return statement.replace("$T", f'"{self.name}"')

    def run(self, statement, *parameters, **more):
        if parameters:
            more["Parameters"] = list(parameters)
        return self.ddb.execute_statement(Statement=self.text(statement), **more)

    def items(self, statement, *parameters, **more):
        return self.run(statement, *parameters, **more)["Items"]

    def transact(self, *statements, **more):
        return self.ddb.execute_transaction(
            TransactStatements=[s if isinstance(s, dict) else {"Statement": self.text(s)} for s in statements], **more)

    def batch(self, *statements, **more):
        return self.ddb.batch_execute_statement(
            Statements=[dict(s, Statement=self.text(s["Statement"])) if isinstance(s, dict)
                        else {"Statement": self.text(s)} for s in statements], **more)

    def put(self, **item):
        self.ddb.put_item(TableName=self.name, Item=item)

    def get(self, **key):
        return self.ddb.get_item(TableName=self.name, Key=key, ConsistentRead=True).get("Item")


@pytest.fixture(scope="module")
def hashed(client):
    return Table(client, make_table(client, "pk:S"))


@pytest.fixture(scope="module")
def numbered(client):
    return Table(client, make_table(client, "pk:N"))


@pytest.fixture(scope="module")
def sorted_(client):
    return Table(client, make_table(client))


@pytest.fixture(scope="module")
def indexed(client):
    def index(name, keys, projection, included=()):
        schema = [{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"))]
        kinds = {"ProjectionType": projection, **({"NonKeyAttributes": list(included)} if included else {})}
        return {"IndexName": name, "KeySchema": schema, "Projection": kinds}

    name = make_table(
        client, types={"g": "S", "h": "S", "l": "S"},
        GlobalSecondaryIndexes=[index("gsi-all", ["g"], "ALL"), index("gsi-keys", ["h"], "KEYS_ONLY"),
                                index("gsi-inc", ["h"], "INCLUDE", ["proj"])],
        LocalSecondaryIndexes=[index("lsi-all", ["pk", "l"], "ALL"), index("lsi-keys", ["pk", "l"], "KEYS_ONLY")])
    table = Table(client, name)
    for n in range(1, 5):
        item = {"pk": {"S": "p"}, "sk": {"S": f"s{n}"}, "nonproj": {"S": f"n{n}"}}
        if n != 3:
            item.update(g={"S": "x" if n != 2 else "z"}, h={"S": "y"}, l={"S": f"l{n}"}, proj={"S": f"p{n}"})
        table.put(**item)
    return table


def refused(call, code="ValidationException"):
    with pytest.raises(ClientError) as error:
        call()
    assert error.value.response["Error"]["Code"] == code, error.value
    return error.value.response["Error"]["Message"]


def reasons(call):
    with pytest.raises(ClientError) as error:
        call()
    assert error.value.response["Error"]["Code"] == "TransactionCanceledException", error.value
    return error.value.response["CancellationReasons"]


# --- the four statements ---


def test_insert_select_update_delete(hashed):
    assert hashed.items("INSERT INTO $T VALUE {'pk': 'a', 'n': 1, 'l': [1, 'x', {'k': null}], 's': <<'b', 'a'>>, "
                        "'ok': true, 'quote': 'it''s'}") == []
    assert hashed.get(pk={"S": "a"}) == {
        "pk": {"S": "a"}, "n": {"N": "1"}, "l": {"L": [{"N": "1"}, {"S": "x"}, {"M": {"k": {"NULL": True}}}]},
        "s": {"SS": ["a", "b"]}, "ok": {"BOOL": True}, "quote": {"S": "it's"}}
    assert hashed.items("SELECT n, \"quote\" FROM $T WHERE pk = 'a'") == [{"n": {"N": "1"}, "quote": {"S": "it's"}}]
    assert hashed.items("UPDATE $T SET n = n + 1 SET l[0] = 5 REMOVE ok WHERE pk = 'a'") == []
    item = hashed.get(pk={"S": "a"})
    assert (item["n"], item["l"]["L"][0], "ok" in item) == ({"N": "2"}, {"N": "5"}, False)
    assert hashed.items("DELETE FROM $T WHERE pk = 'a'") == []
    assert hashed.get(pk={"S": "a"}) is None
    assert hashed.items("SELECT * FROM $T WHERE pk = 'a'") == []


def test_an_insert_is_no_upsert(hashed):
    hashed.run("INSERT INTO $T VALUE {'pk': 'dup'}")
    assert refused(lambda: hashed.run("INSERT INTO $T VALUE {'pk': 'dup', 'n': 1}"),
                   "DuplicateItemException") == "Duplicate primary key exists in table"
    assert hashed.get(pk={"S": "dup"}) == {"pk": {"S": "dup"}}


def test_parameters_of_every_type(hashed):
    values = [{"S": "param"}, {"N": "1.50"}, {"B": b"\x00\xff"}, {"BOOL": True}, {"NULL": True}, {"L": [{"S": "a"}]},
              {"M": {"k": {"N": "1"}}}, {"SS": ["a", "b"]}, {"NS": ["1"]}, {"BS": [b"x"]}]
    names_ = ["pk", "n", "b", "ok", "nul", "l", "m", "ss", "ns", "bs"]
    statement = "INSERT INTO $T VALUE {" + ", ".join(f"'{name}': ?" for name in names_) + "}"
    hashed.run(statement, *values)
    values[1] = {"N": "1.5"}
    assert hashed.items("SELECT * FROM $T WHERE pk = ?", {"S": "param"}) == [dict(zip(names_, values))]
    assert refused(lambda: hashed.run("SELECT * FROM $T WHERE pk = ?")) == \
        "Number of parameters in request and statement don't match."


def test_an_update_never_creates_and_a_delete_of_nothing_succeeds(hashed):
    for statement in ("UPDATE $T SET a = 1 WHERE pk = 'ghost'", "FROM $T WHERE pk = 'ghost' SET a = 1",
                      "UPDATE $T SET ss = set_add(ss, <<'x'>>) WHERE pk = 'ghost'"):
        refused(lambda: hashed.run(statement), "ConditionalCheckFailedException")
    assert hashed.get(pk={"S": "ghost"}) is None
    hashed.run("DELETE FROM $T WHERE pk = 'ghost'")
    hashed.run("DELETE FROM $T WHERE pk = 'ghost' AND name_ = 'x'")


def test_conditions_beside_the_key_guard_writes(hashed):
    hashed.put(pk={"S": "guard"}, name={"S": "alpha"}, n={"N": "5"})
    for statement in ("UPDATE $T SET n = 9 WHERE pk = 'guard' AND \"name\" = 'beta'",
                      "DELETE FROM $T WHERE pk = 'guard' AND \"name\" = 'beta'",
                      "DELETE FROM $T WHERE pk = 'guard' AND NOT begins_with(\"name\", 'al')"):
        refused(lambda: hashed.run(statement), "ConditionalCheckFailedException")
    assert hashed.get(pk={"S": "guard"})["n"] == {"N": "5"}
    with pytest.raises(ClientError) as error:
        hashed.run("UPDATE $T SET n = 9 WHERE pk = 'guard' AND n > 5", ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert error.value.response["Item"]["n"] == {"N": "5"}
    hashed.run("UPDATE $T SET n = 9 WHERE (pk = 'guard' AND n = 5) AND \"name\" = 'alpha'")
    hashed.run("DELETE FROM $T WHERE pk = 'guard' AND n = 9")
    assert hashed.get(pk={"S": "guard"}) is None


def test_returning(hashed):
    hashed.put(pk={"S": "ret"}, data={"S": "old"}, keep={"S": "same"})
    assert hashed.items("UPDATE $T SET data = 'new' WHERE pk = 'ret' RETURNING ALL OLD *") == [
        {"pk": {"S": "ret"}, "data": {"S": "old"}, "keep": {"S": "same"}}]
    assert hashed.items("UPDATE $T SET data = 'newer' WHERE pk = 'ret' RETURNING MODIFIED NEW *") == [
        {"data": {"S": "newer"}}]
    assert hashed.items("UPDATE $T REMOVE data WHERE pk = 'ret' RETURNING MODIFIED NEW *") == []
    assert refused(lambda: hashed.run("DELETE FROM $T WHERE pk = 'ret' RETURNING MODIFIED OLD *")) == (
        "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE statements.")
    assert hashed.items("DELETE FROM $T WHERE pk = 'ret' RETURNING ALL OLD *") == [
        {"pk": {"S": "ret"}, "keep": {"S": "same"}}]
    assert hashed.items("DELETE FROM $T WHERE pk = 'ret' RETURNING ALL OLD *") == []


def test_from_first_is_an_update(hashed):
    hashed.put(pk={"S": "ff"}, a={"N": "1"}, b={"S": "bee"})
    hashed.run("from $T where pk = ? set c = ? remove b", {"S": "ff"}, {"N": "7"})
    assert hashed.get(pk={"S": "ff"}) == {"pk": {"S": "ff"}, "a": {"N": "1"}, "c": {"N": "7"}}
    assert refused(lambda: hashed.run("FROM $T SET c = 1")) == NO_KEY


def test_set_functions(hashed):
    hashed.put(pk={"S": "sets"}, ss={"SS": ["a", "b"]}, ns={"NS": ["1", "2"]}, l={"L": [{"S": "x"}]})
    for statement, name, value in [
            ("UPDATE $T SET ss = set_add(ss, <<'z', 'a'>>)", "ss", {"SS": ["a", "b", "z"]}),
            ("UPDATE $T SET ns = SET_DELETE(ns, <<2>>)", "ns", {"NS": ["1"]}),
            ("UPDATE $T SET nss = set_add(nss, <<'x'>>)", "nss", {"SS": ["x"]}),
            ("UPDATE $T SET nss = set_delete(nss, <<'x'>>)", "nss", None),
            ("UPDATE $T SET l = list_append(l, ['y'])", "l", {"L": [{"S": "x"}, {"S": "y"}]}),
            ("UPDATE $T SET c = if_not_exists(c, 1)", "c", {"N": "1"})]:
        hashed.run(statement + " WHERE pk = 'sets'")
        assert hashed.get(pk={"S": "sets"}).get(name) == value, statement


# --- WHERE ---


def test_conditions(hashed):
    hashed.put(pk={"S": "cond"}, n={"N": "1"}, flag={"S": "right"}, yes={"BOOL": True}, nul={"NULL": True},
               m={"M": {"x": {"S": "y"}}}, l={"L": [{"S": "a"}]}, ss={"SS": ["a"]}, b={"B": b"x"})
    holds = ["n BETWEEN 0 AND 5", "n IN [-1, 1]", "flag IN ('left', 'right')", "flag IN ('right')", "n = - - 1", "1 = n",
             "n <> 2", "n != 2", "NOT n = 2", "nope IS MISSING", "flag IS NOT MISSING", "nul IS NULL", "n IS NUMERIC",
             "flag IS STRING", "yes IS BOOLEAN", "m IS STRUCT", "l IS LIST", "b IS BLOB", "flag IS NOT NULL",
             "attribute_exists(m.x)", "ATTRIBUTE_NOT_EXISTS (nope)", "attribute_exists(l[0])", "attribute_type(n, 'N')",
             "begins_with(flag, 'ri')", "contains(flag, 'igh')", "contains(ss, 'a')", "size(flag) = 5", "size(l) > 0",
             "m = {'x': 'y'}", "l = ['a']", "ss = <<'a'>>", "yes = true", "nul = null", "(n = 5 OR flag = 'right')",
             "attribute_exists(nope) = false", "true = attribute_exists(n)", "attribute_exists(n) <> 1",
             "contains(nope, 'z') = false", "(n BETWEEN 0 AND 5) = true", "(n = 5 OR flag = 'x') = false",
             "attribute_exists(nope) IN [true, false]", "attribute_exists(n) = attribute_exists(flag)",
             "attribute_exists(n) = yes", "n > -5", "n>-/* c */5", "flag > 'a' AND flag < 'z'"]
    fails = ["n = 2", "n > 1", "nope = 1", "flag IS MISSING", "nope IS NULL", "n IN [2]", "attribute_exists(n) = 1",
             "NOT attribute_exists(n) = true", "(attribute_exists(n) = true) = false", "attribute_exists(n) = flag",
             "n NOT BETWEEN 0 AND 5", "n NOT IN [1]"]
    for condition in holds:
        assert len(hashed.items(f"SELECT pk FROM $T WHERE pk = 'cond' AND {condition}")) == 1, condition
    for condition in fails:
        assert hashed.items(f"SELECT pk FROM $T WHERE pk = 'cond' AND {condition}") == [], condition


def test_columns_are_called_by_their_last_name(hashed):
    hashed.put(pk={"S": "cols"}, m={"M": {"k": {"L": [{"N": "1"}, {"S": "two"}]}, "z": {"S": "last"}}},
               l={"L": [{"N": "7"}, {"N": "8"}, {"N": "9"}]})
    assert hashed.items("SELECT m.k[1], l[2], m.z, \"m.z\", absent FROM $T WHERE pk = 'cols'") == [
        {"k[1]": {"S": "two"}, "l[2]": {"N": "9"}, "z": {"S": "last"}}]
    assert hashed.items("SELECT absent FROM $T WHERE pk = 'cols'") == [{}]


def test_number_literals_and_comments(numbered):
    for number in ("7310000", "7.3", "-7.3"):
        numbered.put(pk={"N": number})
    for literal, number in [("7.31e6", "7310000"), ("7.31E+6", "7310000"), ("73100000e-1", "7310000"), (".73e1", "7.3"),
                            ("-.73e1", "-7.3")]:
        assert numbered.items(f"SELECT * FROM $T WHERE pk = {literal}") == [{"pk": {"N": number}}], literal
    for statement in ("SELECT * FROM $T WHERE pk = 7.3 -- a note", "SELECT * FROM $T -- a note\nWHERE pk = 7.3",
                      "-- a note\nSELECT/**/* FROM $T /* a note */ WHERE pk = 7.3;", "SELECT * FROM $T WHERE pk=7.3 /* x */"):
        assert len(numbered.items(statement)) == 1, statement


# --- plans ---


@pytest.fixture(scope="module")
def ranges(sorted_):
    for pk, sk in itertools.product("abc", "12345"):
        sorted_.put(pk={"S": pk}, sk={"S": sk}, flag={"S": sk + pk})
    return sorted_


def keys_of(items):
    return [item["pk"]["S"] + item["sk"]["S"] for item in items]


def test_reads_go_to_the_partitions_and_ranges_that_are_named(ranges):
    for where, wanted in [
            ("pk='a'", "a1 a2 a3 a4 a5"), ("pk='a' AND sk='2'", "a2"), ("pk='a' AND sk > '3'", "a4 a5"),
            ("'3' > sk AND pk='a'", "a1 a2"), ("pk='a' AND sk BETWEEN '2' AND '4'", "a2 a3 a4"),
            ("pk='a' AND begins_with(sk, '3')", "a3"), ("pk='a' AND (sk='1' OR sk='2')", "a1 a2"),
            ("pk='a' AND sk IN ['4','5']", "a4 a5"), ("pk='a' AND (sk < '2' OR sk > '4' OR sk='3')", "a1 a5 a3"),
            ("pk='a' AND sk <> '1' AND sk < '3'", "a2"), ("pk='a' AND NOT sk='1' AND sk < '3'", "a2"),
            ("pk='a' AND sk='1' AND sk > '0'", "a1"), ("pk='a' AND sk='1' AND sk > '1'", ""), ("pk='a' AND pk='b'", ""),
            ("pk IN ['a','c'] AND sk='1'", "a1 c1"), ("pk='b' AND sk='1' OR pk='a' AND sk='2'", "b1 a2"),
            ("pk='a' AND (pk='b' OR flag='1a')", "a1"), ("pk='a' AND (flag='1a' OR flag='2a')", "a1 a2")]:
        assert keys_of(ranges.items(f"SELECT pk, sk FROM $T WHERE {where}")) == wanted.split(), where
    for where, wanted in [("flag = '1a' OR flag = '2b'", "a1 b2"), ("pk = 'a' OR sk = '1'", "a1 a2 a3 a4 a5 b1 c1"),
                          ("pk > 'b'", "c1 c2 c3 c4 c5")]:
        assert sorted(keys_of(ranges.items(f"SELECT pk, sk FROM $T WHERE {where}"))) == wanted.split(), where
    assert len(ranges.items("SELECT * FROM $T")) == 15


def test_order_by(ranges):
    for order, wanted in [("sk DESC", "a3 a2 a1"), ("sk ASC", "a1 a2 a3"), ("pk", "a1 a2 a3")]:
        assert keys_of(ranges.items(f"SELECT pk, sk FROM $T WHERE pk='a' AND sk < '4' ORDER BY {order}")) == \
            wanted.split(), order
    for order, wanted in [("pk", "a1 a2 c1 c2"), ("pk DESC", "c1 c2 a1 a2"), ("pk, sk DESC", "a2 a1 c2 c1"),
                          ("pk DESC, sk DESC", "c2 c1 a2 a1")]:
        assert keys_of(ranges.items(
            f"SELECT pk, sk FROM $T WHERE pk IN ['c','a'] AND sk IN ['2','1'] ORDER BY {order}")) == wanted.split(), order
    assert refused(lambda: ranges.run("SELECT * FROM $T ORDER BY pk")) == \
        "Must have WHERE clause in the statement when using ORDER BY clause."
    assert refused(lambda: ranges.run("SELECT * FROM $T WHERE flag='x' ORDER BY pk")) == \
        "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."
    assert refused(lambda: ranges.run("SELECT * FROM $T WHERE pk='a' ORDER BY flag")) == \
        "Attribute flag in ORDER BY clause must be part of the primary key"


def pages(table, statement, *parameters, **more):
    found, token, rounds = [], {}, 0
    while True:
        page = table.run(statement, *parameters, **more, **token)
        found.append(page["Items"])
        rounds += 1
        assert rounds < 100
        if "NextToken" not in page:
            return found
        token = {"NextToken": page["NextToken"]}


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("where", ["", " WHERE pk='a'", " WHERE pk IN ['c','a','b'] AND sk IN ['1','3','5']",
                                   " WHERE pk='b' AND sk > '1' ORDER BY sk DESC", " WHERE flag > '2'"])
def test_pages_have_every_item_once(ranges, where, limit):
    whole = keys_of(ranges.items("SELECT pk, sk FROM $T" + where))
    found = pages(ranges, "SELECT pk, sk FROM $T" + where, Limit=limit)
    assert keys_of(itertools.chain(*found)) == whole
    assert all(len(page) <= limit for page in found)


def test_a_token_belongs_to_its_statement(ranges):
    token = ranges.run("SELECT * FROM $T WHERE pk='a'", Limit=2)["NextToken"]
    assert refused(lambda: ranges.run("SELECT * FROM $T WHERE pk='b'", NextToken=token)) == \
        "NextToken does not match request"
    assert len(ranges.items("SELECT * FROM $T WHERE pk='a'", NextToken=token)) == 3
    for garbage in ("garbage", "AAAA", token[:-8], "QUFB" * 40):
        assert refused(lambda: ranges.run("SELECT * FROM $T WHERE pk='a'", NextToken=garbage)) in (
            "Invalid NextToken", "NextToken does not match request"), garbage


def test_pages_end_at_one_megabyte_across_partitions(client):
    table = Table(client, make_table(client))
    for pk in "ab":
        for n in range(6):
            table.put(pk={"S": pk}, sk={"S": str(n)}, pad={"S": "x" * 300_000})
    found = pages(table, "SELECT pk, sk FROM $T WHERE pk IN ['a','b']")
    assert [len(page) for page in found if page] == [4, 4, 4]
    assert [len(page) for page in pages(table, "SELECT pk FROM $T") if page] == [4, 4, 4]


# --- indexes ---


def test_index_reads_show_what_the_index_has(indexed):
    def names_of(statement):
        return [sorted(item) for item in indexed.items(statement)]

    assert sorted(item["sk"]["S"] for item in indexed.items("SELECT sk FROM $T.\"gsi-all\" WHERE g = 'x'")) == ["s1", "s4"]
    assert names_of("SELECT * FROM $T.\"gsi-keys\" WHERE h = 'y'") == [["h", "pk", "sk"]] * 3
    assert names_of("SELECT * FROM $T.\"gsi-inc\" WHERE h = 'y'") == [["h", "pk", "proj", "sk"]] * 3
    assert names_of("SELECT * FROM $T.\"lsi-keys\" WHERE pk = 'p'") == [["l", "pk", "sk"]] * 3
    assert names_of("SELECT nonproj FROM $T.\"lsi-keys\" WHERE pk = 'p'") == [["nonproj"]] * 3
    assert names_of("SELECT sk FROM $T.\"gsi-inc\" WHERE nonproj = 'n1'") == []
    assert names_of("SELECT sk FROM $T.\"gsi-inc\" WHERE NOT nonproj = 'n1'") == [["sk"]] * 3
    assert len(indexed.items("SELECT sk FROM $T.\"gsi-all\" WHERE pk = 'p'")) == 3
    assert len(indexed.items("SELECT sk FROM $T.\"lsi-all\" WHERE pk = 'p'", ConsistentRead=True)) == 3
    found = pages(indexed, "SELECT sk FROM $T.\"gsi-all\" WHERE g IN ['x', 'z']", Limit=1)
    assert sorted(item["sk"]["S"] for item in itertools.chain(*found)) == ["s1", "s2", "s4"]


def test_index_refusals(indexed, client):
    invalid = "One or more parameter values were invalid: "
    for statement, message in [
            ("SELECT nonproj, other FROM $T.\"gsi-inc\" WHERE h='y'",
             invalid + "Global secondary index gsi-inc does not project [nonproj, other]"),
            ("SELECT pk FROM $T.\"gsi-inc\" WHERE h='y' AND NOT (nonproj='1' OR proj='x')",
             invalid + "Secondary index gsi-inc does not project one or more filter attributes: [nonproj]"),
            ("SELECT pk FROM $T.\"gsi-inc\" WHERE h='y' AND (zz='1' OR aa='2' OR mm='3')",
             invalid + "Secondary index gsi-inc does not project one or more filter attributes: [zz, aa, mm]"),
            ("SELECT pk FROM $T.\"lsi-keys\" WHERE pk='p' AND nonproj='1'",
             invalid + "Secondary index lsi-keys does not project one or more filter attributes: [nonproj]"),
            ("SELECT * FROM $T.\"none\" WHERE pk='p'", "The table does not have the specified index"),
            ("SELECT * FROM $T.\"gsi-all\".\"more\" WHERE pk='p'",
             "A path may contain at most 2 components in the FROM clause"),
            ("SELECT * FROM $T.\"\" WHERE pk='p'", "Path component cannot be an empty string"),
            ("INSERT INTO $T.\"gsi-all\" VALUE {'pk':'q','sk':'1'}", "FROM clause may only contain a single table name"),
            ("UPDATE $T.\"gsi-all\" SET a=1 WHERE pk='p'", "This operation is not supported on an index"),
            ("DELETE FROM $T.\"gsi-all\" WHERE pk='p'", "This operation is not supported on an index")]:
        assert refused(lambda: indexed.run(statement)) == message, statement
    assert refused(lambda: indexed.run("SELECT * FROM $T.\"gsi-all\" WHERE g='x'", ConsistentRead=True)) == \
        "Strongly consistent read is not supported on Global Secondary Indexes"


# --- refusals, word by word ---


def test_statements_that_are_not_well_formed(hashed):
    for statement, detail in [
            ("SLECT * FROM $T WHERE pk='a'", "Expected data manipulation"),
            ("UPDATE Payment-table SET a=1 WHERE pk='a'", "Expected data manipulation"),
            ("SELECT * FROM $T WHERE pk = 'a' foo", "Unexpected token after expression"),
            ("SELECT * FROM $T WHERE pk = 'a')", "Unexpected token after expression"),
            ("INSERT INTO $T VALUE {'pk':'x'} foo", "Unexpected token after expression"),
            ("INSERT INTO $T t VALUE {'pk':'x'}", "Unexpected token after expression"),
            ("DELETE FROM $T WHERE pk = 'a' ORDER BY pk", "Unexpected token after expression"),
            ("SELECT * FROM $T ORDER BY pk WHERE pk = 'a'", "Unexpected token after expression"),
            ("FROM $T SET c = 1 WHERE pk = 'a'", "Unexpected token after expression"),
            ("SELECT * FROM $T WHERE", "Unexpected term"), ("SELECT * FROM $T WHERE;", "Unexpected term"),
            ("UPDATE $T SET a = 1 WHERE", "Unexpected term"), ("SELECT * FROM $T WHERE NOT", "Unexpected term"),
            ("SELECT * FROM $T WHERE (", "Unexpected term"), ("SELECT * FROM", "Unexpected term"),
            ("SELECT * FROM $T WHERE pk = 'a' AND", "Missing right-hand side expression of infix operator"),
            ("SELECT * FROM $T WHERE ORDER BY pk", "Unexpected keyword"),
            ("INSERT INTO $T (key, b) VALUES (?, ?)", "Unexpected keyword"),
            ("SELECT * FROM $T WHERE pk = 'a' AND x IS FOO", "Expected type name"),
            ("SELECT * FROM $T WHERE IS NULL", "Unexpected operator"),
            ("SELECT * FROM $T WHERE pk = LIKE", "Unexpected operator"),
            ("DELETE FROM", "Expected identifier for simple path"),
            ("DELETE FROM WHERE pk = 'a'", "Expected identifier for simple path"),
            ("SELECT * FROM $T WHERE attribute_exists(m.inner)", "Invalid path dot component"),
            ("SELECT * FROM (SELECT * FROM $T", "Expected RIGHT_PAREN"),
            ("SELECT * FROM $T WHERE pk = 1e2147483648", ""), ("SELECT * FROM $T WHERE pk = 1.5e-2147483647", ""),
            ("SELECT * FROM $T WHERE pk = 'a' # note", ""), ("SELECT * FROM $T WHERE pk = 'a' /* note", ""),
            ("SELECT * FROM $T WHERE pk = 'a", "")]:
        assert refused(lambda: hashed.run(statement)) == NOT_WELL_FORMED + detail, statement
    for depth in (300, 4000):
        assert refused(lambda: hashed.run("SELECT * FROM $T WHERE " + "(" * depth)).startswith(NOT_WELL_FORMED)
        assert refused(lambda: hashed.run("SELECT * FROM $T WHERE a = " + "- " * depth + "1")).startswith(NOT_WELL_FORMED)


def test_statements_that_are_never_supported(hashed):
    for statement, message in [
            ("SELECT * FROM $T t WHERE pk='a'", "Aliasing is not supported"),
            ("SELECT * FROM $T AS t WHERE pk='a'", "Aliasing is not supported"),
            ("SELECT pk AS p FROM $T", "Aliasing is not supported"),
            ("UPDATE $T t SET a=3 WHERE pk='a'", "Aliasing is not supported"),
            ("DELETE FROM $T t WHERE pk='a'", "Aliasing is not supported"),
            ("SELECT pk, pk FROM $T", "Duplicate identifiers in select clause: pk"),
            ("SELECT id FROM some_table_ LIMIT 5", "Unsupported clause: LIMIT at 1:34:1"),
            ("SELECT attribute_exists(a) FROM $T", "Unexpected path component at 1:8:16"),
            ("SELECT COUNT(*) FROM $T", "Unexpected path component at 1:8:5"),
            ("SELECT l[-1] FROM $T", "List index is not within the allowable range; index: [-1] at 1:11:1"),
            ("SELECT l[2147483648] FROM $T",
             "List index is not within the allowable range; index: [2147483648] at 1:10:10"),
            ("x IS INT4", "Unsupported operation: IsType"), ("x IS DOUBLE PRECISION", "Unsupported operation: IsType"),
            ("SELECT * FROM \"\" WHERE pk='x'", "Path component cannot be an empty string")]:
        assert refused(lambda: hashed.run(statement)) == message, statement


def test_functions_and_operands(hashed):
    def where(condition):
        return hashed.text("SELECT * FROM $T WHERE pk = 'f' AND ") + condition

    def update(change):
        return hashed.text("UPDATE $T SET ") + change + " WHERE pk = 'f'"

    def at(statement, token, start=0):
        return f"1:{statement.index(token, start) + 1}:{len(token)}"

    hashed.put(pk={"S": "f"}, ss={"SS": ["a"]}, s={"S": "x"}, n={"N": "1"})
    operand = "Incorrect operand type for operator or function; operator or function: "
    count = "Incorrect number of operands for operator or function; operator or function: "
    path = "Operator or function requires a document path; operator or function: attribute_exists"
    for statement, message in [
            (where("attribute_exists('ss')"), path),
            (where("attribute_exists()"), count + "attribute_exists, number of operands: 0"),
            (where("attribute_exists(ss, n)"), count + "attribute_exists, number of operands: 2"),
            (where("attribute_type(s, 1)"), operand + "attribute_type, operand type: N"),
            (where("attribute_exists(n) > false"), operand + ">, operand type: BOOL"),
            (where("n < true"), operand + "<, operand type: BOOL"),
            (update("n = 'a' + 1"), operand + "+, operand type: S"),
            (update("n = n - null"), operand + "-, operand type: NULL"),
            (update("n = n + [1]"), operand + "+, operand type: L"),
            (update("ss = set_add(ss, <<>>)"), "Empty bags are not supported"),
            (update("ss = set_add(ss, <<'b','b'>>)"),
             "One or more parameter values were invalid: Input collection [b, b] contains duplicates."),
            (update("n = set_add(n, <<2, 2.0>>)"),
             "One or more parameter values were invalid: Input collection [2, 2.0] contains duplicates! under root"),
            (update("ss = set_add(ss, <<1>>)"), "An operand in the update expression has an incorrect data type"),
            (update("s = set_add(s, <<'x'>>)"), "An operand in the update expression has an incorrect data type"),
            (where("pk IN [" + ",".join("'%d'" % i for i in range(101)) + "]"),
             "The IN operator is provided with too many operands; number of operands: 101")]:
        assert refused(lambda: hashed.run(statement)) == message, statement
    for statement, token, message in [
            (where("EXISTS(ss)"), "EXISTS", "Unrecognized function: exists at "),
            (where("set_add(ss, <<'x'>>) = ss"), "set_add", "Unrecognized function: set_add at "),
            (update("t = set_add(ss, <<'x'>>)"), "set_add",
             "The first argument to SET_ADD must equal the assignment value at "),
            (update("ss = set_add(<<'a'>>, <<'b'>>)"), "set_add",
             "The first argument to SET_ADD must equal the assignment value at "),
            (update("ss = set_delete(ss)"), "set_delete", "SET_DELETE must have exactly two arguments at "),
            (hashed.text("INSERT INTO $T VALUE {'pk':'i','ss': set_add(<<'a'>>, <<'b'>>)}"), "set_add",
             "Unsupported data type: set_add under key root at "),
            (hashed.text("INSERT INTO $T VALUE {'pk':'i','m':{'k': nope}}"), "nope",
             "Unsupported data type: nope under key root.k at ")]:
        assert refused(lambda: hashed.run(statement)) == message + at(statement, token), statement
    statement = hashed.text('UPDATE $T SET "ss" = set_add("ss", [\'x\']) WHERE pk = \'f\'')
    assert refused(lambda: hashed.run(statement)) == \
        "The second argument to SET_ADD must be a value with type SET at " + at(statement, '"ss"', statement.index("add("))
    statement = update("x = [?]")
    assert refused(lambda: hashed.run(statement, {"S": "v"})) == \
        "Unsupported data type: Parameter under key root[0] at " + at(statement, "?")


def test_literals_beyond_the_limits_of_numbers_and_nesting(numbered):
    overflow = "Number overflow. Attempting to store a number with magnitude larger than supported range"
    for statement, message in [
            ("SELECT * FROM $T WHERE pk = 1e126", overflow + " under root"),
            ("SELECT * FROM $T WHERE pk = 123456789012345678901234567890123456789",
             "Attempting to store more than 38 significant digits in a Number under root"),
            ("UPDATE $T SET a = 1e-131 WHERE pk = 1",
             "Number underflow. Attempting to store a number with magnitude smaller than supported range under root"),
            ("INSERT INTO $T VALUE {'pk': 9, 'm': {'x': 1e126}}", overflow + " under root.x"),
            ("INSERT INTO $T VALUE {'pk': 9, 'l': [1, 1e126]}", overflow + " under root[1]"),
            ("UPDATE $T SET d = " + "{'a':" * 32 + "1" + "}" * 32 + " WHERE pk = 1",
             "Nesting Levels have exceeded supported limits under root" + ".a" * 32)]:
        assert refused(lambda: numbered.run(statement)) == message, statement
    numbered.run("INSERT INTO $T VALUE {'pk': 31, 'd': " + "{'a':" * 31 + "1" + "}" * 32)
    assert numbered.get(pk={"N": "31"})["d"]["M"]["a"]["M"]


def test_keys(ranges, hashed):
    select = "SELECT sk FROM $T WHERE "
    values = ["'v%d'" % i for i in range(60)]
    for where in ("pk IN ['a','a']", "pk='a' OR pk='a'", "pk='a' AND (sk > '0' OR sk < '5')",
                  "pk='a' AND (sk='1' OR flag='two')", "(pk='a' AND flag='1') OR (pk='a' AND flag='2')",
                  "pk = 'a' AND x = '1' OR pk = 'a' AND sk = '2'"):
        assert refused(lambda: ranges.run(select + where)) == OVERLAPPING, where
    for where in (f"pk IN [{','.join(values[:51])}]", f"pk='a' AND sk IN [{','.join(values[:51])}]",
                  f"pk IN [{','.join(values[:26])}] AND sk IN ['1','2']"):
        assert refused(lambda: ranges.run(select + where)) == "Too many decomposed read operations for a given query."
    ranges.run(select + f"pk IN [{','.join(values[:50])}]")
    ranges.run(select + f"pk IN [{','.join(values[:51])}] OR flag='1'")
    mismatch = "Key attribute's data type should match its data type in table's schema: Key "
    assert refused(lambda: ranges.run(select + "pk = 1 OR pk = 'a'")) == mismatch + "pk"
    assert refused(lambda: ranges.run(select + "pk = 'a' AND sk IN ['1', 2]")) == mismatch + "sk"
    assert ranges.items(select + "pk > 1") == []
    assert refused(lambda: ranges.run("UPDATE $T SET a=1 WHERE pk='a'")) == NO_KEY
    assert refused(lambda: hashed.run("DELETE FROM $T WHERE a = 1")) == NO_KEY
    multiple = "Multiple conditions on same key pk. Only single item Update/Insert/Delete are supported"
    assert refused(lambda: ranges.run("UPDATE $T SET a=1 WHERE pk='a' AND sk='1' AND pk='b'")) == multiple
    assert refused(lambda: ranges.run("DELETE FROM $T WHERE pk='a' AND sk='1' AND pk='b'")) == multiple
    ranges.run("UPDATE $T SET a=2 WHERE pk='a' AND sk='1' AND pk='a'")
    assert refused(lambda: hashed.run("UPDATE $T SET pk='x' WHERE pk='a'")) == (
        "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key")
    assert refused(lambda: hashed.run('SELECT * FROM "no-such-table" WHERE pk = \'a\''), "ResourceNotFoundException") == \
        "Requested resource not found"


def test_bad_parameters_go_first(hashed):
    duplicates = "One or more parameter values were invalid: Input collection [a, a] contains duplicates."
    assert refused(lambda: hashed.run("UPDATE $T SET WHERE", {"SS": ["a", "a"]})) == duplicates
    assert refused(lambda: hashed.transact(
        {"Statement": hashed.text("UPDATE $T SET y=? WHERE pk='x'"), "Parameters": [{"N": "1"}]},
        {"Statement": hashed.text("INSERT INTO $T VALUE {'pk':?}"), "Parameters": [{"SS": ["a", "a"]}]})) == duplicates


# --- batches ---


def test_batches_tell_each_statement_its_own(hashed):
    hashed.put(pk={"S": "b1"}, val={"S": "here"})
    responses = hashed.batch(
        "SLECT * FROM $T WHERE pk='b1'", "INSERT INTO $T VALUE {'pk': 'b1'}",
        "UPDATE $T SET touched='yes' WHERE pk='b1' AND val='wrong'",
        "UPDATE $T SET touched='yes' WHERE pk='b1' RETURNING ALL NEW *",
        "UPDATE $T REMOVE touched WHERE pk='b1' RETURNING MODIFIED NEW *", "INSERT INTO $T VALUE {'pk': 'b2'}",
        {"Statement": "UPDATE $T SET x=? WHERE pk='b1'", "Parameters": [{"SS": []}]},
        "DELETE FROM $T WHERE pk='b2' RETURNING ALL OLD *")["Responses"]
    assert [r.get("Error", {}).get("Code") for r in responses] == [
        "ValidationError", "DuplicateItem", "ConditionalCheckFailed", None, None, None, "ValidationError", None]
    assert responses[0]["Error"]["Message"] == NOT_WELL_FORMED + "Expected data manipulation"
    assert responses[6]["Error"]["Message"] == \
        "One or more parameter values were invalid: An string set  may not be empty"
    assert ["TableName" in r for r in responses] == [False, True, True, True, True, True, False, True]
    assert responses[3]["Item"]["touched"] == {"S": "yes"} and "Item" not in responses[4]
    assert responses[7]["Item"] == {"pk": {"S": "b2"}}


def test_batch_reads_name_one_item_each(ranges):
    refusal = "Select statements within BatchExecuteStatement must specify the primary key in the where clause."
    responses = ranges.batch(
        "SELECT sk FROM $T WHERE pk IN ['a'] AND sk='1'", "SELECT sk FROM $T WHERE pk='a' AND sk='1' AND flag='x'",
        "SELECT sk FROM $T WHERE pk='a'", "SELECT * FROM $T WHERE pk='a' AND sk='none'",
        "SELECT * FROM \"no-such-table\" WHERE pk='a' AND sk='1'",
        {"Statement": "SELECT flag FROM $T WHERE pk=? AND sk=?", "Parameters": [{"S": "b"}, {"S": "2"}]})["Responses"]
    assert responses[0] == {"TableName": ranges.name, "Item": {"sk": {"S": "1"}}}
    assert [responses[i]["Error"]["Message"] for i in (1, 2)] == [refusal, refusal]
    assert responses[3] == {"TableName": ranges.name}
    assert responses[4]["Error"]["Code"] == "ResourceNotFound"
    assert responses[5]["Item"] == {"flag": {"S": "2b"}}


def test_batch_capacity(hashed):
    hashed.put(pk={"S": "cap"})
    select = {"Statement": "SELECT * FROM $T WHERE pk='cap'"}
    for members, units in [([select], 0.5), ([dict(select, ConsistentRead=True)], 1),
                           ([select, dict(select, ConsistentRead=True)], 1.5)]:
        consumed = hashed.batch(*members, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]
        assert [c["CapacityUnits"] for c in consumed] == [units]


# --- transactions ---


def test_transactions_write_all_or_nothing(hashed):
    hashed.put(pk={"S": "t1"}, n={"N": "1"})
    assert hashed.transact("INSERT INTO $T VALUE {'pk':'t2'}", "UPDATE $T SET n = n + 1 WHERE pk='t1'",
                           "DELETE FROM $T WHERE pk='t3'")["Responses"] == []
    assert hashed.get(pk={"S": "t1"})["n"] == {"N": "2"} and hashed.get(pk={"S": "t2"})
    told = reasons(lambda: hashed.transact("INSERT INTO $T VALUE {'pk':'t2'}", "UPDATE $T SET n = 9 WHERE pk='t1'"))
    assert [reason["Code"] for reason in told] == ["DuplicateItem", "None"]
    assert hashed.get(pk={"S": "t1"})["n"] == {"N": "2"}


def test_exists_guards_a_transaction(hashed):
    hashed.put(pk={"S": "e1"}, flag={"S": "x"})
    hashed.transact("EXISTS(SELECT * FROM $T WHERE pk='e1' AND nope IS MISSING)", "INSERT INTO $T VALUE {'pk':'e2'}")
    for where in ("pk='e1' AND flag='y'", "pk='none' AND flag IS MISSING", "pk='e1' AND pk='e2' AND flag='x'"):
        told = reasons(lambda: hashed.transact(f"EXISTS(SELECT * FROM $T WHERE {where})",
                                               "INSERT INTO $T VALUE {'pk':'e3'}"))
        assert [reason["Code"] for reason in told] == ["ConditionalCheckFailed", "None"], where
    assert hashed.get(pk={"S": "e3"}) is None
    for where in ("pk='e1'", "flag='x'", "pk IN ['e1'] AND flag='x'"):
        assert refused(lambda: hashed.transact(f"EXISTS(SELECT * FROM $T WHERE {where})")) == (
            "Validation failed in TransactStatements[0]: EXISTS() must contain a single item read with additional condition")
    refused(lambda: hashed.run("EXISTS(SELECT * FROM $T WHERE pk='e1' AND flag='x')"))


def test_transactions_read_one_item_each(ranges):
    select = "SELECT sk FROM $T WHERE "
    assert ranges.transact(select + "pk='a' AND sk='1'", select + "(sk='2') AND pk IN ['a'] AND pk='a'",
                           select + "pk='a' AND sk='none'")["Responses"] == [
        {"Item": {"sk": {"S": "1"}}}, {"Item": {"sk": {"S": "2"}}}, {}]
    for where in ("pk='a' AND sk='1' AND flag='x'", "pk='a' AND sk='1' AND pk='b'", "pk='a'", "attribute_exists(pk)"):
        assert refused(lambda: ranges.transact(select + where)) == (
            "Validation failed in TransactStatements[0]: Select statements within ExecuteTransaction must specify the "
            "primary key in the where clause."), where
    assert refused(lambda: ranges.transact(select + "pk IN ['a','a'] AND sk='1'")) == \
        "Validation failed in TransactStatements[0]: " + OVERLAPPING
    assert refused(lambda: ranges.transact("SELECT * FROM $T.\"i\" WHERE pk='a' AND sk='1'")) == \
        "Validation failed in TransactStatements[0]: Reads on indices are not supported within transactions."
    same = "Transaction request cannot include multiple operations on one item"
    assert refused(lambda: ranges.transact(select + "pk='a' AND sk='1'", select + "sk='1' AND pk='a'")) == same
    told = reasons(lambda: ranges.transact(select + "pk='a' AND sk='1'", select + "pk='a' AND sk='1'",
                                           select + "pk=1 AND sk='1'"))
    assert [reason["Code"] for reason in told] == ["None", "None", "ValidationError"]


def test_a_transaction_is_refused_or_cancelled(ranges):
    update = "UPDATE $T SET a=1 WHERE "
    assert refused(lambda: ranges.transact(update + "pk='a' AND sk='1' RETURNING ALL NEW *")) == \
        "Validation failed in TransactStatements[0]: RETURNING clause is not supported in ExecuteTransaction."
    assert refused(lambda: ranges.transact("SELECT * FROM $T WHERE")) == \
        "Validation failed in TransactStatements[0]: " + NOT_WELL_FORMED + "Unexpected term"
    told = reasons(lambda: ranges.transact(update + "pk='a'", update + "pk IN ['a'] AND sk='1'", update + "pk='a' AND sk=1",
                                           update + "pk='a' AND sk='1'"))
    assert [reason["Code"] for reason in told] == ["ValidationError"] * 3 + ["None"]
    assert told[0]["Message"] == told[2]["Message"] == "The provided key element does not match the schema"
    told = reasons(lambda: ranges.transact("INSERT INTO $T VALUE {'pk':'x'}", "DELETE FROM $T WHERE sk='1'"))
    assert told[0]["Message"] == "One or more parameter values were invalid: Missing the key sk in the item"
    told = reasons(lambda: ranges.transact('UPDATE "none-such" SET a=1 WHERE pk=\'x\' RETURNING ALL NEW *',
                                           update + "pk='a' AND sk='1'"))
    assert [reason["Code"] for reason in told] == ["ResourceNotFound", "None"]
    assert told[0]["Message"] == "Requested resource not found"


def test_a_token_applies_a_transaction_once(hashed):
    hashed.put(pk={"S": "idem"}, n={"N": "0"})
    for n in range(2):
        page = hashed.transact("UPDATE $T SET n = n + 1 WHERE pk='idem'", ClientRequestToken="partiql-token",
                               ReturnConsumedCapacity="INDEXES")
        units = page["ConsumedCapacity"][0]
        assert units.get("WriteCapacityUnits" if n == 0 else "ReadCapacityUnits") == 2
    assert hashed.get(pk={"S": "idem"})["n"] == {"N": "1"}
    refused(lambda: hashed.transact("UPDATE $T SET n = n + 2 WHERE pk='idem'", ClientRequestToken="partiql-token"),
            "IdempotentParameterMismatchException")


# --- capacity ---


def test_capacity_of_reads_and_writes(indexed):
    def consumed(statement, **more):
        return indexed.run(statement, ReturnConsumedCapacity="INDEXES", **more)["ConsumedCapacity"]

    read = consumed("SELECT * FROM $T WHERE pk='p'")
    assert (read["CapacityUnits"], read["Table"]["CapacityUnits"]) == (0.5, 0.5)
    assert consumed("SELECT * FROM $T WHERE pk='p'", ConsistentRead=True)["CapacityUnits"] == 1
    read = consumed("SELECT pk FROM $T.\"gsi-all\" WHERE g='x'")
    assert read["GlobalSecondaryIndexes"]["gsi-all"]["CapacityUnits"] == read["CapacityUnits"] == 0.5
    read = consumed("SELECT nonproj FROM $T.\"lsi-keys\" WHERE pk='p'")
    assert read["LocalSecondaryIndexes"]["lsi-keys"]["CapacityUnits"] == 0.5 and read["Table"]["CapacityUnits"] > 0
    write = consumed("INSERT INTO $T VALUE {'pk':'cap','sk':'1','g':'q'}")
    assert write["GlobalSecondaryIndexes"]["gsi-all"]["CapacityUnits"] == 1 and write["CapacityUnits"] == 2
