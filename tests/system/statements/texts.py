# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strings, bytes, URLs and regular expressions."""

from __future__ import annotations

from .model import Statement, gives

STATEMENTS: list[Statement] = [
    gives("SELECT 'it''s', U&'\\00e9', length('é'), length('')", ("it's", "é", "1", "0")),
    gives("SELECT upper('aé'), lower('AB'), reverse('abc'), 'a' || 'b'", ("AÉ", "ab", "cba", "ab")),
    # || with NULL is NULL; concat_ws passes over it.
    gives(
        "SELECT 'a' || NULL, concat_ws('-', 'a', NULL, 'b'), concat('a', 'b', 'c')",
        (None, "a-b", "abc"),
    ),
    gives(
        "SELECT substr('hello', 2, 3), substr('hello', -3), substr('hello', 9),"
        " substring('hello' FROM 2 FOR 2)",
        ("ell", "llo", "", "el"),
    ),
    gives(
        "SELECT strpos('hello', 'l'), strpos('hello', 'l', 2), strpos('hello', 'z'),"
        " position('lo' IN 'hello')",
        ("3", "4", "0", "4"),
    ),
    gives(
        "SELECT replace('aXbX', 'X', '-'), replace('aXbX', 'X'), translate('abcd', 'abd', 'xy')",
        ("a-b-", "ab", "xyc"),
    ),
    gives(
        "SELECT lpad('7', 3, '0'), rpad('ab', 4, '.'), lpad('abc', 2, '0')", ("007", "ab..", "ab")
    ),
    gives(
        "SELECT trim('  a '), ltrim('  a') || '|', rtrim('a  ') || '|', trim(BOTH 'x' FROM 'xaxx')",
        ("a", "a|", "a|", "a"),
    ),
    gives("SELECT split('a,b,,c', ','), split('a,b,c', ',', 2)", ("[a, b, , c]", "[a, b,c]")),
    gives("SELECT split_part('a-b-c', '-', 2), split_part('a-b', '-', 5)", ("b", None)),
    gives("SELECT split_to_map('a=1;b=2', ';', '=')", "{a=1, b=2}"),
    gives("SELECT starts_with('abc', 'ab'), chr(65), codepoint('A')", ("true", "A", "65")),
    gives(
        "SELECT levenshtein_distance('cat', 'cart'), hamming_distance('abc', 'abd'),"
        " soundex('Robert') = soundex('Rupert'), word_stem('walking')",
        ("1", "1", "true", "walk"),
    ),
    # Case counts; _ is one character, ESCAPE makes it an ordinary one.
    gives(
        "SELECT 'abc' LIKE 'a%', 'ABC' LIKE 'a%', 'abc' LIKE 'a_c', 'abc' LIKE 'a\\_c' ESCAPE '\\',"
        " 'a_c' LIKE 'a\\_c' ESCAPE '\\', NULL LIKE 'a'",
        ("true", "false", "true", "false", "true", None),
    ),
    gives(
        "SELECT url_extract_host(u), url_extract_port(u), url_extract_path(u),"
        " url_extract_query(u), url_extract_parameter(u, 'q'), url_extract_fragment(u)"
        " FROM (VALUES 'https://example.org:8080/a/b?p=1&q=x#top') t(u)",
        ("example.org", "8080", "/a/b", "p=1&q=x", "x", "top"),
    ),
    gives("SELECT url_encode('a b&c'), url_decode('a+b%26c')", ("a+b%26c", "a b&c")),
    gives(
        "SELECT lower(to_hex(md5(to_utf8('')))), crc32(to_utf8('123456789'))",
        ("d41d8cd98f00b204e9800998ecf8427e", "3421780262"),
    ),
    gives(
        "SELECT lower(to_hex(sha256(to_utf8('abc'))))",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    ),
    gives("SELECT to_base64(to_utf8('hi')), from_utf8(from_base64('aGk='))", ("aGk=", "hi")),
    gives("SELECT normalize('e' || U&'\\0301') = 'é'", "true"),
    # Whatever the bytes are: line breaks, quotes and commas come back as they are.
    gives("SELECT 'a' || chr(10) || 'b', 'say \"x\", y', ''", ("a\nb", 'say "x", y', "")),
    # --- regular expressions
    gives(
        "SELECT regexp_like('tel. 12', '\\d+'), regexp_like('tel.', '^\\d'),"
        " regexp_like('ABC', '(?i)b')",
        ("true", "false", "true"),
    ),
    gives(
        "SELECT regexp_extract('k1=v1, k2=v2', '\\w\\d'),"
        " regexp_extract('k1=v1, k2=v2', '(\\w+)=(\\w+)', 2), regexp_extract('a', '\\d')",
        ("k1", "v1", None),
    ),
    gives(
        "SELECT regexp_extract_all('k1=v1, k2=v2', '\\w\\d'),"
        " regexp_extract_all('k1=v1, k2=v2', '(\\w+)=(\\w+)', 1)",
        ("[k1, v1, k2, v2]", "[k1, k2]"),
    ),
    gives(
        "SELECT regexp_replace('a1b22', '\\d+'), regexp_replace('a1b22', '(\\d+)', '<$1>'),"
        " regexp_replace('ada lovelace', '(\\w)(\\w*)', x -> upper(x[1]) || x[2])",
        ("ab", "a<1>b<22>", "Ada Lovelace"),
    ),
    gives(
        "SELECT regexp_split('a1b22c', '\\d+'), regexp_count('a1b22c', '\\d+'),"
        " regexp_position('ab22c', '\\d'), regexp_position('abc', '\\d')",
        ("[a, b, c]", "2", "3", "-1"),
    ),
]
