"""More odd manifests: details in which kubectl's parser, the API server or admission differ from what one expects."""

from itertools import chain

from cli.manifests.odd_manifests import HEAD, JSON_TEAM_TEXT, NAMED, RUN, SPEC, TEAM, VALID

TIMES = [
    *("2026-01-01T1:00:00Z", "2026-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "2026-13-01T00:00:00Z"),
    *("2026-01-01T24:00:00Z", "2026-01-01T23:59:60Z", "0000-01-01T00:00:00Z", "2026-01-01T00:00:00+25:00"),
    *(
        "2026-01-01T00:00:00+01:61",
        "2026-01-01t00:00:00Z",
        "'2026-01-01T00:00:00,5Z'",
        "2026-04-31T00:00:00Z",
    ),
]
OWNER = "apiVersion: {0}, kind: {1}, name: p, uid: u"
METADATA = [
    *("generateName: a_", "generateName: -a", "generateName: a.", "generateName: A-", "generateName: a.."),
    f"generateName: {'a' * 254}",
    *("finalizers: [orphan, foregroundDeletion]", "foo: ~", "creationtimestamp: ~"),
    *(f"creationTimestamp: {time}" for time in TIMES),
    *(f"managedFields: [{{manager: m, time: {time}}}]" for time in ("yesterday", "~", "5", TIMES[0])),
    *(
        "managedFields: [x]",
        "managedFields: [~]",
        "managedFields: [{manager: 5}]",
        "managedFields: [{foo: a}]",
    ),
    *(
        f"ownerReferences: [{{{OWNER.format(version, kind)}}}]"
        for version, kind in [("a/b/c", "A"), ("/", "A"), ("a/", "A"), ("/v1", "A"), ("v1", "Event")]
    ),
    f"ownerReferences: [{{{OWNER.format('v1', 'A')}, controller: y}}, {{{OWNER.format('v1', 'B')}, controller: y}}]",
    *("labels: {a b: ~}", "labels: {a: ~}", "labels: {1e6: a}", "labels: {1e5: a}", "labels: {.inf: a}"),
    f"annotations: {{a: {'b' * 200_000}}}",
    f"annotations: {{a: {'b' * 131_000}}}",
    f"annotations: {{a: {'b' * 130_000}}}",
]
RUN_METADATA = [
    *(
        "labels: {arkonis.dev/team: blog}",
        "labels: {arkonis.dev/team: other}",
        "labels: {arkonis.dev/team: ''}",
    ),
    *("labels: {arkonis.dev/team: ~}", "annotations: {arkonis.dev/restored: 'true'}"),
    *("annotations: {arkonis.dev/restored: 'yes'}", "annotations: {arkonis.dev/restored: ~}"),
    *("annotations: {arkonis.dev/seal-spec: a}", "annotations: {arkonis.dev/seal-status: ''}"),
    "labels: {arkonis.dev/team: blog}, annotations: {arkonis.dev/restored: 'true'}",
]
RUNS = [
    *("{agent: a, pipeline: [{role: x}]}", "{agent: a, roles: [{name: x, tools: 5}]}"),
    *(
        "{teamRef: blog, teamGeneration: 0}",
        "{teamRef: blog, roles: [~]}",
        "{teamRef: blog, roles: [{name: 5}]}",
    ),
    *("{teamRef: blog, pipeline: {}}", "{teamRef: blog, routing: 5}", "{teamRef: blog, pipeline: {a: b}}"),
    *("{teamRef: blog, entry: {a: b}}", "{teamRef: blog, roles: [{name: [{a: b}]}]}"),
    "{teamRef: blog, defaultContextPolicy: {strategy: 5}}",
]
ITEMS = [
    *(
        "{apiVersion: arkonis.dev/v1alpha1, kind: ArkTeamList, items: []}",
        "{apiVersion: v1, kind: ConfigMapList}",
    ),
    *("{kind: ArkTeam}", "{apiVersion: arkonis.dev/v1alpha1, kind: 5}", "{items: []}", "{}"),
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, items: []}",
]
TAGS = [
    *("!!float abc", "!!float ~", "!!float 0x10", "!!timestamp abc", "!!timestamp 2001-1-1", "!!timestamp 5"),
    *("!!python/none ~", "!!set x", "!!merge x", "!!binary 'aG k='", "!!null 0", "!!bool on", "!!int ''"),
]
KEYS = [
    "1e6",
    "123456.7",
    "16777217.0",
    "1e39",
    ".nan",
    "-.inf",
    "18446744073709551615",
    "18446744073709551616",
]
STRINGS = [
    *("a?b", "http://h/p?q=r", "?a", "'a?b'", r'"\/"', r'"\\/"', r'"é \\\/"', r'"it\'s"', r'"\e\x41"'),
]
LISTS = {
    **{kind: (HEAD, kind) for kind in ("Foo", "FooList", "ArkTeamlist", "List", "ArkTeam")},
    **{f"v1 {kind}": ("apiVersion: v1\n", kind) for kind in ("list", "Lists", "ConfigMap")},
    **{
        f"List of {each}": (f"apiVersion: {each}\n", "List")
        for each in ("apps/v1", "/v1", "v2", "arkonis.dev/v1")
    },
}
TEXTS = {
    "vertical tab after a separator": f"---\v\n{VALID}",
    "no-break space after a separator": f"---\u00a0\n{VALID}",
    "comment right after a separator": f"---#c\n{VALID}",
    "form feed after a later separator": f"{VALID}---\f\n{VALID}",
    "mark after a separator": f"---\n\ufeff{VALID}",
    "mark at the end": f"{VALID}\ufeff",
    "vertical tab before json": f"\v{JSON_TEAM_TEXT}",
    "no-break space before json": f"\u00a0{JSON_TEAM_TEXT}",
    "a text of 250 kilobytes": VALID.replace("model: m", f"model: m, systemPrompt: {'x' * 250_000}"),
    "a text of 270 kilobytes": VALID.replace("model: m", f"model: m, systemPrompt: {'x' * 270_000}"),
    "a text of escaped characters": VALID.replace("model: m", f"model: m, systemPrompt: '{'<' * 50_000}'"),
    "metadata of a list is a number": f"apiVersion: v1\nkind: List\nmetadata: 5\nitems: [{JSON_TEAM_TEXT}]\n",
    "metadata of a list has a bad label": f"apiVersion: v1\nkind: List\nmetadata: {{labels: {{a: 5}}}}\nitems: [{JSON_TEAM_TEXT}]\n",
    "metadata of a list is unknown": f"apiVersion: v1\nkind: List\nmetadata: {{a: b}}\nitems: [{JSON_TEAM_TEXT}]\n",
    "items with null kinds": f"{HEAD}kind: ArkTeamList\nitems: [{{kind: ~, metadata: {{name: x}}, {SPEC.strip()}}}]\n",
    "items with a kind alone": f"{HEAD}kind: ArkTeamList\nitems: [{{kind: ArkTeam, metadata: {{name: x}}, {SPEC.strip()}}}]\n",
    "a kind of another group": f"apiVersion: arkonis.dv/v1alpha1\nkind: ArkTeam\nmetadata: {{name: x}}\n{SPEC}",
    "a kind of the core group": f"apiVersion: /v1alpha1\nkind: ArkTeam\nmetadata: {{name: x}}\n{SPEC}",
    "a misspelt kind": f"{HEAD}kind: ArkTm\nmetadata: {{name: x}}\n{SPEC}",
    "a kind with a space": f"{HEAD}kind: Ark Team\nmetadata: {{name: x}}\n{SPEC}",
    "an unknown member beside a wrong one": f"{RUN}metadata: {{name: x}}\nspec: {{teamRef: blog, roles: [5]}}\nfoo: 1\n",
}


ODD_DETAILS: dict[str, str | bytes] = dict(
    chain(
        ((f"detail: {title}", text) for title, text in TEXTS.items()),
        (
            (f"metadata {each[:60]!r} {len(each)}", f"{TEAM}metadata: {{name: x, {each}}}\n{SPEC}")
            for each in METADATA
        ),
        (
            (f"run with {each!r}, {spec}", f"{RUN}metadata: {{name: x, {each}}}\nspec: {spec}\n")
            for each in RUN_METADATA
            for spec in (
                "{teamRef: blog}",
                "{agent: a}",
                "{teamRef: blog, teamGeneration: 7, roles: [{name: a}]}",
            )
            # Whether generation 7 is the team's own, only the cluster knows.
            if "7" not in spec or "restored: 'true'" in each
        ),
        ((f"run of {each}", f"{RUN}metadata: {{name: x}}\nspec: {each}\n") for each in RUNS),
        (
            (f"item {each}", f"apiVersion: v1\nkind: List\nitems: [{each}, {JSON_TEAM_TEXT}]\n")
            for each in ITEMS
        ),
        ((f"tag {each}", f"{NAMED}spec: {{routing: {{}}, input: {{k: {each}}}}}\n") for each in TAGS),
        ((f"key {each}", f"{NAMED}spec: {{routing: {{}}, input: {{{each}: v}}}}\n") for each in KEYS),
        ((f"string {each}", f"{NAMED}spec: {{routing: {{}}, input: {{k: {each}}}}}\n") for each in STRINGS),
        (
            (f"items of {title}", f"{version}kind: {kind}\nitems: [{JSON_TEAM_TEXT}]\n")
            for title, (version, kind) in LISTS.items()
        ),
    )
)
