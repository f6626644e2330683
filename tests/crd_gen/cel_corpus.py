"""Rules of every kind that a definition can contain, those that compile and those that do not."""

from typing import Any

LINE = {"type": "string", "maxLength": 40}
ITEM: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": LINE,
        "size": {"type": "integer"},
        "phase": {"type": "string", "enum": ["A", "Bbb"]},
        "tags": {"type": "array", "maxItems": 5, "items": LINE},
    },
}
NODE: dict[str, Any] = {
    "type": "object",
    "required": ["text"],
    "properties": {
        "text": LINE,
        "other": {"type": "string", "maxLength": 7},
        "free": {"type": "string"},
        "count": {"type": "integer"},
        "share": {"type": "number"},
        "flag": {"type": "boolean"},
        "when": {"type": "string", "format": "date-time"},
        "day": {"type": "string", "format": "date"},
        "wait": {"type": "string", "format": "duration"},
        "data": {"type": "string", "format": "byte", "maxLength": 20},
        "either": {"x-kubernetes-int-or-string": True},
        "words": {"type": "array", "maxItems": 30, "items": LINE},
        "numbers": {"type": "array", "maxItems": 12, "items": {"type": "integer"}},
        "matrix": {
            "type": "array",
            "maxItems": 4,
            "items": {"type": "array", "maxItems": 3, "items": {"type": "integer"}},
        },
        "items": {
            "type": "array",
            "maxItems": 10,
            "items": ITEM,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
        },
        "map": {"type": "object", "maxProperties": 20, "additionalProperties": LINE},
        "sizes": {"type": "object", "maxProperties": 9, "additionalProperties": {"type": "integer"}},
        "inner": ITEM,
        "twin": ITEM,
        "namespace": LINE,
        "if": {"type": "integer"},
        "a-b": LINE,
        "x__y": LINE,
        "kept": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    },
}

VALID = """
true
!false
self.text == 'a'
self.text != ""
self.text < 'b' && self.text >= 'a'
self.count == 1
self.count > 1.5
self.count < 3u
self.share <= 2
self.share == 1.5
self.share * 2.0 > 1.0
-self.count < 0
-(self.count) < 0
-self.share < 0.0
!!self.flag
--5 == 5
self.count + 1 - 2 * 3 / 4 % 5 > 0
self.flag
self.flag == true
!self.flag
self.flag ? true : false
(self.flag ? self.count : 3) > 2
(self.flag ? self.text : 'x').size() > 2
self.flag && self.count > 1 || self.text == 'a'
has(self.text)
has(self.inner.name)
has(self.map.key)
!has(self.other) || self.other != ''
self.text in ['a', 'b']
self.count in [1, 2]
self.text in self.words
self.text in self.map
'a' in {'a': 1}
self.text in {'a': true, 'b': false}
self.words[0] == 'a'
self.numbers[0] + 1 == 2
self.matrix[0][1] == 2
self.map['a'] == 'b'
self.map.a == 'b'
self.sizes['a'] > 1
self.items[0].name == 'a'
self.items[0].tags[0] == 'x'
self.inner.size > 1
self.inner.phase == 'A'
self == oldSelf
self.text == oldSelf.text
self.inner == oldSelf.inner
self.items == oldSelf.items
self.map == oldSelf.map
self.kept == oldSelf.kept
self.either == 1
self.either == 'a'
self.either > 5
self.either + 1 == 2
type(self.either) == string
type(self.either) == int
type(self.text) == string
type(self.words) == list
type(self.map) == map
type(null) == null_type
type(type(1)) == type
self.__if__ == 1
self.if == 1
self.namespace == 'a'
self.__namespace__ == 'a'
self.a__dash__b == 'x'
self.x__underscores__y == 'x'
dyn(self.text) == 1
dyn(self.count) == 'a'
dyn(self.text).foo == 1
[1, 2].size() == 2
[].size() == 0
[] == []
{}.size() == 0
[1, 2] == [2, 1]
[[1], [2]].size() == 2
['a'] + ['b'] == self.words
self.words + ['x'] != []
{'a': 1}.a == 1
{'a': 1}['a'] == 1
{1: 'a'}[1] == 'a'
{'a': {'b': 1}}.a.b == 1
[self.text, self.other].all(t, t != '')
[?self.?text].size() == 1
[?self.?other, 'x'].size() > 1
{?'a': self.?text}.size() == 1
self.?text.hasValue()
self.?text.orValue('x') == 'x'
self.?inner.name.orValue('x') == 'x'
self.?inner.?size.orValue(3) > 2
self.?inner.size.hasValue()
self.words[?0].hasValue()
self.words[?0].orValue('') == ''
self.map[?'a'].orValue('x') == 'x'
self.?text.value() == 'x'
self.?text.or(self.?other).orValue('') == ''
self.?text.optMap(t, t.size() > 1).orValue(true)
self.?inner.optFlatMap(i, i.?size).orValue(1) == 1
self.?count.optMap(c, c + 1).orValue(0) < 5
optional.of(1).value() == 1
optional.none().hasValue() == false
optional.ofNonZeroValue('').hasValue()
optional.of(self.text) == optional.none()
[optional.of(1), optional.none()].unwrapOpt().size() == 1
optional.unwrap([optional.of(1)]).size() == 1
self.words.first().hasValue()
self.words.last().orValue('a') == 'a'
self.words.all(w, w.size() > 2)
self.words.exists(w, w == self.text)
self.words.exists_one(w, w == 'x')
self.words.filter(w, w != 'x').size() == 3
self.words.map(w, w + '!').size() == 3
self.words.map(w, w.size() > 1, w).size() == 3
self.words.map(w, w.size())[0] == 1
self.words.map(w, [w, w])[0][1] == 'a'
self.map.all(k, self.map[k] == 'x')
self.map.exists(k, k.startsWith('a'))
self.map.filter(k, k != 'a').size() == 1
self.map.map(k, self.map[k]).size() == 1
self.sizes.all(k, self.sizes[k] > 0)
self.items.all(i, i.size > 0 && i.phase == 'A')
self.items.all(i, self.items.exists_one(j, j.name == i.name))
self.items.filter(i, i.size > 1).map(i, i.name).exists(n, n == 'x')
self.items.map(i, i.tags).size() == 2
self.items.all(i, i.tags.all(t, t != i.name))
self.words.all(i, w, w.size() > i)
self.words.exists(i, w, i == 0 && w == 'a')
self.words.existsOne(i, w, w == 'a')
self.words.exists_one(i, w, w == 'a')
self.map.all(k, v, v != k)
self.map.exists(k, v, v == k)
self.words.transformList(i, w, w + string(i)).size() == 2
self.words.transformList(i, w, i > 0, w).size() == 2
self.map.transformMap(k, v, v.size()).a == 1
self.map.transformMap(k, v, k != 'a', v).size() == 1
self.map.transformMapEntry(k, v, {v: k}).size() == 1
self.words.transformMapEntry(i, w, {w: i}).size() == 1
self.words.transformMap(i, w, w)[0] == 'a'
self.text.size() == 3
size(self.text) == 3
size(self.words) == 2
self.map.size() < 3
self.data.size() < 3
size(self.data) == 2
self.text.startsWith('a')
self.text.endsWith(self.other)
self.text.contains('a')
self.text.matches('^[a-z]+$')
self.text.matches(self.other)
matches(self.text, 'a')
self.text.lowerAscii() == self.text.upperAscii()
self.text.trim() == 'a'
self.text.charAt(0) == 'a'
self.text.indexOf('a') == 0
self.text.indexOf('a', 1) == 0
self.text.lastIndexOf('a') == 0
self.text.lastIndexOf('a', 3) == 0
self.text.replace('a', 'b') == ''
self.text.replace('a', 'b', 1) == ''
self.text.replace('', 'b').size() > 2
self.text.substring(1) == 'a'
self.text.substring(1, 2) == 'a'
self.text.split(',').size() > 2
self.text.split(',', 2)[0] == 'a'
self.words.join() == 'ab'
self.words.join(',') == 'a,b'
self.text.find('[a-z]+') == 'a'
self.text.findAll('[a-z]')[0] == 'a'
self.text.findAll('[a-z]', 2).size() == 1
strings.quote(self.text) != ''
'%s has %d'.format([self.text, self.count]) == 'x'
'%.2f and %e'.format([self.share, self.share]) == 'x'
'%x %X %o %b'.format([1, 'a', 8, 5]) == 'x'
'%s'.format([self.words]) == ''
'%s'.format([{'a': 1}]) == ''
'100%%'.format([]) == '100%'
self.words.isSorted()
self.numbers.isSorted()
self.numbers.sum() > 1
self.numbers.min() < self.numbers.max()
self.words.min() == 'a'
self.words.indexOf('a') == 3
self.numbers.lastIndexOf(1) == 3
self.words.distinct().size() == self.words.size()
self.numbers.sort()[0] == 1
self.words.sort() == self.words
self.items.sortBy(i, i.name)[0].name == 'a'
self.words.sortBy(w, w.size())[0] == 'a'
self.words.reverse()[0] == 'a'
self.words.slice(0, 1)[0] == 'a'
self.matrix.flatten().size() == 2
self.matrix.flatten(1).size() == 2
lists.range(3).all(i, i < 3)
sets.contains(self.words, ['a', 'b'])
sets.intersects(self.words, ['a'])
sets.equivalent(self.words, ['a'])
self.words.map(w, w.size()).sum() > 3
string(self.count) == '1'
string(self.share) == '1'
string(self.flag) == 'true'
string(self.when) == ''
string(self.wait) == ''
string(self.data) == ''
string(1u) == '1'
int('1') == 1
int(self.text) == 3
int(self.share) == 3
int(self.when) == 3
int(3u) == 3
uint(3) == 3u
uint(self.share) == 3u
double(self.count) == 1.0
double('1.5') == 1.5
bool('true')
bool(self.flag)
bytes(self.text) == self.data
b'abc' == self.data
self.data + b'a' == b''
self.data < b'a'
duration('1h') < duration('2h')
duration('1h30m') > self.wait
duration('0') == self.wait
self.wait.getHours() == 1
self.wait.getSeconds() == 1
timestamp('2026-03-17T10:00:00Z') < self.when
timestamp(self.text) < self.when
timestamp(12) < self.when
self.when > oldSelf.when
self.when - oldSelf.when < duration('1h')
self.when + duration('1h') > self.when
self.when.getFullYear() > 2025
self.when.getMonth('Europe/Berlin') == 1
self.when.getDayOfWeek() == 1
self.day.getDate() == 1
self.when != null
self.inner != null
null == null
isURL(self.text) && url(self.text).getHost() == 'x'
url(self.text).getQuery()['a'][0] == 'b'
url(self.text).getScheme() == 'https'
url(self.text) == url(self.other)
isIP(self.text)
ip(self.text).family() == 4
ip.isCanonical(self.text)
ip(self.text).isLoopback()
ip(self.text) == ip(self.other)
string(ip(self.text)) == self.text
isCIDR(self.text)
cidr(self.text).containsIP('10.0.0.1')
cidr(self.text).containsIP(ip(self.other))
cidr(self.text).containsCIDR(cidr(self.other))
cidr(self.text).containsCIDR('10.0.0.0/8')
cidr(self.text).ip().family() == 4
cidr(self.text).masked() == cidr(self.text)
cidr(self.text).prefixLength() == 8
isQuantity(self.text)
quantity(self.text).isGreaterThan(quantity('1'))
quantity(self.text).add(1).sub(quantity('2')).asInteger() > 3
quantity(self.text).compareTo(quantity('5Mi')) == 0
quantity(self.text).asApproximateFloat() > 0.5
sign(quantity(self.text)) == 1
quantity(self.text) == quantity(self.other)
isSemver(self.text)
isSemver(self.text, true)
semver(self.text).isLessThan(semver('1.2.3'))
semver(self.text).major() == 1
semver(self.text, true).compareTo(semver('1.0.0')) == 0
format.dns1123Label().validate(self.text).hasValue()
!format.named('dns1123Label').value().validate(self.text).hasValue()
format.uuid().validate(self.text).orValue([]).size() == 0
self.text == 'it\\'s'
self.text == "a\\tb\\x41\\u00e9\\101"
self.text == r'\\d'
self.text == '''a'''
self.text == \"\"\"a'b\"\"\"
self.text == 'é\U0001f600'
0x1F == 31
1e3 > 2.0
.5 < 1.0
self.text == 'a' // the end
(self.count) == (1)
.self.text == 'a'
self.numbers.all(n, n > 0) ? self.flag : !self.flag
[1, 2, ].size() == 2
{'a': 1, }.size() == 1
self.count == 9223372036854775807
self.count > -9223372036854775808
self.words.all(w, self.words.filter(x, x == w).size() == 1)
self.words.all(self, self == 'a')
self.items.map(i, i.name) == self.words
self.items.map(i, {'n': i.name}).size() == 1
self.inner.tags.exists(t, t in self.words)
[self.inner, self.inner].size() == 2
[self.items[0], self.items[1]].all(i, i.name != '')
self.words.map(w, self.count) == self.numbers
cidr(self.text) == cidr(self.other)
self.text.size() + self.words.size() == 3
self.?map.a.hasValue()
has(self.kept)
format.dns1123Label().validate(self.text) == null
int('-5') == -5
bool('t')
double('1e3') == 1000.0
self.items.all(i, i.tags.all(t, t != i.name && i.size > 1))
self.items.all(i, self.words.exists(w, w == i.name && i.tags.exists(t, t == w)))
"""

INVALID = """
self
self.text
self.count
self.either
1
'a'
dyn(true)
optional.of(true)
null
self.text == 1
self.text == null
self.count == null
self.count == '1'
self.count == 1 == 2
self.flag == 'true'
self.flag == 1
self.share == 'a'
self.words == 'a'
self.words == ['a', 1]
self.words == [1]
self.map == {'a': 1}
self.inner == self.twin
self.inner == self.items[0]
self.items[0] == self.inner
self.text + 1 == 'x'
self.text + self.count == 'x'
self.count + self.share > 1.0
self.count + 1.5 > 1.0
self.count - 'a' == 1
self.share % 2.0 == 0.0
self.text * 2 == 'aa'
self.flag + 1 == 2
!self.count
!self.text
-self.text == 'a'
-self.flag
self.count && self.flag
self.flag || 'a'
self.text && true
self.flag > 'a'
self.text > 1
self.words > []
self.inner > self.inner
self.flag ? 1 : 'a'
(self.flag ? 1 : 'a') == 1
self.text ? true : false
self.count ? true : false
'a' in self.text
1 in self.words
'a' in self.numbers
1 in self.map
'a' in self.inner
self.nothing == 1
self.inner.nothing == 1
self.items[0].nothing == 1
self.items.nothing == 1
self.items.name == 'a'
self.text.nothing == 'a'
self.count.nothing == 1
self.kept.nothing == 1
has(self.nothing)
has(self.text.nothing)
has(self)
has(self.words[0])
has(self.text, self.other)
has(self.?text)
nothing == 1
nothing.text == 1
undefined
this.text == 'a'
old.text == 'a'
self.words['a'] == 'a'
self.words[1.5] == 'a'
self.map[1] == 'a'
self.text[0] == 'a'
self.count[0] == 1
self.inner['name'] == 'a'
self.text.size == 3
self.text.size(1) == 3
size(self.count) == 1
size(self.text, 1) == 1
self.count.size() == 1
self.inner.size() == 1
self.text.startsWith() == true
self.text.startsWith('a', 'b')
self.text.startsWith(1)
startsWith(self.text, 'a')
self.count.startsWith('a')
self.text.endsWith(self.count)
self.words.contains('a')
self.text.contains(1)
self.text.matches(1)
self.text.matches('[')
self.text.matches('(?!a)')
matches(self.text, '*')
self.text.find('[') == ''
self.text.lower() == ''
self.text.toLower() == ''
self.text.lowerAscii('a') == ''
self.text.length() == 1
self.text.reverse() == ''
self.text.replace('a') == ''
self.text.replace('a', 1) == ''
self.text.split() == []
self.text.split(1) == []
self.text.substring('a') == ''
self.text.charAt('a') == ''
self.text.trim(' ') == ''
self.text.indexOf(1) == 1
self.text.quote() == ''
self.numbers.join(',') == ''
self.words.join(1) == ''
self.items.isSorted()
self.words.sum() == 1
self.items.sum() == 1
self.items.sort().size() == 1
self.words.indexOf(1) == 1
self.words.slice(1).size() == 1
self.words.slice('a', 'b').size() == 1
self.count.distinct()
math.greatest(1, 2) == 2
math.abs(self.count) == 1
lists.range('a').size() == 1
sets.contains(self.words, [1])
sets.contains(self.words, 'a')
sets.contains(self.words)
self.words.all(w, w.size())
self.words.all(w, w)
self.words.all('w', true)
self.words.all(w.x, true)
self.words.all(w)
self.words.all(w, w == 1)
self.words.exists(w, w.nothing)
self.words.exists(w, w > 1)
self.words.exists_one(w, 1)
self.words.filter(w, w).size() == 1
self.words.map(w).size() == 1
self.words.map(w, w, w).size() == 1
self.words.map(w, w + 1).size() == 1
self.words.map(w, w.size()) == self.words
self.text.all(c, c == 'a')
self.count.exists(c, c == 1)
self.inner.all(k, k == 'a')
self.flag.filter(f, f).size() == 1
self.words.all(i, w, w)
self.words.all(i, i, true)
self.words.existsOne(w, w == 'a')
self.map.transformMap(k, v, v) == self.sizes
self.map.transformMapEntry(k, v, v).size() == 1
self.words.transformList(w, w).size() == 1
all(self.words, w, true)
[1, 'a'].size() == 2
[1, 1.0].size() == 2
[1, null].size() == 2
[1, dyn('a')].size() == 2
[1, [1]].size() == 2
[self.text, self.count].size() == 2
[self.inner, self.twin].size() == 2
{'a': 1, 'b': 'x'}.size() == 2
{'a': 1, 1: 2}.size() == 2
[?self.text].size() == 1
[?1].size() == 1
{?'a': 1}.size() == 1
self.?text == 'a'
self.?text.orValue(1) == 1
self.?text.size() == 1
self.?count + 1 == 2
self.?nothing.hasValue()
self.text.hasValue()
self.text.orValue('a') == 'a'
self.?text.or('a').hasValue()
self.?text.optMap(t, t + 1).hasValue()
optional.of() == 1
optional.of(1) == 1
self.words[?'a'].hasValue()
int(self.flag) == 1
int(self.words) == 1
string(self.words) == ''
string(self.inner) == ''
string(self.map) == ''
string(null) == ''
double(self.flag) == 1.0
bool(1)
bool(self.count)
bytes(1) == b''
duration(1) == duration('1s')
duration('abc') == duration('1h')
duration('1 h') == duration('1h')
duration('1d') == duration('24h')
timestamp('2026-03-17') < self.when
timestamp('yesterday') < self.when
timestamp(1.5) < self.when
self.when > '2026-03-17T10:00:00Z'
self.when == self.text
self.wait > 5
self.wait == '1h'
self.when + 1 > self.when
self.when + self.when > self.when
self.when.getYear() == 1
self.text.getHours() == 1
self.data == 'abc'
self.data.startsWith('a')
now() > self.when
timestamp() > self.when
url(self.count).getHost() == ''
url(self.text) == self.text
url(self.text).getHost == ''
url(self.text).host() == ''
ip(self.text) == self.text
ip(self.count).family() == 4
isIP(self.count)
cidr(self.text) == ip(self.text)
cidr(self.text).contains('10.0.0.1')
quantity(self.text) > quantity('1')
quantity(self.text) == 1
quantity(1).asInteger() == 1
quantity(self.text).sign() == 1
quantity(self.text) + quantity('1') == quantity('2')
semver(self.text) == self.text
semver(self.text) > semver('1.0.0')
format.dns1123Label(self.text)
format.nothing().validate(self.text).hasValue()
format.dns1123Label().validate(self.count).hasValue()
'%d'.format([self.text]) == ''
'%s %s'.format([self.text]) == ''
'%s'.format([self.text, self.text]) == ''
'%y'.format([self.text]) == ''
'%s'.format(self.text) == ''
authorizer.group('').check('get').allowed()
request.name == 'a'
object.text == 'a'
namespaceObject.metadata.name == 'a'
type(self.text) == 'string'
type(self.text) == str
type(self.text, 1) == string
self.a-b == 'x'
self.x__y == 'x'
self.`a-b` == 'x'
namespace == 'a'
if == 1
for(1)
self.in == 1
self.true == 1
self.words.all(in, true)
self.words.map(null, 1).size() == 1
self.text = 'a'
self.text === 'a'
self.text <> 'a'
self.text & self.flag
self.flag and self.flag
not self.flag
self.flag | self.flag
self.text == 'a
self.text == 'a' b
self.text ==
== self.text
(self.flag
self.flag)
[1, 2
{'a' 1}.size() == 1
{'a': 1,, 'b': 2}.size() == 1
self.text.startsWith('a',)
self..text == 'a'
self.text.
self.count == 1L
self.count == 01x
self.count == 9223372036854775808
self.count == -9223372036854775809
self.count == 18446744073709551616u
self.text == '\\d'
self.text == "\\q"
self.count++ == 1
self.flag ? 1
self.flag ? true : false : true
let x = 1
x => x
'a' 'b' == 'ab'
Spec{name: 'a'}.name == 'a'
!-1 == 1
-!true
self.words.map(w, w).map(w, w + 1).size() == 1
self.numbers.map(n, string(n)) == self.numbers
self.items.map(i, i.size) == self.words
self.items.exists(i, i == 'a')
self.sizes.exists(k, v, v == 'a')
self.matrix.flatten() == self.words
self.matrix[0] == 1
self.matrix.all(row, row > 0)
self.words.sortBy(w).size() == 1
self.items.sortBy(i, i).size() == 1
self.words.sortBy(i, w, w).size() == 1
int('abc') == 1
int('1.5') == 1
int(1e30) == 1
uint(-1) == 1u
uint('-1') == 1u
bool('yes')
double('abc') == 1.0
"""


def lines(text: str) -> list[str]:
    """Return the rules of a list, one on each line."""
    return [line for line in text.replace("\\\\", "\\").splitlines() if line]
