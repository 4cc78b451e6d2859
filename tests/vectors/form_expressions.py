"""Expressions of the form vectors with what they give, over the answers of form_given.py."""

# (expression, expected) over FULL; then over no answers; then over CREW, in row R2 where the line begins with @.
OVER_FULL = """
1 + 2 => 3
1 + 2 * 3 => 7
(1 + 2) * 3 => 9
7 - 2 - 1 => 4
- 3 + 5 => 2
-(1 - 4) => 3
7 div 2 => 3.5
-7 mod 3 => -1
7 mod -3 => 1
5.5 mod 2 => 1.5
1 div 0 => null
0 div 0 => null
5 mod 0 => null
0.1 + 0.2 => 0.3
1 div 3 => 0.3333333
2 div 3 => 0.6666667
.5 + 1 => 1.5
${num} + 1 => 8
${num} * ${d} => 17.5
${t} + 1 => null
'12' + 1 => 13
' 12.50 ' + 1 => 13.5
'1e3' + 1 => null
'12a' * 2 => null
true() + 1 => 2
1 = 1 => true
1 = '1' => true
'1' = '1.0' => false
1 = '1.0' => true
'a' != 'b' => true
'a' = 'a ' => false
true() = 'no' => true
false() = '' => true
${num} = 7 => true
${num} = '7' => true
${num} != 7 => false
${num} = '' => false
2 < 10 => true
'2' < '10' => true
'b' > 'a' => false
3 >= 3 => true
3 <= 2.9 => false
1 < 2 = true() => true
1 = 1 and 2 = 3 => false
1 = 2 or 2 = 2 => true
1 = 2 or 2 = 2 and 3 = 4 => false
not(1 = 2) => true
not('') => true
not('0') => false
boolean('false') => true
boolean(0) => false
boolean(-1) => true
number('x') = number('x') => false
if(${num} > 5, 'big', 'small') => "big"
if(${num} > 50, 'big', if(${num} > 6, 'middle', 'small')) => "middle"
coalesce('', '', 'c') => "c"
coalesce(${t}, 'x') => "矿 山"
coalesce('', '') => null
selected(${colours}, 'red') => true
selected(${colours}, 'none') => false
selected('a b', 'a') => true
selected('ab', 'a') => false
selected('ab', '') => false
count-selected(${colours}) => 2
count-selected('') => 0
count-selected('  a   b ') => 2
selected-at(${colours}, 0) => "red"
selected-at(${colours}, 1) => "blue"
selected-at(${colours}, 2) => null
selected-at(${colours}, -1) => null
selected-at(${colours}, 0.5) => null
string(${colours}) => "red blue"
string(3.0) => "3"
string(2.50) => "2.5"
string(0.0000001) => "1e-7"
string(0.00001) => "0.00001"
string(123456789012345678) => "123456789012345680"
string(true()) => "true"
string(1 div 0) => "Infinity"
string(-1 div 0) => "-Infinity"
string(0 div 0) => "NaN"
string(0 * -1) => "0"
number('007') => 7
number('') => null
number(true()) => 1
int(7.9) => 7
int(-7.9) => -7
int('x') => null
round(2.5) => 3
round(-2.5) => -2
round(2.345, 2) => 2.35
round(1234.5, 0) => 1235
round(5, -1) => 5
round('x') => null
abs(-3.5) => 3.5
pow(2, 10) => 1024
pow(2, -2) => 0.25
pow(2, 0.5) => null
pow(0, -1) => null
min(3, 1, 2) => 1
max(3, '10', 2) => 10
max('', '') => null
max(1, 'x') => null
sum('') => 0
concat('a', 1, true()) => "a1true"
concat(${t}, '-', ${num}) => "矿 山-7"
join('/', 'a', 'b', '') => "a/b/"
string-length('矿山a') => 3
string-length('𠮷') => 1
string-length('') => 0
substr('abcdef', 2) => "cdef"
substr('abcdef', 1, 3) => "bc"
substr('abcdef', -2) => "ef"
substr('abcdef', 0, -1) => "abcde"
substr('abc', 5) => null
substr('𠮷a', 1) => "a"
substr('abc', 'x', 2) => "ab"
contains('abc', 'bc') => true
contains('abc', '') => true
starts-with('abc', 'ab') => true
ends-with('abc', 'bc') => true
ends-with('abc', 'ab') => false
normalize-space('  a   b ') => "a b"
regex('13800138000', '1[3-9]\\d{9}') => true
regex('x13800138000', '1[3-9]\\d{9}') => false
regex('AB-12', '[A-Z]+-\\d+') => true
regex('矿山', '[\\u4e00-\\u9fa5]{2,4}') => true
regex('a.b', 'a\\.b') => true
regex('axb', 'a\\.b') => false
regex('ab', '^(a|c)b$') => true
regex('', 'a*') => true
regex('a b', '\\w+\\s\\w+') => true
regex('١', '\\d') => false
today() => "2026-10-03"
now() => "2026-10-03T09:30:00.000+08:00"
today() - date('2026-10-01') => 2
${day} < today() => true
${day} + 1 => 20513
date(${day} + 1) => "2026-03-01"
date('2024-02-28') + 1 = date('2024-02-29') => true
date('2026-02-29') => null
date('x') => null
date(0) => "1970-01-01"
date(-1) => "1969-12-31"
date(3000000) => null
date(${moment}) => "2026-10-03"
${moment} > today() => true
${moment} < now() => true
(now() - ${moment}) * 24 => 2.5
${clock} < '12:00' => true
${clock} * 24 => 8.5
'24:00' < '25:00' => false
decimal-date-time('1970-01-02T00:00:00+08:00') => 1
decimal-date-time('1970-01-01T00:00:00Z') * 24 => 8
format-date(${day}, '%d.%m.%Y') => "28.02.2026"
format-date('2026-02-03', '%e/%n/%y') => "3/2/26"
format-date-time(${moment}, '%Y-%m-%d %H:%M:%S') => "2026-10-03 07:00:00"
format-date-time('1970-01-01T06:05:04.6', '%h %M %S %3') => "6 05 05 000"
format-date('', '%Y') => null
jr:choice-name(${city}, '${city}') => "福州"
jr:choice-name('xm', '${city}') => "厦门"
jr:choice-name('zz', '${city}') => "zz"
string(${position}) => "25.25 117.5 0 8"
${position} != '' => true
${spot} = '' => true
${tick} => true
${tick} = 'OK' => true
${four} => 28
${after} => "b"
count(${crew}) => 0
sum(${age}) => 0
"""
# Longer texts fit no pattern: none may stall a server.
OVER_FULL += f"regex('{'a' * 200}', 'a*') => true\nregex('{'a' * 201}', 'a*') => false"
OVER_NOTHING = """
${num} => null
${num} = '' => true
${num} = 0 => false
${num} > 0 => false
${num} < 1 => false
${num} != 3 => true
${num} + 1 => null
${tick} = 'OK' => false
${colours} = '' => true
selected(${colours}, 'red') => false
count-selected(${colours}) => 0
string-length(${t}) => 0
${day} <= today() => false
format-date(${day}, '%Y') => null
coalesce(${t}, ${why}, 'none') => "none"
jr:choice-name(${city}, '${city}') => null
not(${yes}) => true
if(${yes} = 'y', 1, 2) => 2
${after} => "nothing"
${four} => null
sum(${age}) => 0
max(${age}) => null
join(',', ${who}) => null
count-non-empty(${who}) => 0
"""
OVER_CREW = """
count(${crew}) => 3
count(${age}) => 3
count-non-empty(${age}) => 2
sum(${age}) => 50
min(${age}) => 20
max(${age}) => 30
max(${age}, 99) => 99
join('、', ${who}) => "张三、李四、王五"
concat(${who}) => "张三李四王五"
sum(${age}) div count(${crew}) => 16.6666667
@ ${who} => "李四"
@ ${age} + 1 => 31
@ position(..) => 2
@ sum(${age}) => 50
@ max(${age}) => 30
@ max(${age}, 1) => 30
@ concat(${who}, ${age}) => "李四30"
@ ${num} => 3
@ ${age} = max(${age}) => true
@ ${label} => "2. 李四 ()"
@ join('', ${label}) => "1. 张三 ()2. 李四 ()3. 王五 ()"
"""
